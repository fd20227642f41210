"""From a photo to a face."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import time
from pathlib import Path

from PIL import Image
from steps import (
    CUBE_HIDDEN,
    DENSE_MESHES,
    INVOKE,
    NO_JOB,
    build_face,
    choose_in_browser,
    drag,
    no_traceback,
    two_people,
)
from window import INSIDE, Blender, GuiError, Window

LOOK_THROUGH_CAMERA = """
window, area = view()
space = area.spaces.active
space.show_region_ui = True
space.shading.type = "SOLID"
space.shading.light = "FLAT"
space.shading.color_type = "TEXTURE"
space.region_3d.view_perspective = "CAMERA"
answer = bpy.context.scene.camera is not None
"""
LOOK_FROM_THE_SIDE = """
import mathutils
window, area = view()
space = area.spaces.active
space.shading.light = "STUDIO"
space.region_3d.view_perspective = "ORTHO"
space.region_3d.view_rotation = mathutils.Euler((1.4, 0.0, 0.7)).to_quaternion()
for region in area.regions:
    if region.type == "WINDOW":
        with bpy.context.temp_override(window=window, area=area, region=region):
            bpy.ops.view3d.view_selected()
answer = [thing.name for thing in bpy.context.selected_objects]
"""
# Where the face of the sample is in the window while the photo covers the view, y downward.
FACE_ON_PHOTO = """
import gc, numpy as np
overlays = importlib.import_module(f"{{EXTENSION}}.interface.views.photo_overlay")
overlay = [o for o in gc.get_objects() if type(o) is overlays.PhotoOverlay][-1]
window, area = view()
region = importlib.import_module(f"{{EXTENSION}}.interface.views.free_region").view_region(area)
corners = np.array([(0.34, 0.17), (0.53, 0.34)]) * [{width}, {height}]
x, y = overlay.to_view(area, corners).T
answer = np.stack([region.x + x, window.height - region.y - y], 1).astype(int).tolist()
"""
MIDDLE = """
import numpy as np
mesh = bpy.context.active_object.data
places = np.empty(len(mesh.vertices) * 3, np.float32)
seen = np.empty(len(mesh.vertices), bool)
mesh.attributes["photo_position"].data.foreach_get("vector", places)
mesh.attributes["visible"].data.foreach_get("value", seen)
answer = places.reshape(-1, 3)[seen, :2].mean(axis=0).tolist()
"""
THROUGH_CAMERA = "answer = view()[1].spaces.active.region_3d.view_perspective == 'CAMERA'"


def story_window(blender: Blender, photo: Path) -> None:
    """The tab's button is clicked, a photo is picked, a face appears, is undone and redone."""
    with Window(blender) as window:
        window.wait_for("answer = area_of('VIEW_3D') is not None", "a 3D viewport")
        window.wait_for("answer = show_tab('PRN Face')", "the sidebar's tab PRN Face")
        window.picture("1-panel")

        window.find("VIEW_3D", "UI", lambda does: "prn.choose_photo" in does, "button")
        window.picture("2-button")
        window.click()
        choose_in_browser(window, f"{INSIDE}/{photo.name}")
        faces = window.wait_for("answer = len(bpy.context.scene.prn_photo.faces)", "faces listed")
        print(f"  found {faces} faces")
        window.ask("redraw(); answer = True")
        time.sleep(0.5)
        window.picture("3b-found")
        window.find("VIEW_3D", "UI", lambda does: "prn.reconstruct" in does, "button")
        window.click()
        made = window.wait_for(DENSE_MESHES, "a face in the scene", seconds=120)
        window.wait_for("answer = area_of('VIEW_3D') is not None", "the 3D viewport again")
        print(f"  made {', '.join(made)}")
        window.picture("4-face")

        window.point_at("VIEW_3D", "WINDOW")
        window.key("ctrl+z")
        window.wait_for(DENSE_MESHES.replace("[", "not [", 1), "the face undone")
        window.picture("4b-undone")
        window.key("ctrl+shift+z")
        window.wait_for(DENSE_MESHES, "the face redone")
        if not window.ask(LOOK_THROUGH_CAMERA):
            raise GuiError("The scene has no camera.")
        window.picture("5-camera")
        window.ask(LOOK_FROM_THE_SIDE)
        window.picture("6-side")
    if "Traceback" in (blender.shared / "window.log").read_text(encoding="utf-8"):
        raise GuiError("Blender printed a traceback, see window.log.")


def story_second_face(blender: Blender, photo: Path) -> None:
    """Of two people the second one is ticked, the first is not, and the second is built."""
    pair = two_people(photo, blender.shared)
    with Window(blender) as window:
        window.wait_for("answer = show_tab('PRN Face')", "the sidebar's tab PRN Face")
        window.ask(f"bpy.ops.prn.choose_photo(filepath='{INSIDE}/{pair.name}'); answer = 1")
        for number, wanted in ((0, False), (1, True)):
            window.find(
                "VIEW_3D", "UI",
                lambda does, n=number: does.endswith(f".faces[{n}].chosen"), "tick box",
            )  # fmt: skip
            window.click()
            window.wait_for(
                f"answer = bpy.context.scene.prn_photo.faces[{number}].chosen == {wanted}", "tick"
            )
        window.picture("10-two-faces")
        window.find("VIEW_3D", "UI", lambda does: "prn.reconstruct" in does, "button")
        window.click()
        window.wait_for(DENSE_MESHES, "a face in the scene", seconds=120)
        left = window.ask(
            "import numpy as np\nmesh = bpy.context.active_object.data\n"
            "v = np.empty(len(mesh.vertices) * 3, np.float32)\n"
            "mesh.attributes['photo_position'].data.foreach_get('vector', v)\n"
            "seen = np.empty(len(mesh.vertices), bool)\n"
            "mesh.attributes['visible'].data.foreach_get('value', seen)\n"
            "answer = float(v.reshape(-1, 3)[seen, 0].max())"
        )
        window.picture("11-second-face")
        if left > 600:
            raise GuiError(f"The built face reaches to x = {left:.0f}; the second ends at 460.")
    no_traceback(blender)


def story_mark_face(blender: Blender, photo: Path) -> None:
    """A photo too dark for its face to be found: the face is marked by a box, and built."""
    dark = photo.with_name("dark.png")
    with Image.open(photo) as picture:
        size = picture.size
        picture.convert("RGB").point(lambda value: value * 0.03).save(blender.shared / dark.name)
    with Window(blender) as window:
        window.wait_for("answer = show_tab('PRN Face')", "the sidebar's tab PRN Face")
        window.find("VIEW_3D", "UI", lambda does: "prn.choose_photo" in does, "button")
        window.click()
        choose_in_browser(window, f"{INSIDE}/{dark.name}")
        window.wait_for("answer = bpy.context.scene.prn_photo.refused", "the photo without a face")
        window.wait_for(NO_JOB, "the job's end")
        window.key("Escape")  # Blender's report pops up and holds the mouse
        window.ask("redraw(); answer = True")
        window.find("VIEW_3D", "UI", lambda does: "prn.mark_face" in does, "button Mark the Face")
        window.picture("52-not-found")
        window.click()
        time.sleep(2)
        start, end = window.ask(FACE_ON_PHOTO.format(width=size[0], height=size[1]))
        window.screen.xdotool("mousemove", *start)
        window.picture("53-mark")
        drag(window, start, end, picture="54-box")
        window.wait_for(DENSE_MESHES, "a face in the scene", seconds=120)
        window.wait_for("answer = not bpy.context.scene.prn_photo.refused", "the offer gone")
        window.picture("55-marked-face")
        middle = window.ask(MIDDLE)
        if abs(middle[0] - 0.435 * size[0]) > 15 or abs(middle[1] - 0.24 * size[1]) > 20:
            raise GuiError(f"The face was built around {middle}, which is not where it was marked.")
    no_traceback(blender)


def story_redo_panel(blender: Blender, photo: Path) -> None:
    """The texture's size is changed in the redo panel; then all is undone, and redone."""
    size = (
        "answer = [list(i.size) for i in bpy.data.images if i.name.endswith('Texture')]"
        " == [[{0}, {0}]]"
    )
    with Window(blender) as window:
        build_face(window, f"{INSIDE}/{photo.name}")
        window.point_at("VIEW_3D", "HUD")
        window.click()  # it starts closed
        window.ask("redraw(); answer = True")
        time.sleep(1)
        # Its buttons cannot be asked what they are: the texture's row is the fourth.
        window.point_at("VIEW_3D", "HUD", 0.7, 0.304)
        window.screen.xdotool("keydown", "ctrl", "click", 5, "keyup", "ctrl")  # the next choice
        window.wait_for(size.format(256), "a texture of 256", seconds=60)
        window.picture("12-redo-panel")
        window.point_at("VIEW_3D", "WINDOW")
        for _ in range(6):
            window.key("ctrl+z")
        window.wait_for(DENSE_MESHES.replace("[", "not [", 1), "all undone")
        window.wait_for(CUBE_HIDDEN + "; answer = not item.hide_get()", "the cube again")
        window.picture("13-all-undone")
        for _ in range(6):
            window.key("ctrl+shift+z")
        window.wait_for(size.format(256), "all redone")
        window.wait_for(CUBE_HIDDEN, "the start-up cube out of the way again")
        window.wait_for(THROUGH_CAMERA, "the view through the photo's camera again")
        window.picture("14-all-redone")
    no_traceback(blender)


def story_marks(blender: Blender, photo: Path) -> None:
    """The buttons Landmarks and Visibility show marks on the face, and take them away again."""
    shown = (
        "answer = sorted(m.node_group.name for m in bpy.context.active_object.modifiers"
        " if m.type == 'NODES')"
    )
    with Window(blender) as window:
        build_face(window, f"{INSIDE}/{photo.name}")
        for operator, names in (
            ("prn.landmarks", ["PRN Landmarks"]),
            ("prn.visibility", ["PRN Hidden Side", "PRN Landmarks"]),
        ):
            window.find("VIEW_3D", "UI", lambda does, o=operator: o in does, operator)
            window.click()
            window.wait_for(f"{shown}\nanswer = answer == {names}", "the marks")
            window.picture("34-" + operator.removeprefix("prn."))
        window.ask(LOOK_FROM_THE_SIDE)
        window.picture("35-marks-side")
        window.point_at("VIEW_3D", "WINDOW")
        window.key("ctrl+z")
        window.wait_for(f"{shown}\nanswer = answer == ['PRN Landmarks']", "one undone")
        window.find("VIEW_3D", "UI", lambda does: "prn.landmarks" in does, "Landmarks")
        window.click()
        window.wait_for(f"{shown}\nanswer = not answer", "none")
        window.picture("36-no-marks")
    no_traceback(blender)


def story_other_mesh(blender: Blender, photo: Path) -> None:
    """A dialog asks for another mesh, Enter starts the job, one undo ends it; then a composite."""
    coarse = "answer = len(bpy.data.objects['photo'].data.vertices) < 4_000"
    with Window(blender) as window:
        build_face(window, f"{INSIDE}/{photo.name}")
        window.find("VIEW_3D", "UI", lambda does: "prn.rebuild" in does, "Mesh and Camera...")
        window.click()
        time.sleep(2)
        window.picture("60-mesh-dialog")  # with the face's own values
        window.key("Escape")
        window.ask(INVOKE.format(call="rebuild('INVOKE_DEFAULT', topology='lattice', stride='4')"))
        time.sleep(2)
        window.key("Return")
        window.wait_for(coarse, "a coarse mesh")
        window.wait_for(NO_JOB, "the job's end")
        window.picture("61-coarse-mesh")
        window.point_at("VIEW_3D", "WINDOW")
        window.key("ctrl+z")
        window.wait_for(coarse.replace("< 4_000", "> 4_000"), "it undone in one step")
        window.key("ctrl+shift+z")
        window.wait_for(coarse, "it redone")
        window.ask(INVOKE.format(call="compositor('INVOKE_DEFAULT')"))
        window.wait_for(
            "answer = bpy.context.window_manager.windows[0].scene.name == 'photo Composite'",
            "the composite's scene",
        )
        window.wait_for(NO_JOB, "the job's end")
        window.picture("62-composite")
    no_traceback(blender)


def story_whole_head(blender: Blender, photo: Path) -> None:
    """A photo becomes a head; a slider makes it smile; it gets a rig, and undo takes that back."""
    keys = "keys = bpy.data.objects['photo'].data.shape_keys.key_blocks\n"
    with Window(blender) as window:
        build_face(window, f"{INSIDE}/{photo.name}")
        window.wait_for(
            "keys = bpy.data.objects['photo'].data.shape_keys\n"
            "answer = keys is not None and len(keys.key_blocks) == 54",
            "a head with its keys",
        )
        window.wait_for(NO_JOB, "the job's end")
        window.picture("64-head")
        window.ask(
            f"{keys}for side in ('Left', 'Right'):\n    keys['mouthSmile' + side].value = 1\n"
            "answer = True"
        )
        window.ask(LOOK_FROM_THE_SIDE)
        window.picture("65-head-smiles")
        # It is in a menu of the panel; with True the call is a step of undo, as a click is.
        window.ask(INVOKE.format(call="rig('EXEC_DEFAULT', True)"))
        window.wait_for("answer = 'photo Rig' in bpy.data.objects", "the rig")
        window.picture("66-head-rig")
        window.point_at("VIEW_3D", "WINDOW")
        window.key("ctrl+z")
        window.wait_for("answer = 'photo Rig' not in bpy.data.objects", "it undone")
    no_traceback(blender)
