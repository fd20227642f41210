"""Renders show the photo behind the face, as the camera view does: one switch of a scene."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import bpy

from .compositor_nodes import (
    add_node,
    compositor_tree,
    find_compositor,
    fit_to_render,
    output_node,
)

_BEFORE = "prn_before_photo"
"""The scene's custom property that holds how it was: `transparent`, `composited`, `own_tree`."""
_PHOTO, _FIT, _OVER = "PRN Photo", "PRN Fit to Render", "PRN Render over Photo"
"""The names by which our nodes are found again."""


def shows_photo(scene: bpy.types.Scene) -> bool:
    """Whether a scene's renders have the photo behind them."""
    tree = find_compositor(scene)
    return _BEFORE in scene and tree is not None and _OVER in tree.nodes


def put_photo_behind(scene: bpy.types.Scene, photo: bpy.types.Image) -> None:
    """Lay what a scene renders over a photo.

    What the artist composites stays: the photo goes below whatever fed the output.

    Parameters
    ----------
    scene : bpy.types.Scene
    photo : bpy.types.Image
        Stretched to the size of the render.
    """
    take_photo_away(scene)
    before = find_compositor(scene)
    scene[_BEFORE] = {
        "transparent": scene.render.film_transparent,
        "composited": scene.render.use_compositing,
        "own_tree": before is None,
    }
    scene.render.film_transparent = scene.render.use_compositing = True
    tree = compositor_tree(scene)
    output = output_node(tree)
    target = output.inputs[0]
    # A tree that was switched off is not what the artist renders.
    used = before is not None and target.is_linked
    x, y = output.location
    if used:
        render = target.links[0].from_socket
    else:
        layers = [node for node in tree.nodes if node.bl_idname == "CompositorNodeRLayers"]
        if not layers:
            layers = [add_node(tree, "CompositorNodeRLayers", "Render Layers", (x - 600, y))]
            layers[0].scene = scene
        render = layers[0].outputs["Image"]
    picture = add_node(tree, "CompositorNodeImage", _PHOTO, (x - 600, y + 400))
    picture.image = photo
    fit = fit_to_render(tree, (x - 400, y + 400))
    fit.name = fit.label = _FIT
    over = add_node(tree, "CompositorNodeAlphaOver", _OVER, (x - 200, y + 200))
    below, above = (socket for socket in over.inputs if socket.type == "RGBA")
    for start, end in (
        (picture.outputs["Image"], fit.inputs[0]),
        (fit.outputs[0], below),
        (render, above),
        (over.outputs[0], target),
    ):
        tree.links.new(start, end)


def take_photo_away(scene: bpy.types.Scene) -> None:
    """Render without the photo again, as before `put_photo_behind`."""
    before = scene.get(_BEFORE)
    tree = find_compositor(scene)
    if tree is not None and (over := tree.nodes.get(_OVER)) is not None:
        _, above = (socket for socket in over.inputs if socket.type == "RGBA")
        if above.is_linked:
            render = above.links[0].from_socket
            for end in [link.to_socket for link in over.outputs[0].links]:
                tree.links.new(render, end)
        for name in (_OVER, _FIT, _PHOTO):
            if name in tree.nodes:
                tree.nodes.remove(tree.nodes[name])
    if before is None:
        return
    scene.render.film_transparent = before["transparent"]
    scene.render.use_compositing = before["composited"]
    if before["own_tree"] and tree is not None:
        if bpy.app.version < (5, 0, 0):
            scene.use_nodes = False
        elif tree.users <= 1:  # a scene's copy, a full one apart, shares it
            bpy.data.node_groups.remove(tree)
    del scene[_BEFORE]
