"""Image processing on plain arrays: colour, filters, diffusion, sampling, blending, tone curves.

In and out: arrays, and small classes that hold nothing but arrays. Knows nothing of photos as
files, of UV layouts or of faces.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from typing import TYPE_CHECKING

from ..lazy import lazily

if TYPE_CHECKING:
    from .diffusion import membrane, push_pull, solve_poisson
    from .patch import RenderedFace
    from .sampling import sample, sample_rgba
    from .tone_curve import ToneCurve

__all__ = [
    "RenderedFace",
    "ToneCurve",
    "membrane",
    "push_pull",
    "sample",
    "sample_rgba",
    "solve_poisson",
]

__getattr__ = lazily(
    __name__,
    {
        "diffusion": (
            "membrane",
            "push_pull",
            "solve_poisson",
        ),
        "patch": ("RenderedFace",),
        "sampling": (
            "sample",
            "sample_rgba",
        ),
        "tone_curve": ("ToneCurve",),
    },
)
