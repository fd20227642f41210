"""Live Link Face's CSV files: 52 expressions with ARKit's names, head and eyes, a row for a frame.

It is what Epic's app on an iPhone writes, and what Unreal, Maya and Blender add-ons read. Columns:
`Timecode` (hours:minutes:seconds:frames.fraction), `BlendShapeCount` (61), the 52 expressions in
ARKit's order, then yaw, pitch and roll of the head and of both eyes, in radians.

Epic does not publish the form. What is written here has the columns, names and units of files from
the app; turns are those of ARKit's axes (x to the subject's left, y up, z out of the face), by
which yaw is positive to the subject's left, pitch downwards, roll clockwise as seen from behind.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import csv
import io
import math
import os
import re
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TextIO

import numpy as np

from ..errors import PhotoError, Sentence
from ..files.safe import read_bounded, shown, write_bytes

SHAPES = (
    "eyeBlinkLeft", "eyeLookDownLeft", "eyeLookInLeft", "eyeLookOutLeft", "eyeLookUpLeft",
    "eyeSquintLeft", "eyeWideLeft", "eyeBlinkRight", "eyeLookDownRight", "eyeLookInRight",
    "eyeLookOutRight", "eyeLookUpRight", "eyeSquintRight", "eyeWideRight", "jawForward",
    "jawRight", "jawLeft", "jawOpen", "mouthClose", "mouthFunnel", "mouthPucker", "mouthRight",
    "mouthLeft", "mouthSmileLeft", "mouthSmileRight", "mouthFrownLeft", "mouthFrownRight",
    "mouthDimpleLeft", "mouthDimpleRight", "mouthStretchLeft", "mouthStretchRight",
    "mouthRollLower", "mouthRollUpper", "mouthShrugLower", "mouthShrugUpper", "mouthPressLeft",
    "mouthPressRight", "mouthLowerDownLeft", "mouthLowerDownRight", "mouthUpperUpLeft",
    "mouthUpperUpRight", "browDownLeft", "browDownRight", "browInnerUp", "browOuterUpLeft",
    "browOuterUpRight", "cheekPuff", "cheekSquintLeft", "cheekSquintRight", "noseSneerLeft",
    "noseSneerRight", "tongueOut",
)  # fmt: skip
"""ARKit's 52 expressions in the order of the file's columns, where each begins with a capital."""
_TURNS = ("HeadYaw", "HeadPitch", "HeadRoll", "LeftEyeYaw", "LeftEyePitch", "LeftEyeRoll",
          "RightEyeYaw", "RightEyePitch", "RightEyeRoll")  # fmt: skip
MAX_FILE_BYTES = 256 * 2**20
"""Largest file that is read: an hour at 60 frames a second has 150 MB."""
_MAX_ROWS = 500_000
_MAX_LINE = 2**16
"""Characters: 61 numbers take 1000."""
# Radians by which an eye turns where an eyeLook expression is 1: ARKit's eyes reach about as far.
_EYE_SIDEWAYS, _EYE_UP = math.radians(35), math.radians(25)
_TIMECODE = re.compile(r"(\d{1,3}):(\d{1,2}):(\d{1,2})[:;](\d{1,3}(?:\.\d+)?)")
# Frames a second that cameras and phones record with.
_RATES = (24.0, 25.0, 30.0, 48.0, 50.0, 60.0, 120.0)
# Photo axes as Blender has them to ARKit's.
_TO_ARKIT = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, -1.0, 0.0]])


@dataclass(frozen=True, eq=False)
class FaceCurves:
    """Expressions and the head's turn over time.

    Attributes
    ----------
    seconds : (T,) float64
        Times of the frames; of a file, counted from its first frame.
    expression : (T, 52) float64
        In the order of `SHAPES`; 0..1.
    head : (T, 3) float64
        Yaw, pitch and roll, radians, see the module.
    rate : float
        Frames a second.
    start : float
        Seconds of the day at the first frame, by the timecode.
    """

    seconds: np.ndarray
    expression: np.ndarray
    head: np.ndarray
    rate: float
    start: float = 0.0

    def curve(self, name: str) -> np.ndarray:
        """(T,) float64: an expression over time by its ARKit name."""
        return np.asarray(self.expression[:, SHAPES.index(name)])


def by_name(names: Sequence[str], values: np.ndarray) -> np.ndarray:
    """(T, 52) in the order of `SHAPES`, from values (T, E) of other names; else 0."""
    result = np.zeros((len(values), len(SHAPES)))
    for column, name in enumerate(names):
        if name in SHAPES:
            result[:, SHAPES.index(name)] = values[:, column]
    return result


def head_turns(rotations: np.ndarray) -> np.ndarray:
    """(T, 3) yaw, pitch, roll of poses' rotations (T, 3, 3), radians, see the module."""
    r = _TO_ARKIT @ rotations @ _TO_ARKIT.T
    # About y, then x, then z.
    yaw = np.arctan2(r[:, 0, 2], r[:, 2, 2])
    pitch = np.arcsin((-r[:, 1, 2]).clip(-1, 1))
    roll = np.arctan2(r[:, 1, 0], r[:, 1, 1])
    return np.stack([yaw, pitch, roll], axis=1)


def head_rotations(turns: np.ndarray) -> np.ndarray:
    """(T, 3, 3) rotations in Blender's axes: the inverse of `head_turns`."""
    (sy, sp, sr), (cy, cp, cr) = np.sin(turns).T, np.cos(turns).T
    zero, one = np.zeros_like(sy), np.ones_like(sy)

    def matrix(*rows: np.ndarray) -> np.ndarray:
        return np.stack(rows, axis=1).reshape(-1, 3, 3)

    about_y = matrix(cy, zero, sy, zero, one, zero, -sy, zero, cy)
    about_x = matrix(one, zero, zero, zero, cp, -sp, zero, sp, cp)
    about_z = matrix(cr, -sr, zero, sr, cr, zero, zero, zero, one)
    return np.asarray(_TO_ARKIT.T @ (about_y @ about_x @ about_z) @ _TO_ARKIT)


def write_live_link(path: str | os.PathLike[str], curves: FaceCurves) -> None:
    """Write a CSV file.

    Parameters
    ----------
    path : path-like
    curves : FaceCurves

    Raises
    ------
    OutputError
        The file cannot be written.
    """
    titles = [name[0].upper() + name[1:] for name in SHAPES]
    eyes = np.concatenate([_eye_turns(curves, "Left"), _eye_turns(curves, "Right")], axis=1)
    numbers = np.concatenate([curves.expression, curves.head, eyes], axis=1)
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(["Timecode", "BlendShapeCount", *titles, *_TURNS])
    count = len(titles) + len(_TURNS)
    for seconds, row in zip(curves.seconds, numbers, strict=True):
        timecode = _timecode(curves.start + float(seconds), curves.rate)
        writer.writerow([timecode, count, *(f"{value:.10f}" for value in row)])
    write_bytes(path, stream.getvalue().encode("ascii"))


def read_live_link(path: str | os.PathLike[str], rate: float | None = None) -> FaceCurves:
    """Read a CSV file of the app, or of whatever writes such files.

    Columns are found by their names, in any order; those that are missing are 0.

    Parameters
    ----------
    path : path-like
    rate : float, optional
        Frames a second; by default what the timecodes count up to.

    Raises
    ------
    PhotoError
        It is no such file, or it is damaged or too large.
    """
    data = read_bounded(path, MAX_FILE_BYTES, Sentence("CSV"), PhotoError)
    # Decoded line by line: as a whole the text takes four times the file.
    rows = csv.reader(_lines(io.TextIOWrapper(io.BytesIO(data), "utf-8-sig", newline="")))
    try:
        titles = [title.strip().casefold() for title in next(rows, [])]
    except (UnicodeDecodeError, csv.Error) as e:
        raise _no_file(path) from e
    shapes = [titles.index(name.casefold()) if name.casefold() in titles else -1 for name in SHAPES]
    turns = [titles.index(t.casefold()) if t.casefold() in titles else -1 for t in _TURNS[:3]]
    if max(shapes) < 0:
        raise _no_file(path)
    wanted = [column for column in (*shapes, *turns) if column >= 0]
    timecode = titles.index("timecode") if "timecode" in titles else -1
    codes: list[str] = []
    numbers = array("d")
    try:
        for row in rows:
            if not any(row):
                continue
            if len(codes) == _MAX_ROWS:
                raise PhotoError(
                    "{path} has more than {limit} rows.", path=shown(path), limit=_MAX_ROWS
                )
            numbers.extend([float(row[column] or 0) for column in wanted])
            codes.append(row[timecode] if timecode >= 0 else "")
    except (ValueError, IndexError, csv.Error) as e:
        raise PhotoError(
            "{path} has no numbers in row {row} where its head line promises some.",
            path=shown(path),
            row=len(codes) + 2,
        ) from e
    values = np.array(numbers).reshape(len(codes), len(wanted))
    if not len(values) or not np.isfinite(values).all() or np.abs(values).max() > 1e3:
        raise PhotoError(
            "{path} has no rows, or numbers in them that no face has.", path=shown(path)
        )
    whole = np.zeros((len(values), len(SHAPES) + 3))
    there = [k for k, column in enumerate((*shapes, *turns)) if column >= 0]
    whole[:, there] = values
    seconds, rate = _times(codes, rate)
    expression = whole[:, : len(SHAPES)].clip(0, 1)
    start = float(seconds[0])
    return FaceCurves(seconds - start, expression, whole[:, len(SHAPES) :], rate, start)


def _lines(stream: TextIO) -> Iterator[str]:
    """The lines of a text; `csv.Error` for one that no frame has."""
    while line := stream.readline(_MAX_LINE):
        if len(line) == _MAX_LINE:
            raise csv.Error("a line is too long")
        yield line


def _no_file(path: str | os.PathLike[str]) -> PhotoError:
    return PhotoError(
        "{path} is no Live Link Face file: its head line has none of ARKit's names, such as "
        "JawOpen.",
        path=shown(path),
    )


def _timecode(seconds: float, rate: float) -> str:
    """Hours:minutes:seconds:frames.fraction, of the day."""
    # By whole thousandths of a frame, so that rounding never makes a frame that does not exist.
    frames = max(1, round(rate))
    whole = int(seconds + 1e-9)
    thousandths = min(round((seconds - whole) * rate * 1000), frames * 1000 - 1)
    frame, part = divmod(max(thousandths, 0), 1000)
    hours, rest = divmod(whole % 86400, 3600)
    return f"{hours:02d}:{rest // 60:02d}:{rest % 60:02d}:{frame:02d}.{part:03d}"


def _times(codes: Sequence[str], rate: float | None) -> tuple[np.ndarray, float]:
    """Seconds of each row, and frames a second; where codes make no sense, rows are frames."""
    found = [_TIMECODE.fullmatch(code.strip()) for code in codes]
    if all(found):
        parts = np.array([[float(part) for part in match.groups()] for match in found if match])
        if rate is None:
            counted = math.floor(float(parts[:, 3].max())) + 1
            rate = next((r for r in _RATES if r >= counted), float(counted))
            if len(parts) < rate:  # less than a second counts to less than it could
                rate = max(rate, 60.0 if counted > 30 else 30.0)
        seconds = parts @ [3600, 60, 1, 1 / rate]
        if (np.diff(seconds) > 0).all():
            return seconds, rate
    rate = rate or 60.0  # the app's own
    return np.arange(len(codes)) / rate, rate


def _eye_turns(curves: FaceCurves, side: str) -> np.ndarray:
    """(T, 3) yaw, pitch and roll of an eye, by where it looks."""
    out, inward, up, down = (
        curves.curve(f"eyeLook{way}{side}") for way in ("Out", "In", "Up", "Down")
    )
    left = out - inward if side == "Left" else inward - out
    turns = np.stack([left * _EYE_SIDEWAYS, (down - up) * _EYE_UP, np.zeros_like(up)], axis=1)
    return np.asarray(turns)
