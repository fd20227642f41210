"""Photos without colours of their own: grey ones, and ones toned in sepia or blue."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ..geometry.parts import part_mask
from ..image.colour import LUMA
from ..texture.texel_maps import TexelMaps
from ..typed import Pixels

# Levels of brightness (0..255) that make up a group.
_GROUP = 8
# Groups over which the mean colour is smoothed, standard deviation.
_NEAR = 1.0
# Share of the photo's bright level: nine of ten texels of a toned photo are no further from the
# mean colour of their brightness. On 634 photos this agrees with what one sees.
_TONED = 0.038
# Levels over which brightness has to spread, or nothing is said of a photo that is not grey: in a
# flat picture any colour follows from the brightness.
_SPREAD = 30
# Levels: mean distance from grey up to which a photo is grey.
_GREY = 3.0
# Levels by which two tonings that are alike may differ.
_ALIKE = 6


@dataclass(frozen=True, eq=False)
class Toning:
    """The one colour that each brightness has in a photo.

    Attributes
    ----------
    colours : (256, 3) uint8 sRGB
        For each grey level; as bright as that.
    """

    colours: np.ndarray

    def apply(self, picture: Pixels) -> Pixels:
        """A picture (h, w, 3) uint8 sRGB in these colours, as bright as it was."""
        if picture.size == 0:
            return picture
        grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
        return cv2.LUT(cv2.merge([grey] * 3), self.colours[None])

    def is_like(self, other: Toning | None) -> bool:
        """Whether another photo is toned alike."""
        if other is None:
            return False
        return bool(np.abs(self.colours.astype(int) - other.colours).max() <= _ALIKE)


def find_toning(maps: TexelMaps) -> Toning | None:
    """Find how a photo is toned; None if it has colours of its own.

    Parameters
    ----------
    maps : TexelMaps

    Returns
    -------
    Toning or None

    Notes
    -----
    In a coloured photo skin, lips and eyes that are equally bright differ in colour. In a toned
    one the colour follows from the brightness.
    """
    texture = maps.texture
    shown = maps.known & (part_mask(maps.layout, "face", feather=0) > 0)
    if not shown.any():
        return None
    colour = texture[shown][:, :3].astype(np.float32)
    level = colour @ LUMA
    tint = colour - level[:, None]
    group = (level / _GROUP).astype(int)
    means, counts = _mean_tints(tint, group)
    apart = np.linalg.norm(tint - means[group], axis=1)
    dark, bright = np.percentile(level, [5, 95])
    if np.percentile(apart, 90) > _TONED * bright:
        return None
    if bright - dark < _SPREAD and np.linalg.norm(tint, axis=1).mean() > _GREY:
        return None
    levels = np.arange(256, dtype=np.float32)
    middles = (np.flatnonzero(counts) + 0.5) * _GROUP
    known = means[counts > 0]
    tints = np.stack([np.interp(levels, middles, known[:, k]) for k in range(3)], axis=1)
    return Toning((levels[:, None] + tints + 0.5).clip(0, 255).astype(np.uint8))


def _mean_tints(tint: np.ndarray, group: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean tint (n, 3) and number (n,) of the texels of each group of brightness."""
    length = 256 // _GROUP
    counts = np.bincount(group, minlength=length)
    sums = [np.bincount(group, tint[:, k], minlength=length) for k in range(3)]
    # A group of few texels follows those beside it.
    table = np.stack([counts, *sums], axis=1).astype(np.float64)
    smooth = cv2.GaussianBlur(table, (1, 0), sigmaX=0.1, sigmaY=_NEAR) if length > 1 else table
    means = smooth[:, 1:] / np.maximum(smooth[:, :1], 1e-9)
    return means.astype(np.float32), counts
