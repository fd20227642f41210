"""Answers for panels that take long to find: looked for in a thread, drawn when they are there.

A panel is drawn many times a second and must not wait, for a file to be read for example.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Callable, Hashable
from concurrent.futures import Future
from typing import Any, Generic, TypeVar

import bpy

from .redraw import redraw
from .threads import background_thread

Answer = TypeVar("Answer")

_REMEMBERED = 16
"""Answers to different questions that each function keeps: more than a panel asks at once."""

_SECONDS_BETWEEN_LOOKS = 0.05
"""Whether an answer has come; a user notices no shorter delay."""

_awaited: list[Future[Any]] = []


class BackgroundAnswers(Generic[Answer]):
    """Makes a slow function one that panels can call: it answers None until it knows the answer.

    When the answer is there, the panels are drawn again, and ask again. Also a decorator.

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
        """The answer, or None while it is looked for. Without a window it is waited for."""
        if question not in self._answers:
            pool = background_thread("prn-answer")
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
        """Have all questions asked anew."""
        self._answers.clear()

    def _remember(self, question: tuple[Hashable, ...], answer: Future[Answer]) -> None:
        while len(self._answers) >= _REMEMBERED:
            del self._answers[next(iter(self._answers))]
        self._answers[question] = answer


def unregister() -> None:
    """Wait for no answer any more."""
    if bpy.app.timers.is_registered(_look):
        bpy.app.timers.unregister(_look)
    _awaited.clear()


def _draw_when_done(answer: Future[Any]) -> None:
    if answer not in _awaited:
        _awaited.append(answer)
    if not bpy.app.timers.is_registered(_look):
        # Persistent: the file that is loaded meanwhile may show the same panels.
        bpy.app.timers.register(_look, first_interval=_SECONDS_BETWEEN_LOOKS, persistent=True)


def _look() -> float | None:
    """Called by a timer: draw again what may show the answers that have come."""
    done = [answer for answer in _awaited if answer.done()]
    for answer in done:
        _awaited.remove(answer)
    if done:
        redraw(bpy.context.window_manager, "VIEW_3D", region="UI")
        redraw(bpy.context.window_manager, "PREFERENCES", "FILE_BROWSER")
    return _SECONDS_BETWEEN_LOOKS if _awaited else None
