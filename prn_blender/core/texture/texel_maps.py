"""A face as maps in UV space: colour, visibility and normal of each texel."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import cv2

from ..geometry.face_geometry import FaceGeometry
from ..geometry.uv_layout import UVLayout
from ..image.colour import linear_light
from ..typed import Normals, TexelColours, TexelMask, Texture


@dataclass(frozen=True, eq=False)
class TexelMaps:
    """A face as maps of the layout's size, one value for each texel.

    This is what all of `appearance` works on.

    Attributes
    ----------
    geometry : FaceGeometry
    texture : (S, S, 4) uint8 sRGB
        Straight alpha; 255 where the colour is known for sure.
    """

    geometry: FaceGeometry
    texture: Texture

    @property
    def layout(self) -> UVLayout:
        """Which place of the face each texel is."""
        return self.geometry.layout

    @property
    def size(self) -> int:
        """S, the side of all maps."""
        return self.layout.size

    @property
    def visibility(self) -> TexelMask:
        """(S, S) bool: texels that the photo shows."""
        return self.geometry.visibility

    @property
    def smooth_normals(self) -> Normals:
        """(S, S, 3) float32: unit normals of the face without its folds."""
        return self.geometry.smooth_normals

    @property
    def known(self) -> TexelMask:
        """(S, S) bool: texels whose colour is known for sure."""
        return self.texture[..., 3] == 255

    @cached_property
    def light(self) -> TexelColours:
        """(S, S, 3) float32: the texture as linear light, 0..1."""
        return linear_light(self.texture[..., :3])

    def with_texture(self, texture: Texture) -> TexelMaps:
        """The same face with another texture (N, N, 4) uint8 sRGB, which may have any size."""
        return replace(self, texture=at_layout_size(texture, self.size))


def at_layout_size(texture: Texture, size: int) -> Texture:
    """Resize a texture (N, N, k) to `size` texels along a side; it is averaged if it shrinks."""
    if texture.shape[0] == size:
        return texture
    return cv2.resize(texture, (size, size), interpolation=cv2.INTER_AREA)
