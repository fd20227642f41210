"""Long work as a job: in a thread, stopped by Esc, with nothing half-made left."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import contextlib
import os
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import wait
from typing import Any

import pytest

bpy = pytest.importorskip("bpy", reason="Blender's Python module is not installed")

from job_window import (
    CLICK,
    ESC,
    MOVE,
    PATIENCE,
    TIMER,
    App,
    Counting,
    Window,
    job_threads_end,
    play,
    start,
    started,
    work_is_done,
)  # fmt: skip

from prn_blender.core.errors import PhotoError
from prn_blender.interface import background_answers, jobs
from prn_blender.interface.background_answers import BackgroundAnswers
from prn_blender.interface.jobs import Job, JobOperator, Step, progress

pytestmark = pytest.mark.usefixtures("addon")


def fail_at_one(n: int) -> int:
    if n == 1:
        raise PhotoError("The second is bad.")
    return n


def test_a_job_does_what_running_through_does(monkeypatch: pytest.MonkeyPatch) -> None:
    straight = Counting(fail_at_one)
    straight.run_through(Window())
    operator, window = started(monkeypatch, fail_at_one)
    assert jobs.current_job() is not None
    assert window.status is progress.draw_job
    assert play(operator, window) == {"FINISHED"}
    assert operator.finished == straight.finished == [0, 2]
    for job in (operator.ended[0], straight.ended[0]):
        assert [str(e) for e in job.failures] == ["The second is bad."]
        assert (job.done, job.total, job.stopping) == (3, 3, False)
    assert (jobs.current_job(), window.status, window.timers) == (None, None, 0)


def test_esc_ends_a_job_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    begun, goes_on, waited = threading.Event(), threading.Event(), []

    def slow(n: int) -> int:
        if n > 0:
            begun.set()
            waited.append(goes_on.wait(PATIENCE))
        return n

    operator, window = started(monkeypatch, slow)
    while not operator.finished:
        work_is_done(operator)
        operator.modal(window, TIMER)
    assert begun.wait(PATIENCE)
    assert operator.modal(window, ESC) == {"FINISHED"}
    assert not waited  # the second is still at work
    assert operator.finished == [0]
    assert operator.ended[0].stopping
    assert (jobs.current_job(), window.status, window.timers) == (None, None, 0)
    goes_on.set()
    job_threads_end()
    assert (waited, operator.finished) == ([True], [0])


def test_other_events_pass_through_a_job(monkeypatch: pytest.MonkeyPatch) -> None:
    operator, window = started(monkeypatch, lambda n: n)
    assert operator.modal(window, MOVE) == {"PASS_THROUGH"}
    operator.cancel(window)


def test_another_file_ends_a_job(monkeypatch: pytest.MonkeyPatch) -> None:
    operator, window = started(monkeypatch, lambda n: n)
    operator.cancel(window)
    assert (jobs.current_job(), window.timers, operator.finished) == (None, 0, [])


def test_a_file_browser_closed_before_the_job_is_no_defect() -> None:
    Counting(lambda n: n).cancel(Window())


def test_a_defect_ends_a_job_and_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(n: int) -> int:
        raise ZeroDivisionError

    operator, window = started(monkeypatch, broken)
    with pytest.raises(ZeroDivisionError):
        play(operator, window)
    assert (jobs.current_job(), window.status, window.timers) == (None, None, 0)


# In parts --------------------------------------------------------------------------------------


class InParts(JobOperator):
    """Notes what begins, goes on, ends and is taken back."""

    bl_label = "In parts"

    def __init__(self) -> None:
        self.events: list[str] = []
        self.dropped: list[int] = []
        self.undone = 0  # how often undo takes the half-made away

    def steps(self, context: Any) -> list[Step]:
        def finish(n: int) -> Iterator[None]:
            self.events.append(f"{n} begun")
            try:
                yield
                if self.undone:
                    self.undone -= 1
                    raise ReferenceError
                yield
            except BaseException:
                self.events.append(f"{n} taken back")
                raise
            self.events.append(f"{n} made")

        return [
            Step(f"{n}", lambda n=n: n, finish, lambda: None, self.dropped.append) for n in range(2)
        ]

    def done(self, context: Window, job: Job) -> set[str]:
        # By now the window is as before.
        assert (jobs.current_job(), context.status, context.timers) == (None, None, 0)
        self.events.append("done")
        return {"FINISHED"}


def until(operator: Any, window: Window, event: str) -> None:
    while event not in operator.events:
        work_is_done(operator)
        assert operator.modal(window, TIMER) == {"PASS_THROUGH"}


def test_a_look_makes_one_part(monkeypatch: pytest.MonkeyPatch) -> None:
    operator = InParts()
    window = start(operator, monkeypatch)
    job = jobs.current_job()
    assert (job.done, job.label) == (0, "0")
    until(operator, window, "1 begun")
    assert (job.done, job.label) == (1, "1")
    play(operator, window)
    assert operator.events == ["0 begun", "0 made", "1 begun", "1 made", "done"]
    assert len(job.busy_seconds) == 6  # three for each step, and the window drawn between


def test_esc_takes_back_what_is_half_made(monkeypatch: pytest.MonkeyPatch) -> None:
    operator = InParts()
    window = start(operator, monkeypatch)
    until(operator, window, "1 begun")
    assert operator.modal(window, ESC) == {"FINISHED"}
    # First what was half-made goes, then the window is freed, then it is said.
    assert operator.events == ["0 begun", "0 made", "1 begun", "1 taken back", "done"]


def test_a_finished_result_that_nobody_takes_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    operator = InParts()
    window = start(operator, monkeypatch)
    until(operator, window, "0 begun")
    assert wait([operator._future], PATIENCE).done
    operator.modal(window, ESC)
    job_threads_end()
    assert operator.dropped == [1]


def test_nothing_half_made_gets_into_an_undo_step(monkeypatch: pytest.MonkeyPatch) -> None:
    operator = InParts()
    window = start(operator, monkeypatch)
    until(operator, window, "0 begun")
    assert operator.modal(window, MOVE) == {"PASS_THROUGH"}
    assert "0 made" not in operator.events
    assert operator.modal(window, CLICK) == {"PASS_THROUGH"}
    assert "0 made" in operator.events
    play(operator, window)


def test_what_undo_took_away_half_made_is_made_again(monkeypatch: pytest.MonkeyPatch) -> None:
    operator = InParts()
    operator.undone = 1
    window = start(operator, monkeypatch)
    play(operator, window)
    assert operator.events[:4] == ["0 begun", "0 taken back", "0 begun", "0 made"]
    operator = InParts()
    operator.undone = 9  # a defect: it is not tried for ever
    window = start(operator, monkeypatch)
    with pytest.raises(ReferenceError):
        play(operator, window)
    assert (jobs.current_job(), window.status, window.timers) == (None, None, 0)


def test_steps_in_order_end_with_the_first_that_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    straight = Counting(fail_at_one)
    straight.in_order = True
    straight.run_through(Window())
    operator = Counting(fail_at_one)
    operator.in_order = True
    play(operator, start(operator, monkeypatch))
    assert operator.finished == straight.finished == [0]
    assert len(operator.ended[0].failures) == len(straight.ended[0].failures) == 1


@pytest.mark.skipif(not hasattr(os, "getpriority"), reason="this system has no such priorities")
def test_a_job_leaves_the_processor_to_the_window(monkeypatch: pytest.MonkeyPatch) -> None:
    def priority(n: int) -> int:
        return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    operator, window = started(monkeypatch, priority)
    play(operator, window)
    assert min(operator.finished) > priority(0) or priority(0) == 19


@pytest.mark.parametrize("end", ["done", "esc", "another file", "defect"])
def test_blenders_thread_gets_quick_turns_while_a_job_runs(
    end: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def work(n: int) -> int:
        if end == "defect":
            raise ZeroDivisionError
        return n

    before = sys.getswitchinterval()
    operator, window = started(monkeypatch, work)
    assert sys.getswitchinterval() < before
    if end == "esc":
        operator.modal(window, ESC)
    elif end == "another file":
        operator.cancel(window)
    else:
        with contextlib.suppress(ZeroDivisionError):
            play(operator, window)
    assert sys.getswitchinterval() == before


def test_what_takes_long_to_find_out_is_drawn_when_it_is_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(bpy, "app", App())
    go_on, threads = threading.Event(), []

    def ask(number: int) -> str:
        threads.append(threading.current_thread())
        assert go_on.wait(PATIENCE)
        if number < 0:
            raise PhotoError("No.")
        return f"number {number}"

    answers = BackgroundAnswers(ask)
    assert answers(1) is None
    assert answers(1) is None
    assert bpy.app.timers.is_registered(background_answers._look)
    go_on.set()
    assert not wait(background_answers._awaited, PATIENCE).not_done
    assert answers(1) == "number 1"
    assert len(threads) == 1
    assert threads[0] is not threading.main_thread()
    assert background_answers._look() is None  # there is nothing more to wait for
    answers.put("known", 2)
    assert answers(2) == "known"
    go_on.clear()
    assert answers(-1) is None
    go_on.set()
    assert not wait(background_answers._awaited, PATIENCE).not_done
    with pytest.raises(PhotoError):
        answers(-1)
