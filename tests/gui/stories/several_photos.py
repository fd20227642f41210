"""Several photos of one person, and a person in a movie."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from steps import (
    INVOKE,
    NO_JOB,
    build_face,
    choose_in_browser,
    no_traceback,
    open_in_browser,
    press_in_browser,
)
from window import INSIDE, ROOT, Blender, GuiError, Window

PHOTOS = "answer = len(bpy.context.active_object.data['prn']['photos'])"
CHOSEN = "answer = bpy.context.active_object.data['prn'].get('chosen', 0)"
CAMERA = "answer = view()[1].spaces.active.region_3d.view_perspective == 'CAMERA'"
KEYED = """
item = bpy.context.active_object
keys = item.data.shape_keys
answer = bool(item.animation_data and item.animation_data.action
              and keys.animation_data and keys.animation_data.action)
"""


def story_person(blender: Blender, photo: Path) -> None:
    """Add Photos of This Person: chosen in the browser, listed, looked at by a click, removed."""
    _make_photos(blender, photo)
    with Window(blender) as window:
        build_face(window, f"{INSIDE}/{photo.name}")
        window.wait_for(NO_JOB, "the job's end")
        _picture_of_menu(window, "100-menu")
        window.ask(INVOKE.format(call="add_photos('INVOKE_DEFAULT')"))
        open_in_browser(window, f"{INSIDE}/photos/")
        window.point_at("FILE_BROWSER", "WINDOW")
        window.key("a")
        time.sleep(1)
        press_in_browser(window, "101-photos-browser")
        window.wait_for(PHOTOS + " == 4", "four photos", 180)
        window.wait_for(NO_JOB, "the job's end")
        time.sleep(20)  # it shows the layers when their shaders are compiled
        window.picture("102-person")
        window.find("VIEW_3D", "UI", lambda does: _chooses(does, 3), "the third photo's button")
        window.click()
        window.wait_for(CHOSEN + " == 2", "the third photo")
        window.wait_for(CAMERA, "the view through its camera")
        time.sleep(5)
        window.picture("103-photo-chosen")
        (blender.shared / "photos" / "right.jpg").unlink()
        window.find("VIEW_3D", "UI", _removes_last, "the last photo's cross")
        window.click()
        window.wait_for(PHOTOS + " == 3", "three photos, though the file of one is gone", 120)
        window.wait_for(NO_JOB, "the job's end")
        window.picture("104-photo-removed")
        window.point_at("VIEW_3D", "WINDOW")
        window.key("ctrl+z")
        window.wait_for(PHOTOS + " == 4", "it undone")
    no_traceback(blender)


def story_sequence(blender: Blender, photo: Path) -> None:
    """Animate from Video: chosen in the browser, followed as a job, played before the movie."""
    _make_photos(blender, photo)
    with Window(blender) as window:
        build_face(window, f"{INSIDE}/{photo.name}")
        window.wait_for(NO_JOB, "the job's end")
        window.ask(INVOKE.format(call="animate('INVOKE_DEFAULT')"))
        choose_in_browser(window, f"{INSIDE}/movie/shot.avi", "110-movie-browser")
        window.wait_for("answer = current_job() is not None", "a job")
        time.sleep(2)
        window.picture("111-following")
        window.wait_for(NO_JOB, "the job's end", 300)
        window.wait_for(KEYED, "keys on pose and expressions")
        end = window.ask("answer = bpy.context.scene.frame_end")
        if end < 50:
            raise GuiError(f"The scene ends at frame {end}.")
        for number, frame in enumerate((1, 40)):
            window.ask(f"bpy.context.scene.frame_set({frame}); redraw(); answer = True")
            time.sleep(15 if number == 0 else 3)
            window.picture(f"112-frame-{frame}")
        window.point_at("VIEW_3D", "WINDOW")
        window.key("ctrl+z")
        window.wait_for(KEYED.replace("bool(", "not bool("), "it undone in one step")
    no_traceback(blender)


def _make_photos(blender: Blender, photo: Path) -> None:
    """Further photos of the person, and a shot, where both sides see them."""
    script = ROOT / "scripts" / "tutorial_photos.py"
    subprocess.run([sys.executable, str(script), str(photo), str(blender.shared)], check=True)


def _picture_of_menu(window: Window, name: str) -> None:
    """What the menu of the Face panel has."""
    window.point_at("VIEW_3D", "WINDOW", 0.55, 0.4)
    window.ask(INVOKE.replace("bpy.ops.prn.{call}", "bpy.ops.wm.call_menu(name='PRN_MT_face')"))
    time.sleep(1)
    window.picture(name)
    window.key("Escape")


def _chooses(does: str, number: int) -> bool:
    return "prn.choose_person_photo" in does and f"number={number}" in does


def _removes_last(does: str) -> bool:
    return "prn.remove_photo" in does and "number=4" in does
