"""`python -m benchmarks.same_outputs --base REVISION`: what comes out differently than there?

Both trees reconstruct, swap, build scenes and write files from the same photos; every array, text
and file is compared bit for bit, and of what differs it is said by how much.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import argparse
import math
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from .sample import variants
from .trees import ROOT, TreeError, Worker, two_workers

SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff", ".bmp")
ABSENT = "(absent)"
# What is swapped: for each photo the next of these, and the default.
SWAPS: list[dict[str, Any]] = [
    {},
    {"color_match": "tone"},
    {"blend": "laplacian"},
    {"parts": ["eyes", "brows"]},
    {"shape": "donor"},
    {"blend": "feather", "caution": 0.25},
    {"color_match": "none", "mouth": "target"},
    {"parts": ["mouth"], "mouth": "donor"},
    {"caution": 0.75},
]
_MOST_LINES = 100
_MOST_RUNS = 6
"""Of the command line, where it runs for one photo at a time."""
_LINE = 160


@dataclass(frozen=True)
class Difference:
    """What is not the same.

    Attributes
    ----------
    key : str
        Photo, face and kind of output, with slashes between.
    said : str
        How it differs.
    most : float
        By how much at most; NaN where that is not a number.
    """

    key: str
    said: str
    most: float = math.nan

    @property
    def kind(self) -> str:
        """What many photos have: the key's end, or for a file its own."""
        last = self.key.rsplit("/", 1)[-1]
        return f"files .../{last.lstrip('0123456789')}" if self.key.startswith("files ") else last


@dataclass
class Findings:
    """What was compared.

    Attributes
    ----------
    count : int
        Arrays, texts and files that both trees have.
    differing : list of Difference
        For each that is not the same.
    one_sided : list of str
        What only one tree has under a name that the record knows.
    """

    count: int = 0
    differing: list[Difference] = field(default_factory=list)
    one_sided: list[str] = field(default_factory=list)


def research_photos(data: Path) -> list[Path]:
    """24 photos of the research data: large and small, odd poses, synthetic, awkward."""
    found = sorted((data / "aflw2000_dev").glob("*.jpg"))[::36][:11]
    found += sorted((data / "faces_68").glob("*.jpg"))[::200][:6]
    found += sorted((data / "generated_faces").glob("*.jpg"))[::900][:5]
    return found + [path for path in (data / "awkward_files" / "base.png",) if path.is_file()]


def chosen_photos(folder: Path | None, made: Path) -> list[Path]:
    """The photos to compare: a folder's, or the research data's, or the portrait in variants.

    Parameters
    ----------
    folder : Path or None
    made : Path
        Where variants of the portrait are written.

    Raises
    ------
    TreeError
        The folder has none.
    """
    if folder is not None:
        found = sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES)
        if not found:
            raise TreeError(f"no photos in {folder}; expected {', '.join(SUFFIXES)}.")
        return found
    shared = Path(os.environ.get("PRN_SHARED", ROOT.parent / "shared")) / "data"
    return [*research_photos(shared), *variants(made)]


def difference(base: np.ndarray, now: np.ndarray) -> tuple[str, float]:
    """How far two arrays are from each other, in words and as a number."""
    if base.shape != now.shape or base.dtype != now.dtype:
        return f"{base.dtype} {base.shape}, now {now.dtype} {now.shape}", math.nan
    if base.dtype.kind not in "fiub":
        return f"{(base != now).mean():.2%} of values differ", math.nan
    a, b = base.astype(np.float64), now.astype(np.float64)
    same = (a == b) | (np.isnan(a) & np.isnan(b))
    off = np.abs(a - b)[~same]
    most = float(np.nanmax(off)) if off.size and not np.isnan(off).all() else math.nan
    largest = np.nanmax(np.abs(a), initial=0)
    share = f"{(~same).mean():.3%} of them"
    return f"by up to {most:.6g} (values to {largest:.4g}), {share}", most


def file_difference(base: Path, now: Path) -> tuple[str, float]:
    """How two files differ: pictures by their pixels, texts by the first line, else by bytes."""
    one, other = base.read_bytes(), now.read_bytes()
    if base.suffix.lower() in SUFFIXES:
        pictures = [
            cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
            for data in (one, other)
        ]
        if all(picture is not None for picture in pictures):
            if np.array_equal(*pictures):
                return "the same pixels, encoded differently", math.nan
            return difference(*pictures)
    if base.suffix == ".npy":
        return difference(np.load(base), np.load(now))
    try:
        texts = [data.decode().splitlines() for data in (one, other)]
    except UnicodeDecodeError:
        return f"{len(one)} bytes, now {len(other)}", math.nan
    for number, (a, b) in enumerate(zip(*texts, strict=False), 1):
        if a != b:
            return f"line {number}: {_cut(a)!r}, now {_cut(b)!r}", math.nan
    return f"{len(texts[0])} lines, now {len(texts[1])}", math.nan


def _cut(text: str) -> str:
    return text if len(text) <= _LINE else f"{text[:_LINE]}..."


def compare(
    sides: tuple[Worker, Worker],
    what: str,
    found: Findings,
    folder: Path,
    *givens: dict[str, Any],
) -> list[str]:
    """Have both trees do something, compare what they say, and fetch what differs.

    Parameters
    ----------
    sides : two Workers
    what : str
        A command of `in_tree/record.py`.
    found : Findings
        Grows.
    folder : Path
        For arrays that are fetched.
    *givens : dict
        The command's arguments: the same for both, or one for each.

    Returns
    -------
    list of str
        The keys that both have.
    """
    for side, given in zip(sides, givens * (2 // len(givens)), strict=True):
        side.begin(what, **given)
    base, now = (side.answer() for side in sides)
    common = [key for key in base if key in now]
    for key in sorted(set(base) ^ set(now)):
        there = "in the revision" if key in base else "now"
        found.differing.append(Difference(key, f"only {there}"))
    differing = []
    for key in common:
        if ABSENT in (base[key], now[key]):
            if base[key] != now[key]:
                there = "now" if base[key] == ABSENT else "in the revision"
                found.one_sided.append(f"{key} ({there})")
            continue
        found.count += 1
        if base[key] != now[key]:
            differing.append(key)
    found.differing += _described(sides, differing, (base, now), folder, givens)
    return common


def _described(
    sides: tuple[Worker, Worker],
    keys: list[str],
    answers: tuple[dict[str, str], dict[str, str]],
    folder: Path,
    givens: tuple[dict[str, Any], ...],
) -> Iterator[Difference]:
    if not keys:
        return
    fetched = []
    for number, side in enumerate(sides):
        place = folder / str(number)
        place.mkdir(exist_ok=True)
        fetched.append(side.ask("fetch", keys=keys, folder=str(place)))
    for key in keys:
        if all(key in side for side in fetched):
            arrays = [np.load(side[key]) for side in fetched]
            yield Difference(key, *difference(*arrays))
            continue
        name = key.removeprefix("files ")
        paths = [Path(given.get("folder", "")) / name for given in givens * (2 // len(givens))]
        if key.startswith("files ") and all(path.is_file() for path in paths):
            yield Difference(key, *file_difference(*paths))
        else:
            yield Difference(key, f"{_cut(answers[0][key])!r}, now {_cut(answers[1][key])!r}")


def compare_all(
    sides: tuple[Worker, Worker], photos: Sequence[Path], folder: Path, same_boxes: bool = False
) -> Findings:
    """Everything, photo by photo.

    Parameters
    ----------
    sides : two Workers
    photos : sequence of Path
    folder : Path
        For what is written.
    same_boxes : bool
        Both look where the revision finds faces: a detector that differs makes all else differ.
    """
    found = Findings()
    names = [f"{number:02d}-{path.stem}" for number, path in enumerate(photos)]
    with_face = []
    boxes: dict[Path, list[list[float]]] = {}
    for name, path in zip(names, photos, strict=True):
        given: dict[str, Any] = {"path": str(path), "name": name}
        if same_boxes:
            boxes[path] = given["boxes"] = sides[0].ask("boxes", path=str(path))
        keys = compare(sides, "reconstruct", found, folder, given)
        if any(key.startswith(f"{name}/0/") for key in keys):
            with_face.append(name)
        print(f"{name}: {len(keys)} outputs, {len(found.differing)} differ so far", flush=True)
    for number, target in enumerate(with_face):
        donor = with_face[(number * 7 + 3) % len(with_face)]
        for kind, options in (("", SWAPS[number % len(SWAPS)]), (" by default", {})):
            key = f"swap{kind} {target} < {donor} {options or ''}".strip()
            given = {"target": target, "donor": donor, "options": options, "key": key}
            compare(sides, "swap", found, folder, given)
        if number % 8 == 0:
            given = {"target": target, "donor": f"texture of {donor}", "options": {}}
            compare(sides, "swap", found, folder, {**given, "key": f"swap {target} < texture"})
    print(f"swaps: {len(found.differing)} differ so far", flush=True)
    for name in with_face[::8]:
        compare(sides, "scene", found, folder, {"name": name})
    if same_boxes:
        photos = [path for path in photos if boxes[path]][-_MOST_RUNS:]
    for kind, some in (("all", photos), ("compat", photos[-2:]), ("blender", photos[-2:])):
        givens = []
        there = {"boxes": [boxes[path][0] for path in some]} if same_boxes else {}
        for number in range(2):
            place = folder / f"files-{number}"
            place.mkdir(exist_ok=True)
            copied = [shutil.copy(path, place / f"{n}{path.suffix}") for n, path in enumerate(some)]
            paths = [Path(path).name for path in copied]
            givens.append({"paths": paths, "folder": str(place), "kind": kind, **there})
        compare(sides, "files", found, folder, *givens)
    print(f"files and scenes: {len(found.differing)} differ in all", flush=True)
    return found


def report(found: Findings, revision: str) -> int:
    """Print what differs; return the exit status."""
    if found.one_sided:
        print(f"\nNot compared, for only one tree has it: {'; '.join(found.one_sided[:20])}")
    if not found.differing:
        print(f"\nAll {found.count} outputs are the same as in {revision}.")
        return 0
    print(f"\nDIFFERENT from {revision}: {len(found.differing)} of {found.count} outputs")
    for kind, ones in sorted(_by_kind(found.differing).items()):
        numbers = [one.most for one in ones if not math.isnan(one.most)]
        print(f"  {kind}: {len(ones)}{f', by up to {max(numbers):.6g}' if numbers else ''}")
    print("\nOne by one:")
    for one in found.differing[:_MOST_LINES]:
        print(f"  {one.key}: {one.said}")
    if len(found.differing) > _MOST_LINES:
        print(f"  ... and {len(found.differing) - _MOST_LINES} more")
    return 1


def _by_kind(differing: Sequence[Difference]) -> dict[str, list[Difference]]:
    kinds: dict[str, list[Difference]] = {}
    for one in differing:
        kinds.setdefault(one.kind, []).append(one)
    return kinds


def main(arguments: Sequence[str] | None = None) -> int:
    """Compare; 0 when all is the same, 1 when something differs, 2 when it cannot be compared."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--base", required=True, metavar="REVISION", help="a commit: HEAD~3, ...")
    parser.add_argument("--photos", type=Path, metavar="FOLDER", help="photos of your own")
    parser.add_argument(
        "--same-boxes",
        action="store_true",
        help="both look for faces where the revision finds them, so that another detector does "
        "not make everything else differ",
    )
    parser.add_argument("--most", type=int, metavar="N", help="the first N photos only")
    options = parser.parse_args(arguments)
    if options.photos is not None and not options.photos.is_dir():
        parser.error(f"--photos {options.photos}: there is no such folder")
    try:
        with tempfile.TemporaryDirectory() as name, two_workers(options.base, "record.py") as sides:
            folder = Path(name)
            photos = chosen_photos(options.photos, folder)[: options.most]
            found = compare_all(sides, photos, folder, options.same_boxes)
    except TreeError as e:
        print(f"benchmarks: {e}", file=sys.stderr)
        return 2
    return report(found, options.base)


if __name__ == "__main__":
    sys.exit(main())
