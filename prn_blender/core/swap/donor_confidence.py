"""How far a donor's photo can be used at each texel: seen well enough, light not too extreme."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import contextlib
from functools import lru_cache

import cv2
import numpy as np

from ..errors import NoFaceError
from ..face.face import Face
from ..geometry.face_geometry import FaceGeometry
from ..geometry.parts import part_mask, skin_region
from ..geometry.uv_layout import UVLayout
from ..image.filters import ramp, square
from ..typed import TexelMap

# Logarithms of light: how much further from smooth light than on the other half a texel may be, and
# from where on it is lost.
_SPOILT = (0.6, 1.1)
# Level from which on a channel tells nothing.
_WHITE = 250
# Share of such texels around a place: fine, and lost.
_OVEREXPOSED = (0.05, 0.2)
# Share of the map's side: places around lost ones go with them.
_AROUND = 0.016

# Confidence: the other half of the face has to be trusted at least so far to stand in.
_OTHER_SEEN = 0.25
# By how much more the mirror image has to be trusted: to begin taking over, and fully.
_BETTER = (0.2, 0.6)
# Share of what it is from the front: below the first a place is not shown, from the second on well.
_SHOWN = (0.35, 0.55)
# What is seen from the front as obliquely as this is a side of the face.
_SIDE = 0.2


@lru_cache(maxsize=4)
def facing_in_front(layout: UVLayout) -> TexelMap:
    """(S, S) float32: how directly each texel of the mean face is seen from the front, 0 to 1."""
    places = cv2.GaussianBlur(layout.extend(layout.canonical), (0, 0), 1.0)
    down, right = (np.gradient(places, axis=axis) for axis in (0, 1))
    normal = np.cross(down, right) * (1 if layout.outward else -1)
    facing = -normal[..., 1] / np.maximum(np.linalg.norm(normal, axis=-1), 1e-12)
    return cv2.GaussianBlur(facing.astype(np.float32), (0, 0), layout.size / 128).clip(0, 1)


def facing_smooth(face: FaceGeometry) -> TexelMap:
    """(S, S) float32: how directly the photo shows each texel, 0 to 1; 0 where it does not."""
    facing = cv2.GaussianBlur(face.facing, (0, 0), face.layout.size / 128).clip(0, 1)
    return facing * face.visibility


def unspoilt(face: Face, target: Face) -> TexelMap:
    """How far a face's light leaves enough of each texel for a target.

    Parameters
    ----------
    face, target : Face

    Returns
    -------
    (S, S) float32
        0 where a shadow is so deep or a highlight so bright that little is left of the place, the
        target's light is another one there, and the other half of the face is better. Else 1.
    """
    layout = face.layout
    with contextlib.suppress(NoFaceError):  # too little skin to tell how it is lit
        shadows, wanted = (np.log(f.illumination.cast_shadows) for f in (face, target))
        own, other = (
            np.abs(values - wanted).max(axis=-1) for values in (shadows, layout.mirrored(shadows))
        )
        spoilt = ramp(own - other, _SPOILT)
        over = _overexposed(face)
        over = ramp(over - layout.mirrored(over) - _overexposed(target), _OVEREXPOSED)
        over = cv2.dilate(over, square(_AROUND * layout.size))
        spoilt = np.maximum(spoilt, over).astype(np.float32)
        # Skin that is spoilt on both halves can be made up; of a feature one half has to remain.
        alone = (spoilt - layout.mirrored(spoilt)).clip(min=0)
        spoilt = np.where(skin_region(layout) > 0, spoilt, alone)
        spoilt = np.maximum(spoilt, _one_covered_eye(face, target))
        spoilt *= layout.mirrored(face.texel_confidence()) > _OTHER_SEEN
        return 1 - cv2.GaussianBlur(spoilt, (0, 0), layout.size / 128)
    return np.ones(layout.mask.shape, np.float32)


def _overexposed(face: Face) -> np.ndarray:
    """(S, S) float32: share of texels around that are as bright as a photo can be."""
    white = face.maps.texture[..., :3].max(axis=-1) >= _WHITE
    return cv2.GaussianBlur(white.astype(np.float32), (0, 0), face.layout.size / 64)


def _one_covered_eye(face: Face, target: Face) -> np.ndarray:
    """(S, S) float32: 1 on a covered eye and its brow if the other one and the target's are not."""
    layout = face.layout
    eyes = part_mask(layout, ("eyes", "brows"), feather=0).astype(np.uint8)
    side = 2 * round(_AROUND * layout.size) - 1
    eyes = cv2.dilate(eyes, np.ones((side, side), np.uint8)) > 0
    right = layout.canonical[..., 0] < 0
    covered = np.zeros(layout.mask.shape, np.float32)
    own, others = face.covered_eyes, target.covered_eyes
    for eye, half in enumerate((right, ~right)):
        if own[eye] and not own[1 - eye] and not others[eye]:
            covered[eyes & half] = 1
    return covered


def shown_well(face: FaceGeometry, clear: TexelMap) -> TexelMap:
    """(S, S) float32: how well a photo shows each texel or its mirror image, if `clear` (S, S)."""
    facing = facing_smooth(face) * clear
    better = np.maximum(facing, face.layout.mirrored(facing))
    better /= np.maximum(facing_in_front(face.layout), _SIDE)
    return ramp(better, _SHOWN)


def clear_view(face: Face) -> TexelMap:
    """(S, S) float32: how far a face's photo is used at each texel, and not its mirror image.

    0 where the photo can be trusted clearly less than on the other half of the face: it shows hair
    or the background, or the texel so obliquely that it is smeared.
    """
    confidence = face.texel_confidence()
    worse = ramp(face.layout.mirrored(confidence) - confidence, _BETTER)
    return 1 - cv2.GaussianBlur(worse, (0, 0), face.layout.size / 128)
