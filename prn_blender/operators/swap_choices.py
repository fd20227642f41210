"""Options that every button for a swap has: into a photo, into a video."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

from bpy.props import FloatProperty

from ..core.choices import FEATHER
from ..interface import choices


class SwapChoices:
    """Mix-in for operators that put one face in the place of another.

    Its subclass has `parts`, `strength` and `gaze`, whose words differ.
    """

    parts: Any
    strength: float
    gaze: Any

    caution: FloatProperty(
        name="Caution",
        description="1: whatever might look wrong stays as it is. Less: hands and shadows on the "
        "donor's skin are swapped, too; below 0.75 hair and beards, below 0.5 covered eyes, noses "
        "and mouths; 0: all",
        min=0,
        max=1,
        default=1,
        subtype="FACTOR",
    )
    feather: FloatProperty(
        name="Feather",
        description="Width of the soft border, in distances between the eyes",
        default=FEATHER,
        min=0.0,
        max=1.0,
    )

    def swap_options(self) -> dict[str, Any]:
        """What of `SwapOptions` is chosen here."""
        return {
            "parts": tuple(name for name, *_ in choices.PARTS if name in self.parts) or ("face",),
            "strength": self.strength,
            "gaze": self.gaze,
            # Blender's numbers have 32 bits: its 0.15 is another one.
            "caution": round(self.caution, 4),
            "feather": round(self.feather, 4),
        }
