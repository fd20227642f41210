"""What a face object remembers of its photo, so that it can be worked on in any session.

Comes in: a `Face` and the images made from it, when a face is built. Goes out: the typed
`FaceRecord` of an object, and the same `Face` again (`face_of`), whatever was done to the mesh.

The record is one custom property of the mesh, so duplicating, appending, undoing and saving keep
it without any help. Only this package knows how it is stored; whoever needs something of it calls
a function from here. It knows nothing of materials, scenes, operators or panels.

- `face_record` says what is remembered,
- `storage` writes it, reads it, and migrates what older versions of the add-on have written,
- `access` answers single questions: the camera, the photo's image, the result,
- `recall_face` makes the `Face`, of what `photo_reader` reads; they load OpenCV, and are loaded
  when they are first used.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from typing import TYPE_CHECKING

from ...core.lazy import lazily
from .access import (
    bring_back,
    camera_of,
    faces_of_photo,
    find_baked,
    find_camera,
    find_cameras,
    find_front_pose,
    find_left_out,
    find_photo,
    find_photos,
    find_result,
    is_a_persons,
    is_of_older_model,
    photo_block,
    photo_size_of,
    result_texture,
)
from .face_record import NO_PINS, VERSION, FaceRecord, PhotoRecord
from .storage import (
    change_photo,
    change_record,
    editable_photo,
    photo_record_of,
    read_record,
    write_record,
)

if TYPE_CHECKING:
    from .recall_face import (
        Pinned,
        face_of,
        geometry_of,
        layout_of,
        lost_photos,
        position_image,
        recall,
        recall_all,
        recall_layout,
        recall_photo,
        recall_pinned,
        record_of,
        refreshed,
        told_of,
    )

__all__ = [
    "NO_PINS",
    "VERSION",
    "FaceRecord",
    "PhotoRecord",
    "Pinned",
    "bring_back",
    "camera_of",
    "change_photo",
    "change_record",
    "editable_photo",
    "face_of",
    "faces_of_photo",
    "find_baked",
    "find_camera",
    "find_cameras",
    "find_front_pose",
    "find_left_out",
    "find_photo",
    "find_photos",
    "find_result",
    "geometry_of",
    "is_a_persons",
    "is_of_older_model",
    "layout_of",
    "lost_photos",
    "photo_block",
    "photo_record_of",
    "photo_size_of",
    "position_image",
    "read_record",
    "recall",
    "recall_all",
    "recall_layout",
    "recall_photo",
    "recall_pinned",
    "record_of",
    "refreshed",
    "result_texture",
    "told_of",
    "write_record",
]

__getattr__ = lazily(
    __name__,
    {
        "recall_face": (
            "Pinned",
            "face_of",
            "geometry_of",
            "layout_of",
            "lost_photos",
            "position_image",
            "recall",
            "recall_all",
            "recall_layout",
            "recall_photo",
            "recall_pinned",
            "record_of",
            "refreshed",
            "told_of",
        )
    },
)
