"""Work on Blender's data that lets the window be drawn in between.

Blender's data may be changed in its main thread only, and a window whose main thread works for a
second does not react for a second. So such work is written as a generator that yields wherever the
window may be drawn. A job (`interface.jobs`) goes on with it a little at each timer event; scripts
and tests run it straight through with `at_once`.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Generator
from typing import TypeVar

Result = TypeVar("Result")
Stepwise = Generator[None, None, Result]
"""Yields where the window may be drawn, and returns what was made."""


def at_once(work: Stepwise[Result]) -> Result:
    """Run stepwise work to its end without a pause, and return its result."""
    while True:
        try:
            next(work)
        except StopIteration as end:
            result: Result = end.value
            return result
