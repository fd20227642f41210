"""What the texels of a face show: light, shadows, skin, hair, glasses, the look of features.

In: `TexelMaps`. Out: maps of the same size, and small models such as `Illumination`. Changes
nothing, and knows nothing of photos, networks or swaps.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from typing import TYPE_CHECKING

from ..lazy import lazily

if TYPE_CHECKING:
    from .cast_shadows import fit_light
    from .hair import beard, hair_region
    from .illumination import Illumination, fit_illumination
    from .skin import skin_likeness

__all__ = ["Illumination", "beard", "fit_illumination", "fit_light", "hair_region", "skin_likeness"]

__getattr__ = lazily(
    __name__,
    {
        "cast_shadows": ("fit_light",),
        "hair": (
            "beard",
            "hair_region",
        ),
        "illumination": (
            "Illumination",
            "fit_illumination",
        ),
        "skin": ("skin_likeness",),
    },
)
