"""Where a face's photo has lost the face, and its other half has not."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import contextlib
import math
from functools import lru_cache

import cv2
import numpy as np

from ..editing.completion import trusted
from ..errors import NoFaceError
from ..face.face import Face
from ..geometry.parts import part_mask, skin_region
from ..geometry.uv_layout import UVLayout

# Logarithms of light: how much further from smooth than the other half's it may be.
_SPOILT = 0.6, 1.1
# Levels from which on a channel tells nothing; the share of such texels that spoils a place, and,
# of the map's side, what is around it.
_WHITE, _OVER, _AROUND = 250, (0.05, 0.2), 0.016
# What of the other half has to be seen, cosine between normal and line of sight.
_OTHER = 0.25


@lru_cache(maxsize=4)
def facing_in_front(layout: UVLayout) -> np.ndarray:
    """(S, S) float32: how directly each texel is seen from the front."""
    places = cv2.GaussianBlur(layout.extend(layout.canonical), (0, 0), 1.0)
    down, right = (np.gradient(places, axis=axis) for axis in (0, 1))
    normal = np.cross(down, right) * (1 if layout.outward else -1)
    facing = -normal[..., 1] / np.maximum(np.linalg.norm(normal, axis=-1), 1e-12)
    return cv2.GaussianBlur(facing.astype(np.float32), (0, 0), layout.size / 128).clip(0, 1)


def facing_smooth(face: Face) -> np.ndarray:
    """(S, S) float32: how directly the photo shows each texel, 0 to 1."""
    facing = cv2.GaussianBlur(face.facing, (0, 0), face.layout.size / 128).clip(0, 1)
    return facing * face.visibility


def unspoilt(face: Face, target: Face) -> np.ndarray:
    """(S, S) float32: how far a face's light leaves enough of each texel for a target.

    0 where the shadow is so deep or the highlight so bright that little is left of the place, the
    target's is another, and the other half of the face is better.
    """
    layout = face.layout
    with contextlib.suppress(NoFaceError):  # too little skin to tell how it is lit
        cast, wanted = (np.log(f.illumination.cast) for f in (face, target))
        own, other = (np.abs(c - wanted).max(axis=-1) for c in (cast, layout.mirrored(cast)))
        spoilt = ((own - other - _SPOILT[0]) / (_SPOILT[1] - _SPOILT[0])).clip(0, 1)
        over = _overexposed(face)
        over = over - layout.mirrored(over) - _overexposed(target)
        over = ((over - _OVER[0]) / (_OVER[1] - _OVER[0])).clip(0, 1)
        reach = np.ones((2 * round(_AROUND * layout.size) + 1,) * 2, np.uint8)
        spoilt = np.maximum(spoilt, cv2.dilate(over, reach)).astype(np.float32)
        features = _covered_eyes(face, target)
        # Skin that is spoilt on both halves can be made up; of features one half remains.
        alone = (spoilt - layout.mirrored(spoilt)).clip(min=0)
        spoilt = np.where(skin_region(layout) > 0, spoilt, alone)
        spoilt = np.maximum(spoilt, features)
        spoilt *= layout.mirrored(facing_smooth(face) * trusted(face)) > _OTHER
        return 1 - cv2.GaussianBlur(spoilt, (0, 0), layout.size / 128)
    return np.ones(layout.mask.shape, np.float32)


def _overexposed(face: Face) -> np.ndarray:
    """(S, S) float32: share of texels around that are as bright as a photo can be."""
    size = face.layout.size
    white = face.texture(size)[..., :3].max(axis=-1) >= _WHITE
    return cv2.GaussianBlur(white.astype(np.float32), (0, 0), size / 64)


def _covered_eyes(face: Face, target: Face) -> np.ndarray:
    """(S, S) float32: 1 where an eye and its brow are covered, the others and the target's not."""
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


# The same for the mirror image, which takes over between these; and by how much it is better.
_CLEAR, _BETTER = (0.25, 0.55), (0.1, 0.3)


# The same as a share of what it is from the front: below the first a place is not shown, from the
# second on well.
_SHOWN = 0.35, 0.55


# What is seen from the front as obliquely as this is a side.
_SIDE = 0.2


# Degrees: donors that look so far to the side, and so much otherwise than the target, show little
# of the other eye and of the nose's other side; on two such photos both came out smeared.
_ASIDE, _OTHERWISE = 40.0, 30.0


def shown_well(face: Face, trust: np.ndarray) -> np.ndarray:
    """(S, S) float32: how well a face's photo shows each texel, or its mirror image."""
    facing = facing_smooth(face) * trust
    better = np.maximum(facing, face.layout.mirrored(facing))
    better /= np.maximum(facing_in_front(face.layout), _SIDE)
    return ((better - _SHOWN[0]) / (_SHOWN[1] - _SHOWN[0])).clip(0, 1)


def clear_view(face: Face) -> np.ndarray:
    """(S, S) float32: how far a face's photo is to be used at each texel, not its mirror image.

    0 where the photo shows what lies behind the face, or the place so obliquely that it is
    smeared, and the other half of the face is better.
    """
    layout = face.layout
    trust = trusted(face)
    facing = facing_smooth(face)
    better = layout.mirrored(facing * trust) - facing
    better = ((better - _BETTER[0]) / (_BETTER[1] - _BETTER[0])).clip(0, 1)
    oblique = ((_CLEAR[1] - facing) / (_CLEAR[1] - _CLEAR[0])).clip(0, 1)
    worse = better * oblique
    return trust * (1 - cv2.GaussianBlur(worse, (0, 0), layout.size / 128))


def looks_aside(target: Face, donor: Face | np.ndarray) -> float:
    """How far a donor looks to the side, degrees; 0 where that does no harm."""
    if not isinstance(donor, Face):
        return 0.0
    yaw, apart = math.degrees(donor.pose.yaw), donor.pose.yaw - target.pose.yaw
    harms = abs(yaw) > _ASIDE and abs(math.degrees(apart)) > _OTHERWISE
    return abs(yaw) if harms else 0.0
