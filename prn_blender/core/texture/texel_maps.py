"""What is known of each texel of a face: its colour, its visibility, how it is turned."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import cv2
import numpy as np

from ..geometry.face_geometry import FaceGeometry
from ..geometry.uv_layout import UVLayout
from ..image.colour import linear_light


@dataclass(frozen=True, eq=False)
class TexelMaps:
    """A face as maps of the layout's size, one value for each texel.

    All of `appearance` looks at faces through this.

    Attributes
    ----------
    geometry : FaceGeometry
    texture : (S, S, 4) uint8 sRGB
        Straight alpha; 255 where the colour is known for sure.
    """

    geometry: FaceGeometry
    texture: np.ndarray

    @property
    def layout(self) -> UVLayout:
        """What the texels mean."""
        return self.geometry.layout

    @property
    def size(self) -> int:
        """S, the side of all maps."""
        return self.layout.size

    @property
    def visibility(self) -> np.ndarray:
        """(S, S) bool: texels the photo shows."""
        return self.geometry.visibility

    @property
    def smooth_normals(self) -> np.ndarray:
        """(S, S, 3) float32 unit normals without the face's folds."""
        return self.geometry.smooth_normals

    @property
    def known(self) -> np.ndarray:
        """(S, S) bool: texels whose colour is known for sure."""
        return self.texture[..., 3] == 255

    @cached_property
    def light(self) -> np.ndarray:
        """(S, S, 3) float32: the texture as linear light, 0..1."""
        return linear_light(self.texture[..., :3])

    def with_texture(self, texture: np.ndarray) -> TexelMaps:
        """The same face with another texture (N, N, 4) uint8 sRGB, of any size."""
        return replace(self, texture=at_layout_size(texture, self.size))


def at_layout_size(texture: np.ndarray, size: int) -> np.ndarray:
    """A texture (N, N, k) averaged or stretched to `size` texels along a side."""
    if texture.shape[0] == size:
        return texture
    return cv2.resize(texture, (size, size), interpolation=cv2.INTER_AREA)
