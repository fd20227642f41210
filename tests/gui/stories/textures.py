"""Painting and swapping."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import subprocess
import time
from pathlib import Path

from steps import NO_JOB, build_face, choose_in_browser, no_traceback
from window import INSIDE, Blender, GuiError, Window

# Where the middle of the active face is in the window, y downward.
FACE_IN_WINDOW = """
from bpy_extras.view3d_utils import location_3d_to_region_2d
redraw()
window, area = view()
item = bpy.context.active_object
middle = item.matrix_world @ (sum((v.co for v in item.data.vertices), item.data.vertices[0].co * 0)
                              / len(item.data.vertices))
for region in area.regions:
    if region.type == "WINDOW":
        at = location_3d_to_region_2d(region, area.spaces.active.region_3d, middle)
        bpy.app.driver_namespace["face_at"] = [
            int(region.x + at.x), int(window.height - region.y - at.y)]
answer = True
"""


def story_paint(blender: Blender, photo: Path) -> None:
    """A stroke is painted, undone, redone, applied to the photo, saved, reopened, still there."""
    painted = (
        "import numpy as np\n"
        "image = next((i for i in bpy.data.images if i.name.endswith('Paint')), None)\n"
        "v = np.empty(image.size[0] * image.size[1] * 4, np.float32) if image else None\n"
        "image and image.pixels.foreach_get(v)\n"
        "answer = int((v.reshape(-1, 4)[:, 3] > 0).sum()) if image else -1"
    )
    with Window(blender) as window:
        build_face(window, f"{INSIDE}/{photo.name}")
        window.find("VIEW_3D", "UI", lambda does: "prn.paint" in does, "button Paint")
        window.click()
        window.wait_for("answer = bpy.context.mode == 'PAINT_TEXTURE'", "Texture Paint")
        window.ask("view()[1].spaces.active.region_3d.view_perspective = 'CAMERA'; answer = 1")
        window.ask(FACE_IN_WINDOW)
        x, y = window.ask("answer = bpy.app.driver_namespace['face_at']")
        window.screen.xdotool("mousemove", x - 20, y, "mousedown", 1)
        for step in range(9):
            window.screen.xdotool("mousemove", x - 20 + 5 * step, y + step)
            time.sleep(0.05)
        window.screen.xdotool("mouseup", 1)
        window.wait_for(painted + "\nanswer = max(answer, 0)", "painted texels", 180)
        window.picture("15-painted")
        window.find("VIEW_3D", "UI", lambda does: "prn.apply_to_photo" in does, "button Apply")
        window.click()
        window.wait_for(
            "answer = 'photo Result' in bpy.data.images", "the photo with the edit", 120
        )
        window.wait_for(NO_JOB, "the job's end")
        window.picture("16-applied")
        window.find("VIEW_3D", "UI", lambda does: "mode_set" in does, "button Stop Painting")
        window.click()
        window.wait_for("answer = bpy.context.mode == 'OBJECT'", "Object Mode")
        count = window.ask(painted)  # by now the whole stroke is there, on a slow machine too
        print(f"  painted {count} texels")
        window.ask(f"bpy.ops.wm.save_as_mainfile(filepath='{INSIDE}/painted.blend'); answer = 1")
    with Window(blender, f"{INSIDE}/painted.blend") as window:
        window.wait_for("answer = area_of('VIEW_3D') is not None", "a 3D viewport")
        again = window.ask(painted)
        if again != count:
            raise GuiError(f"{count} texels were painted; after reopening there are {again}.")
        window.wait_for("answer = show_tab('PRN')", "the sidebar's tab PRN")
        window.find("VIEW_3D", "UI", lambda does: "prn.complete" in does, "button Complete")
        window.click()
        window.wait_for(
            "answer = any('Completed' in i.name for i in bpy.data.images)", "the hidden side", 120
        )
        window.picture("17-reopened-completed")
    no_traceback(blender)


def story_swap(blender: Blender, photo: Path) -> None:
    """Another photo is picked in the file browser, its face is put on this one."""
    donor = blender.shared / "donor.png"
    subprocess.run(["convert", str(photo), "-flop", "-modulate", "100,60", str(donor)], check=True)
    with Window(blender) as window:
        build_face(window, f"{INSIDE}/{photo.name}")
        window.find("VIEW_3D", "UI", lambda does: "prn.swap" in does, "button Swap")
        window.click()
        choose_in_browser(window, f"{INSIDE}/{donor.name}")
        window.wait_for(
            "answer = any('Donor' in i.name for i in bpy.data.images)", "the donor's texture", 120
        )
        window.picture("18-swapped")
        window.point_at("VIEW_3D", "WINDOW")
        window.key("ctrl+z")
        window.wait_for("answer = not any('Donor' in i.name for i in bpy.data.images)", "undone")
        window.key("ctrl+shift+z")
        window.wait_for("answer = any('Donor' in i.name for i in bpy.data.images)", "redone")
        window.picture("19-swap-redone")
    no_traceback(blender)
