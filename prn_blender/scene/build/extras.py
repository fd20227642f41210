"""What `SceneOptions` add to a face: landmark objects, vertex colours, depth, the overlay."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import bpy
import numpy as np

from ...core.choices import LANDMARK_OBJECTS
from ...core.errors import OptionError
from ...core.outputs.overlay import LINES
from ..images.image import mark_data, packed_image
from ..mesh.mesh import VISIBLE
from ..mesh.mesh_data import MeshData
from ..names import LANDMARK_OBJECT

PHOTO_COLOUR = "photo_color"
"""Name of the colour attribute."""

_EMPTY_SIZE = 0.003
"""Radius of a landmark's empty, metres; the face, its parent, scales it."""


def add_colours(mesh: bpy.types.Mesh, colours: np.ndarray) -> None:
    """Add the colour attribute `photo_color` to a mesh from `build_mesh`.

    Parameters
    ----------
    mesh : bpy.types.Mesh
    colours : (n, 4) float32
        See `mesh_colours`.
    """
    attribute = mesh.color_attributes.new(PHOTO_COLOUR, "BYTE_COLOR", "POINT")
    attribute.data.foreach_set("color_srgb", colours.ravel())


def build_landmarks(name: str, data: MeshData, kind: str) -> list[bpy.types.Object]:
    """The 68 landmarks as objects, in the canonical frame like the face's mesh.

    Parameters
    ----------
    name : str
    data : MeshData
    kind : {"points", "empties"}
        One object whose 68 vertices, joined to lines, carry the attribute `visible`; or an empty
        for each point, named by its number from 00 to 67.

    Returns
    -------
    list of bpy.types.Object
        Not yet linked, nor parented.

    Raises
    ------
    OptionError
        Another kind.
    """
    points = data.landmarks
    if kind == "points":
        mesh = bpy.data.meshes.new(name)
        mesh.from_pydata(points.tolist(), _edges(), [])
        visible = mesh.attributes.new(VISIBLE, "BOOLEAN", "POINT")
        visible.data.foreach_set("value", data.landmarks_visible)
        item = bpy.data.objects.new(name, mesh)
        item.show_in_front = True
        item[LANDMARK_OBJECT] = True
        return [item]
    if kind != "empties":
        raise OptionError(
            "The landmarks are {kind!r}; they can be {names}.",
            kind=kind,
            names=", ".join(LANDMARK_OBJECTS),
        )
    empties = []
    for number, point in enumerate(points.tolist()):
        empty = bpy.data.objects.new(f"{name} {number:02d}", None)
        empty.empty_display_type, empty.empty_display_size = "SPHERE", _EMPTY_SIZE
        empty.location, empty.show_in_front = point, True
        empty[LANDMARK_OBJECT] = number
        empties.append(empty)
    return empties


def depth_image(name: str, data: bytes) -> bpy.types.Image:
    """An image of how far the faces are from the camera at each pixel of the photo.

    Parameters
    ----------
    name : str
    data : bytes
        The OpenEXR file of `Prepared`.

    Returns
    -------
    bpy.types.Image
        The scene's units along the line of sight, as in Blender's own depth pass; 1e10 where no
        face is.
    """
    image = packed_image(name, data, ".exr")
    mark_data(image)
    return image


def show_overlay(camera: bpy.types.Camera, name: str, data: bytes) -> bpy.types.Image:
    """Lay dense points and landmarks over the camera's view, visible ones green, hidden ones red.

    Parameters
    ----------
    camera : bpy.types.Camera
        The photo's.
    name : str
        Of the image.
    data : bytes
        The PNG file of `Prepared`.

    Returns
    -------
    bpy.types.Image
    """
    image = packed_image(name, data, ".png")
    image.alpha_mode = "STRAIGHT"  # the photo shows wherever there is no point
    camera.show_background_images = True
    background = camera.background_images.new()
    background.image = image
    background.display_depth, background.frame_method, background.alpha = "FRONT", "FIT", 0.8
    return image


def _edges() -> list[tuple[int, int]]:
    edges = []
    for first, last, closed in LINES:
        edges += [(i, i + 1) for i in range(first, last)]
        edges += [(last, first)] if closed else []
    return edges
