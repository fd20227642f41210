"""Rules that say what stays the target's: hair, beards, what is covered or not shown."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import numpy as np

from prn_blender.core.appearance import cast_shadows, eye_occlusion, hair
from prn_blender.core.face import face as faces
from prn_blender.core.geometry.uv_layout import UVLayout
from prn_blender.core.swap import donor, kept_features, mask, paint, pipeline
from prn_blender.core.texture.texel_maps import TexelMaps

from .switch import Patch, Rule, during


def nowhere(layout: UVLayout, *_: Any) -> np.ndarray:
    """(S, S) bool: nothing."""
    return np.zeros(layout.mask.shape, bool)


def nowhere_on(maps: TexelMaps, *_: Any) -> np.ndarray:
    """(S, S) bool: nothing."""
    return nowhere(maps.layout)


def never(*_: Any) -> bool:
    """A question that is always answered so."""
    return False


_NO_HAIR = Patch(faces.Face, "hair", property(lambda face: nowhere(face.layout)))

STAYING_RULES = (
    Rule(
        "hair",
        "Hair and hats that reach in from the face's upper border stay, and tell nothing of "
        "skin or light",
        (Patch(faces, "hair_region", nowhere), Patch(cast_shadows, "hair_region", nowhere)),
        ("appearance.hair: _EDGE_PERCENT _FRINGE _COVERED",),
    ),
    Rule(
        "hair-fringe",
        "Brows under a fringe count as hair",
        (Patch(hair, "under_fringe", lambda brows, strange: np.zeros_like(brows)),),
        ("appearance.hair: _FRINGE _COVERED",),
    ),
    Rule(
        "hair-in-light",
        "Hair is left out when cast shadows are looked for",
        (Patch(cast_shadows, "hair_region", nowhere),),
    ),
    Rule(
        "hair-in-base",
        "Hair on either face tells nothing of the skin's base",
        (during(paint, "_base_details", _NO_HAIR),),
    ),
    Rule(
        "beards",
        "Beards stay, the target's and none of the donor's",
        (Patch(mask, "beard", nowhere_on),),
        ("appearance.hair: _DARKER _GROWS _LIPS _FINE _GAPS",),
    ),
    Rule(
        "covered",
        "Eyes, nose and mouth that look like none (25 principal components) stay the target's",
        (Patch(eye_occlusion, "is_covered", never), Patch(kept_features, "is_covered", never)),
        (
            "appearance.feature_likeness: _CLEAR _OWN _FAINT MAX_FILE_BYTES",
            "appearance.eye_occlusion: _SURE",
            "swap.pipeline: _NO_FACE",
        ),
        ((faces, "feature_likeness"), (kept_features, "feature_likeness")),
    ),
    Rule(
        "covered-eyes",
        "... the eyes of either face",
        (Patch(eye_occlusion, "is_covered", never),),
        ("appearance.eye_occlusion: _SURE",),
    ),
    Rule(
        "covered-nose-mouth",
        "... the target's nose and mouth",
        (during(pipeline, "covered_features", Patch(kept_features, "is_covered", never)),),
    ),
    Rule(
        "covered-painted",
        "... what would be painted, after mirroring",
        (Patch(pipeline, "unlike_features", lambda *_: {}),),
        ("swap.pipeline: _NO_FACE",),
    ),
    Rule(
        "covered-painted-no-face",
        "If two of these look like none there, nothing is swapped",
        (Patch(pipeline, "_NO_FACE", 4),),
        ("swap.pipeline: _NO_FACE",),
    ),
    Rule(
        "rims",
        "Lines below both eyes and over the bridge are glasses: those eyes stay",
        (Patch(eye_occlusion, "wears_dark_rims", never),),
        (
            "appearance.eye_occlusion: _STRIP _BELOW_BROWS _BELOW _FEWEST _ENOUGH _STRONG "
            "_NEARLY_ALL",
        ),
    ),
    Rule(
        "rims-region",
        "Where covered eyes stay, rims, bridge and temples stay with them",
        (Patch(kept_features, "glasses_region", nowhere_on),),
        ("appearance.eye_occlusion: _AROUND _TEMPLE _EVEN _SECTORS",),
    ),
    Rule(
        "closed-eyes",
        "Eyes stay the target's if one face has closed them and the other has not",
        (Patch(kept_features, "_CLOSED_EYES", -1.0),),
        ("swap.kept_features: _CLOSED_EYES _OPEN_EYES",),
    ),
    Rule(
        "gaping-mouth",
        "The mouth stays the target's if the donor's gapes and the target's does not",
        (Patch(kept_features, "_GAPES", np.inf),),
        ("swap.kept_features: _GAPES",),
    ),
    Rule(
        "unseen",
        "What the donor's photo does not show stays, if that is more than a little",
        (Patch(pipeline, "without_unseen", lambda layout, mask, *_: mask),),
        ("swap.mask: _WHOLE _MARGIN", "swap.donor_confidence: _SHOWN _SIDE", "swap.result: ENOUGH"),
        ((pipeline, "without_unseen"), (donor.PhotoDonor, "well_shown")),
    ),
    Rule(
        "unseen-half-features",
        "A feature of which it shows a part stays as a whole; if all do, nothing is swapped",
        (Patch(mask, "_WHOLE", -1.0),),
        ("swap.mask: _WHOLE",),
    ),
)
