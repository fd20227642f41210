"""What the faces of a photo are like now: the options that would build them as they are."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import bpy
import numpy as np

from ...core.choices import STRIDES, CameraKind, Material, Stride, Topology
from ...core.geometry.camera import DEFAULT_FOCAL_MM, Camera
from ...core.geometry.face_geometry import FaceGeometry
from ...core.geometry.uv_layout import UVLayout
from ...core.photo.exif import DIAGONAL_35MM
from ..images.texels import side_of
from ..layers.layers import find_layers
from ..layers.texture_group import LIT, PHOTO
from ..mesh.mesh import texel_of_vertices
from ..names import UV_MAP, is_head
from ..record import geometry_of, read_record
from ..units import units_per_metre

_UNLIKELY = 10
"""How many times a face's size, at least, nobody would have chosen."""


@dataclass(frozen=True)
class BuiltWith:
    """Values of options, see `SceneOptions`.

    Attributes
    ----------
    stride : {1, 2, 4}
    camera : {"ortho", "persp"}
    focal_mm : float
        35 mm equivalent; a normal lens where the camera is orthographic.
    eye_distance : float
        Metres.
    texture_size : int
        Side of the photo's layer; 0 without one.
    material : {"shadeless", "lit"}
    topology : {"head", "lattice"}
        Of the first face.
    placed : bool
        False in files of before in which a face has not its real size.
    """

    stride: Stride
    camera: CameraKind
    focal_mm: float
    eye_distance: float
    texture_size: int
    material: Material
    topology: Topology = "head"
    placed: bool = True


def built_with(
    items: Sequence[bpy.types.Object], camera: bpy.types.Object, scene: bpy.types.Scene
) -> BuiltWith:
    """What all faces of a photo have in common, and the mesh and texture of the first of them.

    Parameters
    ----------
    items : sequence of bpy.types.Object
        The faces of the photo.
    camera : bpy.types.Object
        The photo's.
    scene : bpy.types.Scene

    Raises
    ------
    PRNError
        What a face remembers is damaged or gone.
    """
    geometries = [geometry_of(item) for item in items]
    largest = max(range(len(items)), key=lambda index: geometries[index].size)
    geometry, data = geometries[largest], camera.data
    focal, kind = DEFAULT_FOCAL_MM, "ortho"
    view = Camera(*geometry.photo_size, 1 / geometry.pose.scale)
    if data.type != "ORTHO":
        width, height = geometry.photo_size
        sensor = data.sensor_height if data.sensor_fit == "VERTICAL" else data.sensor_width
        pixels = data.lens / sensor * max(width, height)
        kind, focal = "persp", pixels / math.hypot(width, height) * DIAGONAL_35MM
        view = Camera(width, height, 1 / geometry.pose.scale, pixels)
    eye_distance = _eye_distance(items[largest], geometry, view, units_per_metre(scene))
    layers = find_layers(items[0])
    photo = layers.image(PHOTO) if layers is not None else None
    return BuiltWith(
        stride=1 if is_head(items[0]) else _stride(items[0].data, geometries[0].layout),
        camera="ortho" if kind == "ortho" else "persp",
        focal_mm=round(focal, 3),
        eye_distance=eye_distance or geometry.layout.eye_distance,
        texture_size=side_of(photo) if photo is not None else 0,
        material="lit" if layers is not None and layers.value(LIT) > 0.5 else "shadeless",
        topology="head" if is_head(items[0]) else "lattice",
        placed=eye_distance is not None,
    )


def _stride(mesh: bpy.types.Mesh, layout: UVLayout) -> Stride:
    """The density whose vertices are most like the mesh's, which may have been cut since."""
    if UV_MAP not in mesh.uv_layers:
        return 1
    has = np.unique(texel_of_vertices(mesh, layout))

    def alike(stride: Stride) -> float:
        texels = layout.mesh(stride)[0]
        both = len(np.intersect1d(has, texels, assume_unique=True))
        return both / (len(has) + len(texels) - both)

    return max(STRIDES, key=alike)


def _eye_distance(
    item: bpy.types.Object, geometry: FaceGeometry, view: Camera, units: float
) -> float | None:
    """Metres, from how large the face was built; None where that is no size of a face."""
    place = read_record(item).place
    built = np.array(place).reshape(4, 4) if place is not None else np.array(item.matrix_basis)
    scale = float(np.linalg.norm(built[:3, 0])) / units
    usual = view.place(geometry).transform.scale  # of a face with the layout's eye distance
    share = scale / usual
    if not 1 / _UNLIKELY < share < _UNLIKELY:
        return None
    return round(share * geometry.layout.eye_distance, 6)
