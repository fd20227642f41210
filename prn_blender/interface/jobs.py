"""Long work as a job: progress, Esc, and a window that keeps drawing meanwhile."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

import bpy
from bpy.app.translations import pgettext_iface as iface_

from ..core.errors import PRNError, missing_library
from .redraw import redraw
from .reporting import reports_errors
from .threads import background_thread, quick_turns

_SECONDS_BETWEEN_LOOKS = 0.03
_ATTEMPTS = 3


def nothing(*_: Any) -> None:
    """Where a step has no such part."""


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
        Runs in the main thread with what `work` returned. A generator has the window drawn
        wherever it yields; closed early, it has to take away what it began.
    stop : callable
        Runs in the main thread when the job ends before `work` has; `work` may then be quick.
    drop : callable
        Gets what `work` returned where the job ended before `finish`; must not touch `bpy`.
    """

    label: str
    work: Callable[[], Any]
    finish: Callable[[Any], Iterator[None] | None]
    stop: Callable[[], None] = nothing
    drop: Callable[[Any], None] = nothing


@dataclass
class Job:
    """How far a job has come.

    Attributes
    ----------
    name : str
    total, done : int
        Steps.
    in_order : bool
        Each needs the one before it.
    label : str
        What is worked on.
    stopping : bool
        Esc was pressed.
    failures : list of PRNError
        Of the steps that failed.
    parts : list of float
        Seconds that the main thread was busy, each time that it was.
    """

    name: str
    total: int
    in_order: bool = False
    done: int = 0
    label: str = ""
    stopping: bool = False
    failures: list[PRNError] = field(default_factory=list)
    parts: list[float] = field(default_factory=list)

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


def no_job_poll(cls: Any) -> bool:
    """Whether a job may start; else the poll message says why not."""
    if _current is not None:
        cls.poll_message_set("Something is being worked on; press Esc to stop that")
        return False
    return True


class JobOperator:
    """Mix-in for operators whose work can take long.

    Subclasses give `steps` and `done`, and call `run_as_job` in `invoke`, or `browse`, `ask` or
    `confirm` where a file browser, a dialog or a question is to come first. Scripts and the redo
    panel run straight through.
    """

    in_order = False
    """Whether each step needs the one before it: then one that fails is the last."""

    _job: Job | None = None  # until it runs as a job
    _asking = False  # a file browser, a dialog or a question is open

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

    def browse(self, context: Any) -> set[str]:
        """Open the file browser; what is chosen there is worked on as a job."""
        self._asking = True
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def ask(self, context: Any) -> set[str]:
        """Open a dialog of the options; what is confirmed there is worked on as a job."""
        self._asking = True
        result: set[str] = context.window_manager.invoke_props_dialog(self)
        return result

    def confirm(self, context: Any, event: Any, message: str) -> set[str]:
        """Ask whether to; after a yes it is worked on as a job."""
        self._asking = True
        result: set[str] = context.window_manager.invoke_confirm(self, event, message=message)
        return result

    @reports_errors
    def execute(self, context: Any) -> set[str]:
        """Called by the file browser or dialog, by scripts, and again by the redo panel."""
        asked, self._asking = self._asking, False
        if asked:
            return self.run_as_job(context)
        return self.run_through(context)

    def run_through(self, context: Any) -> set[str]:
        """All steps, one after the other."""
        steps = self.steps(context)
        job = Job(self.bl_label, len(steps), self.in_order)
        for step in steps:
            for _ in _parts(job, step, step.work):
                pass
            if job.failures and self.in_order:
                break
        return self.done(context, job)

    def run_as_job(self, context: Any) -> set[str]:
        """Steps in a thread, with progress and Esc; straight through where nobody looks on."""
        global _current
        if bpy.app.background or context.window is None:
            return self.run_through(context)
        self._steps = self.steps(context)
        self._job = _current = Job(
            self.bl_label, len(self._steps), self.in_order, label=self._steps[0].label
        )
        self._pool = background_thread("prn-job")
        self._turns = contextlib.ExitStack()
        self._turns.enter_context(quick_turns())
        self._submitted = 0
        self._future: Future[Any] | None = None
        self._finishing: Iterator[None] | None = None
        self._whole = False  # no pause until what is begun is finished
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
            if self._finishing is not None and "MOUSEMOVE" not in event.type:
                # It may become an undo step, and nothing half-made belongs into one.
                self._whole = True
                return self._look(context) | {"PASS_THROUGH"}
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
        """Blender calls this when another file is loaded, the program ends, nothing was chosen."""
        self._asking = False
        if self._job is not None:
            self._job.stopping = True
            self._end(context)

    def _submit(self) -> None:
        if self._submitted < len(self._steps):
            self._future = self._pool.submit(self._steps[self._submitted].work)
            self._submitted += 1
        else:
            self._future = None

    def _advance(self, context: Any) -> None:
        """A part of the step that is ready, if one is: no more, so that the window can draw."""
        if self._finishing is None:
            ready = self._future
            if ready is None or not ready.done():
                return
            step = self._steps[self._submitted - 1]
            self._future = None
            if not self.in_order:
                self._submit()  # the thread works on while this one builds
            self._finishing = _parts(self._job, step, ready.result)
        began = time.perf_counter()
        for _ in self._finishing:
            if not self._whole:
                break
        else:
            self._finishing, self._whole = None, False
            self._job.label = self._steps[min(self._job.done, self._job.total - 1)].label
            if self.in_order:
                if self._job.failures:
                    self._job.done = self._job.total
                self._submit()
        self._job.parts.append(time.perf_counter() - began)
        _redraw(context)

    def _end(self, context: Any) -> None:
        global _current
        _current = None
        if self._finishing is not None:
            self._finishing.close()  # what is half-made goes first, while all it needs is there
            self._finishing = None
        if self._future is not None:
            # What the thread is at cannot be interrupted; its result is dropped.
            step = self._steps[self._submitted - 1]
            self._future.add_done_callback(lambda future: _drop(step, future))
            step.stop()
            self._future = None
        self._pool.shutdown(wait=False, cancel_futures=True)
        self._turns.close()
        if self._timer is not None and context.window_manager is not None:
            context.window_manager.event_timer_remove(self._timer)
            self._timer = None
        if context.workspace is not None:
            context.workspace.status_text_set(None)
            _redraw(context)


def scene_again(name: str) -> bpy.types.Scene:
    """The scene a job began in, by its name: undo, meanwhile, gives everything a new place."""
    return bpy.data.scenes.get(name) or bpy.context.scene


class PRN_OT_stop_job(bpy.types.Operator):
    """Stop after what has been built so far; Esc does the same"""

    bl_idname = "prn.stop_job"
    bl_label = "Stop"
    bl_options = {"INTERNAL"}

    @classmethod
    def poll(cls, context: Any) -> bool:
        """Only while something runs."""
        if _current is None:
            cls.poll_message_set("Nothing is being worked on")
            return False
        return True

    def execute(self, context: Any) -> set[str]:
        """Ask the job to stop; it does when it looks next."""
        if _current is not None:
            _current.stopping = True
        return {"FINISHED"}


def draw_job(header: Any, context: Any) -> None:
    """The job in the status bar."""
    row = header.layout.row(align=True)
    row.ui_units_x = 18  # the status bar would give it no more than a button's width
    draw_progress(row)


def draw_progress(row: Any) -> None:
    """The job's bar, and a button that stops it."""
    job = _current
    if job is None:
        return
    row.progress(factor=job.progress, text=job_text(job))
    row.operator(PRN_OT_stop_job.bl_idname, text="", icon="X")


def job_text(job: Job) -> str:
    """What is done; steps that build on each other are not counted, photos are."""
    name, number = iface_(job.name), min(job.done + 1, job.total)
    if job.in_order or job.total == 1:
        return iface_("{name}: {label}").format(name=name, label=job.label)
    text = iface_("{name}: {number} of {total}, {label}")
    return text.format(name=name, number=number, total=job.total, label=job.label)


def _parts(job: Job, step: Step, result: Callable[[], Any]) -> Iterator[None]:
    """A step's work in the main thread, part by part; what goes wrong is noted in the job."""
    try:
        for attempt in range(_ATTEMPTS):
            try:
                parts = step.finish(result())
                if parts is not None:
                    yield from parts
                break
            except ReferenceError:  # undone while it was half-made: once more from the start
                if attempt == _ATTEMPTS - 1:
                    raise
    except PRNError as e:
        job.failures.append(e)
    except ImportError as e:
        job.failures.append(missing_library(e))
    job.done += 1


def _drop(step: Step, future: Future[Any]) -> None:
    if not future.cancelled() and future.exception() is None:
        step.drop(future.result())


def _redraw(context: Any) -> None:
    """Progress is drawn by the status bar and the sidebars."""
    redraw(context.window_manager, "STATUSBAR")
    redraw(context.window_manager, "VIEW_3D", region="UI")
