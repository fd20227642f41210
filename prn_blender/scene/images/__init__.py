"""Image data-blocks: made from arrays and image files, and read back as arrays.

In: uint8 or float arrays, encoded image files, a `Photo`. Out: packed data-blocks, and their
pixels, for other threads too. Knows nothing of faces, meshes or materials.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from typing import TYPE_CHECKING

from ...core.lazy import lazily

if TYPE_CHECKING:
    from .image import (
        array_image,
        image_pixels,
        packed_image,
        photo_from_image,
        photo_image,
        renewed_image,
    )
    from .texels import Texels, side_of

__all__ = [
    "Texels",
    "array_image",
    "image_pixels",
    "packed_image",
    "photo_from_image",
    "photo_image",
    "renewed_image",
    "side_of",
]

__getattr__ = lazily(
    __name__,
    {
        "image": (
            "array_image",
            "image_pixels",
            "packed_image",
            "photo_from_image",
            "photo_image",
            "renewed_image",
        ),
        "texels": (
            "Texels",
            "side_of",
        ),
    },
)
