"""Names by which the parts of a face are found in Blender's data; loads nothing else."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import bpy

FACE = "prn"
"""The custom property of a face's mesh in which `record` keeps what it remembers."""

FRONT_POSE = "prn_pose"
"""The custom property of a face object turned to the front: its pose in the photo."""

LANDMARK_OBJECT = "prn_landmarks"
"""The custom property of the landmarks' objects: names are the user's."""

UV_MAP = "UVMap"
PHOTO_POSITION = "photo_position"
VISIBLE = "visible"


def is_face(item: bpy.types.Object | None) -> bool:
    """Whether an object is a face of ours, with what editing needs."""
    # Whatever else a file may have under that name is no group.
    return item is not None and item.type == "MESH" and hasattr(item.data.get(FACE), "to_dict")
