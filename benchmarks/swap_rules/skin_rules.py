"""Rules about light and skin: how a face is lit, its base, and what on skin is none."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import numpy as np

from prn_blender.core.appearance import base_detail, cast_shadows, illumination
from prn_blender.core.editing import relight
from prn_blender.core.image import filters
from prn_blender.core.image.tone_curve import ToneCurve
from prn_blender.core.swap import paint, skin_outliers
from prn_blender.core.texture.texel_maps import TexelMaps

from .switch import Patch, Rule, during

_NO_BOUNDS = (1e3, 1e4)
_last_curve: list[ToneCurve] = []


def _kept(match: Any) -> Any:
    """`paint._match`, whose curve from light to light is kept for `_light_curve`."""

    def kept(*args: Any) -> Any:
        found = match(*args)
        _last_curve[:] = [found[0]]
        return found

    return kept


def _light_curve(*_: Any) -> ToneCurve:
    """The curve that a swap has before the base of the target's skin replaces it."""
    return _last_curve[0]


def _no_shadows(maps: TexelMaps, *_: Any) -> np.ndarray:
    return np.ones((*maps.layout.mask.shape, 3), np.float32)


SKIN_RULES = (
    Rule(
        "light-outliers",
        "The light's fit: texels that fit badly count less, round by round",
        (Patch(illumination, "_without_outliers", lambda trust, distance: trust),),
        (
            "appearance.illumination: _ROUNDS _FIRST_APART _FIRST_HUE _OUTLIER _APART_BOUNDS "
            "_HUE_BOUNDS _PER_MAD",
        ),
    ),
    Rule(
        "light-middle",
        "The light's fit: the middle of the face comes first and counts more",
        (Patch(illumination, "_middle", lambda layout: layout.mask),),
        ("appearance.illumination: _ASIDE _MIDDLE_WIDTH _MIDDLE_TOP",),
    ),
    Rule(
        "cast-shadows",
        "What one half of a face has and the other has not is light, too",
        (Patch(cast_shadows, "_cast_shadows", _no_shadows),),
        (
            "appearance.cast_shadows: _REACH _NEAR _ISLAND _LINE _TINT _ALIKE _MOST "
            "_SOFT_TO_HARD _LESS _NOSTRILS _BEARD",
        ),
    ),
    Rule(
        "cast-shadows-hard",
        "More of what both halves have is light where light is hard",
        (Patch(cast_shadows, "_hardness", lambda *_: 0.0),),
        ("appearance.cast_shadows: _SOFT_TO_HARD _LESS",),
    ),
    Rule(
        "cast-shadows-lines",
        "Lines (folds, strands, rims) are no light, nor are fine differences of hue",
        (Patch(cast_shadows, "_coarse", lambda ratio, size: ratio),),
        ("appearance.cast_shadows: _LINE _TINT",),
    ),
    Rule(
        "base",
        "The coarse of the skin is the target's, shadows and colours; not only its light",
        (Patch(paint, "_match", wrap=_kept), Patch(paint, "base_curve", _light_curve)),
        (
            "appearance.base_detail: _REACH _ISLAND LASHES _FINE _FREE _NOSE_BASE _MOST _COLOURED",
            "editing.relight: _SOCKET",
        ),
        ((paint, "_base_details"), (paint, "base_curve")),
    ),
    Rule(
        "base-edges",
        "Edges of large shadows belong to the base (guided filter, not a blur)",
        (during(base_detail, "_coarse", Patch(filters, "_EDGE", 1e9)),),
        ("image.filters: _EDGE",),
    ),
    Rule(
        "base-islands",
        "Skin between strands of hair tells nothing of base and light",
        (Patch(base_detail, "_ISLAND", 0.0), Patch(cast_shadows, "_ISLAND", 0.0)),
        ("appearance.base_detail: _ISLAND", "appearance.cast_shadows: _ISLAND"),
    ),
    Rule(
        "base-strange-hues",
        "Beads and paint tell nothing of the base",
        (Patch(base_detail, "_no_skin_hue", lambda ratio, skin: np.zeros_like(skin)),),
        ("appearance.base_detail: _FINE _COLOURED",),
    ),
    Rule(
        "base-sockets",
        "Lids have a base of their own; how dark it is stays the donor's, within bounds",
        (
            Patch(
                base_detail, "_about_eyes", lambda layout: np.zeros(layout.mask.shape, np.float32)
            ),
        ),
        ("editing.relight: _SOCKET",),
    ),
    Rule(
        "base-sockets-bounds",
        "Sockets darker or brighter than clean faces have them are brought nearer to the skin",
        (Patch(relight, "_SOCKET", (-np.inf, np.inf)),),
        ("editing.relight: _SOCKET",),
    ),
    Rule(
        "repair",
        "The target's own skin stays where the donor's is no skin",
        (Patch(paint, "skin_outliers", lambda *_: None),),
        (
            "swap.skin_outliers: _CHANGE _HUE _WHITE "
            "_OVEREXPOSED _FINE _NEAR _MOLE _NOSE_BASE _SMOOTHER _ROUGH _WIDE _INVISIBLE "
            "_NOTABLE _FREE _NOTHING",
        ),
    ),
    Rule(
        "repair-change",
        "... where it changes over a short distance",
        (Patch(skin_outliers, "_CHANGE", _NO_BOUNDS),),
        ("swap.skin_outliers: _CHANGE _NOTHING",),
    ),
    Rule(
        "repair-burnt-out",
        "... where it is burnt out",
        (Patch(skin_outliers, "_OVEREXPOSED", _NO_BOUNDS),),
        ("swap.skin_outliers: _WHITE _OVEREXPOSED",),
    ),
    Rule(
        "repair-roughness",
        "... where it is much smoother than the target's",
        (Patch(skin_outliers, "_SMOOTHER", _NO_BOUNDS),),
        ("swap.skin_outliers: _SMOOTHER _ROUGH _WIDE _INVISIBLE _NOTABLE _FREE",),
        ((skin_outliers, "_roughness"),),
    ),
    Rule(
        "repair-moles",
        "But moles are skin",
        (Patch(skin_outliers, "_without_moles", lambda wrong, size: wrong),),
        ("swap.skin_outliers: _MOLE",),
    ),
    Rule(
        "repair-nose-base",
        "The base of the nose is not judged",
        (Patch(skin_outliers, "_NOSE_BASE", -1.0),),
        ("swap.skin_outliers: _NOSE_BASE",),
    ),
    Rule(
        "repair-hue",
        "Differences of hue count one and a half times, and less in the dark",
        (Patch(skin_outliers, "_HUE", 0.0),),
        ("swap.skin_outliers: _HUE",),
    ),
)
