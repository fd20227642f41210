"""Faces as Blender data: objects, materials, cameras, and what is drawn on them.

Comes in: `core.face.Face` and options. Goes out: linked data-blocks, and images with edits and
swaps. It knows nothing of operators, panels, jobs or the user's preferences, and calls Blender's
operators only where Blender offers no other way (to bake, render, save and export).

From the bottom to the top, each using only what stands before it:

- `names`, `options`, `stepwise`: what everything shares;
- `images`, `mesh`: single data-blocks;
- `record`: what a face remembers of its photo;
- `layers`, `marks`: the texture's layers, and what the viewport shows on the mesh;
- `build`: collections of faces, cameras and materials, built or built anew;
- `result`: edits and swaps put into the photo;
- `files`: .blend, .glb and rendered pictures.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from typing import TYPE_CHECKING

from ..core.lazy import lazily

if TYPE_CHECKING:
    from .build.build import FaceScene, SceneOptions, build_scene

__all__ = ["FaceScene", "SceneOptions", "build_scene"]

__getattr__ = lazily(__name__, {"build.build": ("FaceScene", "SceneOptions", "build_scene")})
