"""The shape of a head as a linear model: who it is, what it expresses, and the fit to a photo.

In: identity and expression coefficients, position maps. Out: neutral faces in the canonical frame,
position maps whose depth is that of the person, and whole heads with eyes, teeth and expressions
(`Head`). Knows nothing of photos' colours or of how coefficients are found in them.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from typing import TYPE_CHECKING

from ..lazy import lazily

if TYPE_CHECKING:
    from .face_shape import FaceShape
    from .fit import HeadFit, HeadFitter
    from .head_model import HeadModel, bundled_head, head_for
    from .whole_head import Head, fit_whole_head

__all__ = [
    "FaceShape",
    "Head",
    "HeadFit",
    "HeadFitter",
    "HeadModel",
    "bundled_head",
    "fit_whole_head",
    "head_for",
]

__getattr__ = lazily(
    __name__,
    {
        "face_shape": ("FaceShape",),
        "fit": ("HeadFit", "HeadFitter"),
        "head_model": ("HeadModel", "bundled_head", "head_for"),
        "whole_head": ("Head", "fit_whole_head"),
    },
)
