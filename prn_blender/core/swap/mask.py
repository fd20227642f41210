"""Where a swap shows: up to the face's outline, not over hair, fading."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import contextlib
from collections.abc import Mapping

import cv2
import numpy as np

from ..appearance.hair import beard
from ..errors import NoFaceError
from ..face.face import Face
from ..geometry.parts import feathered
from ..geometry.uv_layout import UVLayout
from ..texture.render import Surface, shrink

# Likeness to skin, 0..1, from which on a place is skin; texels around that may be half of it.
_SKIN, _HALF = 0.6, 2
# Features that stay: width of their soft edge, eye distances; the share of a mask from which on
# they are swapped all the same.
_CLOSE, _MOSTLY = 0.06, 0.6


def without_hair(
    target: Face, donor: Face | np.ndarray, mask: np.ndarray, feather: float
) -> np.ndarray:
    """The mask without hair that reaches into it from its upper border, and without beards."""
    layout = target.layout
    hair, beards = np.zeros((2, *layout.mask.shape), bool)
    for face in (target, donor):
        with contextlib.suppress(NoFaceError):  # too little skin to tell
            if isinstance(face, Face):
                hair |= face.hair
                beards |= beard(face, face.illumination)
    mask = _without(layout, mask, hair, feather)
    return _without(layout, mask, beards, min(feather, _CLOSE))


def without_covered(
    layout: UVLayout,
    mask: np.ndarray,
    wanted: np.ndarray,
    covered: Mapping[str, np.ndarray],
    feather: float,
) -> tuple[np.ndarray, tuple[str, ...]]:
    """The mask without features that stay, see `covered.covered_features`, and which these are.

    Where they are most of what was `wanted` (M, M), they are swapped nevertheless.
    """
    soft, all_of_it = (shrink(m, layout.size) for m in (mask, wanted))
    most = _MOSTLY * all_of_it.sum()
    kept = {k: v for k, v in covered.items() if soft[v].any() and all_of_it[v].sum() <= most}
    for where in kept.values():
        mask = _without(layout, mask, where, min(feather, _CLOSE))
    return mask, tuple(kept)


def _without(layout: UVLayout, mask: np.ndarray, what: np.ndarray, feather: float) -> np.ndarray:
    """The mask (M, M) without `what` (S, S) bool, with a soft rim around that."""
    soft = shrink(mask, layout.size)
    if not (what & (soft > 0)).any():
        return mask
    trimmed = feathered(layout, (soft > 0) & ~what, feather)
    return np.minimum(mask, cv2.resize(trimmed, mask.shape[::-1], interpolation=cv2.INTER_LINEAR))


def comparable(target: Face, donor: Face | None, surface: Surface) -> np.ndarray | None:
    """(h, w) bool: pixels at which both photos show skin; None if there is too little to tell.

    A donor that is no photo is skin.
    """
    if surface.coverage.size == 0:
        return None
    try:
        skin = target.skin > _SKIN
        if donor is not None:
            skin &= (donor.skin > _SKIN) | ~donor.visibility
    except NoFaceError:
        return None
    skin = cv2.erode(skin.astype(np.float32), np.ones((_HALF + 1,) * 2, np.uint8))
    seen = cv2.erode((surface.coverage > 0.999).astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    return seen & (surface.interpolate(skin) > 0.99)
