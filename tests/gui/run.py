"""The extension in Debian's Blender: on its command line, and in its window.

    python tests/gui/run.py [--photo FILE] [--chroot build/chroot] [--output build/gui]

Sets up the chroot (once), builds the zip for its Python, installs it, and then does what a
person does. Needs root, Debian and some minutes, so it is `make test-gui` and not part of
`make test`. The pictures it takes are in the output folder: look at them.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import argparse
import importlib.util
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from window import INSIDE, ROOT, Blender, GuiError, Window

DENSE_MESHES = """answer = [
    thing.name for thing in bpy.context.scene.objects
    if thing.type == "MESH" and len(thing.data.vertices) > 10_000
]"""
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
            if space.local_view is None:  # or the start-up cube stands in front
                bpy.ops.view3d.localview(frame_selected=False)
            bpy.ops.view3d.view_selected()
answer = [thing.name for thing in bpy.context.selected_objects]
"""

START_BATCH = """
window, area = view()
for region in area.regions:
    if region.type == "WINDOW":
        with bpy.context.temp_override(window=window, area=area, region=region):
            bpy.ops.prn.reconstruct(
                "INVOKE_DEFAULT", directory="{folder}", files=[dict(name=n) for n in {names}],
                stride="2",
            )
answer = True
"""
# A timer asks for a picture every 20 ms; what is measured is when the view is really drawn.
# As `PRN_FH_photo` calls it.
DROP = """
window, area = view()
for region in area.regions:
    if region.type == "WINDOW":
        with bpy.context.temp_override(window=window, area=area, region=region):
            assert bpy.types.PRN_FH_photo.poll_drop(bpy.context)
            bpy.ops.prn.reconstruct(
                "INVOKE_DEFAULT", directory="{folder}/", files=[dict(name="{name}")])
answer = True
"""
IMAGE_EDITOR = """
window, area = area_of("DOPESHEET_EDITOR") or area_of("OUTLINER")
area.type = "IMAGE_EDITOR"
area.spaces.active.image = bpy.data.images.load("{path}")
redraw()
answer = True
"""
GERMAN = """
view_settings = bpy.context.preferences.view
answer = None
for language in ("de_DE", "de"):
    try:
        view_settings.language = language
        view_settings.use_translate_interface = view_settings.use_translate_tooltips = True
        answer = bpy.app.translations.pgettext_iface("Choose a Photo...")
        break
    except TypeError:
        pass
redraw()
"""
LIGHT_THEME = """
import os
folder = bpy.utils.preset_paths("interface_theme")[0]
bpy.ops.script.execute_preset(
    filepath=os.path.join(folder, "Blender_Light.xml"),
    menu_idname="USERPREF_MT_interface_theme_presets")
redraw()
answer = True
"""
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
WATCH_DRAWING = """
import time
TIMES = bpy.app.driver_namespace["times"] = []
def tag():
    view()[1].tag_redraw()
    return 0.02
bpy.app.timers.register(tag)
bpy.types.SpaceView3D.draw_handler_add(
    lambda: TIMES.append(time.perf_counter()), (), "WINDOW", "POST_PIXEL")
answer = True
"""
DRAWING_GAPS = """
times = bpy.app.driver_namespace["times"]
answer = [1000 * (b - a) for a, b in zip(times, times[1:])]
times.clear()
"""
NO_JOB = (
    "__import__('importlib').import_module("
    "'bl_ext.user_default.prn_face.operators.jobs').current_job() is None"
)


def chroot_python(blender: Blender) -> str:
    """The version of the Python inside Debian's Blender, as in "3.14"."""
    report = blender.run(
        "--background", "--factory-startup", "--python-expr",
        "import sys; print('PYTHON', '%d.%d' % sys.version_info[:2])",
    )  # fmt: skip
    return report.split("PYTHON", 1)[1].split()[0]


def build_zip(python: str, folder: Path) -> Path:
    """The zip for linux-x64 and one Python."""
    done = subprocess.run(
        [sys.executable, str(ROOT / "scripts" / "build_extension.py"), "--platform", "linux-x64",
         "--python", python, "--output", str(folder)],
        check=False,
    )  # fmt: skip
    if done.returncode != 0:
        raise GuiError("The extension could not be built; the reason stands above.")
    (archive,) = folder.glob("*.zip")
    return archive


def sample_photo() -> Path:
    found = importlib.util.find_spec("skimage")
    if found is None or found.origin is None:
        raise GuiError("scikit-image, which has the sample photo, is not installed; use --photo.")
    return Path(found.origin).parent / "data" / "astronaut.png"


def story_command_line(blender: Blender, photo: Path) -> None:
    """`blender --command prn` makes a .blend and a rendered picture."""
    blender.run(
        "--command", "prn", "reconstruct", f"{INSIDE}/{photo.name}", "-o", f"{INSIDE}/out",
        "--blend", "--render",
    )  # fmt: skip
    made = sorted(file.name for file in (blender.shared / "out").iterdir())
    print(f"  made {', '.join(made)}")
    if f"{photo.stem}.blend" not in made or not any(name.endswith(".png") for name in made):
        raise GuiError(f"The command line made only {made}.")


def choose_in_browser(window: Window, path: str) -> None:
    """Type a file's path into the file browser and press its button."""
    window.wait_for("answer = box('FILE_BROWSER', 'WINDOW')", "the file browser")
    window.find(
        "FILE_BROWSER", "UI", lambda does: does.endswith(".params.directory"), "folder's field"
    )
    window.click()
    window.key("ctrl+a")
    window.type(path)
    window.key("Return")
    name = path.rsplit("/", 1)[-1]
    window.wait_for(
        f"answer = area_of('FILE_BROWSER')[1].spaces.active.params.filename == {name!r}",
        "the photo's name in the file browser",
    )
    # Some versions stay in the field: a click on the empty part of the bookmarks leaves it.
    window.point_at("FILE_BROWSER", "TOOLS")
    window.click()
    window.find("FILE_BROWSER", "EXECUTE", lambda does: "file.execute" in does, "button")
    window.picture("3-file-browser")
    window.click()


def story_window(blender: Blender, photo: Path) -> None:
    """The tab's button is clicked, a photo is picked, a face appears, is undone and redone."""
    with Window(blender) as window:
        window.wait_for("answer = area_of('VIEW_3D') is not None", "a 3D viewport")
        window.wait_for("answer = show_tab('PRN')", "the sidebar's tab PRN")
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


def no_traceback(blender: Blender) -> None:
    if "Traceback" in (blender.shared / "window.log").read_text(encoding="utf-8"):
        raise GuiError("Blender printed a traceback, see window.log.")


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


def build_face(window: Window, path: str) -> None:
    """The photo is given, the button is pressed."""
    window.wait_for("answer = show_tab('PRN')", "the sidebar's tab PRN")
    window.ask(f"bpy.ops.prn.choose_photo(filepath={path!r}); answer = 1")
    window.find("VIEW_3D", "UI", lambda does: "prn.reconstruct" in does, "button")
    window.click()
    window.wait_for(DENSE_MESHES, "a face in the scene", seconds=120)


def story_second_face(blender: Blender, photo: Path) -> None:
    """Of two people the second one is ticked, the first is not, and the second is built."""
    pair = two_people(photo, blender.shared)
    with Window(blender) as window:
        window.wait_for("answer = show_tab('PRN')", "the sidebar's tab PRN")
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
            "answer = float(v.reshape(-1, 3)[:, 0].max())"
        )
        window.picture("11-second-face")
        if left > 600:
            raise GuiError(f"The built face reaches to x = {left:.0f}; the second ends at 460.")
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
        window.picture("13-all-undone")
        for _ in range(6):
            window.key("ctrl+shift+z")
        window.wait_for(size.format(256), "all redone")
        window.picture("14-all-redone")
    no_traceback(blender)


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
        count = window.wait_for(painted + "\nanswer = max(answer, 0)", "painted texels", 180)
        print(f"  painted {count} texels")
        window.picture("15-painted")
        window.find("VIEW_3D", "UI", lambda does: "prn.apply_to_photo" in does, "button Apply")
        window.click()
        window.wait_for(
            "answer = any('Result' in i.name for i in bpy.data.images)", "the photo with the edit"
        )
        window.picture("16-applied")
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
            "answer = any('Completed' in i.name for i in bpy.data.images)", "the hidden side"
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


def story_search(blender: Blender, photo: Path) -> None:
    """F3, the operator's name, Return: the file browser opens; Esc closes it again."""
    with Window(blender) as window:
        window.wait_for("answer = area_of('VIEW_3D') is not None", "a 3D viewport")
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
        window.ask(DROP.format(folder=INSIDE, name=photo.name))
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


def story_looks(blender: Blender, photo: Path) -> None:
    """In German, in a light theme, at twice the size, in a small window: nothing is cut off."""
    with Window(blender) as window:
        build_face(window, f"{INSIDE}/{photo.name}")
        window.picture("25-dark")
        german = window.ask(GERMAN)
        window.picture("26-german")
        window.ask(LIGHT_THEME)
        window.picture("27-light")
        if german is None:
            print("  this Blender has no German")
        elif german != "Foto wählen...":
            raise GuiError(f"The German for Choose a Photo... is {german!r}.")
    with Window(blender, size=(1280, 720)) as window:
        build_face(window, f"{INSIDE}/{photo.name}")
        window.picture("28-small-window")
    with Window(blender, size=(1900, 1400)) as window:
        window.ask("bpy.context.preferences.view.ui_scale = 2.0; answer = True")
        time.sleep(2)
        build_face(window, f"{INSIDE}/{photo.name}")
        window.picture("29-double-scale")
    no_traceback(blender)


def print_gaps(when: str, gaps: list[float]) -> None:
    """How often the view was drawn; software drawing takes most of it, hence the idle figure."""
    middle = sorted(gaps)[len(gaps) // 2]
    print(f"  {when}: drawn {len(gaps)} times, every {middle:.0f} ms, at worst {max(gaps):.0f} ms")


def story_batch(blender: Blender, photo: Path) -> None:
    """Twenty photos as a job: the window goes on drawing, Esc ends it, what was built stays."""
    folder = blender.shared / "batch"
    folder.mkdir(exist_ok=True)
    for number in range(20):
        shutil.copyfile(photo, folder / f"{number:02}{photo.suffix}")
    names = [f"{number:02}{photo.suffix}" for number in range(20)]
    start = START_BATCH.format(folder=f"{INSIDE}/batch", names=names)
    with Window(blender) as window:
        window.wait_for("answer = show_tab('PRN')", "the sidebar's tab PRN")
        window.ask(WATCH_DRAWING)
        time.sleep(5)
        print_gaps("idle", window.ask(DRAWING_GAPS))
        window.ask(start)
        window.wait_for(
            "answer = len(bpy.context.scene.collection.children) > 3", "some faces", 120
        )
        window.picture("7-job")
        window.wait_for("answer = len(bpy.context.scene.collection.children) > 20", "all", 300)
        print_gaps("during the job", window.ask(DRAWING_GAPS))
        window.picture("8-job-done")
        window.key("ctrl+z")
        window.wait_for("answer = len(bpy.context.scene.collection.children) == 1", "one undo")
        window.ask(start)
        window.wait_for("answer = len(bpy.context.scene.collection.children) > 2", "some again")
        window.point_at("VIEW_3D", "WINDOW")
        began = time.monotonic()
        window.key("Escape")
        window.wait_for("answer = " + NO_JOB, "the job's end")
        print(f"  Esc took {time.monotonic() - began:.2f} s")
        left = window.ask("answer = len(bpy.context.scene.collection.children)")
        time.sleep(2)
        if window.ask("answer = len(bpy.context.scene.collection.children)") != left:
            raise GuiError("Faces went on appearing after Esc.")
        window.picture("9-stopped")
        if time.monotonic() - began > 30 or not 2 < left < 20:
            raise GuiError(f"Esc left {left} collections.")
    no_traceback(blender)


def story_disable(blender: Blender, photo: Path) -> None:
    """Disabled, nothing of it is left on the command line; enabled, it is back."""
    module = "bl_ext.user_default.prn_face"
    for operator, expected in (("addon_disable", False), ("addon_enable", True)):
        blender.run(
            "--background", "--python-expr",
            f"import bpy; bpy.ops.preferences.{operator}(module={module!r});"
            "bpy.ops.wm.save_userpref()",
        )  # fmt: skip
        listed = "prn" in blender.run("--command", "help").split()
        if listed != expected:
            raise GuiError(f"After {operator} the command prn is {'' if listed else 'not '}there.")


# Screenshots that the tutorial shows: name in the output folder -> in docs/images/tutorial.
TUTORIAL = {"1-panel": "panel", "3b-found": "found", "4-face": "camera", "6-side": "side"}


def keep_for_tutorial(output: Path) -> None:
    """Small copies of the screenshots for the documentation."""
    folder = ROOT / "docs" / "images" / "tutorial"
    folder.mkdir(parents=True, exist_ok=True)
    for name, kept in TUTORIAL.items():
        subprocess.run(
            ["convert", str(output / f"{name}.png"), "-resize", "1200x", "-dither", "None",
             "-colors", "200", f"PNG8:{folder / kept}.png"],
            check=True,
        )  # fmt: skip


STORIES: tuple[Callable[[Blender, Path], None], ...] = (
    story_command_line,
    story_window,
    story_second_face,
    story_redo_panel,
    story_paint,
    story_swap,
    story_search,
    story_drop,
    story_image,
    story_looks,
    story_batch,
    story_disable,
)


def parse_arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--photo", type=Path, help="without it scikit-image's astronaut")
    parser.add_argument("--chroot", type=Path, default=ROOT / "build" / "chroot", metavar="DIR")
    parser.add_argument("--output", type=Path, default=ROOT / "build" / "gui", metavar="DIR")
    parser.add_argument("--story", action="append", help="only stories with this in their name")
    parser.add_argument("--tutorial", action="store_true", help="renew the tutorial's pictures")
    parser.add_argument("--zip", type=Path, help="an extension built earlier")
    return parser.parse_args(arguments)


def prepare(options: argparse.Namespace) -> tuple[Blender, Path]:
    """A chroot, a clean profile with the extension, and the photo where both sides see it."""
    subprocess.run(
        [sys.executable, str(ROOT / "scripts/blender_chroot.py"), "create", str(options.chroot)],
        check=True,
    )
    shared = options.output.resolve()
    shutil.rmtree(shared, ignore_errors=True)
    shared.mkdir(parents=True)
    source = options.photo or sample_photo()
    photo = shared / f"photo{source.suffix}"
    shutil.copyfile(source, photo)
    blender = Blender(options.chroot.resolve(), shared)
    archive = options.zip or build_zip(chroot_python(blender), shared)
    if archive.parent != shared:
        archive = Path(shutil.copy(archive, shared))
    blender.run(
        "--command", "extension", "install-file", "--repo", "user_default", "--enable",
        f"{INSIDE}/{archive.name}",
    )  # fmt: skip
    return blender, photo


def main(arguments: Sequence[str] | None = None) -> int:
    options = parse_arguments(arguments)
    failed = 0
    try:
        blender, photo = prepare(options)
    except (GuiError, subprocess.CalledProcessError) as error:
        print(f"test-gui: {error}", file=sys.stderr)
        return 1
    wanted = [
        s for s in STORIES if not options.story or any(w in s.__name__ for w in options.story)
    ]
    for story in wanted:
        started = time.monotonic()
        print(f"{story.__name__}: {story.__doc__}", flush=True)
        try:
            story(blender, photo)
        except GuiError as error:
            failed += 1
            print(f"  FAILED: {error}")
        print(f"  {time.monotonic() - started:.0f} s")
    if options.tutorial and not failed:
        keep_for_tutorial(options.output)
    print(f"{len(wanted) - failed} passed, {failed} failed; pictures in {options.output}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
