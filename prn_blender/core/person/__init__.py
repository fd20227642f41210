"""Several photos of one face: one identity, each photo's own pose and expression, one texture.

In: photos or their faces. Out: `Person`, whose faces are ordinary `Face`s with one identity, whose
texture is blended from all photos, and the photos that were left out with the reason. Knows nothing
of videos, swaps, files of results or Blender.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from typing import TYPE_CHECKING

from ..lazy import lazily

if TYPE_CHECKING:
    from .painted_face import PaintedFace
    from .person import Person
    from .photos import LeftOut
    from .quality import PhotoQuality, quality_of

__all__ = ["LeftOut", "PaintedFace", "Person", "PhotoQuality", "quality_of"]

__getattr__ = lazily(
    __name__,
    {
        "painted_face": ("PaintedFace",),
        "person": ("Person",),
        "photos": ("LeftOut",),
        "quality": ("PhotoQuality", "quality_of"),
    },
)
