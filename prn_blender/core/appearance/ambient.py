"""How much of the light around a head reaches each place of it: folds of ears, nostrils, lids."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np

from ..geometry.uv_layout import UVLayout
from ..image.filters import disc
from ..typed import TexelMap

# Directions in the map, and distances as shares of its side, in which the horizon is looked for:
# up to the depth of an ear.
_DIRECTIONS = 8
_STEPS = (0.006, 0.012, 0.02, 0.03)
# Share of the map's side, standard deviation: facets of the mesh hide nothing.
_EVEN = 0.005


@lru_cache(maxsize=4)
def ambient(layout: UVLayout) -> TexelMap:
    """How much even light from all around reaches each texel of the mean face.

    Parameters
    ----------
    layout : UVLayout

    Returns
    -------
    (S, S) float32
        0..1; 1 where nothing stands in the way. Read-only.

    Notes
    -----
    L. Bavoil, M. Sainz, R. Dimitrov, "Image-space horizon-based ambient occlusion", SIGGRAPH 2008
    talks, in UV space: along each direction the sine of the highest horizon is missing.
    """
    size = layout.size
    places = cv2.GaussianBlur(layout.extend(layout.canonical), (0, 0), _EVEN * size)
    down, right = np.gradient(places, axis=(0, 1))
    normals = np.cross(down, right) * (1 if layout.outward else -1)
    normals /= np.linalg.norm(normals, axis=-1, keepdims=True).clip(1e-12)
    missing = np.zeros((size, size), np.float32)
    for angle in 2 * np.pi * np.arange(_DIRECTIONS) / _DIRECTIONS:
        horizon = np.zeros((size, size), np.float32)
        for step in _STEPS:
            dx, dy = step * size * np.array([np.cos(angle), np.sin(angle)])
            shift = np.array([[1, 0, dx], [0, 1, dy]])
            there = cv2.warpAffine(
                places,
                shift,
                (size, size),
                flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
                borderMode=cv2.BORDER_REPLICATE,
            )
            away = there - places
            length = np.linalg.norm(away, axis=-1).clip(1e-9)
            horizon = np.maximum(horizon, (away * normals).sum(axis=-1) / length)
        missing += horizon / _DIRECTIONS
    # What stands past the map's end is made up.
    missing[~layout.mask] = 0
    missing = cv2.morphologyEx(missing, cv2.MORPH_OPEN, disc(_EVEN * size))
    result = cv2.GaussianBlur((1 - missing).clip(0, 1), (0, 0), _EVEN * size)
    result.flags.writeable = False
    return result
