"""TODO docstring."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import cv2
import numpy as np

from ..face.face import Face
from ..geometry.parts import skin_region

# Of the map's side: the mesh's facets and folds are smaller.
_SMOOTH = 0.03


def at_layout_size(face: Face, texture: np.ndarray | None = None) -> np.ndarray:
    """(S, S, 4) uint8 sRGB: a texture, or the photo's own, a texel for each of the layout's."""
    size = face.layout.size
    if texture is None:
        return face.texture(size)
    if texture.shape[0] == size:
        return texture
    return cv2.resize(texture, (size, size), interpolation=cv2.INTER_AREA)


def smooth_normals(face: Face) -> np.ndarray:
    """(S, S, 3) float32 unit normals of the face without its folds: light changes slowly."""
    size = face.layout.size
    weight = np.maximum(skin_region(face.layout), 0.01)[..., None]
    normals = cv2.GaussianBlur(face.normals * weight, (0, 0), _SMOOTH * size)
    length = np.sqrt(np.einsum("ijk,ijk->ij", normals, normals))
    return normals / np.maximum(length, 1e-6)[..., None]
