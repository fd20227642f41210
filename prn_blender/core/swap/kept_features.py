"""Features that stay the target's: something covers them on one face, or they do not fit."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import numpy as np

from ..appearance.eye_occlusion import EYE_FEATURES, glasses_region
from ..appearance.feature_likeness import feature_likeness, is_covered
from ..face.face import Face
from ..geometry.landmarks import eye_aspect_ratios, mouth_aspect_ratio
from ..geometry.parts import FEATURE_PARTS, part_mask
from ..geometry.uv_layout import UVLayout
from ..typed import TexelMask, Texture
from .donor import Donor

# Aspect ratios (opening over width).
# Mean of both eyes: below the first they are closed, above the second open.
_CLOSED_EYES = 0.19
_OPEN_EYES = 0.22
# A donor's mouth that is open by so much more than the target's shows lips from another side.
_GAPES = 0.25


def covered_features(target: Face, donor: Donor) -> dict[str, TexelMask]:
    """Find features that stay the target's: covered ones, and what the other's expression hides.

    Parameters
    ----------
    target : Face
    donor : Donor

    Returns
    -------
    dict of str to (S, S) bool
        Of "eyes", "nose", "mouth" those that stay, and where they are.
    """
    layout = target.layout
    regions = {
        name: part_mask(layout, parts, feather=0) > 0 for name, parts in FEATURE_PARTS.items()
    }
    found = {k: regions[k] for k in ("nose", "mouth") if is_covered(k, target.likeness[k])}
    for face in (target, *donor.faces):
        eyes = face.covered_eyes
        # One eye of the donor's is enough, it is mirrored. The target would get two unlike ones.
        if all(eyes) or (any(eyes) and face is target):
            found["eyes"] = found.get("eyes", regions["eyes"]) | glasses_region(face.maps)
    for face in donor.faces:
        low, high = sorted(float(np.mean(eye_aspect_ratios(f.landmarks))) for f in (target, face))
        if low < _CLOSED_EYES and high > _OPEN_EYES:
            found.setdefault("eyes", regions["eyes"])
        if mouth_aspect_ratio(face.landmarks) > mouth_aspect_ratio(target.landmarks) + _GAPES:
            found.setdefault("mouth", regions["mouth"])
    return found


def unlike_features(layout: UVLayout, texture: Texture) -> dict[str, TexelMask]:
    """Features of a donor's texture (S, S, 4) that look like none, and where they are."""
    found = feature_likeness(layout, texture)
    unlike = {"eyes": any(is_covered("eye", found[eye]) for eye in EYE_FEATURES)}
    unlike |= {name: is_covered(name, found[name]) for name in ("nose", "mouth")}
    return {k: part_mask(layout, FEATURE_PARTS[k], feather=0) > 0 for k, v in unlike.items() if v}
