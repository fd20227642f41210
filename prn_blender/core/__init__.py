"""Position maps, their geometry, textures and cameras: numpy, OpenCV, onnxruntime; no Blender.

The short way from a photo to a face::

    from prn_blender.core import FaceReconstructor
    face = FaceReconstructor.load()("photo.jpg")[0]
    face.position_map, face.landmarks, face.pose.matrix, face.texture(2048)
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from importlib import import_module
from typing import TYPE_CHECKING, Any

from . import native  # noqa: F401 - before anyone imports onnxruntime
from .errors import PRNError

if TYPE_CHECKING:
    from .camera import Camera, make_camera
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

_PLACES = {
    "Camera": "camera",
    "Face": "face",
    "FaceReconstructor": "reconstruct",
    "Photo": "photo",
    "make_camera": "camera",
    "read_photo": "photo",
}


def __getattr__(name: str) -> Any:
    """Load a part when it is first asked for.

    Blender imports this package whenever it starts with the add-on enabled: that must be quick,
    and must work when one of the libraries is missing, to be able to say so.
    """
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_PLACES[name]}", __name__), name)
