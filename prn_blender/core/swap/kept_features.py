"""Features that a swap leaves alone: something lies over them, on the one face or the other."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import numpy as np

from ..appearance.eye_occlusion import _EYES, around_eyes
from ..appearance.feature_likeness import is_covered, likeness
from ..face.face import Face
from ..geometry.landmarks import eye_openings, mouth_opening
from ..geometry.parts import FEATURE_PARTS, part_mask
from ..geometry.uv_layout import UVLayout

# Openings: eyes are closed, or open; by how much wider a donor's mouth is open than the target's:
# lips that are not seen from the front there.
_CLOSED, _OPEN, _GAPES = 0.19, 0.22, 0.25


def covered_features(target: Face, donor: Face | np.ndarray) -> dict[str, np.ndarray]:
    """Which features stay the target's: covered ones, and what the other's expression hides.

    Parameters
    ----------
    target : Face
    donor : Face or (N, N, 3 or 4) uint8

    Returns
    -------
    dict of str to (S, S) bool
        Of "eyes", "nose", "mouth" those that stay, and where they are.
    """
    layout = target.layout
    names = {name: part_mask(layout, parts, feather=0) > 0 for name, parts in FEATURE_PARTS.items()}
    found = {k: names[k] for k in ("nose", "mouth") if is_covered(k, target.likeness[k])}
    for face in (target, donor):
        if isinstance(face, Face):
            eyes = face.covered_eyes
            # One eye of the donor's is enough: it is mirrored. Two different ones are not.
            if all(eyes) or (any(eyes) and face is target):
                found["eyes"] = found.get("eyes", names["eyes"]) | around_eyes(face)
    if isinstance(donor, Face):
        low, high = sorted(float(np.mean(eye_openings(face))) for face in (target, donor))
        if low < _CLOSED and high > _OPEN:
            found.setdefault("eyes", names["eyes"])
        if mouth_opening(donor) > mouth_opening(target) + _GAPES:
            found.setdefault("mouth", names["mouth"])
    return found


def unlike_features(layout: UVLayout, texture: np.ndarray) -> dict[str, np.ndarray]:
    """Features of a donor's texture (S, S, 4) that do not look like any, and where they are."""
    found = likeness(layout, texture)
    unlike = {"eyes": any(is_covered("eye", found[eye]) for eye in _EYES)}
    unlike |= {name: is_covered(name, found[name]) for name in ("nose", "mouth")}
    return {k: part_mask(layout, FEATURE_PARTS[k], feather=0) > 0 for k, v in unlike.items() if v}
