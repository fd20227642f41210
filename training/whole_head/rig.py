"""Weights of a small rig, its joints, and groups of vertices."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from prn_blender.core.geometry.uv_layout import UVLayout

from .makehuman import BaseMesh
from .selection import PARTS, Selection

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

BONES = ("neck", "head", "jaw", "left_eye", "right_eye")
"""The rig's bones: head hangs on neck, jaw and eyes on head."""
_JAW = ("jaw", "oris01", "oris02", "oris06.", "oris07.", "tongue")
"""Beginnings of the names of those bones of MakeHuman's rig that move with the jaw."""
_BELOW = ("spine", "clavicle", "shoulder", "neck", "breast", "upperarm")
_JOINTS: dict[str, tuple[str | int, str | int]] = {
    "neck": ("joint-neck", "joint-head"),
    "head": ("joint-head", "joint-head-2"),
    "jaw": ("joint-mouth", 991),
    "left_eye": ("joint-l-eye", "joint-l-eye-target"),
    "right_eye": ("joint-r-eye", "joint-r-eye-target"),
}
"""Head and tail of each bone, as in MakeHuman's rig: a joint, or a vertex of the base mesh."""
FIRST_RIGHT_EYE = 14670
"""The right eye's first vertex in MakeHuman's base mesh; the left eye's come before."""
HALF = 0.5
_CARRIERS = 24
"""Vertices that carry a joint."""
_EAR, _NAPE = (0.095, -0.005), (0.165, -0.085)
"""Depth and height, metres in the canonical frame, of the ears' tops and of the nape: skin above
the line through both that is no face is scalp."""


def weights(selection: Selection, found: dict[str, Array]) -> Array:
    """Weights (B, V) of `BONES`, from those of MakeHuman's rig; they add up to 1."""
    result = np.zeros((len(BONES), len(selection.source)))
    for name, weight in found.items():
        mine = weight[selection.source]
        if name.startswith("eye."):
            bone = "left_eye" if name.endswith("L") else "right_eye"
        elif name.startswith(_JAW) and name != "oris06":
            bone = "jaw"
        elif name.startswith(_BELOW):
            bone = "neck"
        else:
            bone = "head"
        result[BONES.index(bone)] += mine
    swapped = [0, 1, 2, 4, 3]
    result = (result + result[swapped][:, selection.mirror]) / 2
    total = result.sum(0)
    result[BONES.index("head"), total == 0] = 1
    for bone, left in (("left_eye", True), ("right_eye", False)):
        ball = _eyeball(selection, left)
        result[:, ball] = 0
        result[BONES.index(bone), ball] = 1
    return np.asarray(result / result.sum(0))


def _eyeball(selection: Selection, left: bool) -> Ints:
    """Vertices of the left or of the right eye."""
    eyes = selection.of_part("eyes")
    return eyes[(selection.source[eyes] < FIRST_RIGHT_EYE) == left]


def joints(selection: Selection, base: BaseMesh) -> tuple[Ints, Array]:
    """What carries the joints: vertices (B, 2, n), and their weights (B, 2, n), which add up to 1.

    Head and tail of each of `BONES`. A joint is a weighted sum of vertices, so it follows whoever's
    head it is.
    """
    place = base.vertices[selection.source]
    skin = selection.of_part("skin")
    chosen = np.zeros((len(BONES), 2, 2 * _CARRIERS), np.int64)
    weight = np.zeros(chosen.shape)
    for b, bone in enumerate(BONES):
        for end, name in enumerate(_JOINTS[bone]):
            at = base.joints[name] if isinstance(name, str) else base.vertices[name]
            if bone.endswith("eye"):
                near = _eyeball(selection, bone == "left_eye")[: 2 * _CARRIERS]
            else:
                half = skin[place[skin, 0] >= 0]
                order = np.linalg.norm(place[half] - at, axis=1).argsort(kind="stable")
                near = half[order[:_CARRIERS]]
                near = np.r_[near, selection.mirror[near]]
            rows = np.r_[np.ones((1, len(near))), (place[near] - at).T]
            chosen[b, end, : len(near)] = near
            weight[b, end, : len(near)] = np.linalg.pinv(rows)[:, 0]
    return chosen, weight


def groups(
    selection: Selection, mean: Array, texel: Array, layout: UVLayout, ears: list[Array]
) -> dict[str, NDArray[np.bool_]]:
    """Named sets of vertices: parts of the face as in the layout, scalp, and the neck's end."""
    count = len(mean)
    shown = np.isfinite(texel).all(1)
    column, row = np.rint(np.where(shown[:, None], texel, 0)).astype(int).T
    inside = (column >= 0) & (row >= 0) & (column < layout.size) & (row < layout.size)
    shown &= inside
    column, row = (np.clip(x, 0, layout.size - 1) for x in (column, row))
    result = {"face": shown & layout.mask[row, column]}
    for name, part in layout.parts.items():
        # What lies in the eyes and the mouth are faces that the head has not.
        if name not in ("left_eye", "right_eye", "mouth"):
            result[name] = result["face"] & part[row, column]
    skin = np.zeros(count, bool)
    skin[selection.of_part("skin")] = True
    (y0, z0), (y1, z1) = _EAR, _NAPE
    line = z0 + (mean[:, 1] - y0) * (z1 - z0) / (y1 - y0)
    # The layout's ears are strips beside the face; these are the ears alone.
    result["left_ear"], result["right_ear"] = (weight > HALF for weight in ears)
    on_ear = result["left_ear"] | result["right_ear"]
    result["scalp"] = skin & ~result["face"] & ~on_ear & (mean[:, 2] > line)
    result["neck_end"] = np.isin(np.arange(count), selection.neck)
    for name in PARTS[1:]:
        result[name] = np.isin(np.arange(count), selection.of_part(name))
    return result
