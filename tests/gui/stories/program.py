"""Without a window."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path

from window import INSIDE, Blender, GuiError


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


def story_batch(blender: Blender, photo: Path) -> None:
    """`blender --command prn batch` brings photos to processes, which find the add-on."""
    out = blender.shared / "batch"
    blender.run(
        "--command", "prn", "batch", f"{INSIDE}/{photo.stem}*{photo.suffix}",
        "-o", f"{INSIDE}/{out.name}", "--json", "--obj", "--blend", "--jobs", "2",
    )  # fmt: skip
    made = sorted(file.name for file in out.iterdir())
    print(f"  made {', '.join(made)}")
    if not {f"{photo.stem}{ending}" for ending in (".json", ".obj", ".blend")} <= set(made):
        raise GuiError(f"A batch made only {made}.")


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
