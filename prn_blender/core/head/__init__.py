"""The shape of a head as a linear model: who it is, what it expresses, and the fit to a photo.

In: identity and expression coefficients, position maps. Out: neutral faces in the canonical frame,
and position maps whose depth is that of the person. Knows nothing of photos' colours or of how
coefficients are found in them.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from typing import TYPE_CHECKING

from ..lazy import lazily

if TYPE_CHECKING:
    from .face_shape import FaceShape
    from .fit import HeadFit, HeadFitter

__all__ = ["FaceShape", "HeadFit", "HeadFitter"]

__getattr__ = lazily(
    __name__,
    {
        "face_shape": ("FaceShape",),
        "fit": ("HeadFit", "HeadFitter"),
    },
)
