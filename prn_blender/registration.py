"""What the add-on adds to Blender, in order, and its removal in reverse."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import sys

import bpy

from . import properties
from .core.errors import missing_library
from .operators import reconstruct, swap, texture
from .panels import sidebar
from .panels import swap as swap_panel
from .panels import texture as texture_panel
from .scene.layers import pack_changed

_CLASSES = (
    reconstruct.PRN_OT_reconstruct,
    *texture.CLASSES,
    swap.PRN_OT_swap,
    sidebar.PRN_PT_face,
    *texture_panel.CLASSES,
    swap_panel.PRN_PT_swap,
)
_commands: list[object] = []


def register() -> None:
    """Add classes, the import menu's entry and the command line's command."""
    for cls in _CLASSES:
        bpy.utils.register_class(cls)
    properties.register()
    bpy.app.handlers.save_pre.append(pack_changed)
    bpy.types.TOPBAR_MT_file_import.append(reconstruct.draw_import_menu)
    _commands.append(bpy.utils.register_cli_command("prn", _command))


def unregister() -> None:
    """Take everything away again and free the network."""
    while _commands:
        bpy.utils.unregister_cli_command(_commands.pop())
    bpy.types.TOPBAR_MT_file_import.remove(reconstruct.draw_import_menu)
    bpy.app.handlers.save_pre.remove(pack_changed)
    properties.unregister()
    for cls in reversed(_CLASSES):
        bpy.utils.unregister_class(cls)
    reconstruct.forget()


def _command(argv: list[str]) -> int:
    try:
        from .cli import main
    except ImportError as e:
        print(f"prn: {missing_library(e)}", file=sys.stderr)
        return 1
    return main(argv, prog="blender --command prn")
