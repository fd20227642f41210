"""Single questions about what a face object remembers: its camera, its photo, its result.

As with texture layers, `find_...` gives None where there is nothing, and never fails, so that
panels can call it while they draw; `..._of` raises a sentence.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import bpy
from mathutils import Matrix

from ...core.errors import OptionError, PhotoError
from ..names import FRONT_POSE
from .storage import MATRIX, find_field, photo_record_of, read_record

_IDENTITY = "fitted_identity"
"""`core.face.face.IDENTITY`, whose module loads OpenCV, and panels ask when Blender starts."""


def find_photo(item: bpy.types.Object | None) -> bpy.types.Image | None:
    """The image of the photo that a face object was built from."""
    image: bpy.types.Image | None = find_field(item, "image")
    return image


def photo_block(item: bpy.types.Object) -> bpy.types.Image:
    """The image of the photo that a face object was built from.

    Raises
    ------
    PRNError
        It was removed from the file, or the record is damaged.
    """
    image = photo_record_of(item).image
    if image is None:
        raise PhotoError(
            "The photo of {item!r} is no longer in the file; put it back or build the face again.",
            item=item.name,
        )
    return image


def photo_size_of(item: bpy.types.Object) -> tuple[int, int]:
    """Width and height of a face object's photo in pixels; see `read_record` for errors."""
    return photo_record_of(item).size


def is_of_older_model(item: bpy.types.Object | None) -> bool:
    """Whether a face comes from a version of the add-on whose model did not yet know the person.

    Such a face has the network's own numbers of identity, and not those that were fitted.
    """
    found = find_field(item, "coefficients")
    return found is not None and "identity" in found and _IDENTITY not in found


def find_camera(item: bpy.types.Object | None) -> bpy.types.Object | None:
    """The camera that matches a face object's photo."""
    camera: bpy.types.Object | None = find_field(item, "camera")
    return camera


def camera_of(item: bpy.types.Object) -> bpy.types.Object:
    """The camera that matches a face object's photo.

    Raises
    ------
    OptionError
        It was deleted, or the record is damaged.
    """
    camera = photo_record_of(item).camera
    if camera is None:
        raise OptionError(
            "The camera of {item!r} was deleted; build the face again.", item=item.name
        )
    return camera


def bring_back(camera: bpy.types.Object, item: bpy.types.Object) -> None:
    """Put a face object's camera beside it where it is in no scene.

    Deleting it in the view takes it out of the scene only, for the face still names it; and it
    comes along with an appended face, but not into the scene.
    """
    if not camera.users_scene:
        item.users_collection[0].objects.link(camera)


def find_result(item: bpy.types.Object | None) -> bpy.types.Image | None:
    """The image of the photo with edits or a swap."""
    image: bpy.types.Image | None = find_field(item, "result")
    return image


def result_texture(item: bpy.types.Object | None) -> str | None:
    """The fingerprint of the texture that a face's result was made of; None without a result."""
    made_of: str | None = find_field(item, "result_texture")
    return made_of if find_result(item) is not None else None


def find_left_out(item: bpy.types.Object | None) -> tuple[bpy.types.Image, dict[str, float]] | None:
    """The picture of what a face's last swap has left as it was, and each reason's share of it."""
    image: bpy.types.Image | None = find_field(item, "left_out")
    shares = find_field(item, "left_out_shares")
    return None if image is None or not shares else (image, dict(shares))


def is_a_persons(photo: bpy.types.Image, scene: bpy.types.Scene) -> bool:
    """Whether a face of a scene has several photos and this one among them, chosen or not.

    Then the photo's camera stands in a row with those of the others.
    """
    for item in scene.objects:
        _, photos = find_photos(item)
        if len(photos) > 1 and any(image == photo for image, _ in photos):
            return True
    return False


def find_front_pose(item: bpy.types.Object) -> Matrix | None:
    """The pose in the photo of a face object that is turned to the front; None of any other."""
    try:
        values = MATRIX(item.get(FRONT_POSE))
    except ValueError:
        return None
    return Matrix([values[row : row + 4] for row in range(0, 16, 4)])


def find_baked(item: bpy.types.Object | None) -> bpy.types.Image | None:
    """The image of all texture layers that was made last."""
    image: bpy.types.Image | None = find_field(item, "baked")
    return image


def find_photos(
    item: bpy.types.Object | None,
) -> tuple[int, list[tuple[bpy.types.Image | None, float | None]]]:
    """Which photo of a face is chosen, and each one's image and how well it fits, 0..1."""
    try:
        record = read_record(item)
    except OptionError:
        return 0, []
    return record.place_of_chosen, [(photo.image, photo.agreement) for photo in record.photos]


def find_cameras(item: bpy.types.Object | None) -> list[bpy.types.Object]:
    """The cameras of all photos of a face, chosen or not."""
    try:
        photos = read_record(item).photos
    except OptionError:
        return []
    return [photo.camera for photo in photos if photo.camera is not None]


def faces_of_photo(item: bpy.types.Object, scene: bpy.types.Scene) -> list[bpy.types.Object]:
    """The faces of a scene that come from the same photo, this one first, each once.

    Of one that was duplicated, this one or else the first counts; linked ones do not.

    Raises
    ------
    PRNError
        The photo was removed from the file, or the record is damaged.
    """
    photo = photo_block(item)
    # Duplicates share the position map.
    found = {find_field(item, "position_map"): item}
    for other in scene.objects:
        if find_photo(other) == photo:
            linked = any(block.library or block.override_library for block in (other, other.data))
            if not linked:
                found.setdefault(find_field(other, "position_map"), other)
    return list(found.values())
