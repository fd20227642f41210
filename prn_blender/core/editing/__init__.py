"""Edit the texture of one face: complete its hidden side, relight it, put edits into the photo.

In: `Face` and a texture. Out: a texture or a picture. Knows nothing of donors.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from typing import TYPE_CHECKING

from ..lazy import lazily

if TYPE_CHECKING:
    from .apply import apply_texture, changed_texels
    from .completion import CompletionOptions, complete
    from .relight import relight_curve

__all__ = [
    "CompletionOptions",
    "apply_texture",
    "changed_texels",
    "complete",
    "relight_curve",
]

__getattr__ = lazily(
    __name__,
    {
        "apply": (
            "apply_texture",
            "changed_texels",
        ),
        "completion": (
            "CompletionOptions",
            "complete",
        ),
        "relight": ("relight_curve",),
    },
)
