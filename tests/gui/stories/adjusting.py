"""A feature of the face is dragged to another place."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import time
from pathlib import Path

from steps import NO_JOB, build_face, drag, no_traceback
from window import INSIDE, Blender, GuiError, Window

MOUTH_CORNER, BROW = 54, 19
# Where the window has a landmark while the photo covers the view, y downward; what is drawn there
# is asked, so that a mistake in placing it would be seen in the pictures only.
LANDMARK = """
import gc
canvases = importlib.import_module(f"{{EXTENSION}}.operators.face.adjust_canvas")
overlays = importlib.import_module(f"{{EXTENSION}}.interface.views.photo_overlay")
canvas = [o for o in gc.get_objects() if type(o) is canvases.AdjustCanvas][-1]
overlay = [o for o in gc.get_objects() if type(o) is overlays.PhotoOverlay][-1]
window, area = view()
region = importlib.import_module(f"{{EXTENSION}}.interface.views.free_region").view_region(area)
face = importlib.import_module(f"{{EXTENSION}}.scene.record").face_of(bpy.context.object)
row, column = face.layout.landmark_texels[{number}]
place = canvas.position_map[row, column, :2]
x, y = overlay.to_view(area, ((place + 0.5 - canvas._corner) * canvas._scale)[None])[0]
answer = [int(region.x + x), int(window.height - region.y - y)]
"""
PINS = """
import gc
canvases = importlib.import_module(f"{EXTENSION}.operators.face.adjust_canvas")
canvas = [o for o in gc.get_objects() if type(o) is canvases.AdjustCanvas][-1]
answer = len(canvas.now.pins)
"""
# Opening may take long on a busy machine: the face is computed in another thread.
READY = """
import gc
made = {type(o).__name__ for o in gc.get_objects()}
answer = {"AdjustCanvas", "PhotoOverlay"} <= made
"""
SHOWN = "answer = any('adjust_on' in o.bl_idname for o in view()[0].modal_operators)"
GONE = "answer = not any('adjust_on' in o.bl_idname for o in view()[0].modal_operators)"
# Where the record and the mesh have a landmark, in the photo.
PLACES = """
import numpy as np
item = bpy.data.objects["{name}"]
state = importlib.import_module(f"{{EXTENSION}}.scene.record")
face = state.face_of(item)
row, column = face.layout.landmark_texels[{number}]
record = face.position_map[row, column, :2]
mesh = item.data
places = np.empty(len(mesh.vertices) * 3, np.float32)
mesh.attributes["photo_position"].data.foreach_get("vector", places)
places = places.reshape(-1, 3)[:, :2]
answer = [record.tolist(), float(np.abs(places - record).sum(axis=1).min())]
"""


def story_adjust(blender: Blender, photo: Path) -> None:
    """A mouth corner is pinned, taken back, pinned again with a brow and applied; undone, redone.

    Opened again, the pins are there: one is taken out, and Esc leaves it.
    """
    with Window(blender) as window:
        build_face(window, f"{INSIDE}/{photo.name}")
        where = PLACES.format(name=photo.stem, number=MOUTH_CORNER)
        before, nearest = window.ask(where)
        window.find("VIEW_3D", "UI", lambda does: "prn.adjust_on_photo" in does, "button Adjust")
        window.picture("56-adjust-button")
        window.click()
        window.wait_for(SHOWN, "the photo over the view")
        window.wait_for(READY, "the photo drawn")
        time.sleep(1)
        start = window.ask(LANDMARK.format(number=MOUTH_CORNER))
        window.screen.xdotool("mousemove", *start)
        time.sleep(1)
        window.picture("57-adjust")
        end = [start[0] + 40, start[1] - 30]
        drag(window, start, end, picture="58-dragged")
        window.key("ctrl+z")
        time.sleep(1)
        window.picture("59-taken-back")
        drag(window, start, end)
        brow = window.ask(LANDMARK.format(number=BROW))
        drag(window, brow, [brow[0], brow[1] - 25])
        window.picture("60-both")
        window.key("Return")
        window.wait_for(GONE, "the view again")
        window.wait_for(NO_JOB, "the job's end")
        after, apart = window.ask(where)
        window.picture("61-adjusted")
        if after[0] - before[0] < 3 or before[1] - after[1] < 2 or apart > nearest + 1:
            raise GuiError(f"The corner went from {before} to {after}, the mesh is {apart} away.")
        window.point_at("VIEW_3D", "WINDOW")
        window.key("ctrl+z")
        window.wait_for(where + f"answer = answer[0] == {before}", "the corner where it was")
        window.key("ctrl+shift+z")
        window.wait_for(where + f"answer = answer[0] == {after}", "the corner adjusted again")
        window.find("VIEW_3D", "UI", lambda does: "prn.adjust_on_photo" in does, "button Adjust")
        window.click()
        window.wait_for(SHOWN, "the photo over the view")
        window.wait_for(READY, "the photo drawn")
        time.sleep(1)
        if window.ask(PINS) != 2:
            raise GuiError("The pins were not remembered.")
        window.screen.xdotool("mousemove", *window.ask(LANDMARK.format(number=MOUTH_CORNER)))
        time.sleep(1)
        window.key("x")
        time.sleep(1)
        window.picture("62-pin-taken-out")
        if window.ask(PINS) != 1:
            raise GuiError("X over a pin did not take it out.")
        window.key("Escape")
        window.wait_for(GONE, "the view again")
        if window.ask(where)[0] != after:
            raise GuiError("Esc has changed the face.")
    no_traceback(blender)
