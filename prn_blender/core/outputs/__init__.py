"""Files and pictures of a face for people and other programs: OBJ, JSON, depth, overlays, sheets.

In: `Face`. Out: files and pictures. Knows nothing of Blender.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from typing import TYPE_CHECKING

from ..lazy import lazily

if TYPE_CHECKING:
    from .description import describe, write_json
    from .export import write_obj
    from .options import OutputOptions
    from .outputs import write_outputs

__all__ = ["OutputOptions", "describe", "write_json", "write_obj", "write_outputs"]

__getattr__ = lazily(
    __name__,
    {
        "description": (
            "describe",
            "write_json",
        ),
        "export": ("write_obj",),
        "options": ("OutputOptions",),
        "outputs": ("write_outputs",),
    },
)
