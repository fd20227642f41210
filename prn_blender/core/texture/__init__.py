"""Between photo and UV space: unwrap a photo, render a texture as the photo's camera sees it.

In: pixels and `FaceGeometry`. Out: textures, `Fragments`, `TexelMaps`. What the texels show is the
business of `appearance`.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from typing import TYPE_CHECKING

from ..lazy import lazily

if TYPE_CHECKING:
    from .fragments import Fragments, rasterize_face
    from .masks import read_mask
    from .render import render_texture
    from .texel_maps import TexelMaps
    from .unwrap import texture_size

__all__ = [
    "Fragments",
    "TexelMaps",
    "rasterize_face",
    "read_mask",
    "render_texture",
    "texture_size",
]

__getattr__ = lazily(
    __name__,
    {
        "fragments": (
            "Fragments",
            "rasterize_face",
        ),
        "masks": ("read_mask",),
        "render": ("render_texture",),
        "texel_maps": ("TexelMaps",),
        "unwrap": ("texture_size",),
    },
)
