"""The whole way of somebody who has read nothing: by what the panels show, with the mouse."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import subprocess
import time
from pathlib import Path

from steps import (
    CUBE_HIDDEN,
    DENSE_MESHES,
    choose_in_browser,
    no_traceback,
    open_in_browser,
    press_in_browser,
)
from window import INSIDE, Blender, Window

RENDERED = "answer = any(i.type == 'RENDER_RESULT' and i.has_data for i in bpy.data.images)"
SHOWN = """
answer = any(
    area.ui_type == "IMAGE_EDITOR" and area.spaces.active.image is not None
    and area.spaces.active.image.name == {name!r}
    for window in bpy.context.window_manager.windows for area in window.screen.areas)
"""


def story_whole_way(blender: Blender, photo: Path) -> None:
    """From Blender's first screen: a face, the cube gone, a swap, a render, its picture."""
    donor = blender.shared / "donor.png"
    subprocess.run(["convert", str(photo), "-flop", "-modulate", "100,60", str(donor)], check=True)
    with Window(blender) as window:
        window.wait_for("answer = area_of('VIEW_3D') is not None", "a 3D viewport")
        window.point_at("VIEW_3D", "WINDOW")
        window.key("n")
        window.wait_for("answer = show_tab('PRN Face')", "the sidebar's tab PRN Face")
        press(window, "prn.choose_photo")
        choose_in_browser(window, f"{INSIDE}/{photo.name}", "41-browser")
        window.wait_for("answer = len(bpy.context.scene.prn_photo.faces)", "faces listed")
        window.wait_for("answer = current_job() is None", "the job's end")
        window.ask("redraw(); answer = True")
        window.picture("42-found")
        press(window, "prn.reconstruct")
        window.wait_for(DENSE_MESHES, "a face in the scene", seconds=120)
        window.wait_for(CUBE_HIDDEN, "the cube out of the way")
        window.picture("43-built")
        press(window, "prn.swap")
        choose_in_browser(window, f"{INSIDE}/{donor.name}", "45-donor-browser")
        window.wait_for(
            "answer = any('Donor' in i.name for i in bpy.data.images)", "the donor's texture", 120
        )
        window.picture("46-swapped")
        press(window, "prn.save_result")
        open_in_browser(window, f"{INSIDE}/")
        press_in_browser(window, "47-save-browser")
        saved = f"{INSIDE}/photo_Result.png"
        window.wait_for(f"import os; answer = os.path.exists({saved!r})", "the file")
        window.wait_for("answer = area_of('VIEW_3D') is not None", "the 3D viewport again")
        time.sleep(20)  # it shows the layers when their shaders are compiled
        window.picture("46b-swap-shown")
        window.point_at("VIEW_3D", "WINDOW")
        window.key("F12")  # opens a window
        window.wait_for(RENDERED, "a render", 300)
        time.sleep(2)
        window.picture("48-rendered")
        press(window, "prn.photo_view")
        window.wait_for(
            "answer = view()[1].spaces.active.region_3d.view_perspective == 'CAMERA'", "the photo"
        )
        press(window, "prn.show_result")
        window.wait_for(SHOWN.format(name="photo Result"), "the result in an Image Editor")
        time.sleep(1)
        window.picture("49-result")
    no_traceback(blender)


def press(window: Window, operator: str) -> None:
    """Look for an operator's button in the sidebar and click it."""
    window.find("VIEW_3D", "UI", lambda does: operator in does, operator)
    window.click()
