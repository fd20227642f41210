"""What several stories do."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

from window import Blender, GuiError, Window

DENSE_MESHES = """answer = [
    thing.name for thing in bpy.context.scene.objects
    if thing.type == "MESH" and len(thing.data.vertices) > 4_000
]"""

NO_JOB = "answer = current_job() is None"
CUBE_HIDDEN = "item = bpy.data.objects['Cube']; answer = item.hide_render and item.hide_get()"
# An operator started as its button does, in the 3D view.
INVOKE = """
window, area = view()
for region in area.regions:
    if region.type == "WINDOW":
        with bpy.context.temp_override(window=window, area=area, region=region):
            bpy.ops.prn.{call}
answer = True
"""


def no_traceback(blender: Blender) -> None:
    if "Traceback" in (blender.shared / "window.log").read_text(encoding="utf-8"):
        raise GuiError("Blender printed a traceback, see window.log.")


def open_in_browser(window: Window, path: str) -> None:
    """Type a path into the file browser's field for the folder."""
    window.wait_for("answer = box('FILE_BROWSER', 'WINDOW')", "the file browser")
    window.find(
        "FILE_BROWSER", "UI", lambda does: does.endswith(".params.directory"), "folder's field"
    )
    window.click()
    window.key("ctrl+a")
    window.type(path)
    window.key("Return")
    # Some versions stay in the field: a click on the empty part of the bookmarks leaves it.
    window.point_at("FILE_BROWSER", "TOOLS")
    window.click()


def press_in_browser(window: Window, picture: str) -> None:
    """Press the file browser's button."""
    window.find("FILE_BROWSER", "EXECUTE", lambda does: "file.execute" in does, "button")
    window.picture(picture)
    window.click()


def choose_in_browser(window: Window, path: str, picture: str = "3-file-browser") -> None:
    """Type a file's path into the file browser and press its button."""
    open_in_browser(window, path)
    name = path.rsplit("/", 1)[-1]
    window.wait_for(
        f"answer = area_of('FILE_BROWSER')[1].spaces.active.params.filename == {name!r}",
        "the file's name in the file browser",
    )
    press_in_browser(window, picture)


def build_face(window: Window, path: str) -> None:
    """The photo is given, the button is pressed."""
    window.wait_for("answer = show_tab('PRN Face')", "the sidebar's tab PRN Face")
    window.ask(f"bpy.ops.prn.choose_photo(filepath={path!r}); answer = 1")
    window.find("VIEW_3D", "UI", lambda does: "prn.reconstruct" in does, "button")
    window.click()
    window.wait_for(DENSE_MESHES, "a face in the scene", seconds=120)


def drag(window: Window, start: Sequence[int], end: Sequence[int], picture: str = "") -> None:
    """The left button pressed at one place of the window and let go at another."""
    window.screen.xdotool("mousemove", *start)
    window.screen.xdotool("mousedown", 1)
    time.sleep(1)  # a busy Blender takes a press to be where the mouse is by then
    for share in (0.3, 0.7, 1.0):
        x, y = (int(a + share * (b - a)) for a, b in zip(start, end, strict=True))
        window.screen.xdotool("mousemove", x, y)
        time.sleep(0.2)
    if picture:
        window.picture(picture)
    window.screen.xdotool("mouseup", 1)
    time.sleep(1)


def two_people(photo: Path, folder: Path) -> Path:
    """A picture with the photo twice, the left one smaller."""
    pair = folder / "pair.png"
    subprocess.run(
        ["convert", "-size", "1600x700", "xc:gray50",
         "(", str(photo), "-resize", "400x400", ")", "-geometry", "+60+200", "-composite",
         "(", str(photo), "-resize", "640x640", ")", "-geometry", "+800+30", "-composite",
         str(pair)],
        check=True,
    )  # fmt: skip
    return pair
