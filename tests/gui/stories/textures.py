"""Painting and swapping."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import subprocess
import time
from pathlib import Path

from steps import NO_JOB, build_face, choose_in_browser, drag, no_traceback
from window import INSIDE, PATIENCE, Blender, GuiError, Window

# Where the middle of the active face is in the window, y downward.
FACE_IN_WINDOW = """
from bpy_extras.view3d_utils import location_3d_to_region_2d
redraw()
window, area = view()
item = bpy.context.active_object
shown = item.data.attributes["visible"].data
seen = [v.co for v, own in zip(item.data.vertices, shown) if own.value]
middle = item.matrix_world @ (sum(seen, seen[0] * 0) / len(seen))
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
        window.wait_for("answer = show_tab('PRN Face')", "the sidebar's tab PRN Face")
        window.find("VIEW_3D", "UI", lambda does: "prn.complete" in does, "button Complete")
        window.click()
        window.wait_for(
            "answer = any('Completed' in i.name for i in bpy.data.images)", "the hidden side", 120
        )
        window.picture("17-reopened-completed")
    no_traceback(blender)


# How far the exported texture is from the layers, in levels: the 99th percentile and the mean.
EXPORTED_APART = """
import importlib
import numpy as np
package = "bl_ext.user_default.prn_face.scene."
layers_of = importlib.import_module(package + "layers.layers").layers_of
bake = importlib.import_module(package + "layers.bake").bake
pixels = importlib.import_module(package + "images.image").image_pixels
image = bpy.data.images.load('{file}')
item = next(o for o in bpy.data.objects if 'prn' in getattr(o.data, 'keys', list)())
apart = np.abs(pixels(image)[..., :3].astype(int) - bake(layers_of(item))[..., :3])
bpy.data.images.remove(image)
answer = [float(np.percentile(apart, 99)), float(apart.mean())]
"""


def story_export(blender: Blender, photo: Path) -> None:
    """Painted, completed, a slider dragged, undone: what is exported is what is seen."""
    folder = blender.shared / "exported"
    folder.mkdir()

    def exported(window: Window, what: str) -> None:
        """Export, as the menu does, as soon as the image has followed the last change."""
        name = what.replace(" ", "_")
        export = f"bpy.ops.wm.obj_export(filepath='{INSIDE}/exported/{name}.obj', path_mode='COPY')"
        time.sleep(PATIENCE)  # the window has to hear of the change first
        for _ in range(10):
            time.sleep(PATIENCE)
            window.ask(f"{export}; answer = 1")
            material = (folder / f"{name}.mtl").read_text(encoding="utf-8")
            (texture,) = (ln.split(" ", 1)[1] for ln in material.splitlines() if "map_Kd" in ln)
            saved = (folder / texture).rename(folder / f"{name}.png")
            most, mean = window.ask(EXPORTED_APART.format(file=f"{INSIDE}/exported/{saved.name}"))
            if most <= 1 and mean <= 0.5:
                print(f"  {what}: 99 % of the texels within {most:.0f} levels, mean {mean:.3f}")
                return
        raise GuiError(f"{what}: the exported texture is {mean:.1f} levels off.")

    def painting(window: Window) -> None:
        """Exporters of Blender leave Texture Paint."""
        window.find("VIEW_3D", "UI", lambda does: "prn.paint" in does, "button Paint")
        window.click()
        window.wait_for("answer = bpy.context.mode == 'PAINT_TEXTURE'", "Texture Paint")
        window.ask("view()[1].spaces.active.region_3d.view_perspective = 'CAMERA'; answer = 1")
        window.ask(FACE_IN_WINDOW)

    with Window(blender) as window:
        build_face(window, f"{INSIDE}/{photo.name}")
        exported(window, "as built")
        for dy in (0, 30):  # the second stroke finds an image that was drawn on already
            painting(window)
            x, y = window.ask("answer = bpy.app.driver_namespace['face_at']")
            drag(window, (x - 30, y + dy), (x + 30, y + dy + 5))
            exported(window, f"stroke {dy}")
        window.find("VIEW_3D", "UI", lambda does: "prn.complete" in does, "button Complete")
        window.click()
        window.wait_for(
            "answer = any('Completed' in i.name for i in bpy.data.images)", "the hidden side", 120
        )
        exported(window, "completed")
        window.point_at("VIEW_3D", "WINDOW")
        window.key("ctrl+z")
        exported(window, "undone")
        window.key("ctrl+shift+z")
        exported(window, "redone")
        window.ask("bpy.context.active_object.active_material.prn_paint_strength = 0.4; answer = 1")
        exported(window, "slider")
        window.ask(
            "space = view()[1].spaces.active; space.shading.type = 'SOLID'\n"
            "space.shading.color_type = 'TEXTURE'; space.shading.light = 'FLAT'; answer = 1"
        )
        window.picture("15b-solid-view")
        window.ask(f"bpy.ops.wm.save_as_mainfile(filepath='{INSIDE}/edited.blend'); answer = 1")
        window.ask("redraw(); answer = 1")
        if window.ask("answer = bpy.data.is_dirty"):
            raise GuiError("The file counts as changed right after it was saved.")
        exported(window, "saved")
    with Window(blender, f"{INSIDE}/edited.blend") as window:
        window.wait_for("answer = area_of('VIEW_3D') is not None", "a 3D viewport")
        exported(window, "reopened")
        if window.ask("answer = bpy.data.is_dirty"):
            raise GuiError("Opening the file has changed it.")
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
