"""What the texels of a face show: light, shadows, skin, hair, glasses, features, fine relief.

In: `TexelMaps`. Out: maps of the same size, and small models such as `Illumination`. Changes
nothing, and knows nothing of photos, networks or swaps.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from typing import TYPE_CHECKING

from ..lazy import lazily

if TYPE_CHECKING:
    from .base_detail import BaseDetail, split_base_detail
    from .cast_shadows import fit_light
    from .eye_occlusion import covered_eyes, glasses_region
    from .hair import beard, hair_region
    from .illumination import Illumination, fit_illumination
    from .monochrome import Toning, find_toning
    from .skin import skin_likeness

__all__ = [
    "BaseDetail",
    "Illumination",
    "Toning",
    "beard",
    "covered_eyes",
    "find_toning",
    "fit_illumination",
    "fit_light",
    "glasses_region",
    "hair_region",
    "skin_likeness",
    "split_base_detail",
]

__getattr__ = lazily(
    __name__,
    {
        "base_detail": (
            "BaseDetail",
            "split_base_detail",
        ),
        "cast_shadows": ("fit_light",),
        "eye_occlusion": (
            "covered_eyes",
            "glasses_region",
        ),
        "hair": (
            "beard",
            "hair_region",
        ),
        "illumination": (
            "Illumination",
            "fit_illumination",
        ),
        "monochrome": (
            "Toning",
            "find_toning",
        ),
        "skin": ("skin_likeness",),
    },
)
