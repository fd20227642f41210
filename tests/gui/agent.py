"""Runs inside Blender's window: does what it is asked, and says where things are.

    blender --python agent.py -- FOLDER

Whenever FOLDER/request.py appears it is run, and what it left in `answer` is written to
FOLDER/answer.json. Only questions and preparations go this way; clicks and keys come from
outside, through the X server, as a person's would.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

import importlib
import json
import sys
import time
import traceback
from pathlib import Path

import bpy

FOLDER = Path(sys.argv[sys.argv.index("--") + 1])
EXTENSION = "bl_ext.user_default.prn_face"
SECONDS_BETWEEN_LOOKS = 0.05


def view() -> tuple[bpy.types.Window, bpy.types.Area]:
    """The first 3D viewport."""
    for window in bpy.context.window_manager.windows:
        for area in window.screen.areas:
            if area.type == "VIEW_3D":
                return window, area
    raise LookupError("There is no 3D viewport.")


def area_of(kind: str) -> tuple[bpy.types.Window, bpy.types.Area] | None:
    for window in bpy.context.window_manager.windows:
        for area in window.screen.areas:
            if area.type == kind:
                return window, area
    return None


def box(kind: str, region_type: str) -> list[int] | None:
    """x, y, width, height of a region, y downward from the window's top; None where absent."""
    found = area_of(kind)
    if found is None:
        return None
    window, area = found
    for region in area.regions:
        if region.type == region_type and region.width > 1 and region.height > 1:
            top = window.height - region.y - region.height
            return [region.x, top, region.width, region.height]
    return None


def under_mouse(kind: str, region_type: str) -> str:
    """What the button under the mouse does, as Python; nothing when there is none.

    An operator's call or a property's path: what "Copy Python Command" and "Copy Full Data
    Path" of the button's own menu give.
    """
    found = area_of(kind)
    if found is None:
        return ""
    window, area = found
    manager = bpy.context.window_manager
    for region in area.regions:
        if region.type != region_type:
            continue
        with bpy.context.temp_override(window=window, area=area, region=region):
            if bpy.ops.ui.copy_python_command_button.poll():
                bpy.ops.ui.copy_python_command_button()
                return manager.clipboard
            if bpy.ops.ui.copy_data_path_button.poll():
                bpy.ops.ui.copy_data_path_button(full_path=True)
                return manager.clipboard
    return ""


def redraw() -> None:
    """Draw the window now, so that a picture shows what is."""
    with bpy.context.temp_override(window=bpy.context.window_manager.windows[0]):
        bpy.ops.wm.redraw_timer(type="DRAW_WIN_SWAP", iterations=1)


def show_tab(category: str) -> bool:
    """Open the sidebar at a tab; a tab can only be chosen once the sidebar has been drawn."""
    _, area = view()
    area.spaces.active.show_region_ui = True
    redraw()
    for region in area.regions:
        if region.type == "UI":
            try:
                region.active_panel_category = category
            except TypeError:  # no such tab yet
                return False
            region.tag_redraw()
            return region.active_panel_category == category
    return False


def current_job() -> object:
    """The add-on's job that runs, if one does."""
    module = importlib.import_module(f"{EXTENSION}.interface.jobs")
    return module.current_job()


def watch_job() -> None:
    """Note when the job hears Esc, when it has ended, and how long it kept the window waiting."""
    operator = importlib.import_module(f"{EXTENSION}.interface.jobs").JobOperator
    notes = bpy.app.driver_namespace["job"] = {"heard": None, "ended": None, "busy_seconds": []}
    modal = getattr(operator.modal, "unwatched", operator.modal)

    def watched(self: object, context: object, event: bpy.types.Event) -> set[str]:
        if event.type == "ESC" and event.value == "PRESS":
            notes["heard"] = time.time()
        notes["busy_seconds"] = getattr(current_job(), "busy_seconds", notes["busy_seconds"])
        result = modal(self, context, event)
        if current_job() is None:
            notes["ended"] = time.time()
        return result

    watched.unwatched = modal
    operator.modal = watched


def look() -> float:
    request = FOLDER / "request.py"
    if not request.exists():
        return SECONDS_BETWEEN_LOOKS
    names = {**globals(), "answer": None}
    try:
        exec(request.read_text(encoding="utf-8"), names)
        answer = {"answer": names["answer"]}
    except Exception:
        answer = {"error": traceback.format_exc()}
    request.unlink()
    partial = FOLDER / "answer.partial"
    partial.write_text(json.dumps(answer), encoding="utf-8")
    partial.rename(FOLDER / "answer.json")
    return SECONDS_BETWEEN_LOOKS


bpy.context.preferences.view.show_splash = False
# Or saving waits for a picture of the scene: a minute, where drawing is done in software.
bpy.context.preferences.filepaths.file_preview_type = "NONE"
# In the same window: a second one would need a window manager for its focus.
bpy.context.preferences.view.filebrowser_display_type = "SCREEN"
bpy.app.timers.register(look, first_interval=0.5, persistent=True)
