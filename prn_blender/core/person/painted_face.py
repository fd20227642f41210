"""A face with a texture of its own in place of its photo's."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

from ..appearance.texel_confidence import texel_confidence
from ..choices import TextureSize
from ..face.face import Face
from ..head.whole_head import Head
from ..texture.texel_maps import TexelMaps
from ..texture.unwrap import texture_size
from ..typed import TexelMap, Texture


@dataclass(frozen=True, eq=False)
class PaintedFace(Face):
    """A face whose texture was made from more than its photo.

    Attributes
    ----------
    painted : (N, N, 4) uint8 sRGB
        Straight alpha; None for the photo's own.
    whole : Head, optional
        By default the head of the photo's own geometry.
    """

    painted: Texture | None = None
    whole: Head | None = None

    @cached_property
    def head(self) -> Head | None:
        """The whole head, see `Face.head`."""
        return self.whole or super().head

    @cached_property
    def maps(self) -> TexelMaps:
        """The face as maps of the layout's size, in this texture's colours."""
        if self.painted is None:
            return super().maps
        return TexelMaps(self.geometry, self.texture(self.layout.size))

    def texel_confidence(self, keep_hair: float = 0.0) -> TexelMap:
        """How far this texture can be trusted, see `Face.texel_confidence`."""
        if self.painted is None:
            return super().texel_confidence(keep_hair)
        shown = self.texture(self.layout.size)[..., 3] / np.float32(255)
        return texel_confidence(self.geometry, self.foreign, keep_hair, shown)

    def texture(self, size: TextureSize = "auto") -> Texture:
        """The texture in any size, see `Face.texture`; "auto" is the size that it was made in."""
        if self.painted is None:
            return super().texture(size)
        own = len(self.painted)
        side = own if size == "auto" else texture_size(self.geometry, size)
        if side == own:
            return self.painted
        kept = self._textures.get(side)
        if kept is None:
            how = cv2.INTER_AREA if side < own else cv2.INTER_CUBIC
            kept = cv2.resize(self.painted, (side, side), interpolation=how)
            kept.flags.writeable = False
            self._textures[side] = kept
        return kept
