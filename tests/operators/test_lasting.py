"""What lasts: nothing after undo, nothing after the add-on is gone."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path

import pytest

bpy = pytest.importorskip("bpy", reason="Blender's Python module is not installed")

import prn_blender
from prn_blender.scene.files import new_file

STATM = Path("/proc/self/statm")


def data_blocks() -> dict[str, int]:
    return {
        name: len(getattr(bpy.data, name))
        for name in dir(bpy.data)
        if isinstance(getattr(bpy.data, name), bpy.types.bpy_prop_collection)
    }


def resident_bytes() -> int:
    return int(STATM.read_text().split()[1]) * 4096


@pytest.mark.slow
def test_200_faces_undone_leave_nothing(addon: None, astronaut_path: Path) -> None:
    options = {"filepath": str(astronaut_path), "stride": "4", "texture_size": "256"}
    bpy.ops.ed.undo_push(message="before")
    counts, sizes = [], []
    for number in range(200):
        bpy.ops.prn.reconstruct("EXEC_DEFAULT", True, **options)
        assert "astronaut" in bpy.data.objects
        bpy.ops.ed.undo()
        if number % 20 == 19:
            counts.append(data_blocks())
            sizes.append(resident_bytes() if STATM.exists() else 0)
    print(f"MB, every 20 faces: {', '.join(f'{size / 2**20:.0f}' for size in sizes)}")
    assert all(count == counts[0] for count in counts)
    assert max(sizes[1:]) - sizes[0] < 50 * 2**20


def registered() -> dict[str, object]:
    """Everything an add-on can leave behind."""
    handlers = {
        name: list(getattr(bpy.app.handlers, name))
        for name in dir(bpy.app.handlers)
        if isinstance(getattr(bpy.app.handlers, name), list)
    }
    menus = {
        name: list(getattr(getattr(bpy.types, name).draw, "_draw_funcs", []))
        for name in dir(bpy.types)
        if "_MT_" in name and hasattr(getattr(bpy.types, name), "draw")
    }
    properties = {
        name: set(dir(getattr(bpy.types, name)))
        for name in ("Scene", "Object", "Image", "Material", "WindowManager", "Mesh", "Camera")
    }
    return {
        "types": {name for name in dir(bpy.types) if "PRN" in name},
        "operators": set(dir(bpy.ops.prn)),
        "handlers": handlers,
        # Blender leaves a menu that something was appended to with a list of its own drawing.
        "menus": {name: drawn for name, drawn in menus.items() if len(drawn) > 1},
        "properties": properties,
    }


def test_registering_50_times_leaves_nothing() -> None:
    new_file()
    before = registered()
    assert before["types"] == set()
    for _ in range(50):
        prn_blender.register()
        during = registered()
        prn_blender.unregister()
    assert registered() == before
    assert during != before
