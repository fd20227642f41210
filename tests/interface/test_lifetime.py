"""The add-on comes and goes: registered, registered again, disabled in the middle of a job."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import importlib
import threading
from collections.abc import Callable
from typing import Any

import pytest

bpy = pytest.importorskip("bpy", reason="Blender's Python module is not installed")

from job_window import PATIENCE, Counting, Window, job_threads_end, play, started

import prn_blender
from prn_blender.interface import exported_texture, jobs

pytestmark = pytest.mark.usefixtures("addon")

HANDLERS = [
    getattr(bpy.app.handlers, name)
    for name in ("save_pre", "save_post", "load_post", "undo_post", "depsgraph_update_post")
]


def test_disabling_the_add_on_ends_its_job(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blender takes the operator away without a word; enabled again, everything works."""
    begun, goes_on, taken_back = threading.Event(), threading.Event(), []

    def slow(n: int) -> int:
        begun.set()
        goes_on.wait(PATIENCE)
        return n

    operator, window = started(monkeypatch, slow)
    assert begun.wait(PATIENCE)
    monkeypatch.setattr(operator, "_end", ended_in(operator, window, taken_back))
    prn_blender.unregister()
    assert jobs.current_job() is None
    assert taken_back == [True] and window.timers == 0
    assert not operator.ended, "there is nobody to report to"
    prn_blender.register()
    goes_on.set()
    job_threads_end()
    assert operator.finished == []
    again, window = started(monkeypatch, lambda n: n)
    assert play(again, window) == {"FINISHED"}


def ended_in(operator: Counting, window: Window, note: list[bool]) -> Callable[[Any], None]:
    """The operator's `_end`, in its stand-in for a window."""

    def end(context: Any) -> None:
        note.append(True)
        Counting._end(operator, window)

    return end


def test_registering_twice_is_registering_once() -> None:
    prn_blender.register()
    kept = [len(handlers) for handlers in HANDLERS]
    prn_blender.register()
    assert [len(handlers) for handlers in HANDLERS] == kept
    prn_blender.unregister()
    assert not hasattr(bpy.types, "PRN_OT_reconstruct")
    assert not hasattr(bpy.types.Material, "prn_lit")
    left = {f.__module__ for handlers in HANDLERS for f in handlers}
    # Scripts that do without the add-on have handlers of their own.
    left -= {"prn_blender.scene.layers.composed"}
    assert not any(name.startswith("prn_blender") for name in left)
    prn_blender.unregister()  # and nothing is there to be taken away
    prn_blender.register()
    assert hasattr(bpy.types, "PRN_OT_reconstruct")


def test_what_fails_to_register_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    prn_blender.unregister()

    def fails() -> None:
        raise RuntimeError("no")

    with monkeypatch.context() as patch:
        patch.setattr(exported_texture, "register", fails)
        with pytest.raises(RuntimeError, match="no"):
            prn_blender.register()
    assert not hasattr(bpy.types, "PRN_OT_reconstruct")
    prn_blender.register()


def test_scripts_can_be_reloaded(monkeypatch: pytest.MonkeyPatch) -> None:
    """As Blender's Reload Scripts does it: the package itself is run again, nothing else is."""
    operator, window = started(monkeypatch, lambda n: n)
    monkeypatch.setattr(operator, "_end", ended_in(operator, window, []))
    prn_blender.unregister()
    importlib.reload(prn_blender)
    prn_blender.register()
    assert jobs.current_job() is None
    assert bpy.ops.prn.reconstruct.get_rna_type().identifier == "PRN_OT_reconstruct"
    job_threads_end()
