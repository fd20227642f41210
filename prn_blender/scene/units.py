"""How long a metre is in a scene: Blender's units are metres only unless somebody changed that."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import bpy


def units_per_metre(scene: bpy.types.Scene) -> float:
    """Blender units to a metre: 100 where the scene counts in centimetres (*Unit Scale* 0.01).

    A scene without a unit system has no unit scale either, as Blender itself takes it.
    """
    settings = scene.unit_settings
    return 1.0 if settings.system == "NONE" else 1.0 / settings.scale_length
