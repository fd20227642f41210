"""Photos without colours of their own: grey ones, and ones toned in sepia or blue."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ..face.face import Face
from ..geometry.parts import part_mask
from ..image.colour import LUMA

# Levels of brightness taken together, and how many of these groups learn from each other.
_GROUP, _NEAR = 8, 1.0
# A colour's distance from the mean colour of its brightness, as a share of the photo's bright
# level, that nine of ten texels stay below. In 634 photos it tells toned from coloured by sight.
_TONED = 0.038
# Levels over which brightness has to spread to say so of a photo that is not grey: on a flat
# picture any colour is a function of brightness. Mean distance from grey of one that is.
_SPREAD, _GREY = 30, 3.0
# Levels by which two tonings differ that are alike.
_ALIKE = 6


@dataclass(frozen=True, eq=False)
class Toning:
    """The one colour that each brightness has in a photo.

    Attributes
    ----------
    colours : (256, 3) uint8 sRGB
        Of grey levels; as bright as these.
    """

    colours: np.ndarray

    def apply(self, picture: np.ndarray) -> np.ndarray:
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


def find_toning(face: Face) -> Toning | None:
    """How a face's photo is toned; None if it has colours of its own.

    Parameters
    ----------
    face : Face

    Returns
    -------
    Toning or None

    Notes
    -----
    In a coloured photo skin, lips and eyes that are equally bright differ in colour. In a toned
    one the colour follows from the brightness.
    """
    texture = face.texture(face.layout.size)
    shown = (texture[..., 3] == 255) & (part_mask(face.layout, "face", feather=0) > 0)
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
    # Groups of a few texels are as good as those around them.
    table = np.stack([counts, *sums], axis=1).astype(np.float64)
    smooth = cv2.GaussianBlur(table, (1, 0), sigmaX=0.1, sigmaY=_NEAR) if length > 1 else table
    means = smooth[:, 1:] / np.maximum(smooth[:, :1], 1e-9)
    return means.astype(np.float32), counts
