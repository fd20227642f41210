"""Names by which the parts of a face are found in Blender's data; loads nothing else."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import bpy

FACE = "prn"
"""The custom property of a mesh that holds what `state` keeps."""

USED, USED_REGION = "let_through", "let_through_region"
"""In it, where a swap leaves something of the photo: an image of what it does use, and which
pixels of the photo (x0, y0, x1, y1) that shows."""

RESULT = "result"
"""In it, the image of the photo with edits or a swap."""

RESULT_OF = "result_of"
"""In it, what the texture's layers were like when that was made, see `layers.state_of`."""

BAKED = "baked"
"""In it, the image of all texture layers that was made last."""

PLACE = "place"
"""In it, the 16 numbers of the transform that the face was built with, row by row."""

FRONT_POSE = "prn_pose"
"""The custom property of a face object turned to the front: its pose in the photo."""

LANDMARK_OBJECT = "prn_landmarks"
"""The custom property of the landmarks' objects: names are the user's."""

UV_MAP = "UVMap"
PHOTO_POSITION = "photo_position"
VISIBLE = "visible"


def is_face(item: bpy.types.Object | None) -> bool:
    """Whether an object is a face of ours, with what editing needs."""
    # Whatever else a file may have under that name has no items.
    return item is not None and item.type == "MESH" and hasattr(item.data.get(FACE), "items")
