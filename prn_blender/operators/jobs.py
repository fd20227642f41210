"""Long work as a job: progress, Esc, and a window that keeps drawing meanwhile."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import bpy
from bpy.app.translations import pgettext_iface as iface_

from ..core.errors import PRNError, missing_library
from .reporting import reports_errors

_SECONDS_BETWEEN_LOOKS = 0.03


@dataclass(frozen=True)
class Step:
    """A part of a job.

    Attributes
    ----------
    label : str
        What is worked on, for the status bar.
    work : callable
        Runs in the job's thread and must not touch `bpy`.
    finish : callable
        Runs in the main thread with what `work` returned.
    """

    label: str
    work: Callable[[], Any]
    finish: Callable[[Any], None]


@dataclass
class Job:
    """How far a job has come.

    Attributes
    ----------
    name : str
    total, done : int
        Steps.
    label : str
        What is worked on.
    stopping : bool
        Esc was pressed.
    failures : list of PRNError
        Of the steps that failed; the others go on.
    """

    name: str
    total: int
    done: int = 0
    label: str = ""
    stopping: bool = False
    failures: list[PRNError] = field(default_factory=list)

    @property
    def progress(self) -> float:
        """0..1."""
        return self.done / max(self.total, 1)


# The one job that runs; a second one would only make both slower. Nothing of a finished job is
# kept: what lasts is in the data that its steps made.
_current: Job | None = None


def current_job() -> Job | None:
    """The job that runs, if one does."""
    return _current


class JobOperator:
    """Mix-in for operators whose work can take long.

    Subclasses give `steps` and `done`, call `run_through` in `execute` (scripts, redo) and
    `run_as_job` in `invoke`.
    """

    _job: Job | None = None  # until it runs as a job

    def steps(self, context: Any) -> list[Step]:
        """What is to be done.

        Raises
        ------
        PRNError
            The options make no sense.
        """
        raise NotImplementedError

    def done(self, context: Any, job: Job) -> set[str]:
        """Report what was done; what the operator returns."""
        raise NotImplementedError

    def run_through(self, context: Any) -> set[str]:
        """All steps, one after the other."""
        steps = self.steps(context)
        job = Job(self.bl_label, len(steps))
        for step in steps:
            _attempt(job, lambda step=step: step.finish(step.work()))
        return self.done(context, job)

    def run_as_job(self, context: Any) -> set[str]:
        """Steps in a thread, with progress and Esc; straight through where nobody looks on."""
        global _current
        if bpy.app.background or context.window is None:
            return self.run_through(context)
        self._steps = self.steps(context)
        self._job = _current = Job(self.bl_label, len(self._steps))
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="prn-job")
        self._submitted = 0
        self._future: Future[Any] | None = None
        self._submit()
        manager = context.window_manager
        self._timer = manager.event_timer_add(_SECONDS_BETWEEN_LOOKS, window=context.window)
        manager.modal_handler_add(self)
        context.workspace.status_text_set(draw_job)
        return {"RUNNING_MODAL"}

    def modal(self, context: Any, event: Any) -> set[str]:
        """Blender calls this for every event while the job runs."""
        if event.type == "ESC" and event.value == "PRESS":
            self._job.stopping = True
        elif event.type != "TIMER":
            return {"PASS_THROUGH"}
        return self._look(context)

    @reports_errors
    def _look(self, context: Any) -> set[str]:
        if not self._job.stopping:
            try:
                self._advance(context)
            except BaseException:  # a defect: Blender shows its traceback, the job is over
                self._end(context)
                raise
        if self._job.stopping or self._job.done == self._job.total:
            self._end(context)
            return self.done(context, self._job)
        return {"PASS_THROUGH"}

    def cancel(self, context: Any) -> None:
        """Blender calls this when another file is loaded, the program or a file browser ends."""
        if self._job is not None:
            self._job.stopping = True
            self._end(context)

    def _submit(self) -> None:
        if self._submitted < len(self._steps):
            self._job.label = self._steps[self._submitted].label
            self._future = self._pool.submit(self._steps[self._submitted].work)
            self._submitted += 1
        else:
            self._future = None

    def _advance(self, context: Any) -> None:
        """Finish the step that is ready, if one is; at most one, so that the window can draw."""
        ready = self._future
        if ready is None or not ready.done():
            return
        step = self._steps[self._submitted - 1]
        self._submit()  # the thread works on while this one builds
        _attempt(self._job, lambda: step.finish(ready.result()))
        _redraw(context)

    def _end(self, context: Any) -> None:
        global _current
        _current = None
        # What the thread is at cannot be interrupted; its result is dropped.
        self._pool.shutdown(wait=False, cancel_futures=True)
        if self._timer is not None and context.window_manager is not None:
            context.window_manager.event_timer_remove(self._timer)
            self._timer = None
        if context.workspace is not None:
            context.workspace.status_text_set(None)
            _redraw(context)


class PRN_OT_stop_job(bpy.types.Operator):
    """Stop after what has been built so far; Esc does the same"""

    bl_idname = "prn.stop_job"
    bl_label = "Stop"
    bl_options = {"INTERNAL"}

    @classmethod
    def poll(cls, context: Any) -> bool:
        """Only while something runs."""
        return _current is not None

    def execute(self, context: Any) -> set[str]:
        """Ask the job to stop; it does when it looks next."""
        if _current is not None:
            _current.stopping = True
        return {"FINISHED"}


def draw_job(header: Any, context: Any) -> None:
    """The job in the status bar (and, the same, in the panel)."""
    job = _current
    if job is None:
        return
    row = header.layout.row(align=True)
    row.ui_units_x = 18  # the status bar would give it no more than a button's width
    text = iface_("{name}: {number} of {total}, {label}").format(
        name=iface_(job.name),
        number=min(job.done + 1, job.total),
        total=job.total,
        label=job.label,
    )
    row.progress(factor=job.progress, text=text)
    row.operator(PRN_OT_stop_job.bl_idname, text="", icon="X")


def _attempt(job: Job, work: Callable[[], None]) -> None:
    try:
        work()
    except PRNError as e:
        job.failures.append(e)
    except ImportError as e:
        job.failures.append(missing_library(e))
    job.done += 1


def _redraw(context: Any) -> None:
    """Progress is drawn by the status bar and the sidebars."""
    for window in context.window_manager.windows:
        for area in window.screen.areas:
            if area.type in {"STATUSBAR", "VIEW_3D"}:
                for region in area.regions:
                    if area.type == "STATUSBAR" or region.type == "UI":
                        region.tag_redraw()
