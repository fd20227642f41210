"""What the add-on adds to Blender, in order, and its removal in reverse."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import sys

import bpy

from . import preferences
from .core.errors import missing_library
from .operators import models as model_operators
from .operators import outputs as output_operators
from .operators import reconstruct
from .panels import models, outputs, sidebar

_CLASSES = (
    reconstruct.PRN_OT_reconstruct,
    model_operators.PRN_OT_import_model,
    model_operators.PRN_OT_use_model,
    model_operators.PRN_OT_remove_model,
    output_operators.PRN_OT_write_outputs,
    output_operators.PRN_OT_front_view,
    sidebar.PRN_PT_face,
    outputs.PRN_PT_outputs,
    models.PRN_PT_models,
    preferences.PRN_Preferences,
)
_commands: list[object] = []


def register() -> None:
    """Add classes, the import menu's entry and the command line's command."""
    for cls in _CLASSES:
        bpy.utils.register_class(cls)
    bpy.types.TOPBAR_MT_file_import.append(reconstruct.draw_import_menu)
    _commands.append(bpy.utils.register_cli_command("prn", _command))


def unregister() -> None:
    """Take everything away again and free the network."""
    while _commands:
        bpy.utils.unregister_cli_command(_commands.pop())
    bpy.types.TOPBAR_MT_file_import.remove(reconstruct.draw_import_menu)
    for cls in reversed(_CLASSES):
        bpy.utils.unregister_class(cls)
    reconstruct.forget()


def _command(argv: list[str]) -> int:
    try:
        from .cli import main
    except ImportError as e:
        print(f"prn: {missing_library(e)}", file=sys.stderr)
        return 1
    folder = model_operators.model_store().folder
    return main(argv, prog="blender --command prn", models_folder=folder)
