"""The add-on's preferences: models, what computes, what new faces are like.

`interface.settings.preferences` is how the rest of the add-on reads them.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import bpy
from bpy.props import BoolProperty, EnumProperty, IntProperty, StringProperty

from .interface.choices import STRIDES, TEXTURE_SIZES, TOPOLOGIES
from .interface.recent_faces import CPU
from .operators.system import PRN_OT_copy_report
from .panels.models import draw_models
from .translations import CONTEXT

DOCUMENTATION = "https://extensions.blender.org/add-ons/prn-face/"
"""The add-on's page, as the manifest has it."""

# Kept here because Blender keeps no copy of the texts of a menu that is made when it is shown.
_shown_providers: list[tuple[str, str, str]] = []


def _providers(settings: Any, context: Any) -> list[tuple[str, str, str]]:
    """The menu of what can run the network on this machine."""
    from .core.model.environment import providers

    found = providers() or {CPU: "CPU"}
    # The processor first: it is the default, and for one face at a time the fastest.
    names = sorted(found, key=lambda name: name != CPU)
    _shown_providers[:] = [(name, found[name], name) for name in names]
    return _shown_providers


class PRN_Preferences(bpy.types.AddonPreferences):
    """Models"""

    bl_idname = __package__

    provider: EnumProperty(
        name="Computed By",
        description="What runs the network: the processor, or what onnxruntime finds beside it",
        items=_providers,
    )
    threads: IntProperty(
        name="Threads",
        description="How many threads of the processor run the network; 0 uses all its cores",
        default=0,
        min=0,
        soft_max=16,
        max=256,
    )
    look_again: BoolProperty(
        name="Look Again at Lids and Lips",
        description="A second network places their edges, and shut eyes and open mouths come out "
        "as the photo has them; without it a face is there sooner",
        default=True,
    )
    topology: EnumProperty(
        name="Topology",
        description="What a new face becomes",
        items=TOPOLOGIES,
        default="head",
    )
    head_file: StringProperty(
        name="Head",
        description="What whole heads of new faces are made of: a file of the command import-head; "
        "empty for the head that comes with the add-on",
        subtype="FILE_PATH",
        default="",
    )
    stride: EnumProperty(
        name="Mesh",
        description="How dense the mesh of a new face is",
        items=STRIDES,
        translation_context=CONTEXT,
        default="1",
    )
    texture_size: EnumProperty(
        name="Texture",
        description="Side of a new face's texture in pixels",
        items=TEXTURE_SIZES,
        default="auto",
    )
    python: StringProperty(
        name="Python for Importing",
        description="A Python with onnx and TensorFlow (or PyTorch), which read PRNet's weights "
        "and are no part of Blender; only used when a model is imported",
        subtype="FILE_PATH",
        default="",
    )

    def draw(self, context: Any) -> None:
        """The list of models with all that is known, where to read on, then the settings."""
        draw_models(self.layout, details=True)
        docs = self.layout.operator("wm.url_open", text="Documentation", icon="HELP")
        docs.url = DOCUMENTATION
        column = self.layout.column()
        column.use_property_split = True
        column.prop(self, "python")
        column.separator()
        column.prop(self, "provider")
        column.prop(self, "threads")
        column.prop(self, "look_again")
        column.separator()
        column.prop(self, "topology")
        column.prop(self, "head_file")
        column.prop(self, "stride")
        column.prop(self, "texture_size")
        column.separator()
        column.operator(PRN_OT_copy_report.bl_idname, icon="COPYDOWN")
