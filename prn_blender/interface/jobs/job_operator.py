"""The mix-in that makes an operator's work a job: it begins, looks after and ends the job."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Generator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import bpy

from ...core.errors import PRNError, missing_library
from ...scene.names import is_face
from ..redraw import redraw
from ..reporting import reports_errors
from ..threads import background_thread, quick_turns
from .job import Job, Step, set_current_job
from .progress import draw_job

_SECONDS_BETWEEN_LOOKS = 0.03
"""A look is short where nothing is ready; more often than Blender draws would be of no use."""

_ATTEMPTS = 3
"""To finish a step, where undo takes its half-made data away; as often in a row is a defect."""


class JobOperator:
    """Mix-in for operators whose work can take long.

    Subclasses give `steps` and `done`. Their `invoke` calls `run_as_job`, or `browse`, `ask` or
    `confirm` where a file browser, a dialog or a question comes first. Scripts and the redo panel
    call `execute`, which runs all steps without a thread.
    """

    bl_label: str  # the subclass's, as all operators have it
    in_order = False
    """Whether each step needs the one before it: then one that fails is the last."""

    _job: Job | None = None  # until it runs as a job
    _asking = False  # a file browser, a dialog or a question is open

    def steps(self, context: Any) -> list[Step]:
        """What is to be done; called in the main thread, where options can be read.

        Raises
        ------
        PRNError
            The options make no sense.
        """
        raise NotImplementedError

    def done(self, context: Any, job: Job) -> set[str]:
        """Report what was done, or was not because of Esc; what the operator returns.

        Raises
        ------
        PRNError
            It is reported as an error, and the operator is cancelled.
        """
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
        """Ask a yes-or-no question; after a yes the job starts."""
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
        """Do all steps at once, one after the other, in the main thread."""
        steps = self.steps(context)
        job = Job(self.bl_label, len(steps), self.in_order)
        for step in steps:
            for _ in _finish_stepwise(job, step, step.work):
                pass
            if job.failures and self.in_order:
                break
        if any(map(is_face, bpy.data.objects)):
            from ...scene.layers.composed import compose_all

            compose_all()  # a script may export next, before `exported_texture` has had a look
        return self.done(context, job)

    def run_as_job(self, context: Any) -> set[str]:
        """Begin the steps in a thread, with progress; as `run_through` where there is no window."""
        if bpy.app.background or context.window is None:
            return self.run_through(context)
        self._steps = self.steps(context)
        self._job = Job(self.bl_label, len(self._steps), self.in_order, label=self._steps[0].label)
        # Blender's context then: the one of now is no longer valid.
        set_current_job(self._job, lambda: self._end(bpy.context))
        self._pool: ThreadPoolExecutor = background_thread("prn-job")
        self._turns = contextlib.ExitStack()
        self._turns.enter_context(quick_turns())
        self._submitted = 0
        self._future: Future[Any] | None = None  # of the step that the thread is at
        self._finishing: Generator[None, None, None] | None = None  # the step that is half-made
        self._whole = False  # no pause until what is half-made is finished
        self._submit()
        manager = context.window_manager
        self._timer = manager.event_timer_add(_SECONDS_BETWEEN_LOOKS, window=context.window)
        manager.modal_handler_add(self)
        context.workspace.status_text_set(draw_job)
        return {"RUNNING_MODAL"}

    def modal(self, context: Any, event: Any) -> set[str]:
        """Look after the job; Blender calls this for every event while it runs.

        Esc ends it, see the package's docstring. All other events reach Blender as well: the user
        goes on working meanwhile.
        """
        assert self._job is not None
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
        """See whether there is something to finish, or the job is over."""
        job = self._job
        assert job is not None
        if not job.stopping:
            try:
                self._advance(context, job)
            except BaseException:  # a defect: Blender shows its traceback, the job is over
                self._end(context)
                raise
        if job.stopping or job.done == job.total:
            self._end(context)
            return self.done(context, job)
        return {"PASS_THROUGH"}

    def cancel(self, context: Any) -> None:
        """Blender calls this when another file is loaded, the program ends, nothing was chosen."""
        self._asking = False
        if self._job is not None:
            self._job.stopping = True
            self._end(context)

    def _submit(self) -> None:
        """Give the thread the next step's work, if there is a next step."""
        if self._submitted < len(self._steps):
            self._future = self._pool.submit(self._steps[self._submitted].work)
            self._submitted += 1
        else:
            self._future = None

    def _advance(self, context: Any, job: Job) -> None:
        """Do one part of the step that is ready, if any; no more, so that the window can draw."""
        if self._finishing is None:
            ready = self._future
            if ready is None or not ready.done():
                return
            step = self._steps[self._submitted - 1]
            self._future = None
            if not self.in_order:
                self._submit()  # the thread works on while this one builds
            self._finishing = _finish_stepwise(job, step, ready.result)
        began = time.perf_counter()
        for _ in self._finishing:
            if not self._whole:
                break
        else:
            self._finishing, self._whole = None, False
            job.label = self._steps[min(job.done, job.total - 1)].label
            if self.in_order:
                if job.failures:
                    job.done = job.total
                self._submit()
        job.busy_seconds.append(time.perf_counter() - began)
        _redraw_progress(context)

    def _end(self, context: Any) -> None:
        """Take back what is half-made, let go of the thread, give the window back."""
        set_current_job(None)
        if self._finishing is not None:
            self._finishing.close()  # first of all, while everything it needs is still there
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
            _redraw_progress(context)


def _finish_stepwise(
    job: Job, step: Step, result: Callable[[], Any]
) -> Generator[None, None, None]:
    """Finish a step in the main thread, with a pause wherever it yields.

    Its `PRNError`, or that of `result`, is noted in the job; other exceptions are defects.
    """
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
    """Hand a result that nobody takes to the step, so that it can clean up."""
    if not future.cancelled() and future.exception() is None:
        step.drop(future.result())


def _redraw_progress(context: Any) -> None:
    """The status bar and the sidebars show it."""
    redraw(context.window_manager, "STATUSBAR")
    redraw(context.window_manager, "VIEW_3D", region="UI")
