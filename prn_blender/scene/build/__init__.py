"""Faces of a photo as a collection: meshes, material, camera; built, built anew, adjusted.

In: the `Face`s of one photo and `SceneOptions`. Out: `FaceScene`, the objects that were built.
Faces that are there get another photo (`other_photo`), further ones of the person (`person`), and
the photo's light as lamps (`photo_lights`).
Everything that takes long is computed before Blender's data are touched (`prepared`, `plan_...`),
so that a job can do it in another thread. Knows nothing of edits, swaps or files.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from typing import TYPE_CHECKING

from ...core.lazy import lazily

if TYPE_CHECKING:
    from .adjust import plan_adjustment
    from .build import FaceScene, build_scene, build_stepwise
    from .prepared import Prepared, prepare
    from .rebuild import plan_rebuild, rebuild_stepwise

__all__ = [
    "FaceScene",
    "Prepared",
    "build_scene",
    "build_stepwise",
    "plan_adjustment",
    "plan_rebuild",
    "prepare",
    "rebuild_stepwise",
]

__getattr__ = lazily(
    __name__,
    {
        "adjust": ("plan_adjustment",),
        "build": (
            "FaceScene",
            "build_scene",
            "build_stepwise",
        ),
        "prepared": (
            "Prepared",
            "prepare",
        ),
        "rebuild": (
            "plan_rebuild",
            "rebuild_stepwise",
        ),
    },
)
