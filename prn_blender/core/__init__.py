"""Position maps, their geometry, textures and cameras: numpy, OpenCV, onnxruntime; no Blender.

The short way from a photo to a face::

    from prn_blender.core import FaceReconstructor
    face = FaceReconstructor.load()("photo.jpg")[0]
    face.position_map, face.landmarks, face.pose.matrix, face.texture(2048)
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from .camera import Camera, make_camera
from .errors import PRNError
from .face import Face
from .photo import Photo, read_photo
from .reconstruct import FaceReconstructor

__all__ = [
    "Camera",
    "Face",
    "FaceReconstructor",
    "PRNError",
    "Photo",
    "make_camera",
    "read_photo",
]
