"""The mesh of a face: its numbers, the data-block built from them, and its shape keys.

In: a `Face` and its placement in front of the camera, a layout. Out: meshes with UV map and
attributes, and for each vertex of any mesh, sculpted or subdivided ones too, the texel it lies on.
Knows nothing of the photo's image, of materials or of cameras.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from typing import TYPE_CHECKING

from ...core.lazy import lazily

if TYPE_CHECKING:
    from .mesh import build_mesh, texel_of_vertices, uv_of_vertices
    from .mesh_data import MeshData
    from .shape_keys import set_shape

__all__ = [
    "MeshData",
    "build_mesh",
    "set_shape",
    "texel_of_vertices",
    "uv_of_vertices",
]

__getattr__ = lazily(
    __name__,
    {
        "mesh": (
            "build_mesh",
            "texel_of_vertices",
            "uv_of_vertices",
        ),
        "mesh_data": ("MeshData",),
        "shape_keys": ("set_shape",),
    },
)
