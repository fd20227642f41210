"""What a job is made of, and the one job that runs: for operators, polls and panels alike."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import bpy

from ...core.errors import PRNError


def nothing(*_: Any) -> None:
    """For a step that has nothing to do in one of its places."""


@dataclass(frozen=True)
class Step:
    """A part of a job: something to work out, and what is done with it in Blender.

    Attributes
    ----------
    label : str
        What is worked on, for the status bar.
    work : callable
        Runs in the job's thread and must not touch `bpy`.
    finish : callable
        Runs in the main thread with what `work` returned. If it is a generator, the window is
        drawn wherever it yields; closed early, it has to take away what it began.
    stop : callable
        Runs in the main thread when the job ends before `work` has; it may have `work` give up.
    drop : callable
        Gets what `work` returned where the job ended before `finish`, such as files to delete. It
        runs in either thread, so it must not touch `bpy`.
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
        The operator's label, English.
    total, done : int
        Steps there are; steps that are finished or have failed.
    in_order : bool
        Each step needs the one before it, so the first that fails is the last.
    label : str
        What is worked on now.
    stopping : bool
        Esc was pressed, or Blender ended the job.
    failures : list of PRNError
        One for each step that failed.
    busy_seconds : list of float
        How long the main thread was kept from drawing, each time that it was. Tests watch it.
    """

    name: str
    total: int
    in_order: bool = False
    done: int = 0
    label: str = ""
    stopping: bool = False
    failures: list[PRNError] = field(default_factory=list)
    busy_seconds: list[float] = field(default_factory=list)

    @property
    def progress(self) -> float:
        """The share of steps that are done, 0 to 1."""
        return self.done / max(self.total, 1)


# One at a time: a second job would only make both slower. Nothing of a finished job is kept; what
# lasts is in the data that its steps made.
_current: Job | None = None
_end: Callable[[], None] = nothing


def current_job() -> Job | None:
    """The job that runs, if one does."""
    return _current


def set_current_job(job: Job | None, end: Callable[[], None] = nothing) -> None:
    """Have a job be the one that runs; None when it has ended.

    Parameters
    ----------
    job : Job or None
    end : callable
        Ends it at once, as Esc does, but without a report.
    """
    global _current, _end
    _current, _end = job, end


def end_current_job() -> None:
    """End the job that runs, if one does: its operator will not be heard any more.

    Blender takes a modal operator away without a word when its class is unregistered.
    """
    end = _end
    if _current is not None:
        _current.stopping = True
        try:
            end()
        finally:
            set_current_job(None)
            for workspace in bpy.data.workspaces:  # the job may have begun in another one
                workspace.status_text_set(None)


def no_job_poll(cls: Any) -> bool:
    """Whether a job may start; else the poll message says why not.

    Parameters
    ----------
    cls : type
        The operator's class, as its `poll` gets it.
    """
    if _current is not None:
        cls.poll_message_set("Something is being worked on; press Esc to stop that")
        return False
    return True


def scene_again(name: str) -> bpy.types.Scene:
    """The scene that a job began in, found by its name; the context's where it is gone.

    A scene must not be held while a job runs: undo gives all data new addresses.
    """
    return bpy.data.scenes.get(name) or bpy.context.scene
