"""From a photo to its faces: detection, search, two passes of the network, refinement.

In: `Photo` and models. Out: `Face`, the class that callers work with, and how accurate it is.
Knows nothing of editing, swapping or Blender.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from typing import TYPE_CHECKING

from ..lazy import lazily

if TYPE_CHECKING:
    from .detection import FaceDetector
    from .face import Face
    from .face_box import FaceBox
    from .reconstruct import FaceReconstructor

__all__ = ["Face", "FaceBox", "FaceDetector", "FaceReconstructor"]

__getattr__ = lazily(
    __name__,
    {
        "detection": ("FaceDetector",),
        "face": ("Face",),
        "face_box": ("FaceBox",),
        "reconstruct": ("FaceReconstructor",),
    },
)
