"""Rules about colours, contrast and sharpness, and how a swap meets the photo."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import numpy as np

from prn_blender.core.appearance.monochrome import Toning
from prn_blender.core.face import face
from prn_blender.core.image import blend, tone_curve
from prn_blender.core.swap import colourise, donor, paint, pipeline
from prn_blender.core.texture.fragments import Fragments

from .donor_rules import no_share
from .switch import Patch, Rule


def _to_the_outline(fragments: Fragments, size: float) -> np.ndarray:
    return (fragments.coverage > 0.999).astype(np.float32)


def _as_it_is(colour: np.ndarray, *_: Any) -> np.ndarray:
    return colour


def _picture(toning: Toning, picture: np.ndarray) -> np.ndarray:
    return picture


def _no_eyes(whose: face.Face) -> np.ndarray:
    return no_share(whose)


_MONOCHROME = "appearance.monochrome: _GROUP _NEAR _TONED _SPREAD _GREY"

COLOUR_RULES = (
    Rule(
        "contrast",
        "Features with much more contrast than the target's are brought nearer to the skin",
        (Patch(paint, "remaining_contrast", lambda *_: None),),
        ("swap.feature_contrast: _STRONGER _LEAST _FEATHER",),
        ((paint, "remaining_contrast"), (paint, "with_contrast")),
    ),
    Rule(
        "sharpness",
        "The donor is blurred until it is no sharper than the photo",
        (Patch(donor, "match_sharpness", _as_it_is),),
        (
            "image.sharpness: _FINE _FINEST _MEASURED_AT _COARSER _SHARPER _BLURS _FEWEST",
            "swap.pipeline: _INNER",
        ),
    ),
    Rule(
        "toned-target",
        "What is put into a grey or toned photo is toned alike",
        (Patch(Toning, "apply", _picture),),
        (_MONOCHROME, "appearance.monochrome: _ALIKE"),
        ((face, "find_toning"), (Toning, "apply")),
    ),
    Rule(
        "grey-donor",
        "A donor without colours lends its brightness only; hues are plausible ones",
        (Patch(donor.PhotoDonor, "toning", property(lambda self: None)),),
        (_MONOCHROME, "swap.colourise: _LIP_HUE _LIP_LEVEL _NEUTRAL _EDGE _OPEN _TEETH"),
        ((face, "find_toning"), (paint, "with_hue_of")),
    ),
    Rule(
        "plausible-lips",
        "Those hues: lips redder than the skin, by what faces have",
        (
            Patch(colourise, "_LIP_HUE", np.zeros(3, np.float32)),
            Patch(colourise, "_LIP_LEVEL", 0.0),
        ),
        ("swap.colourise: _LIP_HUE _LIP_LEVEL",),
    ),
    Rule(
        "plausible-eyes",
        "Those hues: open eyes and bright teeth nearly neutral",
        (Patch(paint, "eyes_and_teeth", _no_eyes),),
        ("swap.colourise: _NEUTRAL _OPEN _TEETH",),
    ),
    Rule(
        "noisy-donor",
        "Skin that is made much brighter loses its noise of hue and nears plausible hues",
        (Patch(paint, "_NOISY", (1e3, 1e4)),),
        ("swap.paint: _NOISY _NOISE", "image.tone_curve: _NEAR_HUE _NEAR_LEVEL"),
        ((paint, "near_skin"),),
    ),
    Rule(
        "curve-bend",
        "Tone curves: the bend is bounded",
        (
            Patch(tone_curve, "_K_BOUNDS", (-0.9999, np.inf)),
            Patch(tone_curve, "_K_AT_WHITE", np.inf),
        ),
        ("image.tone_curve: _K_BOUNDS _K_AT_WHITE _K_PER_DARKNESS",),
    ),
    Rule(
        "curve-gain",
        "Tone curves: a channel's gain is bounded, its own bend does the rest",
        (Patch(tone_curve, "_MOST_GAIN", np.inf), Patch(tone_curve, "_MOST_LOSS", np.inf)),
        ("image.tone_curve: _MOST_GAIN _MOST_LOSS",),
    ),
    Rule(
        "seam-skin",
        "Face and photo meet only where both show skin",
        (Patch(pipeline, "both_skin", lambda *_: None),),
        ("swap.mask: _SKIN _HALF_SKIN", "image.blend: _FEWEST_MET _COARSE"),
        ((pipeline, "both_skin"), (blend, "_make_meet")),
    ),
    Rule(
        "seam-reach",
        "What the seam asks for fades inwards",
        (Patch(pipeline, "_SEAM", 1e6),),
        ("swap.pipeline: _SEAM",),
    ),
    Rule(
        "outline",
        "A swap fades towards the face's outline",
        (Patch(pipeline, "fade_to_outline", _to_the_outline),),
        ("texture.render: SILHOUETTE",),
    ),
)
