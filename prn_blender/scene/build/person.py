"""Several photos of a person on one face object: a camera and a shape key for each photo.

The object stands as its first photo shows it. The camera of another photo stands where it sees the
face as that photo does, once its shape key has the face's shape and expression there.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import bpy
from mathutils import Matrix

from ...core.choices import CameraKind
from ...core.errors import OptionError
from ...core.face.face import Face
from ...core.geometry.camera import Camera, Placement, make_camera
from ...core.head.placed_head import PlacedHead, place_head
from ...core.outputs.head.surround import face_shares
from ...core.person import Person
from ...core.photo.photo import encode_image
from ..images.image import photo_image
from ..images.texels import Texels
from ..layers.complete import Made, MadeFiles, face_file, made_as, made_files
from ..layers.layer_values import photo_texels
from ..mesh.carry import sampled
from ..mesh.head_mesh import is_whole
from ..mesh.mesh import uv_of_vertices
from ..mesh.shape_keys import move_key, new_key
from ..names import is_head
from ..record import (
    NO_PINS,
    FaceRecord,
    PhotoRecord,
    bring_back,
    find_front_pose,
    position_image,
    read_record,
    record_of,
    told_of,
    write_record,
)
from ..units import units_per_metre
from .adjust import AdjustedFace, adjust, own_texture
from .blended import fingerprint_of, is_blended
from .build import NewBlocks, all_or_nothing
from .camera import build_camera, set_camera, show_background
from .person_keys import beyond_expression, choose_photo
from .prepared import copy_of


@dataclass(frozen=True, eq=False)
class PersonPhoto:
    """What one photo of a person needs to be shown.

    Attributes
    ----------
    face : Face
    number : int or None
        Its place among the photos that the object has; None of a new one.
    agreement : float
        See `Person.agreement`.
    view : Camera
    placement : Placement
        Where the face stands in front of that camera.
    jpeg : bytes or None
        A copy of the photo; None where its own file serves, or the object has it.
    head : PlacedHead or None
        In front of that camera; None where the object is a lattice.
    """

    face: Face
    number: int | None
    agreement: float
    view: Camera
    placement: Placement
    jpeg: bytes | None
    head: PlacedHead | None = None

    @property
    def expression(self) -> dict[str, float]:
        """Of the face; of a head with its gaze."""
        values = dict(self.face.expression)
        if self.head is not None:
            values |= zip(self.head.names[:-1], self.head.values[:-1].tolist(), strict=True)
        return {name: float(value) for name, value in values.items()}


@dataclass(frozen=True, eq=False)
class PersonPlan:
    """A person, ready to be put on the object of its first photo.

    Attributes
    ----------
    before : Face
        The face in the first photo as the object has it.
    photos : list of PersonPhoto
        The object's own first photo first.
    texture : bytes or None
        A PNG of the blended texture; None where the present one was drawn on, and stays.
    fingerprint : str
        Of the blended texture.
    shown : bytes
    made : MadeFiles
        See `AdjustedFace`.
    """

    before: Face
    photos: list[PersonPhoto]
    texture: bytes | None
    fingerprint: str
    shown: bytes = b""
    made: MadeFiles = field(default_factory=MadeFiles)


@dataclass(frozen=True, eq=False)
class FaceNow:
    """What of an object the work on its person needs: read in the main thread.

    Attributes
    ----------
    camera : {"ortho", "persp"}
    blended : str or None
    texels : Texels or None
        The photo's layer.
    whole : bool
        It is a whole head.
    made : Made
        How its further layers are made.
    """

    camera: CameraKind
    blended: str | None
    texels: Texels | None
    whole: bool = False
    made: Made = field(default_factory=Made)


def face_now(item: bpy.types.Object) -> FaceNow:
    """Take from an object what `plan_person` needs.

    Raises
    ------
    PRNError
        What it remembers is damaged.
    """
    record = read_record(item)
    camera = record.photos[0].camera
    perspective = camera is not None and camera.data.type != "ORTHO"
    return FaceNow(
        "persp" if perspective else "ortho",
        record.blended,
        photo_texels(item),
        is_head(item),
        made_as(item),
    )


def plan_person(
    person: Person, numbers: Sequence[int | None], before: Face, now: FaceNow
) -> PersonPlan:
    """Compute all that takes long; needs nothing of Blender.

    Parameters
    ----------
    person : Person
        All of whose photos count; its first one is the object's.
    numbers : sequence of int or None
        For each photo its place among those that the object has; None of a new one.
    before : Face
        The face in the first photo as the object has it.
    now : FaceNow
    """
    photos = []
    for face, number, agreement in zip(person.faces, numbers, person.agreement, strict=True):
        # Their lenses are known from EXIF, or are normal ones: each photo has its own.
        view = make_camera(face.photo, face.geometry, now.camera)
        jpeg = copy_of(face.photo) if number is None else None
        place = view.place(face.geometry)
        head = face.head if now.whole else None
        placed = None if head is None else place_head(head, face.geometry, view, place)
        photos.append(PersonPhoto(face, number, agreement, view, place, jpeg, placed))
    texture = person.texture(now.texels.width if now.texels is not None else "auto")
    painted = person.painted()
    free = now.texels is not None and _is_ours(before, now, now.texels)
    return PersonPlan(
        before,
        photos,
        encode_image(texture, ".png") if free else None,
        fingerprint_of(texture),
        face_file(*face_shares(painted)) if now.whole else b"",
        made_files(painted, now.made),
    )


def _is_ours(before: Face, now: FaceNow, texels: Texels) -> bool:
    """Whether a layer is what we made it, and nobody has drawn on it."""
    return is_blended(now.blended, texels) or own_texture(before, before, texels) is not None


def add_person(item: bpy.types.Object, person: Person, scene: bpy.types.Scene) -> None:
    """Give an object that was built from a person's reference photo the other photos.

    Parameters
    ----------
    item : bpy.types.Object
    person : Person
        All of whose photos count; the reference is the first one.
    scene : bpy.types.Scene
    """
    numbers = [0, *[None] * (len(person.faces) - 1)]
    plan = plan_person(person, numbers, person.painted(), face_now(item))
    put_person(item, plan, scene)


def put_person(item: bpy.types.Object, plan: PersonPlan, scene: bpy.types.Scene) -> None:
    """Give an object the shape, the texture and the photos of a person.

    Sculpting stays, as do pose, painted layers and the photo that is looked at; photos that the
    plan does not have are taken away with camera and shape key.

    Parameters
    ----------
    item : bpy.types.Object
        In Object Mode.
    plan : PersonPlan
    scene : bpy.types.Scene
        Whose units count.

    Raises
    ------
    PRNError
        The mesh has lost too much; nothing has changed then.
    """
    record = read_record(item)
    looked_at = record.place_of_chosen
    kept = [photo.number for photo in plan.photos]
    write_record(item.data, replace(record, chosen=0))
    try:
        face = plan.photos[0].face
        adjust(item, AdjustedFace(plan.before, face, plan.texture, plan.shown, made=plan.made))
    except OptionError:
        write_record(item.data, record)
        raise
    record = read_record(item)
    units, to_scene = units_per_metre(scene), _pose_of(item)
    with all_or_nothing() as made:
        photos = [_own(record.photos[0], plan.photos[0])]
        for photo in plan.photos[1:]:
            photos.append(_put_photo(item, record, photo, plan.photos[0], units, to_scene, made))
    for number, gone in enumerate(record.photos):
        if number not in kept:
            _take_away(item, gone)
    blended = plan.fingerprint if plan.texture is not None else record.blended
    chosen = kept.index(looked_at) if looked_at in kept else 0
    write_record(item.data, replace(record, photos=tuple(photos), blended=blended, chosen=0))
    choose_photo(item, chosen)


def _own(record: PhotoRecord, photo: PersonPhoto) -> PhotoRecord:
    """What is remembered of a photo that was there, with what is known of it now.

    Pins have become the face's shape there.
    """
    told = told_of(photo.face)
    told["expression"] = photo.expression  # of a head with its gaze
    return replace(record, **told, **NO_PINS, agreement=float(photo.agreement))


def _pose_of(item: bpy.types.Object) -> Matrix:
    """From the mesh's frame to the scene, as the first photo's camera sees it."""
    pose = find_front_pose(item)
    return (pose if pose is not None else item.matrix_basis).copy()


def _put_photo(
    item: bpy.types.Object,
    record: FaceRecord,
    photo: PersonPhoto,
    first: PersonPhoto,
    units: float,
    to_scene: Matrix,
    made: NewBlocks,
) -> PhotoRecord:
    """Give an object a further photo, or one that it has what is known of it now."""
    face, stem = photo.face, photo.face.photo.stem
    old = None if photo.number is None else record.photos[photo.number]
    positions = position_image(f"{item.name} Position Map {stem}", face)
    made.add(positions)
    if old is None or old.image is None:
        image = made.add_if_new(bpy.data.images, lambda: photo_image(face.photo, photo.jpeg))
    else:
        image = old.image
    camera = old.camera if old is not None else None
    if camera is None:
        camera = made.add(build_camera(f"{stem} Camera", photo.view, units))
        made.add(camera.data)
        show_background(camera.data, image)
        item.users_collection[0].objects.link(camera)
    else:
        bring_back(camera, item)
    _place(camera, photo, units, to_scene)
    key = _shape_key(item, stem, None if old is None else old.shape_key, photo, first)
    found = record_of(face, image, positions).photos[0]
    base = replace(_own(found if old is None else old, photo), position_map=found.position_map)
    if old is not None and old.position_map is not None and old.position_map.users <= 1:
        bpy.data.images.remove(old.position_map)
    return replace(base, camera=camera, shape_key=key, agreement=float(photo.agreement))


def _place(camera: bpy.types.Object, photo: PersonPhoto, units: float, to_scene: Matrix) -> None:
    """Let a camera see the object as its photo does."""
    set_camera(camera, photo.view, units)
    there = Matrix.Scale(units, 4) @ Matrix(photo.placement.transform.matrix.tolist())
    moved = to_scene @ there.inverted_safe()
    scale = moved.to_scale()[0]
    view = Matrix.LocRotScale(camera.location, camera.rotation_euler, None)
    place, turn, _ = (moved @ view).decompose()
    camera.location, camera.rotation_euler = place, turn.to_euler()
    camera.data.ortho_scale *= scale
    camera.data.clip_start *= scale
    camera.data.clip_end *= scale


def _shape_key(
    item: bpy.types.Object,
    stem: str,
    name: str | None,
    photo: PersonPhoto,
    first: PersonPhoto,
) -> str:
    """Give an object the shape key of a photo; returns its name."""
    if photo.head is not None and first.head is not None and is_whole(item, first.head):
        moves = beyond_expression(photo.head, first.head)
    else:
        moves = sampled(photo.placement.local - first.placement.local, uv_of_vertices(item.data))
    keys = item.data.shape_keys
    key = keys.key_blocks.get(name or "") if keys is not None else None
    key = key or new_key(item, f"In {stem}")
    move_key(item, key, moves)
    return str(key.name)


def _take_away(item: bpy.types.Object, photo: PhotoRecord) -> None:
    """Remove a photo's camera and shape key; its image goes with the last who uses it."""
    keys = item.data.shape_keys
    key = keys.key_blocks.get(photo.shape_key or "") if keys is not None else None
    if key is not None:
        item.shape_key_remove(key)
    if photo.position_map is not None and photo.position_map.users > 1:
        return  # a duplicate of the face still has the photo, and looks through its camera
    if photo.camera is not None:
        bpy.data.cameras.remove(photo.camera.data)
    for positions in (photo.position_map, photo.unpinned_map):
        if positions is not None:
            bpy.data.images.remove(positions)
