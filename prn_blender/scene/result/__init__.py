"""The photo with edits or with another face: as an image, as layers, as a live compositor.

In: face objects with edited layers, donors. Out: the image `NAME Result`, the donor's layers, the
scene `NAME Composite`. Knows nothing of buttons: `operators` calls it in steps, because the work
between reading Blender's data and writing them runs in another thread.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from typing import TYPE_CHECKING

from ...core.lazy import lazily

if TYPE_CHECKING:
    from .apply import draw_edits, read_edits, result_image
    from .compositor import build_compositor, composite_files, composite_inputs
    from .swap import build_swap_scene, swap_into

__all__ = [
    "build_compositor",
    "build_swap_scene",
    "composite_files",
    "composite_inputs",
    "draw_edits",
    "read_edits",
    "result_image",
    "swap_into",
]

__getattr__ = lazily(
    __name__,
    {
        "apply": (
            "draw_edits",
            "read_edits",
            "result_image",
        ),
        "compositor": (
            "build_compositor",
            "composite_files",
            "composite_inputs",
        ),
        "swap": (
            "build_swap_scene",
            "swap_into",
        ),
    },
)
