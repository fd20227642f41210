"""The other ways to a face."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import shutil
import time
from pathlib import Path

from steps import DENSE_MESHES, INVOKE, NO_JOB, no_traceback, open_in_browser, press_in_browser
from window import INSIDE, Blender, Window

IMAGE_EDITOR = """
window, area = area_of("DOPESHEET_EDITOR") or area_of("OUTLINER")
area.type = "IMAGE_EDITOR"
area.spaces.active.image = bpy.data.images.load("{path}")
redraw()
answer = True
"""


def story_search(blender: Blender, photo: Path) -> None:
    """F3, the operator's name, Return: the file browser opens; Esc closes it again.

    After a photo was built, too: Blender remembers it, but another one is wanted now.
    """
    with Window(blender) as window:
        window.wait_for("answer = area_of('VIEW_3D') is not None", "a 3D viewport")
        call = f"reconstruct('INVOKE_DEFAULT', filepath='{INSIDE}/{photo.name}', stride='4')"
        window.ask(INVOKE.format(call=call))
        window.wait_for("answer = len(bpy.data.cameras) > 1", "a face in the scene", seconds=120)
        window.wait_for(NO_JOB, "the job's end")
        window.point_at("VIEW_3D", "WINDOW")
        window.key("F3")
        time.sleep(1)
        window.type("Face from Photo")
        time.sleep(1)
        window.picture("20-search")
        window.key("Return")
        window.wait_for("answer = box('FILE_BROWSER', 'WINDOW')", "the file browser")
        window.picture("21-file-browser-options")
        window.point_at("FILE_BROWSER", "WINDOW")
        window.key("Escape")
        window.wait_for("answer = area_of('FILE_BROWSER') is None", "the view again")
    no_traceback(blender)


def story_drop(blender: Blender, photo: Path) -> None:
    """A photo dropped on the view: what its file handler calls builds the face."""
    with Window(blender) as window:
        window.wait_for("answer = area_of('VIEW_3D') is not None", "a 3D viewport")
        call = (
            f"reconstruct('INVOKE_DEFAULT', directory='{INSIDE}/',"
            f" files=[dict(name='{photo.name}')])"
        )  # as `PRN_FH_photo` does
        may = "assert bpy.types.PRN_FH_photo.poll_drop(bpy.context); bpy.ops."
        window.ask(INVOKE.format(call=call).replace("bpy.ops.", may))
        window.wait_for(DENSE_MESHES, "a face in the scene", seconds=120)
        window.picture("22-dropped")
    no_traceback(blender)


def story_image(blender: Blender, photo: Path) -> None:
    """An image in the Image Editor becomes a face by the entry in its menu."""
    with Window(blender) as window:
        window.wait_for("answer = area_of('VIEW_3D') is not None", "a 3D viewport")
        window.ask(IMAGE_EDITOR.format(path=f"{INSIDE}/{photo.name}"))
        window.point_at("IMAGE_EDITOR", "WINDOW")
        window.picture("23-image-editor")
        window.ask(
            "window, area = area_of('IMAGE_EDITOR')\n"
            "with bpy.context.temp_override(window=window, area=area,"
            " region=[r for r in area.regions if r.type == 'WINDOW'][0]):\n"
            "    bpy.ops.wm.call_menu(name='IMAGE_MT_image')\nanswer = True"
        )
        time.sleep(1)
        window.picture("24-image-menu")
        window.key("f")  # what an entry's underlined letter does
        window.wait_for(DENSE_MESHES, "a face in the scene", seconds=120)
    no_traceback(blender)


def story_many_photos(blender: Blender, photo: Path) -> None:
    """Several photos are chosen in the file browser of File > Import: a job, and one undo."""
    folder = blender.shared / "many"
    folder.mkdir(exist_ok=True)
    for number in range(4):
        shutil.copyfile(photo, folder / f"{number}{photo.suffix}")
    collections = "answer = sorted(c.name for c in bpy.context.scene.collection.children)"
    with Window(blender) as window:
        window.wait_for("answer = show_tab('PRN Face')", "the sidebar's tab PRN Face")
        before = window.ask(collections)
        window.ask(INVOKE.format(call="reconstruct('INVOKE_DEFAULT')"))
        open_in_browser(window, f"{INSIDE}/many/")
        window.wait_for(
            "answer = area_of('FILE_BROWSER')[1].spaces.active.params.directory"
            f" == b'{INSIDE}/many/'",
            "the folder",
        )
        window.point_at("FILE_BROWSER", "WINDOW")
        window.key("a")
        window.picture("37-many-chosen")
        press_in_browser(window, "37-many-photos")
        window.wait_for("answer = current_job() is not None", "a job", 20)
        window.wait_for(NO_JOB, "the job's end", 200)
        wanted = sorted([*before, "0", "1", "2", "3"])
        window.wait_for(f"{collections}\nanswer = answer == {wanted}", "four faces")
        window.wait_for("answer = area_of('VIEW_3D') is not None", "the 3D viewport again")
        window.picture("38-many-built")
        window.point_at("VIEW_3D", "WINDOW")
        window.key("ctrl+z")
        window.wait_for(f"{collections}\nanswer = answer == {before}", "all undone at once")
        window.key("ctrl+shift+z")
        window.wait_for(f"{collections}\nanswer = answer == {wanted}", "all redone at once")
    no_traceback(blender)
