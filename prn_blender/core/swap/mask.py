"""Where a swap shows: the mask in UV space, less what has to stay the target's."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import contextlib
from collections.abc import Mapping

import cv2
import numpy as np

from ..appearance.hair import beard
from ..errors import NoFaceError
from ..face.face import Face
from ..geometry.parts import FEATURE_PARTS, feathered, part_mask
from ..geometry.uv_layout import UVLayout
from ..image.filters import disc
from ..texture.fragments import Fragments
from ..texture.masks import shrink_mask
from ..typed import Mask, TexelMap, TexelMask
from .donor import Donor

# Likeness to skin, 0..1, from which on a place is skin.
_SKIN = 0.6
# Texels around skin that may be half of it.
_HALF_SKIN = 2
# Eye distances: the soft edge around features and beards that stay.
_CLOSE = 0.06
# Share of the wanted mask from which on features are swapped although they are covered.
_MOSTLY = 0.6
# A feature that the donor shows less of than this share stays the target's as a whole.
_WHOLE = 0.95
# Share of the map's side: how far the mask keeps from what the donor does not show.
_MARGIN = 0.02


def without_hair(target: Face, donor: Donor, mask: Mask, feather: float) -> Mask:
    """The mask without hair that reaches into it from its upper border, and without beards."""
    layout = target.layout
    hair, beards = np.zeros((2, *layout.mask.shape), bool)
    for face in (target, *donor.faces):
        with contextlib.suppress(NoFaceError):  # too little skin to tell
            hair |= face.hair
            beards |= beard(face.maps, face.illumination)
    mask = _without(layout, mask, hair, feather)
    return _without(layout, mask, beards, min(feather, _CLOSE))


def without_covered(
    layout: UVLayout,
    mask: Mask,
    wanted: Mask,
    covered: Mapping[str, TexelMask],
    feather: float,
) -> tuple[Mask, tuple[str, ...]]:
    """The mask without features that stay the target's, and the names of those.

    Parameters
    ----------
    layout : UVLayout
    mask, wanted : (M, M) float32
        What is left, and what was asked for. Features that are most of that are swapped all the
        same.
    covered : mapping of str to (S, S) bool
        See `kept_features.covered_features`.
    feather : float
        Eye distances.
    """
    soft, everything = (shrink_mask(m, layout.size) for m in (mask, wanted))
    most = _MOSTLY * everything.sum()
    kept = {k: v for k, v in covered.items() if soft[v].any() and everything[v].sum() <= most}
    for where in kept.values():
        mask = _without(layout, mask, where, min(feather, _CLOSE))
    return mask, tuple(kept)


def without_unseen(layout: UVLayout, mask: Mask, shown: TexelMap, feather: float) -> Mask:
    """The mask (M, M) without what the donor does not show, by `shown` (S, S) 0..1.

    A feature of which a part is missing is left out as a whole: half an eye is worse than none.
    """
    seen = shown > 0.5
    soft = shrink_mask(mask, layout.size)
    wanted = lost = 0
    for feature in FEATURE_PARTS.values():
        region = part_mask(layout, feature, feather=0) > 0
        wanted += soft[region].mean() > 0.5
        if shown[region].mean() < _WHOLE:
            seen &= ~region
            lost += soft[region].mean() > 0.5
    # Cheeks without any of the features they go with are blotches.
    if wanted and lost == wanted:
        return np.zeros_like(mask)
    # Without small islands, and not up to the border, where the donor is smeared.
    seen = cv2.erode(seen.astype(np.uint8), disc(round(_MARGIN * layout.size))) > 0
    return _trimmed(layout, mask, (soft > 0) & seen, feather)


def _without(layout: UVLayout, mask: np.ndarray, what: np.ndarray, feather: float) -> np.ndarray:
    """The mask (M, M) without `what` (S, S) bool, with a soft rim around that."""
    soft = shrink_mask(mask, layout.size)
    if not (what & (soft > 0)).any():
        return mask
    return _trimmed(layout, mask, (soft > 0) & ~what, feather)


def _trimmed(layout: UVLayout, mask: np.ndarray, inside: np.ndarray, feather: float) -> np.ndarray:
    """The mask (M, M), at most what `inside` (S, S) bool is with a soft rim."""
    soft = feathered(layout, inside, feather)
    return np.minimum(mask, cv2.resize(soft, mask.shape[::-1], interpolation=cv2.INTER_LINEAR))


def both_skin(target: Face, donor: Donor) -> TexelMap | None:
    """(S, S) float32: 1 where both photos show skin; None if there is too little to tell.

    A donor that is a texture counts as skin everywhere.
    """
    try:
        skin = target.skin > _SKIN
        for face in donor.faces:
            skin &= (face.skin > _SKIN) | ~face.visibility
    except NoFaceError:
        return None
    return cv2.erode(skin.astype(np.float32), np.ones((_HALF_SKIN + 1,) * 2, np.uint8))


def where_skin(skin: TexelMap | None, fragments: Fragments) -> np.ndarray | None:
    """(h, w) bool: pixels at which both photos show skin, see `both_skin`; None as there."""
    if skin is None or fragments.coverage.size == 0:
        return None
    seen = cv2.erode((fragments.coverage > 0.999).astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    return seen & (fragments.interpolate(skin) > 0.99)
