"""Many pictures at once: movies, folders of frames, and what a batch takes its photos from."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import csv
import io
import shutil
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from mutations import Random, damaged, number, odds, pick, text
from photo_files import CODECS, grey_frames, write_movie
from PIL import Image
from samples import portrait, reconstructor
from verdict import digests, fault_of

from prn_blender.batch.sources import items_of
from prn_blender.batch.storage import local_photo
from prn_blender.batch.task import Item
from prn_blender.core.errors import PRNError
from prn_blender.core.photo.frames import FrameRange, open_shot
from prn_blender.core.photo.photo import read_photo

from . import Run
from .arguments import command_said

_MOST = 12
"""Frames that are looked at: the files have four."""


def movies(folder: Path) -> Run:
    """Movie files and folders of frames, damaged, and odd ranges of them."""
    files = [write_movie(folder / f"a{suffix}", grey_frames(4)) for suffix in CODECS]
    contents = {path.name: path.read_bytes() for path in files}
    pictures = folder / "frames"
    pictures.mkdir()
    for k, frame in enumerate(grey_frames(4)):
        Image.fromarray(frame).save(pictures / f"f{k}.png")

    def run(rng: Random, folder: Path) -> list[str]:
        if odds(rng, 0.25):
            path = folder / "frames"
            shutil.copytree(pictures, path)
            for picture in sorted(path.iterdir()):
                _change(rng, picture)
        else:
            name = pick(rng, sorted(contents))
            path = folder / name
            path.write_bytes(damaged(rng, contents[name]))
        shot = open_shot(path, None if odds(rng, 0.7) else number(rng))
        wanted = FrameRange(*(_count(rng, usual) for usual in (1, None, 1)))
        for seen, frame in enumerate(shot.frames(wanted)):
            assert (frame.photo.width, frame.photo.height) == (shot.width, shot.height)
            assert np.isfinite(frame.seconds) and frame.number >= 1
            if seen == _MOST:
                break
        return []

    return run


def _count(rng: Random, usual: int | None) -> int | None:
    """Of frames, as a script can give it: a whole number."""
    if odds(rng, 0.6):
        return usual
    odd = number(rng)
    return int(odd) if np.isfinite(odd) and abs(odd) < 1e18 else 3


def _change(rng: Random, picture: Path) -> None:
    kind = rng.random()
    if kind < 0.1:
        picture.write_bytes(damaged(rng, picture.read_bytes()))
    elif kind < 0.15:
        picture.unlink()
    elif kind < 0.2:
        Image.fromarray(grey_frames(1, 64, 64)[0]).save(picture)
    elif kind < 0.3:
        name = text(rng).replace("/", "_").replace("\0", "")[:60]
        picture.rename(picture.with_name(f"{name}.png"))


def sources(folder: Path) -> Run:
    """Lists, tables, archives and patterns that a batch is given, and folders."""
    photo = io.BytesIO()
    Image.fromarray(portrait()).save(photo, "JPEG")
    names = ["a.jpg", "b/c.jpg", "b/../d.png", "/e.jpg", "b", "f.txt", "../g.jpg", "顔.jpg"]

    def run(rng: Random, folder: Path) -> list[str]:
        place = folder / "in"
        place.mkdir()
        (place / "a.jpg").write_bytes(photo.getvalue())
        (place / "b").mkdir()
        make = pick(rng, (_table, _table, _listed, _archive, _archive, _pattern))
        source = make(rng, place, names, photo.getvalue())
        before, said = digests(folder), list[str]()
        for item in items_of(str(source), str(folder / "out"), said.append):
            parts = item.name.split("/")
            assert not {"", ".", ".."} & set(parts), item.name
            assert "\\" not in item.name and item.name.isprintable(), item.name
            assert not item.problem or fault_of(item.problem) is None, item.problem
            assert all(len(box) == 4 and np.isfinite(box).all() for box in item.boxes), item
            if not item.problem:
                said += _read(item)
        assert digests(folder) == before, "it has changed its inputs"
        return [message[:1].upper() + message[1:] for message in said]

    return run


def _read(item: Item) -> list[str]:
    """What is said of a photo when its turn comes."""
    try:
        with local_photo(item) as (path, _):
            read_photo(path, reduced=True)
    except PRNError as e:
        return [str(e)]
    return []


def _table(rng: Random, place: Path, names: list[str], photo: bytes) -> Path:
    stream = io.StringIO()
    suffix = pick(rng, (".csv", ".tsv"))
    writer = csv.writer(stream, delimiter="," if suffix == ".csv" else "\t")
    head = ["path", "x0", "y0", "x1", "y1", "identity"]
    writer.writerow([text(rng) if odds(rng, 0.05) else name for name in head])
    for _ in range(int(rng.integers(0, 6))):
        name = text(rng) if odds(rng, 0.3) else pick(rng, names)
        box = [number(rng) if odds(rng, 0.3) else v for v in (40, 40, 110, 120)]
        row = [name, *box, text(rng) if odds(rng, 0.3) else "anna"]
        writer.writerow(row[: int(rng.integers(1, 8))] if odds(rng, 0.2) else row)
    data = stream.getvalue().encode("utf-8", "surrogateescape")
    path = place / f"t{suffix}"
    path.write_bytes(damaged(rng, data) if odds(rng, 0.4) else data)
    return path


def _listed(rng: Random, place: Path, names: list[str], photo: bytes) -> Path:
    lines = [text(rng) if odds(rng, 0.3) else pick(rng, names) for _ in range(4)]
    data = "\n".join(lines).encode("utf-8", "surrogateescape")
    path = place / "t.txt"
    path.write_bytes(damaged(rng, data) if odds(rng, 0.4) else data)
    return path


def _archive(rng: Random, place: Path, names: list[str], photo: bytes) -> Path:
    path = place / "t.tar"
    with tarfile.open(path, "w", format=pick(rng, (tarfile.GNU_FORMAT, tarfile.PAX_FORMAT))) as tar:
        for _ in range(int(rng.integers(0, 4))):
            info = tarfile.TarInfo(pick(rng, names) if odds(rng, 0.7) else f"{text(rng)}.jpg")
            info.size = len(photo)
            info.type = tarfile.REGTYPE if odds(rng, 0.8) else pick(rng, (b"1", b"2", b"5", b"S"))
            try:
                tar.addfile(info, io.BytesIO(photo))
            except (ValueError, UnicodeError):  # what no archive can hold
                continue
    if odds(rng, 0.6):
        path.write_bytes(damaged(rng, path.read_bytes()))
    return path


def _pattern(rng: Random, place: Path, names: list[str], photo: bytes) -> Path:
    for name in ("b/c.jpg", "d.JPG"):
        (place / name).write_bytes(photo)
    odd = text(rng).replace("\0", "").replace("..", "_").lstrip("/")
    return place / pick(
        rng, ("*.jpg", "**", "**/*", "[", "?", "b", "gone", "a.jpg", "*" + odd, odd)
    )


def shot_arguments(folder: Path) -> Run:
    """The commands that take many pictures, `sequence` and `batch`, with odd arguments."""
    reconstructor()
    face = portrait()
    files = folder / "files"
    (files / "photos").mkdir(parents=True)
    Image.fromarray(face).save(files / "photos" / "me.png")
    write_movie(files / "shot.avi", [face, face])
    (files / "damaged.avi").write_bytes((files / "shot.avi").read_bytes()[:3000])
    (files / "photos.csv").write_text("path,x0,y0,x1,y1\nphotos/me.png,40,oops,1,2\n")
    (files / "text.txt").write_text("hello\n")

    def run(rng: Random, folder: Path) -> list[str]:
        shutil.copytree(files, folder / "files")
        make: Callable[..., list[str]] = _sequence if odds(rng, 0.7) else _batch
        argv = [part.replace("\0", "") for part in make(rng, folder / "files", folder / "out")]
        return command_said(argv, folder)

    return run


def _place(rng: Random, files: Path, usual: str) -> str:
    if odds(rng, 0.6):
        return str(files / usual)
    if odds(rng, 0.8):
        return str(pick(rng, sorted(files.rglob("*"))))
    return str(files / text(rng).replace("\0", ""))


def _sequence(rng: Random, files: Path, out: Path) -> list[str]:
    argv = ["sequence", _place(rng, files, "shot.avi"), "-o", str(out)]
    for name in ("--json", "--live-link", "--fewer-keys"):
        argv += [name] if odds(rng, 0.2) else []
    usual: dict[str, Any] = {"--start": 1, "--end": 2, "--step": 1, "--rate": 24, "--person": 1,
                             "--focal": 50, "--camera": "ortho", "--topology": "head",
                             "--donor-face": 1, "--strength": 1}  # fmt: skip
    for name, value in usual.items():
        if odds(rng, 0.15):
            argv += [name, str(value if odds(rng, 0.6) else number(rng))]
    if odds(rng, 0.1):
        argv += ["--swap", _place(rng, files, "photos/me.png"), "--texture-size", "32"]
    return argv


def _batch(rng: Random, files: Path, out: Path) -> list[str]:
    """What is refused before a process is started, which would take seconds."""
    source = _place(rng, files, pick(rng, ("text.txt", "gone.tar", "photos.csv")))
    argv = ["batch", source, "-o", str(out), "--json"]
    bad = pick(rng, (["--jobs", str(number(rng))], ["--limit", "x"], ["--stride", "3"],
                     ["--texture-size", str(number(rng))], ["--model", text(rng)]))  # fmt: skip
    return argv + (bad if odds(rng, 0.8) else ["--jobs", "1"])
