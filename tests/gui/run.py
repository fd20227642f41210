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
            bpy.ops.view3d.view_selected()
answer = [thing.name for thing in bpy.context.selected_objects]
"""


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


def story_window(blender: Blender, photo: Path) -> None:
    """The tab's button is clicked, a photo is picked, a face appears, is undone and redone."""
    with Window(blender) as window:
        window.wait_for("answer = area_of('VIEW_3D') is not None", "a 3D viewport")
        window.wait_for("answer = show_tab('PRN')", "the sidebar's tab PRN")
        window.picture("1-panel")

        window.find("VIEW_3D", "UI", lambda does: "prn.reconstruct" in does, "button")
        window.picture("2-button")
        window.click()
        window.wait_for("answer = box('FILE_BROWSER', 'WINDOW')", "the file browser")

        def is_directory_field(does: str) -> bool:
            return does.endswith(".params.directory")

        window.find("FILE_BROWSER", "UI", is_directory_field, "field for the folder")
        window.click()
        window.key("ctrl+a")
        window.type(f"{INSIDE}/{photo.name}")
        window.key("Return")
        window.wait_for(
            f"answer = area_of('FILE_BROWSER')[1].spaces.active.params.filename == {photo.name!r}",
            "the photo's name in the file browser",
        )
        # Some versions stay in the field: a click on the empty part of the bookmarks leaves it.
        window.point_at("FILE_BROWSER", "TOOLS")
        window.click()
        window.find("FILE_BROWSER", "EXECUTE", lambda does: "file.execute" in does, "button")
        window.picture("3-file-browser")
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


STORIES: tuple[Callable[[Blender, Path], None], ...] = (
    story_command_line,
    story_window,
    story_disable,
)


def parse_arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--photo", type=Path, help="without it scikit-image's astronaut")
    parser.add_argument("--chroot", type=Path, default=ROOT / "build" / "chroot", metavar="DIR")
    parser.add_argument("--output", type=Path, default=ROOT / "build" / "gui", metavar="DIR")
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
    for story in STORIES:
        started = time.monotonic()
        print(f"{story.__name__}: {story.__doc__}", flush=True)
        try:
            story(blender, photo)
        except GuiError as error:
            failed += 1
            print(f"  FAILED: {error}")
        print(f"  {time.monotonic() - started:.0f} s")
    print(f"{len(STORIES) - failed} passed, {failed} failed; pictures in {options.output}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
