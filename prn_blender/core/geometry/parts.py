"""Parts of the face (eyes, nose, cheeks, ...) as soft masks in UV space, for any layout."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import cv2
import numpy as np

from ..choices import FEATHER, PARTS, PRESETS
from ..errors import OptionError
from ..image.filters import smoothstep
from ..typed import Mask, TexelMap, TexelMask
from .part_outlines import part_from_landmarks
from .uv_layout import UVLayout

FEATURE_PARTS = {"eyes": ("eyes", "brows"), "nose": ("nose",), "mouth": ("mouth",)}
"""The parts of each feature of a face. A feature is visible or covered, and swapped, as a whole."""

# Skin is not of one colour here.
_NOT_SKIN = ("eyes", "brows", "mouth")
# Share of the map's side, standard deviation: blur of the distances between texels.
_PITCH_BLUR = 1 / 64


def part_names(layout: UVLayout) -> tuple[str, ...]:
    """The names that `part_mask` takes: parts of every face, the layout's own parts, presets."""
    return (*PARTS, *sorted(set(layout.parts) - set(PARTS)), *PRESETS)


@lru_cache(maxsize=24)
def within_landmarks(
    layout: UVLayout, outlines: tuple[tuple[int, int], ...], edge: float = 0.0
) -> TexelMap:
    """Fill closed outlines of landmarks in UV space.

    Parameters
    ----------
    layout : UVLayout
    outlines : tuple of (int, int)
        The first landmark and one past the last of each outline, see `geometry.landmarks`.
    edge : float
        Standard deviation of the blur that softens the border, as a share of the map's side.

    Returns
    -------
    (S, S) float32
        1 inside, 0 outside; read-only.
    """
    inside = np.zeros(layout.mask.shape, np.uint8)
    for first, end in outlines:
        points = layout.landmark_texels[first:end, ::-1].astype(np.int32)
        cv2.fillPoly(inside, [np.ascontiguousarray(points)], 1)
    result = inside.astype(np.float32)
    if edge:
        result = cv2.GaussianBlur(result, (0, 0), edge * layout.size)
    result.flags.writeable = False
    return result


def check_parts(layout: UVLayout, parts: str | Sequence[str]) -> tuple[str, ...]:
    """Check the names of parts, and resolve presets.

    Parameters
    ----------
    layout : UVLayout
    parts : str or sequence of str
        Of `part_names`.

    Returns
    -------
    tuple of str
        Names of parts, without presets.

    Raises
    ------
    OptionError
        The layout has no such part, or none is named.
    """
    names = (parts,) if isinstance(parts, str) else tuple(parts)
    known = part_names(layout)
    for name in names:
        if name not in known:
            raise OptionError(
                "There is no part {name!r}; there are {names}.", name=name, names=", ".join(known)
            )
    if not names:
        raise OptionError(
            "No part of the face is named; there are {names}.", names=", ".join(known)
        )
    return tuple(part for name in names for part in PRESETS.get(name, (name,)))


def part_mask(
    layout: UVLayout,
    parts: str | Sequence[str] = "face",
    size: int | None = None,
    feather: float = FEATHER,
) -> Mask:
    """Make one soft mask of one or several parts of the face.

    Parameters
    ----------
    layout : UVLayout
    parts : str or sequence of str
        Of `part_names`; the mask is of all of them together.
    size : int, optional
        Side of the mask in texels; by default the layout's.
    feather : float
        Width of the soft border in eye distances (63 mm); it lies inside the part. 0 makes a hard
        mask.

    Returns
    -------
    (size, size) float32
        0 outside the part, 1 inside, smooth between.

    Raises
    ------
    OptionError
        The layout has no such part, or the feather is out of bounds.
    """
    if not 0 <= feather <= 1:
        raise OptionError(
            "The feather is {feather}; it can be 0 to 1 eye distances.", feather=feather
        )
    soft = _soft_mask(layout, check_parts(layout, parts), float(feather))
    if size is None or size == layout.size:
        return soft.copy()
    return cv2.resize(soft, (size, size), interpolation=cv2.INTER_LINEAR)


def skin_region(layout: UVLayout) -> TexelMap:
    """(S, S) float32: 1 where a face has skin of roughly one colour, 0 elsewhere."""
    others = part_mask(layout, _NOT_SKIN, feather=0)
    return part_mask(layout, ("face",), feather=0) * (1 - others)


def feathered(layout: UVLayout, mask: TexelMask, feather: float) -> TexelMap:
    """Give a mask a soft border.

    Parameters
    ----------
    layout : UVLayout
    mask : (S, S) bool
    feather : float
        Width of the border in eye distances; it lies inside the mask.

    Returns
    -------
    (S, S) float32
        0 outside the mask, 1 inside, smooth between.
    """
    inside = (mask & layout.mask).astype(np.uint8)
    if feather <= 0:
        return inside.astype(np.float32)
    # Padded: where a part reaches the border of the map it ends there.
    texels = cv2.distanceTransform(np.pad(inside, 1), cv2.DIST_L2, 5)[1:-1, 1:-1]
    width = feather * layout.eye_distance / _texel_pitch(layout)
    return smoothstep((texels / np.maximum(width, 1e-6)).clip(0, 1)).astype(np.float32)


@lru_cache(maxsize=32)
def _soft_mask(layout: UVLayout, parts: tuple[str, ...], feather: float) -> TexelMap:
    """`part_mask` at the layout's own size."""
    hard = np.zeros(layout.mask.shape, bool)
    for part in parts:
        # The landmarks decide even if the layout has a part of that name: what "mouth" means to
        # an artist must not depend on the model, and a layout's "mouth" may be no more than the
        # seam between the lips.
        hard |= part_from_landmarks(layout, part) if part in PARTS else layout.parts[part]
    return feathered(layout, hard, feather)


@lru_cache(maxsize=4)
def _texel_pitch(layout: UVLayout) -> TexelMap:
    """(S, S) float32: metres between neighbouring texels on the canonical face, smoothed."""
    p = layout.extend(layout.canonical)
    across = np.linalg.norm(p[:, 1:] - p[:, :-1], axis=-1)
    down = np.linalg.norm(p[1:] - p[:-1], axis=-1)
    pitch = (np.pad(across, [(0, 0), (0, 1)], mode="edge") +
             np.pad(down, [(0, 1), (0, 0)], mode="edge")) / 2  # fmt: skip
    sigma = max(1.0, _PITCH_BLUR * layout.size)
    return cv2.GaussianBlur(pitch.astype(np.float32), (0, 0), sigma)
