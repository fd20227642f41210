"""Position maps, their geometry, textures and cameras: numpy, OpenCV, onnxruntime; no Blender.

The short way from a photo to a face::

    from prn_blender.core import FaceReconstructor
    face = FaceReconstructor.load()("photo.jpg")[0]
    face.position_map, face.landmarks, face.pose.matrix, face.texture(2048)
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from typing import TYPE_CHECKING

from . import native  # noqa: F401 - before anyone imports onnxruntime
from .errors import PRNError
from .lazy import lazily

if TYPE_CHECKING:
    from .face.face import Face
    from .face.reconstruct import FaceReconstructor
    from .geometry.camera import Camera, make_camera
    from .photo.photo import Photo, read_photo

__all__ = [
    "Camera",
    "Face",
    "FaceReconstructor",
    "PRNError",
    "Photo",
    "make_camera",
    "read_photo",
]

__getattr__ = lazily(
    __name__,
    {
        "face.face": ("Face",),
        "face.reconstruct": ("FaceReconstructor",),
        "geometry.camera": ("Camera", "make_camera"),
        "photo.photo": ("Photo", "read_photo"),
    },
)
