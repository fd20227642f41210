"""Rules that say which of the donor's texels are used, and what stands in for the others."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import numpy as np

from prn_blender.core.editing import completion
from prn_blender.core.face.face import Face
from prn_blender.core.swap import donor, donor_confidence, pipeline

from .switch import Patch, Rule


def everywhere(face: Face, *_: Any) -> np.ndarray:
    """(S, S) float32: all of it."""
    return np.ones(face.layout.mask.shape, np.float32)


def no_share(face: Face, *_: Any) -> np.ndarray:
    """(S, S) float32: none of it."""
    return np.zeros(face.layout.mask.shape, np.float32)


def _with_teeth(unwrapped: Any) -> Any:
    """`PhotoDonor.unwrapped` that leaves a smile's teeth where they are."""

    def with_teeth(self: Any, *args: Any, close_mouth: bool) -> Any:
        return unwrapped(self, *args, close_mouth=False)

    return with_teeth


def _nothing(face: Any) -> Any:
    """`Face.foreign` that finds nothing foreign."""
    return np.zeros(face.layout.mask.shape, np.float32)


DONOR_RULES = (
    Rule(
        "foreign",
        "What differs from skin all the way from the outline is hair or background",
        (Patch(Face, "foreign", property(_nothing)),),
        (
            "appearance.texel_confidence: _BACKGROUND _LEVELS _SLIGHTLY _STRANDS _COLOURED "
            "_ON_CHIN _EDGE",
        ),
    ),
    Rule(
        "oblique",
        "What can be trusted more on the other half (less oblique, free of hair) comes from there",
        (Patch(donor, "clear_view", everywhere),),
        ("swap.donor_confidence: _BETTER",),
    ),
    Rule(
        "spoilt",
        "So is what its light or something else has spoilt",
        (Patch(donor, "unspoilt", everywhere),),
        ("swap.donor_confidence: _SPOILT _WHITE _OVEREXPOSED _AROUND _OTHER_SEEN",),
    ),
    Rule(
        "spoilt-shadow",
        "... what lies in a deep shadow or a highlight that the target has not",
        (Patch(donor_confidence, "_SPOILT", (1e3, 1e4)),),
        ("swap.donor_confidence: _SPOILT",),
    ),
    Rule(
        "spoilt-burnt-out",
        "... what is burnt out",
        (Patch(donor_confidence, "_overexposed", no_share),),
        ("swap.donor_confidence: _WHITE _OVEREXPOSED",),
    ),
    Rule(
        "spoilt-eye",
        "... one covered eye with its brow",
        (Patch(donor_confidence, "_one_covered_eye", no_share),),
    ),
    Rule(
        "closed-lips",
        "A smile's teeth are kept off lips that the target has closed",
        (Patch(donor.PhotoDonor, "unwrapped", wrap=_with_teeth),),
    ),
    Rule(
        "own-teeth",
        "The target's teeth stay where the donor's mouth is closed",
        (Patch(donor.PhotoDonor, "shows_teeth", lambda *_: True),),
        ("swap.openings: _EDGE",),
        ((pipeline, "outside_openings"),),
    ),
    Rule(
        "looked-up",
        "Places are looked up in the donor's photo where that shows them, not in a texture",
        (Patch(donor.PhotoDonor, "looked_up", lambda *_: None),),
        ("swap.donor: _RIM _OBLIQUE",),
    ),
    Rule(
        "looked-up-oblique",
        "But not where it shows them very obliquely",
        (Patch(donor, "_OBLIQUE", -2.0),),
        ("swap.donor: _OBLIQUE",),
    ),
    Rule(
        "aside",
        "A warning of donors that look far to the side",
        (Patch(donor.PhotoDonor, "degrees_aside", lambda *_: 0.0),),
        ("swap.donor: _ASIDE _OTHERWISE",),
    ),
    Rule(
        "mirrored-light",
        "Completion: mirrored texels are brought into the light of their side",
        (Patch(completion, "_gain", lambda layout, light, *_: np.ones_like(light)),),
        ("editing.completion: _MOST_STEP _BLUR _BOTH _GAINS",),
    ),
)
