"""Sequences: the people of a shot, followed through its frames, with pose and expression over time.

In: `Shot` and models. Out: `Performance`, one for each person; of single photos `PhotoExpression`.
Knows nothing of textures, files of other programs or Blender.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from typing import TYPE_CHECKING

from ..lazy import lazily

if TYPE_CHECKING:
    from .follow import StoppedError, follow_faces
    from .performance import Performance

__all__ = ["Performance", "StoppedError", "follow_faces"]

__getattr__ = lazily(
    __name__,
    {
        "follow": (
            "StoppedError",
            "follow_faces",
        ),
        "performance": ("Performance",),
    },
)
