"""Another face, or any texture, in place of a face in its photo.

In: a target `Face`, a donor, `SwapOptions`. Out: `SwapResult`. `pipeline` has all of it in order;
each other module does one step. Knows nothing of files or of Blender.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from typing import TYPE_CHECKING

from ..lazy import lazily

if TYPE_CHECKING:
    from .donor import PhotoDonor, TextureDonor
    from .options import SwapOptions, check_swap
    from .pipeline import swap, swap_faces
    from .result import SwapResult

__all__ = [
    "PhotoDonor",
    "SwapOptions",
    "SwapResult",
    "TextureDonor",
    "check_swap",
    "swap",
    "swap_faces",
]

__getattr__ = lazily(
    __name__,
    {
        "donor": (
            "PhotoDonor",
            "TextureDonor",
        ),
        "options": (
            "SwapOptions",
            "check_swap",
        ),
        "pipeline": (
            "swap",
            "swap_faces",
        ),
        "result": ("SwapResult",),
    },
)
