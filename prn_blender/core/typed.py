"""Names for the arrays that travel between packages, with their shape, type, unit and frame.

A type checker sees the element type only; shape, unit and frame are a promise, repeated where a
function has more to say. Single precision is the rule: `np.floating` stands for float32 unless a
docstring says float64, because arithmetic of float32 arrays has that type for a checker.

S is the side of the position map, N that of a texture of any size, (h, w) a part of a photo and
(H, W) a whole one. Needs numpy alone: modules that must load without OpenCV may import this.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

# Photos ----------------------------------------------------------------------------------------

Pixels: TypeAlias = NDArray[np.uint8]
"""(h, w, 3) uint8 sRGB, red first: a photo, or a part of one. Row y points down."""

Matte: TypeAlias = NDArray[np.floating[Any]]
"""(h, w) float32, 0..1: how much of a picture shows at each pixel of the photo."""

# UV space: row v points down, column u to the right --------------------------------------------

Texture: TypeAlias = NDArray[np.uint8]
"""(N, N, 4) uint8 sRGB with straight alpha; where a function says so (N, N, 3), opaque."""

Mask: TypeAlias = NDArray[np.floating[Any]]
"""(N, N) float32, 0..1: how far each texel of a texture takes part."""

TexelMap: TypeAlias = NDArray[np.floating[Any]]
"""(S, S) float32: one number for each texel of the position map."""

TexelMask: TypeAlias = NDArray[np.bool_]
"""(S, S) bool: some of the texels of the position map."""

TexelColours: TypeAlias = NDArray[np.floating[Any]]
"""(S, S, 3) float32, red first: a colour for each texel, linear light or sRGB 0..1 as stated."""

# Geometry --------------------------------------------------------------------------------------

PositionMap: TypeAlias = NDArray[np.floating[Any]]
"""(S, S, 3) float32 photo pixels: x right, y down, z toward the viewer in the same unit.

Pixel centres lie at integers; the zero of z is arbitrary. Outside the layout's mask the values
mean nothing.
"""

Landmarks: TypeAlias = NDArray[np.floating[Any]]
"""(68, 3) float32 photo pixels: the iBUG 68 points, see `geometry.landmarks`."""

Points: TypeAlias = NDArray[np.floating[Any]]
"""(n, 3) or (..., 3) float: places in space; the docstring has unit and frame."""

Normals: TypeAlias = NDArray[np.floating[Any]]
"""(S, S, 3) float32 unit vectors out of the head, in the photo's frame with Blender's axes:
x right, y away from the viewer, z up."""

Triangles: TypeAlias = NDArray[np.integer[Any]]
"""(k, 3) int: three indices of vertices, or of texels v * S + u, for each triangle."""
