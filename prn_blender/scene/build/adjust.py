"""Features of a face object pulled to where the photo has them: mesh, texture and record follow."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import bpy
import cv2
import numpy as np
from mathutils import Vector

from ...core.choices import TextureSize
from ...core.face.adjust import Pull, adjusted, check_vertices, photo_to_mesh
from ...core.face.face import Face
from ...core.outputs.derived import vertex_colours
from ...core.outputs.export import texture_pixels
from ...core.outputs.overlay import landmark_visibility
from ...core.photo.photo import encode_image
from ...core.texture.unwrap import texture_size
from ..images.image import renewed_image
from ..images.texels import Texels
from ..layers.layers import editable_layers, find_layers
from ..layers.texture_group import PHOTO
from ..mesh.carry import coordinates, move, sampled
from ..mesh.mesh import (
    add_visible_group,
    check_uv_map,
    find_visible_group,
    remove_visible_group,
    texel_of_vertices,
    uv_of_vertices,
)
from ..names import LANDMARK_OBJECT, PHOTO_POSITION, VISIBLE
from ..record import change_photo, editable_photo, position_image, recall
from .extras import PHOTO_COLOUR

_UNCHANGED = 1.0
"""Mean difference, in levels of 8 bits, up to which a texture counts as the photo's own: another
version of OpenCV may have unwrapped it."""


@dataclass(frozen=True, eq=False)
class AdjustedFace:
    """What a face object gets from an adjustment.

    Attributes
    ----------
    before, face : Face
        As it was, and as it is to be.
    texture : bytes or None
        A PNG of the photo unwrapped anew; None where the face has no texture of the photo, or one
        that was changed since.
    """

    before: Face
    face: Face
    texture: bytes | None


def plan_adjustment(item: bpy.types.Object) -> Callable[[Sequence[Pull]], AdjustedFace]:
    """Take from a face object what its adjustment needs, and return the part that takes long.

    Parameters
    ----------
    item : bpy.types.Object

    Returns
    -------
    callable
        From pulls to what the object gets; needs nothing of Blender, so another thread may call it.

    Raises
    ------
    PRNError
        Photo or layout are gone, or the mesh has no UV map; some of it is raised when the callable
        is called, as is an `OptionError` for pulls that make no sense.
    """
    check_uv_map(item.data)
    recalled = recall([item])
    layers = find_layers(item)
    image = layers.image(PHOTO) if layers is not None else None
    texels = Texels(image) if image is not None else None

    def plan(pulls: Sequence[Pull]) -> AdjustedFace:
        (before,) = recalled()
        face = adjusted(before, pulls)
        return AdjustedFace(before, face, own_texture(before, face, texels))

    return plan


def adjust(item: bpy.types.Object, plan: AdjustedFace) -> None:
    """Move the mesh and its landmarks, and exchange the photo's texture and the position map.

    Sculpting, shape keys, the pose, the camera and the other layers of the texture stay. Which
    vertices the photo shows is stored anew.

    Parameters
    ----------
    item : bpy.types.Object
        In Object Mode.
    plan : AdjustedFace

    Raises
    ------
    OptionError
        The mesh has too few vertices left; nothing has changed then.
    """
    mesh, before, face = item.data, plan.before, plan.face
    check_vertices(len(mesh.vertices))
    uv = uv_of_vertices(mesh)
    old, new = (sampled(f.extended_position_map, uv) for f in (before, face))
    keys = list(mesh.shape_keys.key_blocks) if mesh.shape_keys is not None else []
    to_mesh = photo_to_mesh(old, coordinates(keys[0].data if keys else mesh.vertices))
    move(item, to_mesh(new) - to_mesh(old))
    texel = texel_of_vertices(mesh, face.layout)
    _set(mesh, PHOTO_POSITION, "vector", new)
    _set(mesh, VISIBLE, "value", face.visibility.ravel()[texel])
    if PHOTO_COLOUR in mesh.attributes:
        colours = np.zeros((face.layout.mask.size, 4), np.float32)
        colours[face.layout.texels] = vertex_colours(face) / np.float32(255)
        _set(mesh, PHOTO_COLOUR, "color_srgb", colours[texel])
    if find_visible_group(item) is not None and VISIBLE in mesh.attributes:
        add_visible_group(item, remove_visible_group(item))
    move_landmarks(item, to_mesh(face.landmarks) - to_mesh(before.landmarks), face)
    _exchange_positions(item, face)
    if plan.texture is not None:
        layers = editable_layers(item)
        image = layers.image(PHOTO)
        name = image.name if image is not None else f"{item.name} Texture"
        layers.set_image(PHOTO, renewed_image(image, name, plan.texture, everywhere=False))


def texture_again(face: Face, texels: Texels, size: TextureSize) -> bytes:
    """A PNG of the photo's layer in another size; drawn on, it keeps what was drawn.

    Parameters
    ----------
    face : Face
    texels : Texels
        The layer as it is.
    size : int or "auto"
        As in `Face.texture`.
    """
    masked = _masked(face, texels)
    if masked is not None:
        return encode_image(texture_pixels(face, size, masked), ".png")
    side = texture_size(face.geometry, size)
    how = cv2.INTER_AREA if side < texels.width else cv2.INTER_CUBIC
    return encode_image(cv2.resize(texels.eight_bits, (side, side), interpolation=how), ".png")


def own_texture(before: Face, face: Face, texels: Texels | None) -> bytes | None:
    """The photo unwrapped anew, if the present texture is nothing but the photo unwrapped."""
    masked = _masked(before, texels) if texels is not None else None
    if texels is None or masked is None:
        return None
    return encode_image(texture_pixels(face, texels.width, masked), ".png")


def _masked(face: Face, texels: Texels) -> bool | None:
    """Whether a layer is the photo unwrapped and masked, or not masked; None if it is neither."""
    if texels.width != texels.height:
        return None
    there = texels.eight_bits
    for masked in (False, True):
        own = texture_pixels(face, texels.width, masked)
        if float(cv2.norm(there, own, cv2.NORM_L1)) / own.size <= _UNCHANGED:
            return masked
    return None


def _set(mesh: bpy.types.Mesh, name: str, field: str, values: np.ndarray) -> None:
    attribute = mesh.attributes.get(name)
    if attribute is not None and len(attribute.data) == len(values):
        attribute.data.foreach_set(field, np.ascontiguousarray(values).ravel())


def move_landmarks(item: bpy.types.Object, moves: np.ndarray, face: Face) -> None:
    """Move the landmark objects of a face, if it has any, by (68, 3) metres."""
    for child in item.children:
        if LANDMARK_OBJECT not in child:
            continue
        if child.type != "MESH":
            number = child[LANDMARK_OBJECT]
            if isinstance(number, int) and not isinstance(number, bool) and number < len(moves):
                child.location = Vector(moves[number]) + child.location
        elif len(child.data.vertices) == len(moves):
            moved = (coordinates(child.data.vertices) + moves).astype(np.float32)
            child.data.vertices.foreach_set("co", moved.ravel())
            _set(child.data, VISIBLE, "value", landmark_visibility(face))
            child.data.update()


def _exchange_positions(item: bpy.types.Object, face: Face) -> None:
    """Give the record a new image, not the old one new pixels: undo brings images back."""
    old = editable_photo(item).position_map
    new = position_image(old.name if old is not None else f"{item.name} Position Map", face)
    change_photo(item, position_map=new)
    if old is not None and old.users == 0:
        name = old.name
        bpy.data.images.remove(old)
        new.name = name
