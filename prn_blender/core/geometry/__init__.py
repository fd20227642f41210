"""The geometry of one face: UV layout, landmarks, parts, pose, camera, visibility.

In: a position map and its `UVLayout`. Out: `FaceGeometry` and what can be computed from it without
the photo's colours. Knows nothing of networks, textures or Blender.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from typing import TYPE_CHECKING

from ..lazy import lazily

if TYPE_CHECKING:
    from .camera import Camera, Placement, make_camera
    from .face_geometry import FaceGeometry
    from .layout_file import load_uv_layout
    from .parts import part_mask, part_names
    from .pose import Pose, Similarity, fit_pose, fit_similarity
    from .uv_layout import UVLayout

__all__ = [
    "Camera",
    "FaceGeometry",
    "Placement",
    "Pose",
    "Similarity",
    "UVLayout",
    "fit_pose",
    "fit_similarity",
    "load_uv_layout",
    "make_camera",
    "part_mask",
    "part_names",
]

__getattr__ = lazily(
    __name__,
    {
        "camera": (
            "Camera",
            "Placement",
            "make_camera",
        ),
        "face_geometry": ("FaceGeometry",),
        "layout_file": ("load_uv_layout",),
        "parts": (
            "part_mask",
            "part_names",
        ),
        "pose": (
            "Pose",
            "Similarity",
            "fit_pose",
            "fit_similarity",
        ),
        "uv_layout": ("UVLayout",),
    },
)
