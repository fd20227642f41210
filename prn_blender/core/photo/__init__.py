"""Photos: read files as upright sRGB pixels, encode pictures, cut out what a network sees.
Movies and folders of pictures are read frame by frame.

In: files, which may be damaged or hostile. Out: `Photo`, `Crop`, `Shot`, encoded pictures. Knows
nothing of faces.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from typing import TYPE_CHECKING

from ..lazy import lazily

if TYPE_CHECKING:
    from .crop import Crop, crop_around_points
    from .frames import Frame, FrameRange, Shot, open_shot
    from .photo import Photo, encode_image, read_photo, read_texture, write_image

__all__ = [
    "Crop",
    "Frame",
    "FrameRange",
    "Photo",
    "Shot",
    "crop_around_points",
    "encode_image",
    "open_shot",
    "read_photo",
    "read_texture",
    "write_image",
]

__getattr__ = lazily(
    __name__,
    {
        "crop": (
            "Crop",
            "crop_around_points",
        ),
        "frames": (
            "Frame",
            "FrameRange",
            "Shot",
            "open_shot",
        ),
        "photo": (
            "Photo",
            "encode_image",
            "read_photo",
            "read_texture",
            "write_image",
        ),
    },
)
