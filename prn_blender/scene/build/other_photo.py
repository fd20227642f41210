"""A face that is in the scene already gets another photo of the person; what was made of it stays.

Mesh, pose, camera, texture and record become those that the other photo would have been built
into. What was made by hand comes along: sculpting, shape keys, weights and layers, and what was
drawn on the photo's own layer.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import dataclass, replace

import bpy
import cv2
import numpy as np

from ...core.errors import OptionError
from ...core.face.face import Face
from ...core.geometry.camera import Camera, make_camera
from ...core.head.placed_head import place_head
from ...core.outputs.export import texture_pixels
from ...core.photo.photo import encode_image, photo_jpeg
from ..head.head_files import HeadFiles, head_files
from ..head.materials import as_skin
from ..images.image import photo_image, renewed_image
from ..images.texels import Texels
from ..layers.layers import FACE, editable_layers, find_layers
from ..layers.texture_group import COMPLETED, PHOTO
from ..mesh.head_mesh import is_whole
from ..mesh.shape_keys import NEUTRAL, add_neutral
from ..record import (
    bring_back,
    camera_of,
    faces_of_photo,
    position_image,
    read_record,
    record_of,
    write_record,
)
from ..units import units_per_metre
from .adjust import say_what_is_seen
from .built_with import BuiltWith
from .camera import aside_of, build_camera, match_render, set_camera, show_background, wants_match
from .prepared import shown_by_its_file
from .rebuild import RebuiltFace, bring_before

_DRAWN = 6
"""Levels of 8 bits by which a texel differs from the photo's where somebody has drawn: codecs and
versions of OpenCV differ by less."""
_MOSTLY = 0.5
"""Share of the texels from which on a texture is no longer the photo's with something drawn on it,
but another one."""
_RIM = 1.5
"""Texels over which what was drawn fades into the new photo."""


@dataclass(frozen=True, eq=False)
class OtherPhoto:
    """What a face object gets from another photo.

    Attributes
    ----------
    new : RebuiltFace
        The face in the other photo, and where it stands in front of its camera.
    view : Camera
    photo : bytes or None
        A JPEG of the photo; None where its own file serves.
    files : HeadFiles or None
        Of a whole head.
    replaced : bool
        Whether the photo's layer becomes the other photo's; otherwise it was another texture.
    """

    new: RebuiltFace
    view: Camera
    photo: bytes | None
    files: HeadFiles | None
    replaced: bool


def plan_other_photo(
    before: Face, face: Face, now: BuiltWith, texels: Texels | None, whole: bool
) -> OtherPhoto:
    """Compute what another photo makes of a face; takes long, and needs nothing of Blender.

    Parameters
    ----------
    before : Face
        What the object was built from.
    face : Face
        The same person in another photo.
    now : BuiltWith
        What the object is like. Its kind of camera and real size stay.
    texels : Texels or None
        Of the photo's layer.
    whole : bool
        Whether it is a whole head.

    Raises
    ------
    OptionError
        The faces were found by models with different layouts, or another option makes no sense.
    """
    if face.layout.sha256 != before.layout.sha256:
        raise OptionError(
            "This face was built with another model; choose that one, or build the face again."
        )
    there, view = (
        make_camera(each.photo, each.geometry, now.camera, focal, now.eye_distance)
        for each, focal in ((before, now.focal_mm), (face, None))
    )
    places = [there.place(before.geometry), view.place(face.geometry)]
    heads = [before.head, face.head] if whole else [None, None]
    if whole and None in heads:
        raise OptionError("This model knows no whole heads: change the face to a lattice first.")
    placed, moved = (
        None if head is None else place_head(head, each.geometry, camera, place)
        for head, each, camera, place in zip(
            heads, (before, face), (there, view), places, strict=True
        )
    )
    texture = None if texels is None else _with_edits(before, face, texels)
    new = RebuiltFace(face, places[0], places[1], placed, moved, None, None, None, texture)
    head = heads[1]
    files = None if head is None else head_files(face, head, face.texture(face.layout.size))
    photo = None if shown_by_its_file(face.photo) else photo_jpeg(face.photo)
    return OtherPhoto(new, view, photo, files, texels is None or texture is not None)


def _with_edits(before: Face, face: Face, texels: Texels) -> bytes | None:
    """A PNG of the other photo's texture, with what was drawn on the present one.

    None if the present one is not the photo's.
    """
    if texels.width != texels.height:
        return None
    there, side = texels.eight_bits, texels.width
    for masked in (False, True):
        own = texture_pixels(before, side, masked)
        drawn = np.abs(there.astype(np.int16) - own).max(axis=-1) > _DRAWN
        if drawn.mean() > _MOSTLY:
            continue
        new = texture_pixels(face, side, masked)
        if drawn.any():
            share = cv2.GaussianBlur(drawn.astype(np.float32), (0, 0), _RIM)
            share = np.maximum(share, drawn)[..., None]
            new = (new + share * (there - new.astype(np.float32)) + 0.5).astype(np.uint8)
        return encode_image(new, ".png")
    return None


def exchange_photo(
    item: bpy.types.Object, plan: OtherPhoto, scene: bpy.types.Scene
) -> bpy.types.Object:
    """Give a face object another photo.

    Parameters
    ----------
    item : bpy.types.Object
        In Object Mode.
    plan : OtherPhoto
    scene : bpy.types.Scene

    Returns
    -------
    bpy.types.Object
        The photo's camera: the present one, unless other faces stand in front of it, too.

    Raises
    ------
    PRNError
        What the face remembers is gone; nothing has changed then.
    """
    new, face, units = plan.new, plan.new.face, units_per_metre(scene)
    record, camera = read_record(item), camera_of(item)
    shared = len(faces_of_photo(item, scene)) > 1
    file = plan.photo
    image = photo_image(face.photo, None if file is None else lambda: file)
    if shared:
        camera = build_camera(f"{face.photo.stem} Camera", plan.view, units)
        item.users_collection[0].objects.link(camera)
    bring_before(item, new, units, aside_of(camera))
    set_camera(camera, plan.view, units)
    _set_background(camera.data, image)
    positions = position_image(f"{item.name} Position Map", face)
    place = read_record(item).place
    fresh = record_of(face, image, positions)
    photo = replace(fresh.photo, camera=camera)
    write_record(
        item.data,
        replace(fresh, photos=(photo, *record.photos[1:]), place=place, baked=record.baked),
    )
    old = record.photo.position_map
    if old is not None and old.users == 0:
        bpy.data.images.remove(old)
    say_what_is_seen(item, face)
    _set_expression(item, new)
    _set_textures(item, plan)
    bring_back(camera, item)
    if wants_match(scene):
        match_render(scene, plan.view.width, plan.view.height)
        scene.camera = camera
    return camera


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


def _set_textures(item: bpy.types.Object, plan: OtherPhoto) -> None:
    if find_layers(item) is None:
        return
    layers = editable_layers(item)
    if plan.files is not None and layers.of_head:
        old = layers.image(FACE)
        new = as_skin(layers, item.name, plan.files)
        if old is not None and old.users == 0:
            name = old.name
            bpy.data.images.remove(old)
            new.name = name
    if plan.new.texture is not None:
        image = layers.image(PHOTO)
        name = image.name if image is not None else f"{item.name} Texture"
        layers.set_image(PHOTO, renewed_image(image, name, plan.new.texture, everywhere=False))


def has_completed(item: bpy.types.Object) -> bool:
    """Whether a face has a layer with its hidden side filled in, which shows the photo before."""
    layers = find_layers(item)
    return layers is not None and layers.feeding(COMPLETED) is not None
