"""Faces in the scene become those of another photo, or of a newer model; what was made stays.

Mesh, pose, camera, texture and record become those that the other faces would have been built
into. What was made by hand comes along: sculpting, shape keys, weights and layers, and what was
drawn on the photo's own layer.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import bpy

from ...core.errors import OptionError
from ...core.face.face import Face
from ...core.geometry.camera import Camera, make_camera
from ...core.head.placed_head import place_head
from ...core.outputs.export import texture_pixels
from ...core.photo.photo import encode_image
from ..head.head_files import HeadFiles, head_files
from ..head.materials import as_skin
from ..images.image import photo_image, take_place
from ..images.strokes import carried
from ..images.texels import Texels
from ..layers.complete import Made, MadeFiles, made_files, put_made
from ..layers.layers import FACE_LAYER, editable_layers, find_layers
from ..mesh.head_mesh import is_whole
from ..mesh.shape_keys import NEUTRAL, add_neutral
from ..record import (
    FaceRecord,
    bring_back,
    camera_of,
    faces_of_photo,
    is_a_persons,
    photo_block,
    position_image,
    read_record,
    record_of,
    write_record,
)
from ..units import units_per_metre
from .adjust import renew_photo_layer, say_what_is_seen
from .built_with import BuiltWith
from .camera import aside_of, build_camera, match_render, set_camera, show_background, wants_match
from .prepared import copy_of
from .rebuild import RebuiltFace, bring_before, largest_of


@dataclass(frozen=True, eq=False)
class OtherFace:
    """What a face object gets from another face.

    Attributes
    ----------
    new : RebuiltFace
        The other face, and where it stands in front of its camera.
    files : HeadFiles or None
        Of a whole head.
    made : MadeFiles
        Further layers that are made of the photo.
    replaced : bool
        Whether the photo's layer becomes the other face's; otherwise it was another texture.
    """

    new: RebuiltFace
    files: HeadFiles | None
    made: MadeFiles
    replaced: bool


@dataclass(frozen=True, eq=False)
class OtherPhoto:
    """What face objects get from another photo, or from a newer model of the same one.

    Attributes
    ----------
    faces : list of OtherFace
        All of one photo.
    view : Camera
    photo : bytes or None
        A JPEG of the photo; None where its own file serves.
    """

    faces: list[OtherFace]
    view: Camera
    photo: bytes | None

    @property
    def replaced(self) -> bool:
        """Whether all textures become those of the other faces."""
        return all(each.replaced for each in self.faces)

    @property
    def stale(self) -> bool:
        """Whether some face has a layer that shows the photo before."""
        return any(each.made.stale for each in self.faces)


def plan_other_photo(
    before: Sequence[Face],
    after: Sequence[Face],
    now: BuiltWith,
    textures: Sequence[Texels | None],
    heads: Sequence[bool],
    made: Sequence[Made],
    focal_mm: float | None = None,
) -> OtherPhoto:
    """Compute what other faces make of face objects; takes long, and needs nothing of Blender.

    Parameters
    ----------
    before : sequence of Face
        What the objects were built from: faces of one photo.
    after : sequence of Face
        The same people: all in another photo, or in the same one as another model sees them.
    now : BuiltWith
        What the objects are like. Their kind of camera and real size stay.
    textures : sequence of Texels or None
        Of the photo's layers, see `photo_texels`.
    heads : sequence of bool
        Which of them are whole heads.
    made : sequence of Made
        How their other layers are made.
    focal_mm : float, optional
        Of a perspective camera; by default what the other photo's file says.

    Raises
    ------
    OptionError
        The faces were found by models with different layouts, or another option makes no sense.
    """
    if any(a.layout.sha256 != b.layout.sha256 for a, b in zip(before, after, strict=True)):
        raise OptionError(
            "This face was built with another model; choose that one, or build the face again."
        )
    there, view = (
        make_camera(largest.photo, largest.geometry, now.camera, focal, now.eye_distance)
        for largest, focal in ((largest_of(before), now.focal_mm), (largest_of(after), focal_mm))
    )
    faces = [
        _other_face(pair, (there, view), texels, whole, layers)
        for pair, texels, whole, layers in zip(
            zip(before, after, strict=True), textures, heads, made, strict=True
        )
    ]
    return OtherPhoto(faces, view, copy_of(after[0].photo))


def _other_face(
    faces: tuple[Face, Face],
    views: tuple[Camera, Camera],
    texels: Texels | None,
    whole: bool,
    made: Made,
) -> OtherFace:
    """What one object gets: first each time what it is, then what it becomes."""
    before, face = faces
    places = [view.place(each.geometry) for each, view in zip(faces, views, strict=True)]
    heads = [each.head for each in faces] if whole else [None, None]
    if whole and heads[1] is None:
        raise OptionError("This model knows no whole heads: change the face to a lattice first.")
    placed, moved = (
        None if head is None else place_head(head, each.geometry, view, place)
        for head, each, view, place in zip(heads, faces, views, places, strict=True)
    )
    texture = None if texels is None else _with_edits(before, face, texels)
    new = RebuiltFace(face, places[0], places[1], placed, moved, None, None, None, texture)
    head = heads[1]
    files = None
    if head is not None:
        files = head_files(face, head, face.texture(face.layout.size), made.delight)
    layers = made_files(face, made, before, None if files is None else files.skin)
    return OtherFace(new, files, layers, texels is None or texture is not None)


def _with_edits(before: Face, face: Face, texels: Texels) -> bytes | None:
    """A PNG of the other photo's texture, with what was drawn on the present one.

    None if the present one is not the photo's.
    """
    if texels.width != texels.height:
        return None
    there, side = texels.eight_bits, texels.width
    for masked in (False, True):
        own, new = (texture_pixels(each, side, masked) for each in (before, face))
        drawn_on = carried(own, there, new)
        if drawn_on is not None:
            return encode_image(drawn_on, ".png")
    return None


def exchange_photo(
    items: Sequence[bpy.types.Object],
    plan: OtherPhoto,
    scene: bpy.types.Scene,
    image: bpy.types.Image | None = None,
) -> bpy.types.Object:
    """Make face objects those of other faces.

    Parameters
    ----------
    items : sequence of bpy.types.Object
        In Object Mode; in the order of the plan's faces.
    plan : OtherPhoto
    scene : bpy.types.Scene
    image : bpy.types.Image, optional
        The photo, where it is in the file already.

    Returns
    -------
    bpy.types.Object
        The photo's camera: the present one, unless further faces stand in front of it, too.

    Raises
    ------
    PRNError
        What a face remembers is gone; nothing has changed then.
    """
    units = units_per_metre(scene)
    records, camera = [read_record(item) for item in items], camera_of(items[0])
    others = len(faces_of_photo(items[0], scene)) > len(items)
    shared = others or is_a_persons(photo_block(items[0]), scene)
    photo = plan.faces[0].new.face.photo
    image = image or photo_image(photo, plan.photo)
    if shared:
        camera = build_camera(f"{photo.stem} Camera", plan.view, units)
        items[0].users_collection[0].objects.link(camera)
    for item, record, other in zip(items, records, plan.faces, strict=True):
        bring_before(item, other.new, units, aside_of(camera))
        _remember(item, record, other.new.face, image, camera)
        say_what_is_seen(item, other.new.face)
        _set_expression(item, other.new)
        _set_textures(item, other)
    set_camera(camera, plan.view, units)
    _set_background(camera.data, image)
    bring_back(camera, items[0])
    if wants_match(scene):
        match_render(scene, plan.view.width, plan.view.height)
        scene.camera = camera
    return camera


def _remember(
    item: bpy.types.Object,
    record: FaceRecord,
    face: Face,
    image: bpy.types.Image,
    camera: bpy.types.Object,
) -> None:
    """Give an object the record of another face, in place of the one it had."""
    place = read_record(item).place  # where it has been brought
    fresh = record_of(face, image, position_image(f"{item.name} Position Map", face))
    photos = (replace(fresh.photo, camera=camera), *record.photos[1:])
    fresh = replace(fresh, photos=photos, place=place)
    write_record(item.data, replace(fresh, baked=record.baked, completed=record.completed))
    for old in (record.photo.position_map, record.photo.unpinned_map):
        if old is not None and old.users == 0:
            bpy.data.images.remove(old)


def _set_background(data: bpy.types.Camera, image: bpy.types.Image) -> None:
    """Show the other photo behind the face, where the first one was shown."""
    if len(data.background_images):
        data.background_images[0].image = image
    else:
        show_background(data, image)


def _set_expression(item: bpy.types.Object, new: RebuiltFace) -> None:
    """Shape keys get the other photo's values; a lattice's *Neutral* takes its expression off."""
    keys = item.data.shape_keys.key_blocks if item.data.shape_keys is not None else {}
    if new.moved is not None and is_whole(item, new.moved):
        for name, value in zip(new.moved.names, new.moved.values.tolist(), strict=True):
            if name in keys:
                keys[name].value = value
    elif NEUTRAL in keys:
        value = keys[NEUTRAL].value
        add_neutral(item, new.face)
        keys[NEUTRAL].value = value


def _set_textures(item: bpy.types.Object, other: OtherFace) -> None:
    if find_layers(item) is None:
        return
    layers = editable_layers(item)
    if other.files is not None and layers.of_head:
        before = layers.image(FACE_LAYER)
        for image in as_skin(layers, item.name, other.files, skin=False):
            take_place(image, before)
    put_made(item, other.made)
    if other.new.texture is not None:
        renew_photo_layer(item, layers, other.new.texture)
