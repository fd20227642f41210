"""Glasses, and whatever else lies over the eyes of a face."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import numpy as np

from ..geometry.landmarks import EYES, INNER_BROW_ENDS, LEFT_EYE, NOSE_BRIDGE_END, RIGHT_EYE
from ..geometry.uv_layout import UVLayout
from ..image.colour import FLOOR, LUMA
from ..image.filters import weighted_blur
from ..texture.texel_maps import TexelMaps
from ..typed import TexelMap, TexelMask
from .feature_likeness import is_covered

EYE_FEATURES = ("right eye", "left eye")
"""Keys of `feature_likeness`."""

# Shares of the map's side: half the width of a rim, and a scale coarser than a rim.
_RIM = 1 / 256
_COARSE = 1 / 64

# Eye distances.
# From an eye's middle: where its rim can run.
_RUNS = (0.25, 0.62)
# Half the width of the bridge.
_BRIDGE = 0.12
# Skin around a rim that goes with it.
_AROUND = 0.09
# Height of the temples' beginnings above the eye.
_TEMPLE = (-0.05, 0.3)
# Half the width of the strips in which the bridge is looked for.
_STRIP = 0.03
# The bridge is looked for up to this far below the inner ends of the brows.
_BELOW_BROWS = 0.05

# Sectors around an eye.
_SECTORS = 36
# Sectors over which a rim's distance is evened out.
_EVEN = 5
# Sectors below the eye: only a rim draws a line there.
_BELOW = range(19, 34)

# Texels that a sector needs to be judged, and judged sectors that an eye needs.
_FEWEST = 15
_ENOUGH = 6

# Logarithm of brightness: the product of two line strengths, below the eyes (where nearly all
# sectors have that much) and across the bridge. Of the 300 faces this was chosen on none without
# glasses has 0.18; dark rims have 0.25 and more, thin metal ones have less.
_STRONG = 0.22
# Percentile that stands for "nearly all sectors".
_NEARLY_ALL = 25

# Likeness of an eye that surely is one, even if the other is not.
_SURE = 0.9


def covered_eyes(maps: TexelMaps, likeness: Mapping[str, float]) -> tuple[bool, bool]:
    """Whether something lies over the right and the left eye.

    Parameters
    ----------
    maps : TexelMaps
    likeness : mapping of str to float
        Of the same face, see `feature_likeness`.
    """
    if wears_dark_rims(maps):
        return True, True
    right, left = (likeness[eye] for eye in EYE_FEATURES)
    # It seldom lies over one of them only.
    return (
        is_covered("eye", right) or (is_covered("eye", left) and not right >= _SURE),
        is_covered("eye", left) or (is_covered("eye", right) and not left >= _SURE),
    )


def glasses_region(maps: TexelMaps) -> TexelMask:
    """Where a face has glasses, if it wears any, or what else lies over its eyes.

    Parameters
    ----------
    maps : TexelMaps

    Returns
    -------
    (S, S) bool
        Rims, what is seen through them, bridge and the beginnings of the temples.
    """
    layout, seen = maps.layout, maps.visibility
    line = _lines(maps)
    x, z = _from_between_eyes(layout)
    region = np.zeros(seen.shape, bool)
    for radius, sector, aside in _around_eyes(layout):
        rim = _rim_distance(radius, sector, line, seen)
        region |= radius < rim[sector] + _AROUND
        lateral = rim[[0, 1, 2, _SECTORS - 2, _SECTORS - 1]].mean()
        region |= (aside > lateral) & (z > _TEMPLE[0]) & (z < _TEMPLE[1])
    middle = (np.abs(x) < _BRIDGE) & seen
    height = float(z[middle][np.argmin(line[middle])]) if middle.any() else 0.0
    region |= (np.abs(x) < 0.5) & (np.abs(z - height) < 2 * _AROUND)
    return region & layout.mask


def wears_dark_rims(maps: TexelMaps) -> bool:
    """Whether a face wears glasses with dark rims."""
    layout, line, seen = maps.layout, _lines(maps), maps.visibility
    below = []
    for radius, sector, _ in _around_eyes(layout):
        around = (radius > _RUNS[0]) & (radius < _RUNS[1]) & seen
        strongest = [
            float(np.abs(line[around & (sector == s)]).max())
            for s in _BELOW
            if (around & (sector == s)).sum() >= _FEWEST
        ]
        if len(strongest) >= _ENOUGH:
            below.append(float(np.percentile(strongest, _NEARLY_ALL)))
    x, _ = _from_between_eyes(layout)
    landmarks, height = layout.canonical_landmarks, layout.canonical[..., 2]
    top = landmarks[INNER_BROW_ENDS, 2].mean() - _BELOW_BROWS * layout.eye_distance
    across = seen & (height > landmarks[NOSE_BRIDGE_END, 2]) & (height < top)
    bridge = []
    for at in np.linspace(-_BRIDGE + 0.02, _BRIDGE - 0.02, 5):
        strip = across & (np.abs(x - at) < _STRIP)
        if strip.sum() > _ENOUGH:
            bridge.append(max(0.0, float(-line[strip].min())))
    if not below or not bridge:
        return False
    return float(np.mean(below) * np.median(bridge)) > _STRONG


def _lines(maps: TexelMaps) -> TexelMap:
    """(S, S) float32: logarithm of the photo's brightness at the scale of a rim."""
    level = np.log(maps.light @ LUMA + 2 * np.float32(FLOOR))
    weight = maps.visibility.astype(np.float32)
    fine, coarse = (weighted_blur(level, weight, s * maps.size) for s in (_RIM, _COARSE))
    return fine - coarse


def _from_between_eyes(layout: UVLayout) -> tuple[np.ndarray, np.ndarray]:
    """(S, S) twice: places to the subject's left and up, eye distances from between the eyes."""
    place = layout.canonical - layout.canonical_landmarks[EYES].mean(axis=0)
    return place[..., 0] / layout.eye_distance, place[..., 2] / layout.eye_distance


@lru_cache(maxsize=4)
def _around_eyes(layout: UVLayout) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """For each eye: distance from its middle, sector, and how far to the side, eye distances.

    Sectors are counted from the side over the brow to the nose and back below the eye.
    """
    result = []
    for eye, side in ((RIGHT_EYE, -1), (LEFT_EYE, 1)):
        middle = layout.canonical_landmarks[eye].mean(axis=0)
        across = (layout.canonical[..., 0] - middle[0]) / layout.eye_distance * side
        up = (layout.canonical[..., 2] - middle[2]) / layout.eye_distance
        turn = np.arctan2(up, across) % (2 * np.pi)
        sector = (turn * (_SECTORS / (2 * np.pi))).astype(int) % _SECTORS
        result.append((np.hypot(across, up), sector, across))
    return result


def _rim_distance(
    radius: np.ndarray, sector: np.ndarray, line: np.ndarray, seen: np.ndarray
) -> np.ndarray:
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
    beside = [np.roll(rim, k) for k in range(-(_EVEN // 2), _EVEN // 2 + 1)]
    return np.asarray(np.maximum(np.median(beside, axis=0), rim * 0.95))
