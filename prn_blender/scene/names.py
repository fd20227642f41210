"""Names under which the data of a face are stored in Blender.

Custom properties and attributes are part of users' files: changing a name here makes the add-on
blind to faces that were built before. Imports nothing of ours, so that panels can use it before
any heavy library is loaded.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import bpy

FACE = "prn"
"""The custom property of a face's mesh that holds its record; only `scene.record` looks into it."""

FRONT_POSE = "prn_pose"
"""The custom property of a face object that is turned to the front: the 16 numbers of its pose in
the photo, row by row; see `scene.record.find_front_pose`."""

LANDMARK_OBJECT = "prn_landmarks"
"""The custom property by which landmark objects are known, since users may rename them: the number
of the landmark, or True where one object holds all of them."""

COMPOSED = "prn_composed"
"""The custom property of the image that shows all texture layers, and of the node that shows it to
exporters; see `scene.layers.composed`."""

MATCH_RENDER = "prn_match_render"
"""The custom property of a scene that remembers whether its renders match its photos."""

ASIDE = "prn_aside"
"""The custom property of a photo's camera that was built in a row of several photos: how far it and
its faces stand from where a single photo is built; x, y, z in the scene's units."""

UV_MAP = "UVMap"
"""The UV map of a face's mesh: the layout's."""

OFF_LAYOUT = (0.0, 1.0)
"""Where in that UV map lies what a whole head has and the layout does not show: a corner of it that
no layout uses. All of it in one point, so that nothing is painted, baked or carried there."""

HEAD_UV = "Head"
"""The second UV map of a whole head's mesh: its own tile. A face with this map is a whole head."""

POSITION_CACHE = "Position Cache"
"""The modifier by which a face's vertices go where each frame of a shot shows them."""

PHOTO_POSITION = "photo_position"
"""The vector attribute of its vertices: x, y, z in photo pixels."""

VISIBLE = "visible"
"""The boolean attribute of vertices that the photo shows."""

VISIBLE_GROUP = "photo_visible"
"""The vertex group of the same vertices.

It has a name of its own: to geometry nodes and exporters a group is an attribute too, and Blender
warns where two of a mesh share a name.
"""

OLD_VISIBLE_GROUP = VISIBLE
"""What that group is called in files of before."""


def is_head(item: bpy.types.Object | None) -> bool:
    """Whether an object is a whole head, and not a lattice: its mesh has the head's UV map."""
    return is_face(item) and item is not None and HEAD_UV in item.data.uv_layers


def is_face(item: bpy.types.Object | None) -> bool:
    """Whether an object is a face that the add-on built: its mesh has a record."""
    # Whatever else a file may have under that name is no group.
    return item is not None and item.type == "MESH" and hasattr(item.data.get(FACE), "to_dict")
