"""What the add-on adds to Blender, in order, and its removal in reverse."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial

import bpy

from . import preferences, properties, translations
from .core.errors import missing_library
from .interface import (
    background_answers,
    chosen_photo,
    exported_texture,
    libraries,
    previews,
    recent_faces,
)
from .interface.jobs import end_current_job
from .interface.settings import model_store
from .interface.views import photo_view
from .operators import (
    face,
    jobs,
    mark_face,
    menus,
    models,
    outputs,
    person,
    photo,
    reconstruct,
    result,
    sequence,
    swap,
    system,
    texture,
)
from .panels import models as models_panel
from .panels import outputs as outputs_panel
from .panels import person as person_panel
from .panels import sidebar
from .panels import swap as swap_panel
from .panels import texture as texture_panel
from .scene.layers.layers import pack_changed

# In this order: a class comes after those that its properties or its parent panel need.
_CLASSES = (
    chosen_photo.PRN_PG_found_face,
    chosen_photo.PRN_PG_photo,
    jobs.PRN_OT_stop_job,
    reconstruct.PRN_OT_reconstruct,
    photo.PRN_OT_choose_photo,
    photo.PRN_OT_choose_faces,
    mark_face.PRN_OT_mark_face,
    *models.CLASSES,
    outputs.PRN_OT_write_outputs,
    *face.CLASSES,
    *person.CLASSES,
    *sequence.CLASSES,
    *texture.CLASSES,
    swap.PRN_MT_donors,
    swap.PRN_OT_swap,
    result.PRN_OT_show_result,
    result.PRN_OT_show_left_out,
    result.PRN_OT_save_result,
    menus.PRN_FH_photo,
    system.PRN_OT_copy_report,
    sidebar.PRN_UL_faces,
    sidebar.PRN_PT_photo,
    models_panel.PRN_PT_models,
    outputs_panel.PRN_MT_face,
    outputs_panel.PRN_PT_face,
    person_panel.PRN_PT_person,
    *texture_panel.CLASSES,
    swap_panel.PRN_PT_swap,
    swap_panel.PRN_PT_swap_parts,
    preferences.PRN_Preferences,
)
# With something of their own to register: texts, properties, menu entries, handlers.
_MODULES = (translations, chosen_photo, properties, previews, menus, photo_view)
# What takes away what was registered; the last comes first.
_undo: list[Callable[[], object]] = []


def register() -> None:
    """Add classes, properties, menu entries and the command line's command.

    Called again (Blender reloads scripts, a developer's tool registers) it begins anew; if
    something fails, nothing is left half-registered.
    """
    if _undo:
        unregister()
    try:
        for cls in _CLASSES:
            bpy.utils.register_class(cls)
            _undo.append(partial(bpy.utils.unregister_class, cls))
        for module in _MODULES:
            module.register()
            _undo.append(module.unregister)
        # Strokes are packed before the textures are composed of them.
        bpy.app.handlers.save_pre.append(pack_changed)
        _undo.append(partial(bpy.app.handlers.save_pre.remove, pack_changed))
        exported_texture.register()
        _undo.append(exported_texture.unregister)
        command = bpy.utils.register_cli_command("prn", _command)
        _undo.append(partial(bpy.utils.unregister_cli_command, command))
    except BaseException:
        unregister()
        raise


def unregister() -> None:
    """Take everything away again and free the network.

    Whatever is being worked on ends first: afterwards nobody would hear of it.
    """
    end_current_job()
    while _undo:
        _undo.pop()()
    recent_faces.forget()
    background_answers.unregister()
    libraries.unregister()


def _command(argv: list[str]) -> int:
    """Run `blender --command prn ...`; returns its exit code."""
    try:
        from .cli import main
    except ImportError as e:
        print(f"prn: {missing_library(e)}", file=sys.stderr)
        return 1
    return main(argv, prog="blender --command prn", models_folder=model_store().folder)
