"""What came of a batch: report.json, report.md, and failures.png to look at."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import heapq
import json
import textwrap
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from ..core.errors import PRNError
from ..core.files.safe import write_bytes
from ..core.outputs.names import FAILURES
from ..core.outputs.thumbnails import make_thumbnails
from ..core.photo.photo import read_photo, write_image
from ..core.typed import Pixels
from . import storage
from .manifest import records
from .task import Item

_WORST = 40
"""Faces of least confidence that are named."""
_NAMED = 200
"""Failures that are named and shown: the manifest has them all."""
_TILE, _TEXT_ROWS, _ROW, _COLUMNS = 192, 4, 14, 6
"""Pixels of a picture's side, lines below it, pixels of a line, pictures in a row."""
_LETTERS = 31
"""Of a line below a picture."""
_GREY, _DARK, _LIGHT = 70, 30, 230


@dataclass
class Report:
    """What the manifest says of the photos of a source.

    Attributes
    ----------
    photos : int
        In the source.
    status : dict of str to int
        Photos by their status; "missing" are those that the manifest has not, yet.
    faces : int
    seconds : float
        Sum over photos, of all runs.
    programs : dict of str to int
        Photos by the version that made their results.
    sentences : dict of str to int
        Why photos have no results, without their names; the most frequent first.
    worst : list of (confidence, key)
        Faces of least confidence, the worst first.
    failures : list of (key, status, sentence)
        The first of them.
    """

    photos: int
    status: dict[str, int] = field(default_factory=dict)
    faces: int = 0
    seconds: float = 0.0
    programs: dict[str, int] = field(default_factory=dict)
    sentences: dict[str, int] = field(default_factory=dict)
    worst: list[tuple[float, str]] = field(default_factory=list)
    failures: list[tuple[str, str, str]] = field(default_factory=list)


def make_report(manifest: Path, keys: Collection[str]) -> Report:
    """Count what the manifest says of some photos.

    Parameters
    ----------
    manifest : Path
    keys : collection of str
        Of the photos.
    """
    wanted = set(keys)
    report = Report(len(wanted))
    status: Counter[str] = Counter()
    programs: Counter[str] = Counter()
    sentences: Counter[str] = Counter()
    worst: list[tuple[float, str]] = []  # a heap of negative confidences: the best on top
    for record in records(manifest):
        key = record["key"]
        if key not in wanted:
            continue
        wanted.discard(key)
        status[record["status"]] += 1
        programs[str(record.get("program", ""))] += 1
        report.seconds += float(record.get("seconds", 0))
        for face in record.get("faces", ()):
            report.faces += 1
            heapq.heappush(worst, (-float(face["confidence"]), key))
            if len(worst) > _WORST:
                heapq.heappop(worst)
        if record["status"] != "done":
            sentence = str(record.get("sentence", ""))
            sentences[sentence.replace(Path(record["input"]).name, "NAME")[:200]] += 1
            if len(report.failures) < _NAMED:
                report.failures.append((key, record["status"], sentence))
    if wanted:
        status["missing"] = len(wanted)
    report.seconds = round(report.seconds, 1)
    report.status, report.programs = dict(status.most_common()), dict(programs.most_common())
    report.sentences = dict(sentences.most_common(_WORST))
    report.worst = sorted((-negative, key) for negative, key in worst)
    return report


def write_report(
    folder: Path, report: Report, options: Mapping[str, Any], items: Mapping[str, Item]
) -> list[str]:
    """Write the report.

    Parameters
    ----------
    folder : Path
    report : Report
    options : mapping
        What was asked for, plain values.
    items : mapping of str to Item
        The photos of `report.failures` by their keys, for the contact sheet.

    Returns
    -------
    list of str
        The names of the files.

    Raises
    ------
    OutputError
        A file cannot be written.
    """
    text = json.dumps({**asdict(report), "options": dict(options)}, indent=1, default=str) + "\n"
    write_bytes(folder / "report.json", text.encode())
    write_bytes(folder / "report.md", _as_text(report).encode("utf-8", "backslashreplace"))
    names = ["report.json", "report.md"]
    if report.failures:
        write_image(folder / FAILURES, failure_sheet(report, items))
        names.append(FAILURES)
    else:  # that of an earlier run
        (folder / FAILURES).unlink(missing_ok=True)
    return names


def _as_text(report: Report) -> str:
    """The report as Markdown."""
    counts = ", ".join(f"{count} {status}" for status, count in report.status.items())
    lines = [
        "# Batch",
        "",
        f"{report.photos} photos: {counts or 'none'}; {report.faces} faces.",
        "",
    ]
    if len(report.programs) > 1:
        made = ", ".join(f"{count} by {version}" for version, count in report.programs.items())
        lines += [f"Results of several versions of the program: {made}.", ""]
    if report.sentences:
        lines += ["## Without results", "", "| photos | why |", "| --- | --- |"]
        lines += [f"| {n} | {_cell(why)} |" for why, n in report.sentences.items()]
        lines += ["", f"The first of them are in {FAILURES}, all in manifest.jsonl.", ""]
        lines += [f"- {_cell(key)}: {_cell(why)}" for key, _, why in report.failures] + [""]
    if report.worst:
        lines += ["## Least confidence", "", "| confidence | photo |", "| --- | --- |"]
        lines += [f"| {confidence:.2f} | {_cell(key)} |" for confidence, key in report.worst]
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def failure_sheet(report: Report, items: Mapping[str, Item]) -> Pixels:
    """(H, W, 3) uint8 sRGB: the photos without results, each with its name and the reason.

    Photos over which a process ended are not opened here: they are grey.
    """
    tiles = []
    for key, status, why in report.failures:
        picture = np.full((_TILE, _TILE, 3), _GREY, np.uint8)
        item = items.get(key)
        if status == "failed" and item is not None:
            _fill(picture, item)
        text = np.full((_TEXT_ROWS * _ROW + 6, _TILE, 3), _DARK, np.uint8)
        lines = [key[-_LETTERS:], *textwrap.wrap(why, _LETTERS)][:_TEXT_ROWS]
        for number, line in enumerate(lines):
            plain = line.encode("ascii", "replace").decode()
            at = (3, (number + 1) * _ROW - 2)
            cv2.putText(
                text, plain, at, cv2.FONT_HERSHEY_SIMPLEX, 0.33, (_LIGHT,) * 3, 1, cv2.LINE_AA
            )
        tiles.append(np.vstack([picture, text]))
    tiles += [np.full_like(tiles[0], _DARK)] * (-len(tiles) % _COLUMNS)
    rows = [np.hstack(tiles[i : i + _COLUMNS]) for i in range(0, len(tiles), _COLUMNS)]
    return np.vstack(rows)


def _fill(tile: Pixels, item: Item) -> None:
    """Draw a photo into the middle of a tile, if it can be read."""
    try:
        with storage.local_photo(item) as (path, _):
            small = make_thumbnails(read_photo(path, reduced=True), side=_TILE).photo
    except (PRNError, OSError, MemoryError):
        return
    height, width = small.shape[:2]
    top, left = (_TILE - height) // 2, (_TILE - width) // 2
    tile[top : top + height, left : left + width] = small
