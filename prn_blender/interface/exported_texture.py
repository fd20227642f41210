"""Keeps the composed images of faces up to date while the user works; see `scene.layers.composed`.

Blender tells nobody that an export begins. So each change of a slider, a stroke, an undo is noted,
and a moment after the last one the image is computed in a thread and exchanged. The commands that
can be heard of (saving, glTF's exporter) and scripts without a window do not wait for that moment.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import time
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import bpy
from bpy.app.handlers import persistent

from ..core.errors import PRNError
from ..scene.layers.layers import find_layers, texture_nodes
from ..scene.names import COMPOSED, is_face
from .jobs import current_job
from .threads import background_thread

if TYPE_CHECKING:
    # Loaded when first used: Blender's start must neither wait for OpenCV nor fail without it.
    from ..scene.layers.composed import Composing

_QUIET = 0.25
"""Seconds without a change after which an image is computed: not while a slider is dragged."""

_LOOK = 0.05
"""Seconds between looks whether the thread is done."""

_due: float | None = None
"""When to look for what is old; None where nothing has changed."""

_running: tuple[Composing, Future[None]] | None = None
_pool: ThreadPoolExecutor | None = None
_painted: set[int] = set()
"""The faces, by `session_uid`, that were seen in Texture Paint."""


def register() -> None:
    """Add the handlers; faces that are there already are looked after, too."""
    for handlers, function in _handlers():
        handlers.append(function)
    _look_soon()


def unregister() -> None:
    """Remove them; images are packed, since nobody looks after their files any more."""
    global _running, _pool, _due
    for handlers, function in _handlers():
        if function in handlers:
            handlers.remove(function)
    if bpy.app.timers.is_registered(_look):
        bpy.app.timers.unregister(_look)
    if _pool is not None:
        _pool.shutdown(wait=True)
    _pool, _running, _due = None, None, None
    _painted.clear()
    if any(COMPOSED in image for image in getattr(bpy.data, "images", ())):
        from ..scene.layers.composed import store_composed

        store_composed()


def finish_now(missing: bool = False) -> None:
    """Bring all images up to date before this returns.

    Parameters
    ----------
    missing : bool
        Also make those of faces that were built before there were any.
    """
    if any(map(is_face, bpy.data.objects)):
        from ..scene.layers.composed import compose_all

        compose_all(missing)


def _handlers() -> list[tuple[list[Any], Any]]:
    on = bpy.app.handlers
    return [
        (on.depsgraph_update_post, _changed),
        (on.undo_post, _undone),
        (on.redo_post, _undone),
        (on.load_post, _opened),
        (on.save_pre, _about_to_save),
        (on.save_post, _saved),
        (on.save_post_fail, _not_saved),
    ]


@persistent
def _changed(_: Any, depsgraph: Any) -> None:
    """Something in Blender has changed; called often, so what does not concern us leaves early."""
    kinds = [k for k in ("MATERIAL", "NODETREE", "IMAGE", "OBJECT") if depsgraph.id_type_updated(k)]
    if not kinds or bpy.app.background:
        return
    if "IMAGE" in kinds:
        from ..scene.layers.composed import note_stroke

        for update in depsgraph.updates:
            image = update.id.original
            if isinstance(image, bpy.types.Image) and image.is_dirty:
                note_stroke(image)
    if kinds != ["OBJECT"] or bpy.context.mode == "PAINT_TEXTURE" or _painted:
        _look_soon()


@persistent
def _undone(*_: Any) -> None:
    _look_soon()


@persistent
def _opened(*_: Any) -> None:
    _painted.clear()
    if any(map(is_face, bpy.data.objects)):
        from ..scene.layers.composed import note_opened

        note_opened()
    _look_soon()


@persistent
def _about_to_save(*_: Any) -> None:
    """As `scene.layers.composed` does it in scripts that do not register the add-on."""
    if any(COMPOSED in image for image in bpy.data.images):
        from ..scene.layers.composed import store_composed

        finish_now()
        store_composed()


@persistent
def _saved(*_: Any) -> None:
    if any(COMPOSED in image for image in bpy.data.images):
        from ..scene.layers.composed import take_out_composed

        take_out_composed(saved=True)


@persistent
def _not_saved(*_: Any) -> None:
    _opened()


def _look_soon() -> None:
    global _due
    if bpy.app.background:
        return
    _due = time.monotonic() + _QUIET
    if not bpy.app.timers.is_registered(_look):
        bpy.app.timers.register(_look, first_interval=_QUIET, persistent=True)


def _look() -> float | None:
    """Called by a timer: exchange an image that is computed, begin with the next that is old."""
    global _due, _running
    if _running is not None:
        composing, future = _running
        if not future.done():
            return _LOOK
        _running = None
        if future.exception() is None:
            composing.show()
    if _due is None:
        return None
    wait = _due - time.monotonic()
    if wait > 0 or current_job() is not None:
        return max(wait, _LOOK)
    _note_modes()
    try:
        begun = _begin()
    except (PRNError, OSError):  # said where the user works on that layer
        begun = False
    if not begun:
        _due = None
    return _LOOK if begun else None


def _begin() -> bool:
    """Begin with the first image that is old, if there is one."""
    global _running, _pool
    if not any(map(is_face, bpy.data.objects)):
        return False
    from ..scene.layers.composed import begin, exported_layers, has_own_nodes, is_old

    for layers in exported_layers():
        if is_old(layers) and not has_own_nodes(layers):
            composing = begin(layers)
            _pool = _pool or background_thread("prn-composed")
            _running = composing, _pool.submit(composing.work)
            return True
    return False


def _note_modes() -> None:
    """Have Solid view show the composed image again when Texture Paint was left.

    Painting makes the layer's node the active one; alone on the mesh it is mostly black.
    """
    for item in bpy.data.objects:
        if not is_face(item):
            continue
        if item.mode == "TEXTURE_PAINT":
            _painted.add(item.session_uid)
        elif item.session_uid in _painted:
            _painted.discard(item.session_uid)
            layers = find_layers(item)
            if layers is None or layers.material.library is not None:
                continue
            nodes = layers.material.node_tree.nodes
            composed = next((n for n in nodes if COMPOSED in n), None)
            if composed is not None and nodes.active in texture_nodes(layers):
                nodes.active = composed


_about_to_save.saves_composed = True  # see `scene.layers.composed.saves_composed`
