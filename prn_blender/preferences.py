"""The add-on's preferences: the models, and the Python that can read other people's."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import bpy
from bpy.props import StringProperty

from .panels.models import draw_models


class PRN_Preferences(bpy.types.AddonPreferences):
    """Models"""

    bl_idname = __package__

    python: StringProperty(
        name="Python for Importing",
        description="A Python with onnx and TensorFlow (or PyTorch), which read PRNet's weights "
        "and are no part of Blender; only used when a model is imported",
        subtype="FILE_PATH",
        default="",
    )

    def draw(self, context: Any) -> None:
        """The list of models with all that is known, then the setting."""
        draw_models(self.layout, details=True)
        self.layout.prop(self, "python")
