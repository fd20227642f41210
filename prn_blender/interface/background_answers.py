"""What panels show and takes long to find out: asked for in a thread, drawn when it is there."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Callable, Hashable
from concurrent.futures import Future
from typing import Generic, TypeVar

import bpy

from .redraw import redraw
from .threads import background_thread

Answer = TypeVar("Answer")
_REMEMBERED = 16
_SECONDS_BETWEEN_LOOKS = 0.05
_asked: list[Future[object]] = []


class Later(Generic[Answer]):
    """A function that answers None until its answer is there, and then has the panels drawn again.

    Parameters
    ----------
    ask : callable
        Runs in a thread and must not touch `bpy`. Its answers are remembered; what it raises is
        raised by each call.
    """

    def __init__(self, ask: Callable[..., Answer]) -> None:
        self._ask = ask
        self._answers: dict[tuple[Hashable, ...], Future[Answer]] = {}

    def __call__(self, *question: Hashable) -> Answer | None:
        """The answer; None where it is still looked for, which without a window is waited for."""
        if question not in self._answers:
            pool = background_thread("prn-later")
            self._remember(question, pool.submit(self._ask, *question))
            pool.shutdown(wait=False)
        answer = self._answers[question]
        if answer.done() or bpy.app.background:
            return answer.result()
        _draw_when_done(answer)
        return None

    def put(self, answer: Answer, *question: Hashable) -> None:
        """Remember an answer that is known already."""
        known: Future[Answer] = Future()
        known.set_result(answer)
        self._answers.pop(question, None)
        self._remember(question, known)

    def forget(self) -> None:
        """All answers."""
        self._answers.clear()

    def _remember(self, question: tuple[Hashable, ...], answer: Future[Answer]) -> None:
        while len(self._answers) >= _REMEMBERED:
            del self._answers[next(iter(self._answers))]
        self._answers[question] = answer


def unregister() -> None:
    """Look for nothing any more."""
    if bpy.app.timers.is_registered(_look):
        bpy.app.timers.unregister(_look)
    _asked.clear()


def _draw_when_done(answer: Future[object]) -> None:
    if answer not in _asked:
        _asked.append(answer)
    if not bpy.app.timers.is_registered(_look):
        # Persistent: the file that is loaded meanwhile may show the same panels.
        bpy.app.timers.register(_look, first_interval=_SECONDS_BETWEEN_LOOKS, persistent=True)


def _look() -> float | None:
    done = [answer for answer in _asked if answer.done()]
    for answer in done:
        _asked.remove(answer)
    if done:
        redraw(bpy.context.window_manager, "VIEW_3D", region="UI")
        redraw(bpy.context.window_manager, "PREFERENCES", "FILE_BROWSER")
    return _SECONDS_BETWEEN_LOOKS if _asked else None
