"""Blender data from faces. Builds and links data-blocks; no operators, no interface."""
# SPDX-License-Identifier: GPL-3.0-or-later

from .build import FaceScene, SceneOptions, build_scene

__all__ = ["FaceScene", "SceneOptions", "build_scene"]
