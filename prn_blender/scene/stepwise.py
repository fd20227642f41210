"""Work in Blender's thread that pauses here and there, so that a window can be drawn."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Generator
from typing import TypeVar

Result = TypeVar("Result")
InParts = Generator[None, None, Result]
"""Yields where a window may be drawn, and returns what was made."""


def at_once(parts: InParts[Result]) -> Result:
    """All parts without a pause; what they return."""
    while True:
        try:
            next(parts)
        except StopIteration as end:
            result: Result = end.value
            return result
