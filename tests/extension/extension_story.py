"""The life of the extension in one clean Blender, told as JSON; run by test_extension.py.

    python -S tests/extension/extension_story.py life ZIP PHOTO
    python -S tests/extension/extension_story.py incomplete ZIP PHOTO

BLENDER_USER_RESOURCES has to name an empty folder.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

import hashlib
import json
import os
import sys
import threading
from pathlib import Path

PROFILE = Path(os.environ["BLENDER_USER_RESOURCES"]).resolve()
MODULE = "bl_ext.user_default.prn_face"
LIBRARIES = ("cv2", "onnxruntime", "PIL")

connections: list[str] = []
sys.addaudithook(
    lambda event, arguments: (
        connections.append(repr(arguments))
        if event in ("socket.connect", "urllib.Request")
        else None
    )
)

import bpy  # after the hook, which has to see what Blender does on start


def registered() -> dict[str, list[str]]:
    """Everything an add-on may leave behind in Blender."""
    types = [(name, getattr(bpy.types, name)) for name in dir(bpy.types)]
    properties = [
        f"{name}.{prop.identifier}"
        for name, kind in types
        if hasattr(kind, "bl_rna")
        for prop in kind.bl_rna.properties
    ]
    drawn = [
        f"{name}: {function.__module__}.{function.__qualname__}"
        for name, kind in types
        for function in getattr(getattr(kind, "draw", None), "_draw_funcs", ())
        # The first addition makes Blender list a menu's own drawing too, for good.
        if not function.__module__.startswith("bl_ui")
    ]
    handlers = [
        f"{name}: {getattr(function, '__module__', '')}.{getattr(function, '__qualname__', '')}"
        for name in dir(bpy.app.handlers)
        if isinstance(functions := getattr(bpy.app.handlers, name), list)
        for function in functions
    ]
    return {
        "classes": sorted(name for name, _ in types),
        "properties": sorted(properties),
        "draw functions": sorted(drawn),
        "handlers": sorted(handlers),
        "operators": sorted(f"{g}.{o}" for g in dir(bpy.ops) for o in dir(getattr(bpy.ops, g))),
        "threads": sorted(t.name for t in threading.enumerate() if not t.daemon),
    }


def differences(before: dict[str, list[str]], after: dict[str, list[str]]) -> dict[str, list[str]]:
    found = {what: sorted(set(before[what]) ^ set(after[what])) for what in before}
    return {what: names for what, names in found.items() if names}


def package_files() -> dict[str, str]:
    """What lies in the installed extension, to see that nothing is written there."""
    folder = PROFILE / "extensions" / "user_default" / "prn_face"
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }


def reconstruct(photo: str) -> dict[str, object]:
    """Start from an empty scene, use the operator, and tell what it made."""
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    result = bpy.ops.prn.reconstruct(filepath=photo)
    meshes = [thing for thing in bpy.context.scene.objects if thing.type == "MESH"]
    return {
        "result": sorted(result),
        "vertices": max((len(thing.data.vertices) for thing in meshes), default=0),
        "cameras": sum(thing.type == "CAMERA" for thing in bpy.context.scene.objects),
        "images": sorted(image.name for image in bpy.data.images if image.size[0] > 0),
    }


def where_libraries_are() -> dict[str, str]:
    return {
        name: str(Path(sys.modules[name].__file__ or "").resolve())
        for name in LIBRARIES
        if name in sys.modules
    }


def enabled() -> bool:
    return MODULE in bpy.context.preferences.addons


def install(archive: str) -> None:
    bpy.ops.extensions.package_install_files(
        filepath=archive, repo="user_default", enable_on_install=True
    )


def life(archive: str, photo: str) -> dict[str, object]:
    """Installed, used, disabled, enabled, used, uninstalled."""
    story: dict[str, object] = {"blender": bpy.app.version_string}
    before = registered()

    install(archive)
    story["enabled on install"] = enabled()
    story["libraries loaded by enabling"] = sorted(where_libraries_are())
    files = package_files()

    story["first use"] = reconstruct(photo)
    story["libraries"] = where_libraries_are()
    story["files written beside the code"] = sorted(
        set(files.items()) ^ set(package_files().items())
    )

    bpy.ops.preferences.addon_disable(module=MODULE)
    story["enabled after disabling"] = enabled()
    story["left by disabling"] = differences(before, registered())

    bpy.ops.preferences.addon_enable(module=MODULE)
    story["enabled again"] = enabled()
    story["second use"] = reconstruct(photo)

    repositories = [repo.module for repo in bpy.context.preferences.extensions.repos]
    bpy.ops.extensions.package_uninstall(
        repo_index=repositories.index("user_default"), pkg_id="prn_face"
    )
    story["left by uninstalling"] = differences(before, registered())
    unpacked = (PROFILE / "extensions" / ".local").glob("lib/python*/site-packages/*")
    story["files left by uninstalling"] = [*package_files(), *sorted(map(str, unpacked))]
    story["connections"] = connections
    return story


def incomplete(archive: str, photo: str) -> dict[str, object]:
    """A zip that lacks a wheel: it can be enabled, and using it says what is missing."""
    install(archive)
    objects = len(bpy.data.objects)
    try:
        bpy.ops.prn.reconstruct(filepath=photo)
        said = ""
    except RuntimeError as error:  # how Blender hands an operator's error report to a script
        said = str(error)
    return {"enabled": enabled(), "said": said, "new objects": len(bpy.data.objects) - objects}


if __name__ == "__main__":
    tell = {"life": life, "incomplete": incomplete}[sys.argv[1]]
    print("STORY " + json.dumps(tell(*sys.argv[2:])), flush=True)
