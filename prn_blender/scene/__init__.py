"""Blender data from faces. Builds and links data-blocks; no operators, no interface."""
# SPDX-License-Identifier: GPL-3.0-or-later

from typing import TYPE_CHECKING

from ..core.lazy import lazily

if TYPE_CHECKING:
    from .build.build import FaceScene, SceneOptions, build_scene

__all__ = ["FaceScene", "SceneOptions", "build_scene"]

__getattr__ = lazily(__name__, {"build.build": ("FaceScene", "SceneOptions", "build_scene")})
