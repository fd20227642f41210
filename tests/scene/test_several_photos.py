"""Faces of several photos in one scene: each photo is looked at without the others."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

bpy = pytest.importorskip("bpy", reason="Blender's Python module is not installed")

from prn_blender.core import Photo
from prn_blender.interface.views.occluders import show_only
from prn_blender.scene.record import camera_of

pytestmark = pytest.mark.usefixtures("addon")


def build(path: Path, **options: object) -> bpy.types.Object:
    bpy.ops.prn.reconstruct(filepath=str(path), stride="4", texture_size="256", **options)
    return bpy.context.active_object


def hidden(item: bpy.types.Object) -> tuple[bool, bool]:
    return item.hide_get(), item.hide_render


def camera(item: bpy.types.Object) -> bpy.types.Object:
    return camera_of(item)


@pytest.fixture
def two(photo_path: Path, donor_path: Path) -> list[bpy.types.Object]:
    return [build(photo_path), build(donor_path)]


def test_scripts_hide_nothing(two: list[bpy.types.Object]) -> None:
    assert [hidden(item) for item in two] == [(False, False)] * 2


def test_photo_view_shows_one_photo_and_then_the_other(two: list[bpy.types.Object]) -> None:
    for shown, other in (two, two[::-1], two):
        bpy.context.view_layer.objects.active = shown
        assert bpy.ops.prn.photo_view() == {"FINISHED"}
        assert hidden(shown) == (False, False) and hidden(other) == (True, True)
        assert not camera(shown).hide_get() and camera(other).hide_get()
        assert bpy.context.scene.camera == camera(shown)


def test_a_face_that_was_moved_aside_stays(two: list[bpy.types.Object]) -> None:
    two[0].location.x += 50
    assert show_only(bpy.context, camera(two[1])) == 0
    assert hidden(two[0]) == (False, False)


def test_faces_of_one_photo_stay_together(pair: Photo, tmp_path: Path) -> None:
    path = tmp_path / "pair.png"
    Image.fromarray(pair.pixels).save(path)
    first = build(path)
    second = build(path, faces="CHOSEN", numbers="2")
    assert camera(first) != camera(second)
    bpy.ops.prn.photo_view()
    assert hidden(first) == hidden(second) == (False, False)
    assert camera(first).hide_get() and not camera(second).hide_get()


def test_what_the_user_has_made_stays(two: list[bpy.types.Object]) -> None:
    bpy.ops.mesh.primitive_cube_add(size=3)
    cube = bpy.context.active_object
    show_only(bpy.context, camera(two[1]))
    assert hidden(cube) == (False, False)
