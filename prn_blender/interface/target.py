"""The face that an operator works on, and showing what became of it."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import bpy

from ..scene.layers.layers import find_layers
from ..scene.names import is_face


def face_poll(cls: Any, context: Any) -> bool:
    """Whether the active object is a face that can be edited; else the poll message says why not.

    Parameters
    ----------
    cls : type
        The operator's class, as its `poll` gets it.
    context : bpy.types.Context
    """
    item: Any = getattr(context, "active_object", None)  # there is none without a window
    if not is_face(item):
        cls.poll_message_set("Select a face that was built from a photo")
        return False
    if any(block.library or block.override_library for block in (item, item.data)):
        cls.poll_message_set("The face is linked from another file: make it local first")
        return False
    return True


def layers_poll(cls: Any, context: Any) -> bool:
    """As `face_poll`, and its texture is made of layers."""
    if not face_poll(cls, context):
        return False
    layers = find_layers(context.active_object)
    if layers is None:
        cls.poll_message_set("The face's material has no texture layers: build the face again")
        return False
    if layers.material.library or layers.material.override_library:
        cls.poll_message_set("The face's material is linked from another file: make it local first")
        return False
    return True


class OnFace:
    """Mix-in for operators that need a face that can be edited."""

    @classmethod
    def poll(cls, context: Any) -> bool:
        """On a face that can be edited."""
        return face_poll(cls, context)


class OnLayers:
    """Mix-in for operators that need a face with texture layers."""

    @classmethod
    def poll(cls, context: Any) -> bool:
        """On a face with layers."""
        return layers_poll(cls, context)


def show_material(context: Any) -> None:
    """Have the context's 3D view show all texture layers: its solid view knows one image only."""
    space = context.space_data
    if space is not None and space.type == "VIEW_3D" and space.shading.type == "SOLID":
        space.shading.type = "MATERIAL"


def show_scene_light(context: Any) -> None:
    """Have the window's 3D views show the scene's lights, if they show none.

    Through a solid view nothing changes when a face is lit by the scene, nor through a material
    preview that has a light of its own.
    """
    lit = any(item.type == "LIGHT" for item in context.scene.objects)
    for area in getattr(context.screen, "areas", ()):
        if area.type != "VIEW_3D":
            continue
        shading = area.spaces.active.shading
        if shading.type == "SOLID":
            shading.type = "MATERIAL"
        if shading.type == "MATERIAL" and lit:
            shading.use_scene_lights = True


def show_image(context: Any, image: bpy.types.Image) -> bool:
    """Show an image in an open Image Editor; returns whether there is one."""
    for window in context.window_manager.windows:
        for area in window.screen.areas:
            if area.ui_type == "IMAGE_EDITOR":  # and not the UV editor, which is the same type
                area.spaces.active.image = image
                return True
    return False


def in_object_mode(context: Any) -> None:
    """Leave Texture Paint and the like, in which meshes and materials are half in use."""
    if context.mode != "OBJECT" and bpy.ops.object.mode_set.poll():
        bpy.ops.object.mode_set(mode="OBJECT")
