"""The light of a photo as sun lamps, which light a face's albedo as it was photographed."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import math

import bpy
import numpy as np
from mathutils import Vector

from ...core.appearance.sun_lights import SunLights
from ..nodes import empty_tree
from ..record.access import find_camera

_UNDER_GLOSS = 0.964
"""Share of light that Principled BSDF's usual gloss lets through to what is below it, measured."""
_KEY = "prn_photo_lights"
"""The custom property of what is ours: collections, the name of the face whose light it is; worlds,
the name they were made with."""


def add_photo_lights(
    scene: bpy.types.Scene, item: bpy.types.Object, suns: SunLights, dark: bool = True
) -> bpy.types.Collection:
    """Add a photo's light to a scene.

    Parameters
    ----------
    scene : bpy.types.Scene
    item : bpy.types.Object
        The face; its camera tells where the photo was taken from.
    suns : SunLights
    dark : bool
        Whether the scene gets a black world, for its own would light the face as well.

    Returns
    -------
    bpy.types.Collection
        With the lamps. That of an earlier call for this face is replaced.
    """
    remove_photo_lights(item)
    name = f"{item.name} Light"
    collection = bpy.data.collections.new(name)
    collection[_KEY] = item.name
    scene.collection.children.link(collection)
    bpy.context.view_layer.update()  # or matrices of a scene just built are not there yet
    camera = find_camera(item)
    turn = camera.matrix_world.to_quaternion() if camera is not None else None
    # No farther than the face is wide, so that they are in view with it.
    distance = max(item.dimensions) * 2
    for number, (way, colour) in enumerate(zip(suns.directions, suns.colours, strict=True), 1):
        lamp = bpy.data.lights.new(f"{name} {number}", "SUN")
        brightest = max(float(np.max(colour)), 1e-6)
        lamp.color = [float(v) / brightest for v in colour]
        # White matte skin that faces a sun of energy E sends back E / pi.
        lamp.energy = brightest * math.pi / _UNDER_GLOSS
        lamp.use_shadow = False
        lamp.specular_factor = 0.0
        lamp.angle = 0.0
        found = bpy.data.objects.new(lamp.name, lamp)
        found.visible_glossy = False
        # From the photo's frame to the camera's: x right, y up, it looks along -z.
        x, y, z = (float(v) for v in way)
        towards = Vector((x, y, z)) if turn is None else turn @ Vector((x, z, -y))
        found.rotation_euler = towards.to_track_quat("Z", "Y").to_euler()
        found.location = item.matrix_world.translation + towards * distance
        collection.objects.link(found)
    if dark:
        scene.world = _black_world(name)
    return collection


def remove_photo_lights(item: bpy.types.Object) -> None:
    """Take the lamps of an earlier `add_photo_lights` out of the file."""
    for collection in [c for c in bpy.data.collections if c.get(_KEY) == item.name]:
        for found in list(collection.objects):
            data = found.data
            bpy.data.objects.remove(found)
            if isinstance(data, bpy.types.Light) and data.users == 0:
                bpy.data.lights.remove(data)
        bpy.data.collections.remove(collection)


def _black_world(name: str) -> bpy.types.World:
    """A world that gives no light."""
    world = next((w for w in bpy.data.worlds if w.get(_KEY) == name), None)
    if world is None:  # one of the user's may have that name
        world = bpy.data.worlds.new(name)
        world[_KEY] = name
    tree = empty_tree(world)
    output = tree.nodes.new("ShaderNodeOutputWorld")
    background = tree.nodes.new("ShaderNodeBackground")
    background.inputs["Color"].default_value = (0, 0, 0, 1)
    tree.links.new(background.outputs["Background"], output.inputs["Surface"])
    return world
