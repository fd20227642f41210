"""Faces of several photos in one scene: each photo is looked at without the others."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import itertools
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

bpy = pytest.importorskip("bpy", reason="Blender's Python module is not installed")

from bpy_extras.object_utils import world_to_camera_view

from prn_blender.core import Photo
from prn_blender.interface.views.occluders import show_only
from prn_blender.scene.files import new_file
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


def sides(item: bpy.types.Object) -> tuple[float, float]:
    across = [(item.matrix_world @ vertex.co).x for vertex in item.data.vertices]
    return min(across), max(across)


def on_photo(item: bpy.types.Object) -> np.ndarray:
    """(n, 2): where the photo's camera sees the vertices, as shares of its picture."""
    scene, view = bpy.context.scene, camera(item)
    scene.render.resolution_x, scene.render.resolution_y = 512, 512
    bpy.context.view_layer.update()
    seen = [world_to_camera_view(scene, view, item.matrix_world @ v.co) for v in item.data.vertices]
    return np.array(seen)[:, :2]


def test_several_photos_at_once_stand_in_a_row(photo_path: Path, donor_path: Path) -> None:
    third = photo_path.with_name("third.png")
    shutil.copy(photo_path, third)
    names = [{"name": p.name} for p in (photo_path, donor_path, third)]
    alone = [on_photo(build(path)) for path in (photo_path, donor_path, third)]
    new_file()
    bpy.ops.prn.reconstruct(
        directory=str(photo_path.parent), files=names, stride="4", texture_size="256"
    )
    bpy.context.view_layer.update()
    row = [bpy.data.objects[name] for name in ("astronaut", "donor", "third")]
    for left, right in itertools.pairwise(row):
        width = sides(left)[1] - sides(left)[0]
        gap = sides(right)[0] - sides(left)[1]
        assert 0.05 * width < gap < 0.6 * width
    assert np.ptp([item.location.z for item in row]) < 1e-5
    for item, expected in zip(row, alone, strict=True):
        assert np.allclose(on_photo(item), expected, atol=1e-5), "its camera stands before it"
    # Another camera later leaves each in its place.
    places = [sides(item) for item in row]
    bpy.context.view_layer.objects.active = row[1]
    assert bpy.ops.prn.rebuild(camera="persp", use_exif=False) == {"FINISHED"}
    bpy.context.view_layer.update()
    assert [sides(item) for item in (row[0], row[2])] == [places[0], places[2]]
    assert np.allclose(sides(row[1]), places[1], atol=0.03)
    assert np.allclose(on_photo(row[1]), alone[1], atol=1e-4)
