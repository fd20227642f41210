"""What of a face's texture is skin, and what is hair."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np

from ..face.face import Face
from ..geometry.parts import feathered, part_mask, skin_region
from ..geometry.uv_layout import UVLayout
from ..image.colour import GAMMA
from ..texture.texel_maps import at_layout_size
from .illumination import Illumination

# Robust deviations from the lit skin within which it is skin, beyond which it is none.
_STRANGE = 3.0, 5.0
# Eye distances: features and around them; nostrils. Of the map's side: past the face's border.
_MARGIN, _NOSTRILS = 0.06, 0.09
_PAST = 0.04


def skin_likeness(face: Face, light: Illumination, texture: np.ndarray | None = None) -> np.ndarray:
    """How much each texel of a face looks like its skin in its light.

    Parameters
    ----------
    face : Face
    light : Illumination
        Smooth.
    texture : (N, N, 4) uint8 sRGB, optional
        Another one than the photo's.

    Returns
    -------
    (S, S) float32
        1 for what differs from the lit skin no more than skin does, 0 for hair, cloth, background
        and what the photo does not show.
    """
    texture = at_layout_size(face, texture)
    size = face.layout.size
    linear = (texture[..., :3] / np.float32(255)) ** np.float32(GAMMA)
    # Per channel how many times as bright as expected; a dark strand is much darker.
    ratio = np.log((linear + 0.01) / (light.shade(face.smooth_normals) + 0.01))
    ratio = cv2.GaussianBlur(ratio.astype(np.float32), (0, 0), size / 128)
    skin = (skin_region(face.layout) > 0) & (texture[..., 3] == 255)
    middle = np.median(ratio[skin], axis=0)
    spread = 1.4826 * np.median(np.abs(ratio[skin] - middle), axis=0) + 0.05
    distance = np.maximum.reduce(cv2.split(np.abs(ratio - middle) / spread))
    seen = texture[..., 3].astype(np.float32) / 255
    return seen * ((_STRANGE[1] - distance) / (_STRANGE[1] - _STRANGE[0])).clip(0, 1)


@lru_cache(maxsize=4)
def free_skin(layout: UVLayout) -> np.ndarray:
    """(S, S) float32: skin, fading towards features."""
    features = part_mask(layout, ("eyes", "brows", "mouth"), feather=0) > 0
    features |= from_nostrils(layout) < _NOSTRILS
    # Past the border of the face: what is swapped ends there, what is repaired must not.
    inner = (part_mask(layout, "face", feather=0) > 0).astype(np.uint8)
    reach = 2 * round(_PAST * layout.size) + 1
    inner = cv2.dilate(inner, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach))) > 0
    return feathered(layout, inner & ~features, _MARGIN)


@lru_cache(maxsize=4)
def from_nostrils(layout: UVLayout) -> np.ndarray:
    """(S, S) float32: how far a texel is from the nostrils, eye distances."""
    nostrils = layout.canonical_landmarks[[31, 32, 34, 35]]
    apart = np.linalg.norm(layout.canonical[:, :, None] - nostrils, axis=-1).min(axis=-1)
    return (apart / layout.eye_distance).astype(np.float32)
