"""A face object pinned to where the photo has its features: mesh, texture and record follow."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import bpy
import cv2
import numpy as np
from mathutils import Vector

from ...core.choices import TextureSize
from ...core.errors import PRNError
from ...core.face.adjust import Pin, adjusted, check_vertices, photo_to_mesh
from ...core.face.face import Face
from ...core.geometry.face_geometry import FaceGeometry
from ...core.head.placed_head import DETAIL, PlacedHead, shape_names
from ...core.head.whole_head import Head, photo_pixels
from ...core.outputs.derived import vertex_colours
from ...core.outputs.export import texture_pixels
from ...core.outputs.head.surround import face_shares
from ...core.outputs.overlay import landmark_visibility
from ...core.photo.photo import encode_image
from ...core.texture.unwrap import texture_size
from ..head.bones import bones_follow
from ..images.image import renewed_image, take_place
from ..images.texels import Texels
from ..layers.complete import MadeFiles, face_file, made_as, made_files, put_made
from ..layers.layer_values import photo_texels
from ..layers.layers import FACE_LAYER, TextureLayers, editable_layers, find_layers
from ..layers.texture_group import PHOTO
from ..mesh.carry import coordinates, move, sampled
from ..mesh.head_data import head_colours, head_visible
from ..mesh.head_mesh import move_shapes
from ..mesh.mesh import (
    add_visible_group,
    check_uv_map,
    find_visible_group,
    on_layout,
    remove_visible_group,
    texel_of_vertices,
    uv_of_vertices,
)
from ..mesh.shape_keys import head_of
from ..names import LANDMARK_OBJECT, PHOTO_POSITION, VISIBLE
from ..record import (
    NO_PINS,
    Pinned,
    change_photo,
    editable_photo,
    position_image,
    read_record,
    recall_all,
    recall_pinned,
    told_of,
    write_record,
)
from .blended import fingerprint_of, is_blended, painted_by
from .extras import PHOTO_COLOUR

UNPINNED = "Unpinned"
"""What the name of a position map ends with that a face has without its pins."""

_SAME_VALUE = 1e-4
"""Of a shape key: as far as this from the photo's value it was not set by hand."""

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
    shown : bytes
        A PNG of where a whole head shows its face; empty for a lattice.
    pinned : Pinned or None
        The pins that make it so, or none of them; None where it is another face for other reasons.
    made : MadeFiles
        Its further layers.
    """

    before: Face
    face: Face
    texture: bytes | None
    shown: bytes = b""
    pinned: Pinned | None = None
    made: MadeFiles = field(default_factory=MadeFiles)


def plan_adjustment(
    item: bpy.types.Object,
) -> Callable[[Sequence[Pin], bool], AdjustedFace]:
    """Take from a face object what its adjustment needs, and return the part that takes long.

    Parameters
    ----------
    item : bpy.types.Object

    Returns
    -------
    callable
        From all pins that the face is to have, and whether they are symmetric, to what the object
        gets; needs nothing of Blender, so another thread may call it.

    Raises
    ------
    PRNError
        Photo or layout are gone, or the mesh has no UV map; some of it is raised when the callable
        is called, as is an `OptionError` for pins that make no sense.
    """
    check_uv_map(item.data)
    recalled = recall_pinned(item)
    layers, texels, record = find_layers(item), photo_texels(item), read_record(item)
    of_head = layers is not None and layers.of_head
    several, made = _others(item) if len(record.photos) > 1 else list, made_as(item)

    def plan(pins: Sequence[Pin], symmetric: bool = True) -> AdjustedFace:
        now = recalled()
        face = adjusted(now.unpinned, pins, symmetric)
        pinned = Pinned(face, now.unpinned, tuple(pins), symmetric)
        ours = texels is not None and is_blended(record.blended, texels)
        faces = several() if texels is not None and (ours or of_head) else []
        if not faces or texels is None:
            shown = face_file(*face_shares(face)) if of_head else b""
            texture, files = own_texture(now.face, face, texels), made_files(face, made)
            return AdjustedFace(now.face, face, texture, shown, pinned, files)
        faces[record.place_of_chosen] = face
        painted = painted_by(faces, texels.width)
        shown = face_file(*face_shares(painted)) if of_head else b""
        texture = encode_image(painted.texture(), ".png") if ours else None
        files = made_files(painted, made)
        return AdjustedFace(now.face, face, texture, shown, pinned, files)

    return plan


def _others(item: bpy.types.Object) -> Callable[[], list[Face]]:
    """The face in each photo of a person; none where one of them is gone: pins do without."""
    try:
        recalled = recall_all(item)
    except PRNError:
        return list

    def faces() -> list[Face]:
        try:
            return recalled()
        except PRNError:
            return []

    return faces


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
    keys = list(mesh.shape_keys.key_blocks) if mesh.shape_keys is not None else []
    rest, uv = coordinates(keys[0].data if keys else mesh.vertices), uv_of_vertices(mesh)
    if head_of(item, face) is not None and before.head is not None and face.head is not None:
        with bones_follow(item, face.layout):
            to_mesh = _move_head(item, before.head, face.head, rest)
    else:
        old, new = (sampled(f.extended_position_map, uv) for f in (before, face))
        to_mesh = photo_to_mesh(old, rest)
        move(item, (to_mesh(new) - to_mesh(old)) * on_layout(uv)[:, None])
    say_what_is_seen(item, face)
    move_landmarks(item, to_mesh(face.landmarks) - to_mesh(before.landmarks), face)
    _remember(item, plan)
    layers = editable_layers(item) if find_layers(item) is not None else None
    if layers is not None and layers.of_head:
        face_layer = layers.image(FACE_LAYER)
        layers.set_image(
            FACE_LAYER, renewed_image(face_layer, f"{item.name} {FACE_LAYER}", plan.shown, True)
        )
    put_made(item, plan.made)
    if layers is not None and plan.texture is not None:
        renew_photo_layer(item, layers, plan.texture)


def renew_photo_layer(item: bpy.types.Object, layers: TextureLayers, file: bytes) -> None:
    """Give a face's photo layer another PNG; a duplicate of the face keeps the image it has.

    Where the layer was the texture of several photos, it still counts as that.
    """
    record, before = read_record(item), photo_texels(item)
    ours = before is not None and is_blended(record.blended, before)
    image = layers.image(PHOTO)
    name = image.name if image is not None else f"{item.name} Texture"
    layers.set_image(PHOTO, renewed_image(image, name, file, everywhere=False))
    after = photo_texels(item)
    if ours and after is not None:
        write_record(item.data, replace(record, blended=fingerprint_of(after.eight_bits)))


def say_what_is_seen(item: bpy.types.Object, face: Face) -> None:
    """Store anew where the photo has each vertex of a face, whether it shows it, and its colour."""
    mesh = item.data
    head = face.head if head_of(item, face) is not None else None
    if head is None:
        say_where_seen(item, face.geometry)
    else:
        _store_seen(item, head.in_photo, head_visible(face, head.model))
    if PHOTO_COLOUR in mesh.attributes:
        if head is not None:
            colours = head_colours(face, head)
        else:
            texels = np.zeros((face.layout.mask.size, 4), np.float32)
            texels[face.layout.texels] = vertex_colours(face) / np.float32(255)
            colours = texels[texel_of_vertices(mesh, face.layout)]
        _set(mesh, PHOTO_COLOUR, "color_srgb", colours)


def say_where_seen(item: bpy.types.Object, geometry: FaceGeometry) -> None:
    """Store anew where the photo has each vertex that the layout shows, and whether it shows it."""
    mesh, uv = item.data, uv_of_vertices(item.data)
    texel, inside = texel_of_vertices(mesh, geometry.layout), on_layout(uv)
    visible = geometry.visibility.ravel()[texel] & inside
    positions = sampled(geometry.extended_position_map, uv)
    stored = mesh.attributes.get(PHOTO_POSITION)
    if stored is not None and len(stored.data) == len(uv) and not inside.all():
        before = np.empty(3 * len(uv), np.float32)
        stored.data.foreach_get("vector", before)
        positions = np.where(inside[:, None], positions, before.reshape(-1, 3))
    _store_seen(item, positions, visible)


def _store_seen(item: bpy.types.Object, positions: np.ndarray, visible: np.ndarray) -> None:
    _set(item.data, PHOTO_POSITION, "vector", positions)
    _set(item.data, VISIBLE, "value", visible)
    if find_visible_group(item) is not None and VISIBLE in item.data.attributes:
        add_visible_group(item, remove_visible_group(item))


def _move_head(
    item: bpy.types.Object, before: Head, after: Head, rest: np.ndarray
) -> Callable[[np.ndarray], np.ndarray]:
    """Move a whole head: the person, each expression's key and the details follow the photo.

    Returns what brings photo pixels into the mesh's frame.
    """
    to_mesh = photo_to_mesh(photo_pixels(before.stance, before.neutral), rest)
    # A further photo of a person has a key of its own in place of Photo Detail.
    names = (*shape_names(before)[:-1], editable_photo(item).shape_key or DETAIL)

    def placed(head: Head) -> PlacedHead:
        moves = np.concatenate([head.moves, head.detail[None]])
        shapes = photo_pixels(
            head.stance, np.concatenate([head.neutral[None], head.neutral + moves])
        )
        basis, *there = to_mesh(shapes.reshape(-1, 3)).reshape(shapes.shape).astype(np.float32)
        return PlacedHead(basis, names, np.array(there), np.append(head.expression, 1))

    was, now = placed(before), placed(after)
    move_shapes(item, was, now)
    _follow_expression(item, was, now)
    return to_mesh


def _follow_expression(item: bpy.types.Object, before: PlacedHead, after: PlacedHead) -> None:
    """Give keys the photo's values anew; what was set by hand stays."""
    keys = item.data.shape_keys.key_blocks if item.data.shape_keys is not None else {}
    values = zip(before.names, before.values.tolist(), after.values.tolist(), strict=True)
    for name, old, new in values:
        if name in keys and abs(keys[name].value - old) < _SAME_VALUE:
            keys[name].value = new


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


def _remember(item: bpy.types.Object, plan: AdjustedFace) -> None:
    """Give the record the face and its pins.

    Position maps are other images, not the old ones with new pixels: undo brings images back. The
    one without pins is kept as it is, to the last bit.
    """
    record, pinned = editable_photo(item), plan.pinned
    old, unpinned = record.position_map, record.unpinned_map
    told = told_of(plan.face)
    if pinned is not None and not pinned.pins and unpinned is not None:
        change_photo(item, position_map=unpinned, **told, **NO_PINS)
        take_place(unpinned, old)
        return
    name = old.name if old is not None else f"{item.name} Position Map"
    new = position_image(name, plan.face)
    pins: dict[str, Any] = dict(NO_PINS)
    if pinned is not None and pinned.pins:
        first = told_of(pinned.unpinned)
        pins = {
            "pins": tuple(v for pin in pinned.pins for v in (float(pin.texel), *pin.at)),
            "pins_symmetric": int(pinned.symmetric),
            "unpinned_map": unpinned or old,
            "unpinned_coefficients": first["coefficients"],
            "unpinned_expression": first["expression"],
        }
        if unpinned is None and old is not None:
            old.name = f"{name} {UNPINNED}"
            new.name = name
    change_photo(item, position_map=new, **told, **pins)
    take_place(new, old)
    if unpinned is not None and unpinned.users == 0:
        bpy.data.images.remove(unpinned)
