"""Short ways through an afternoon: turning, swapping within the scene, where browsers open."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

bpy = pytest.importorskip("bpy", reason="Blender's Python module is not installed")

from editing import built

import prn_blender.preferences as preferences
from prn_blender.core.files.safe import shown
from prn_blender.interface.file_browser import PhotoBrowser
from prn_blender.interface.target import show_scene_light
from prn_blender.operators.swap import PRN_MT_donors
from prn_blender.scene.layers import texture_group as names
from prn_blender.scene.layers.layers import layers_of
from prn_blender.scene.record import find_front_pose

pytestmark = pytest.mark.usefixtures("addon")


def test_photo_view_turns_a_face_back_that_looks_to_the_front(photo_path: Path) -> None:
    item = built(photo_path)
    pose = np.array(item.matrix_basis)
    bpy.ops.prn.front_view()
    assert find_front_pose(item) is not None
    assert not np.allclose(np.array(item.matrix_basis), pose, atol=1e-3)
    bpy.ops.prn.photo_view()
    assert np.allclose(np.array(item.matrix_basis), pose, atol=1e-6)
    assert find_front_pose(item) is None


def test_a_face_of_the_scene_can_be_the_donor(photo_path: Path, tmp_path: Path) -> None:
    donor = built(photo_path)
    other = tmp_path / "other.png"
    shutil.copy(photo_path, other)
    target = built(other)
    assert PRN_MT_donors.others(bpy.context) == [donor]
    assert bpy.ops.prn.swap(donor=donor.name, blend="feather") == {"FINISHED"}
    assert layers_of(target).image(names.DONOR) is not None
    with pytest.raises(RuntimeError, match="There is no face 'Cube' to take"):
        bpy.ops.prn.swap(donor="Cube")


def shading(kind: str) -> SimpleNamespace:
    return SimpleNamespace(type=kind, use_scene_lights=False)


@pytest.mark.parametrize("lights", [False, True])
def test_a_view_that_shows_no_light_shows_the_scene_s(lights: bool) -> None:
    views = {kind: shading(kind) for kind in ("SOLID", "WIREFRAME", "MATERIAL", "RENDERED")}
    areas: list[Any] = [
        SimpleNamespace(
            type="VIEW_3D", spaces=SimpleNamespace(active=SimpleNamespace(shading=view))
        )
        for view in views.values()
    ]
    areas.append(SimpleNamespace(type="OUTLINER"))
    objects = [SimpleNamespace(type="MESH"), *[SimpleNamespace(type="LIGHT")] * lights]
    show_scene_light(
        SimpleNamespace(screen=SimpleNamespace(areas=areas), scene=SimpleNamespace(objects=objects))
    )
    assert views["SOLID"].type == "MATERIAL"
    assert [views[kind].type for kind in ("WIREFRAME", "RENDERED")] == ["WIREFRAME", "RENDERED"]
    assert views["SOLID"].use_scene_lights == views["MATERIAL"].use_scene_lights == lights


def test_the_browser_of_an_unsaved_file_opens_where_the_last_photo_was(photo_path: Path) -> None:
    browser = SimpleNamespace(filepath="")
    PhotoBrowser.start_folder(browser)
    assert browser.filepath == ""
    built(photo_path)
    PhotoBrowser.start_folder(browser)
    assert Path(browser.filepath) == photo_path.parent, shown(photo_path)
    assert not browser.filepath.endswith(photo_path.name)
    browser.filepath = "/elsewhere/"
    PhotoBrowser.start_folder(browser)
    assert browser.filepath == "/elsewhere/"


def test_the_documentation_is_the_page_of_the_manifest() -> None:
    manifest = Path(preferences.__file__).parents[1] / "blender_manifest.toml"
    assert f'website = "{preferences.DOCUMENTATION}"' in manifest.read_text()
