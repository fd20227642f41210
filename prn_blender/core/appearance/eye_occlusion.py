"""Where glasses, or what else lies over the eyes, are on a face."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np

from ..face.face import Face
from ..geometry.uv_layout import UVLayout
from ..image.colour import FLOOR, GAMMA, LUMA
from .feature_likeness import is_covered

# Of the map's side: half the width of a rim, and what is coarser than a rim.
_RIM, _COARSE = 1 / 256, 1 / 64
# Eye distances from an eye's middle within which its rim runs; half the bridge; what of the skin
# around a rim stays with it; the temples' height above the eye.
_RUNS, _BRIDGE, _AROUND, _TEMPLE = (0.25, 0.62), 0.12, 0.09, (-0.05, 0.3)
# Sectors of an eye's surroundings; over how many of them a rim's distance is evened out; those
# below it: there nothing but a rim draws a line.
_SECTORS, _EVEN, _BELOW = 36, 5, (19, 34)
_FEWEST, _ENOUGH = 15, 6
# Logarithms: how strong the lines have to be, below the eyes in nearly all sectors times over the
# bridge, in strips of half this width. Of the 300 faces this was chosen on none without glasses has
# 0.18; dark rims have 0.25 and more, thin metal ones have less.
_STRONG, _STRIP = 0.22, 0.03
_NEARLY_ALL = 25


def around_eyes(face: Face) -> np.ndarray:
    """Where a face has glasses, if it wears any, or what else lies over its eyes.

    Parameters
    ----------
    face : Face

    Returns
    -------
    (S, S) bool
        Rims, what is seen through them, bridge and the beginnings of the temples.
    """
    layout = face.layout
    line = _lines(face)
    seen = face.visibility
    x, z = _from_between_eyes(layout)
    region = np.zeros(seen.shape, bool)
    for radius, sector, aside in _places(layout):
        rim = _rim(radius, sector, line, seen)
        region |= radius < rim[sector] + _AROUND
        lateral = rim[[0, 1, 2, _SECTORS - 2, _SECTORS - 1]].mean()
        region |= (aside > lateral) & (z > _TEMPLE[0]) & (z < _TEMPLE[1])
    middle = (np.abs(x) < _BRIDGE) & seen
    height = float(z[middle][np.argmin(line[middle])]) if middle.any() else 0.0
    region |= (np.abs(x) < 0.5) & (np.abs(z - height) < 2 * _AROUND)
    return region & layout.mask


def wears_rims(face: Face) -> bool:
    """Whether a face wears glasses with dark rims."""
    layout, line, seen = face.layout, _lines(face), face.visibility
    below = []
    for radius, sector, _ in _places(layout):
        around = (radius > _RUNS[0]) & (radius < _RUNS[1]) & seen
        strongest = [
            float(np.abs(line[around & (sector == s)]).max())
            for s in range(*_BELOW)
            if (around & (sector == s)).sum() >= _FEWEST
        ]
        if len(strongest) >= _ENOUGH:
            below.append(float(np.percentile(strongest, _NEARLY_ALL)))
    x, _ = _from_between_eyes(layout)
    marks, height = layout.canonical_landmarks, layout.canonical[..., 2]
    brows = marks[[21, 22], 2].mean() - 0.05 * layout.eye_distance
    across = seen & (height > marks[29, 2]) & (height < brows)
    bridge = []
    for at in np.linspace(-_BRIDGE + 0.02, _BRIDGE - 0.02, 5):
        strip = across & (np.abs(x - at) < _STRIP)
        if strip.sum() > _ENOUGH:
            bridge.append(max(0.0, float(-line[strip].min())))
    if not below or not bridge:
        return False
    return float(np.mean(below) * np.median(bridge)) > _STRONG


def _lines(face: Face) -> np.ndarray:
    """(S, S) float32: logarithm of the photo's brightness as far as it is as fine as a rim."""
    size = face.layout.size
    linear = (face.texture(size)[..., :3] / np.float32(255)) ** np.float32(GAMMA)
    level = np.log(linear @ LUMA + 2 * np.float32(FLOOR))
    weight = face.visibility.astype(np.float32)

    def smooth(sigma: float) -> np.ndarray:
        total = np.maximum(cv2.GaussianBlur(weight, (0, 0), sigma * size), 1e-3)
        return cv2.GaussianBlur(level * weight, (0, 0), sigma * size) / total

    return smooth(_RIM) - smooth(_COARSE)


def _from_between_eyes(layout: UVLayout) -> tuple[np.ndarray, np.ndarray]:
    """(S, S) twice: to the subject's left and up, eye distances."""
    place = layout.canonical - layout.canonical_landmarks[36:48].mean(axis=0)
    return place[..., 0] / layout.eye_distance, place[..., 2] / layout.eye_distance


@lru_cache(maxsize=4)
def _places(layout: UVLayout) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """For each eye: distance from its middle, sector, and how far aside, eye distances.

    Sectors are counted from aside over the brow to the nose and back below the eye.
    """
    result = []
    for eye, side in ((slice(36, 42), -1), (slice(42, 48), 1)):
        middle = layout.canonical_landmarks[eye].mean(axis=0)
        across = (layout.canonical[..., 0] - middle[0]) / layout.eye_distance * side
        up = (layout.canonical[..., 2] - middle[2]) / layout.eye_distance
        turn = np.arctan2(up, across) % (2 * np.pi)
        sector = (turn * (_SECTORS / (2 * np.pi))).astype(int) % _SECTORS
        result.append((np.hypot(across, up), sector, across))
    return result


def _rim(radius: np.ndarray, sector: np.ndarray, line: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """(sectors,) float64: how far the rim is from the eye's middle, eye distances."""
    rim = np.full(_SECTORS, np.nan)
    around = (radius > _RUNS[0]) & (radius < _RUNS[1]) & seen
    for s in range(_SECTORS):
        here = around & (sector == s)
        if here.any():
            rim[s] = radius[here][np.argmin(line[here])]
    if np.isnan(rim).all():
        return np.full(_SECTORS, _RUNS[1])
    rim = np.where(np.isnan(rim), np.nanmedian(rim), rim)
    around_it = [np.roll(rim, k) for k in range(-(_EVEN // 2), _EVEN // 2 + 1)]
    return np.asarray(np.maximum(np.median(around_it, axis=0), rim * 0.95))


_EYES = "right eye", "left eye"


# Likeness of an eye that surely is one, though the other is not.
_SURE = 0.9


def covered_eyes(face: Face) -> tuple[bool, bool]:
    """Whether something lies over the right and the left eye."""
    if wears_rims(face):
        return True, True
    right, left = (face.likeness[eye] for eye in _EYES)
    # Seldom over one of them only.
    return (
        is_covered("eye", right) or (is_covered("eye", left) and not right >= _SURE),
        is_covered("eye", left) or (is_covered("eye", right) and not left >= _SURE),
    )
