"""A window in which jobs are played without one: as much of a context as they need."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import wait
from types import SimpleNamespace
from typing import Any

import bpy
import pytest

from prn_blender.interface.jobs import Job, JobOperator, Step

TIMER = SimpleNamespace(type="TIMER", value="NOTHING")
ESC = SimpleNamespace(type="ESC", value="PRESS")
MOVE = SimpleNamespace(type="MOUSEMOVE", value="NOTHING")
CLICK = SimpleNamespace(type="LEFTMOUSE", value="PRESS")
# Seconds. No test is about time, which says nothing on a busy machine: this only ends what would
# never end.
PATIENCE = 300


class Window:
    """A context, its window, and what a job leaves in them."""

    def __init__(self) -> None:
        self.status: object = None
        self.timers = 0
        self.browsers = 0  # and dialogs
        self.space_data = None
        self.window = self
        self.workspace = SimpleNamespace(status_text_set=self._set)
        self.window_manager = SimpleNamespace(
            event_timer_add=self._add,
            event_timer_remove=self._remove,
            modal_handler_add=lambda operator: None,
            fileselect_add=self._browse,
            invoke_props_dialog=self._ask,
            invoke_confirm=lambda operator, event, message: self._ask(operator),
            windows=[],
        )

    def __getattr__(self, name: str) -> Any:
        return getattr(bpy.context, name)

    def _set(self, status: object) -> None:
        self.status = status

    def _add(self, seconds: float, window: object) -> object:
        self.timers += 1
        return self

    def _remove(self, timer: object) -> None:
        self.timers -= 1

    def _browse(self, operator: object) -> None:
        self.browsers += 1

    def _ask(self, operator: object) -> set[str]:
        self.browsers += 1
        return {"RUNNING_MODAL"}


class App:
    """`bpy.app` of a Blender with a window."""

    background = False
    _real = bpy.app

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)


class Guard:
    """A module that may be used in the main thread only."""

    def __init__(self, module: Any) -> None:
        self._module = module

    def __getattr__(self, name: str) -> Any:
        assert threading.current_thread() is threading.main_thread(), f"bpy.{name} in a thread"
        return getattr(self._module, name)


def start(operator: JobOperator, monkeypatch: pytest.MonkeyPatch) -> Window:
    """Begin an operator's job as in a window."""
    monkeypatch.setattr(bpy, "app", App())
    window = Window()
    assert operator.run_as_job(window) == {"RUNNING_MODAL"}
    return window


def work_is_done(operator: Any) -> None:
    """Wait until the next look has something to see: what the thread is at is done."""
    if operator._finishing is None and operator._future is not None:
        assert wait([operator._future], PATIENCE).done


def play(operator: Any, window: Window) -> set[str]:
    """Let it run to its end."""
    while (result := operator.modal(window, TIMER)) == {"PASS_THROUGH"}:
        work_is_done(operator)
    return result


def job_threads_end() -> None:
    """Wait until no job's thread is left at work."""
    for thread in threading.enumerate():
        if thread.name.startswith("prn-job"):
            thread.join(PATIENCE)
            assert not thread.is_alive()


def stand_in(cls: Any, **options: Any) -> Any:
    """An operator without Blender's part of it: its methods and its options.

    Its options may be read in the main thread only, as a real operator's.
    """
    ours = [base for base in cls.__mro__ if base.__module__.startswith("prn_blender")]
    methods = {
        name: value
        for base in reversed(ours)
        for name, value in vars(base).items()
        if not name.startswith("__") and name not in {"bl_rna", "poll"}
    }
    registered = getattr(bpy.ops.prn, cls.bl_idname.removeprefix("prn.")).get_rna_type()
    own = [p for p in registered.properties if p.identifier != "rna_type"]
    defaults = {
        p.identifier: list(p.default_array)
        if getattr(p, "is_array", False)
        else getattr(p, "default", [])
        for p in own
    }

    def read(self: Any, name: str) -> Any:
        if name in defaults:
            assert threading.current_thread() is threading.main_thread(), name
        return object.__getattribute__(self, name)

    def report(self: Any, kinds: set[str], message: str) -> None:
        self.reports.append((*kinds, message))

    kind = type(cls.__name__, (), {**methods, "__getattribute__": read, "report": report})
    operator = kind()
    operator.options = SimpleNamespace(is_repeat=False)
    operator.properties = SimpleNamespace(is_property_set=lambda name: name in options)
    for name, value in {**defaults, **options, "reports": []}.items():
        setattr(operator, name, value)
    return operator


class Counting(JobOperator):
    """An operator with three steps, each with work of the test's."""

    bl_label = "Count"

    def __init__(self, work: Callable[[int], int]) -> None:
        self.work, self.finished, self.ended = work, [], []

    def steps(self, context: Any) -> list[Step]:
        return [
            Step(f"number {n}", lambda n=n: self.work(n), self.finished.append) for n in range(3)
        ]

    def done(self, context: Any, job: Job) -> set[str]:
        self.ended.append(job)
        return {"FINISHED"}

    def report(self, *what: Any) -> None:
        raise AssertionError(what)


def started(monkeypatch: pytest.MonkeyPatch, work: Callable[[int], int]) -> tuple[Counting, Window]:
    """A `Counting` that runs in a window."""
    operator = Counting(work)
    return operator, start(operator, monkeypatch)
