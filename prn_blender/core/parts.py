"""Parts of the face as soft masks in UV space, for any layout."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import lru_cache

import cv2
import numpy as np

from .errors import OptionError
from .files import shown
from .photo import read_photo
from .uv_layout import UVLayout

FEATHER = 0.15
"""Default width of a part's soft rim, in eye distances."""

FEATURE_PARTS = {"eyes": ("eyes", "brows"), "nose": ("nose",), "mouth": ("mouth",)}
"""Parts that make up each feature of a face: what is seen or covered, and swapped, as a whole."""

PARTS = ("face", "eyes", "brows", "nose", "lips", "mouth", "cheeks", "forehead", "chin")
"""Parts of every layout; a layout's own are added by `part_names`."""

PRESETS = {"prnet-face": ("face",), "prnet-eyes": ("eyes",)}
"""PRNet's two modes, the whole face and the eye region, as parts."""

# iBUG landmark numbers, from 0; the subject's right side has the lower ones.
_JAW = slice(0, 17)
_BROWS = slice(17, 22), slice(22, 27)
_EYES = slice(36, 42), slice(42, 48)
_INNER_LIPS, _OUTER_LIPS = slice(60, 68), slice(48, 60)

EYE_MARKS, LIP_MARKS, INNER_LIP_MARKS = ((36, 42), (42, 48)), ((48, 60),), ((60, 68),)
"""Outlines for `within_landmarks`."""

# The picture of the canonical face in which outlines are drawn: side, pixels per eye distance.
_PICTURE, _UNIT = 768, 160.0


def part_names(layout: UVLayout) -> tuple[str, ...]:
    """What can be asked for: the parts of every face, the layout's own, PRNet's modes."""
    return (*PARTS, *sorted(set(layout.parts) - set(PARTS)), *PRESETS)


@lru_cache(maxsize=24)
def within_landmarks(
    layout: UVLayout, outlines: tuple[tuple[int, int], ...], edge: float = 0.0
) -> np.ndarray:
    """Texels within outlines of landmarks.

    Parameters
    ----------
    layout : UVLayout
    outlines : tuple of (int, int)
        Of each the first landmark and one past the last.
    edge : float
        Standard deviation of the blur of the rim, of the map's side.

    Returns
    -------
    (S, S) float32
        0..1; not to be written to.
    """
    inside = np.zeros(layout.mask.shape, np.uint8)
    for first, end in outlines:
        points = layout.landmark_texels[first:end, ::-1].astype(np.int32)
        cv2.fillPoly(inside, [np.ascontiguousarray(points)], 1)
    result = inside.astype(np.float32)
    if edge:
        result = cv2.GaussianBlur(result, (0, 0), edge * layout.size)
    result.flags.writeable = False
    return result


def check_parts(layout: UVLayout, parts: str | Sequence[str]) -> tuple[str, ...]:
    """The names of parts, presets resolved.

    Raises
    ------
    OptionError
        The layout has no such part, or none is named.
    """
    names = (parts,) if isinstance(parts, str) else tuple(parts)
    known = part_names(layout)
    for name in names:
        if name not in known:
            raise OptionError(
                "There is no part {name!r}; there are {names}.", name=name, names=", ".join(known)
            )
    if not names:
        raise OptionError(
            "No part of the face is named; there are {names}.", names=", ".join(known)
        )
    return tuple(part for name in names for part in PRESETS.get(name, (name,)))


def part_mask(
    layout: UVLayout,
    parts: str | Sequence[str] = "face",
    size: int | None = None,
    feather: float = FEATHER,
) -> np.ndarray:
    """One or several parts of the face as one soft mask.

    Parameters
    ----------
    layout : UVLayout
    parts : str or sequence of str
        Of `part_names`; where several are named they are joined.
    size : int, optional
        Side in texels; by default the layout's.
    feather : float
        Width of the soft rim, inside the part, in eye distances (63 mm); 0 leaves it hard.

    Returns
    -------
    (size, size) float32
        0 outside the part, 1 inside, smooth between.

    Raises
    ------
    OptionError
        The layout has no such part, or the feather is out of bounds.
    """
    if not 0 <= feather <= 1:
        raise OptionError(
            "The feather is {feather}; it can be 0 to 1 eye distances.", feather=feather
        )
    soft = _soft_mask(layout, check_parts(layout, parts), float(feather))
    if size is None or size == layout.size:
        return soft.copy()
    return cv2.resize(soft, (size, size), interpolation=cv2.INTER_LINEAR)


def read_mask(path: str | os.PathLike[str], layout: UVLayout) -> np.ndarray:
    """A mask that an artist has drawn.

    Parameters
    ----------
    path : path-like
        A picture in the layout's UV space, as textures are: white is shown, black is not.
    layout : UVLayout

    Returns
    -------
    (N, N) float32
        0..1.

    Raises
    ------
    PhotoError
        No such file, or no picture.
    OptionError
        It is not square, or shows no white within the face.
    """
    pixels = read_photo(path).pixels
    height, width = pixels.shape[:2]
    if width != height:
        raise OptionError(
            "The mask {path} is {width} x {height} pixels; it has to be square, as the texture is.",
            path=shown(path),
            width=width,
            height=height,
        )
    mask = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY).astype(np.float32) / 255
    size = layout.size
    if not (cv2.resize(mask, (size, size), interpolation=cv2.INTER_AREA)[layout.mask] > 0).any():
        raise OptionError("The mask {path} is black wherever the face is.", path=shown(path))
    return mask


def skin_region(layout: UVLayout) -> np.ndarray:
    """(S, S) float32: skin of one colour, more or less."""
    others = part_mask(layout, ("eyes", "brows", "mouth"), feather=0)
    return part_mask(layout, ("face",), feather=0) * (1 - others)


def feathered(layout: UVLayout, mask: np.ndarray, feather: float) -> np.ndarray:
    """(S, S) float32: a mask (S, S) bool with a soft rim inside it, `feather` eye distances."""
    inside = (mask & layout.mask).astype(np.uint8)
    if feather <= 0:
        return inside.astype(np.float32)
    # The layout's own border is no border of the part, except where there is no face beyond it.
    texels = cv2.distanceTransform(np.pad(inside, 1), cv2.DIST_L2, 5)[1:-1, 1:-1]
    width = feather * layout.eye_distance / _texel_pitch(layout)
    t = (texels / np.maximum(width, 1e-6)).clip(0, 1)
    return (t * t * (3 - 2 * t)).astype(np.float32)


@lru_cache(maxsize=32)
def _soft_mask(layout: UVLayout, parts: tuple[str, ...], feather: float) -> np.ndarray:
    hard = np.zeros(layout.mask.shape, bool)
    for part in parts:
        # Not a layout's own part of the same name: what "mouth" means to an artist must not
        # depend on the model, and a layout's may be no more than the seam between the lips.
        hard |= _from_landmarks(layout, part) if part in PARTS else layout.parts[part]
    return feathered(layout, hard, feather)


@lru_cache(maxsize=4)
def _texel_pitch(layout: UVLayout) -> np.ndarray:
    """(S, S) float32 metres between neighbouring texels on the canonical face, smoothed."""
    p = layout.extend(layout.canonical)
    across = np.linalg.norm(p[:, 1:] - p[:, :-1], axis=-1)
    down = np.linalg.norm(p[1:] - p[:-1], axis=-1)
    pitch = (np.pad(across, [(0, 0), (0, 1)], mode="edge") +
             np.pad(down, [(0, 1), (0, 0)], mode="edge")) / 2  # fmt: skip
    return cv2.GaussianBlur(pitch.astype(np.float32), (0, 0), max(1.0, layout.size / 64))


# Drawn once: a swap asks for more combinations of parts than `_soft_mask` keeps, and one outline
# takes up to 0.1 s. A layout's are 1 MB.
@lru_cache(maxsize=64)
def _from_landmarks(layout: UVLayout, part: str) -> np.ndarray:
    """(S, S) bool, read-only: a part of `PARTS`, outlined by the landmarks on the canonical face.

    Outlines are drawn in the front view, x to the subject's left and z up, from between the
    eyes, in eye distances; a texel belongs to the part whose outline its canonical place is in.
    """
    marks = layout.canonical_landmarks.astype(np.float64)
    centre = marks[36:48].mean(axis=0)
    points = (marks[:, [0, 2]] - centre[[0, 2]]) / layout.eye_distance
    picture = _OUTLINES[part](points) > 0
    place = (layout.canonical[..., [0, 2]] - centre[[0, 2]]) / layout.eye_distance
    column, row = np.moveaxis(np.rint(_pixels(place)).astype(int), -1, 0)
    seen = (column >= 0) & (column < _PICTURE) & (row >= 0) & (row < _PICTURE) & layout.mask
    inside: np.ndarray = seen & picture[row.clip(0, _PICTURE - 1), column.clip(0, _PICTURE - 1)]
    inside.flags.writeable = False
    return inside


def _pixels(points: np.ndarray) -> np.ndarray:
    """Eye distances from between the eyes to pixels of the picture."""
    return points * [_UNIT, -_UNIT] + [_PICTURE / 2, 0.35 * _PICTURE]


def _hull(points: np.ndarray, grow: float = 0.0) -> np.ndarray:
    """(P, P) uint8: the convex hull of points, grown."""
    picture = np.zeros((_PICTURE, _PICTURE), np.uint8)
    outline = cv2.convexHull(np.rint(_pixels(points)).astype(np.int32))
    cv2.fillConvexPoly(picture, outline, 1)
    return _grown(picture, grow)


def _grown(picture: np.ndarray, grow: float) -> np.ndarray:
    reach = 2 * round(abs(grow) * _UNIT) + 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach))
    return (cv2.dilate if grow >= 0 else cv2.erode)(picture, kernel)


def _both(points: np.ndarray, sides: Sequence[Sequence[int] | slice], grow: float) -> np.ndarray:
    return np.maximum(*(_hull(points[side], grow) for side in sides))


def _face(points: np.ndarray) -> np.ndarray:
    """Within the jaw line and up to the middle of the forehead: where faces have skin."""
    brows = points[17:27]
    # The jaw's ends lie at the ears; a smaller ellipse closes the outline over the brows.
    top = brows[:, 1].max() + 0.6
    side = np.abs(points[[0, 16], 0]).mean()
    turn = np.radians(np.arange(0, 181, 10))
    low = points[[0, 16], 1].mean()
    arch = np.stack([side * np.cos(turn), low + (top - low) * np.sin(turn)], axis=-1)
    return _grown(_hull(np.concatenate([points[_JAW], arch])), -0.1)


def _brows(points: np.ndarray) -> np.ndarray:
    picture = np.zeros((_PICTURE, _PICTURE), np.uint8)
    for side in _BROWS:
        line = np.rint(_pixels(points[side])).astype(np.int32)
        cv2.polylines(picture, [line], False, 1, 1)
    return _grown(picture, 0.17)


def _lips(points: np.ndarray) -> np.ndarray:
    return _hull(points[_OUTER_LIPS], 0.1) & ~_hull(points[_INNER_LIPS])


def _cheeks(points: np.ndarray) -> np.ndarray:
    below_eye = [0, -0.28]
    right = np.concatenate([points[[1, 2, 3, 4, 48, 31]], points[[36, 41, 40]] + below_eye])
    left = np.concatenate([points[[15, 14, 13, 12, 54, 35]], points[[45, 46, 47]] + below_eye])
    cheeks = np.maximum(_hull(right), _hull(left))
    return cheeks & _face(points) & ~_mouth(points) & ~_nose(points)


def _mouth(points: np.ndarray) -> np.ndarray:
    return _hull(points[_OUTER_LIPS], 0.16)


def _nose(points: np.ndarray) -> np.ndarray:
    return _hull(points[[27, 31, 32, 33, 34, 35]], 0.14)


def _forehead(points: np.ndarray) -> np.ndarray:
    rows = np.arange(_PICTURE)[:, None]
    brows = _pixels(points[17:27])[:, 1]
    return _face(points) & (rows < brows.mean()).astype(np.uint8) & ~_brows(points)


def _chin(points: np.ndarray) -> np.ndarray:
    below_lip = points[[59, 57, 55]] - [0, 0.12]
    return _hull(np.concatenate([points[5:12], below_lip])) & _face(points)


_OUTLINES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "face": _face,
    "eyes": lambda points: _both(points, _EYES, 0.22),
    "brows": _brows,
    "nose": _nose,
    "lips": _lips,
    "mouth": _mouth,
    "cheeks": _cheeks,
    "forehead": _forehead,
    "chin": _chin,
}
