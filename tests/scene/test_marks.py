"""Landmarks and the hidden side, shown on the mesh and taken away again."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

bpy = pytest.importorskip("bpy", reason="Blender's Python module is not installed")

from layout_record import Layout

from prn_blender.core import Face
from prn_blender.scene.files import new_file
from prn_blender.scene.marks import LANDMARKS, VISIBILITY, marks_shown

BOTH = (LANDMARKS, VISIBILITY)


pytestmark = pytest.mark.usefixtures("addon")


def built(photo: Path, stride: str = "2") -> bpy.types.Object:
    """A lattice, whose vertices are the position map's; heads: `head/test_heads.py`."""
    bpy.ops.prn.reconstruct(
        filepath=str(photo), topology="lattice", stride=stride, texture_size="256"
    )
    return bpy.context.view_layer.objects.active


def shown(item: bpy.types.Object) -> list[str]:
    return [kind for kind in BOTH if marks_shown(item, kind)]


BALL = 42  # vertices


def balls(item: bpy.types.Object) -> tuple[np.ndarray, list[str]]:
    """Where the balls of the evaluated mesh are in the scene, and what they are made of."""
    drawn = item.evaluated_get(bpy.context.evaluated_depsgraph_get()).data
    own, polygons = len(item.data.vertices), len(item.data.polygons)
    vertices = np.empty(len(drawn.vertices) * 3, np.float32)
    drawn.vertices.foreach_get("co", vertices)
    places = vertices.reshape(-1, 3)[own:].reshape(-1, BALL, 3).mean(axis=1)
    matrix = np.array(item.matrix_world)
    made_of = np.empty(len(drawn.polygons), np.int32)
    drawn.polygons.foreach_get("material_index", made_of)
    first_faces = made_of[polygons:].reshape(len(places), -1)[:, 0]
    names = [drawn.materials[index].name for index in first_faces]
    return places @ matrix[:3, :3].T + matrix[:3, 3], names


def photo_pixels(points: np.ndarray) -> np.ndarray:
    """(n, 2) where the scene's camera, an orthographic one, sees points."""
    scene = bpy.context.scene
    size = np.array([scene.render.resolution_x, scene.render.resolution_y])
    unit = scene.camera.data.ortho_scale / size.max()
    return points[:, [0, 2]] / unit * [1, -1] + size / 2 - 0.5


def test_every_landmark_stands_where_the_photo_has_it(astronaut_path: Path, face: Face) -> None:
    item = built(astronaut_path, stride="1")
    assert shown(item) == []
    bpy.ops.prn.landmarks()
    assert shown(item) == [LANDMARKS]
    places, materials = balls(item)
    assert len(places) == 68
    apart = np.linalg.norm(
        photo_pixels(places)[:, None] - face.landmarks[None, :, :2], axis=-1
    )  # fmt: skip
    assert apart.min(axis=0).max() < 0.1
    seen = face.visibility[tuple(face.layout.landmark_texels.T)]
    assert [name == "PRN Seen" for name in materials].count(True) == seen.sum()
    # Each of the right colour.
    nearest = apart.argmin(axis=1)
    assert [name == "PRN Seen" for name in materials] == seen[nearest].tolist()


@pytest.mark.parametrize("stride", ["2", "4"])
def test_coarse_meshes_have_them_too(astronaut_path: Path, face: Face, stride: str) -> None:
    item = built(astronaut_path, stride)
    bpy.ops.prn.landmarks()
    places, _ = balls(item)
    assert len(places) == 68
    apart = np.linalg.norm(photo_pixels(places)[:, None] - face.landmarks[None, :, :2], axis=-1)
    assert apart.min(axis=0).max() < 0.02 * face.size


def test_what_the_photo_does_not_show_is_red(astronaut_path: Path) -> None:
    item = built(astronaut_path)
    mesh = item.data
    visible = np.empty(len(mesh.vertices), bool)
    mesh.attributes["visible"].data.foreach_get("value", visible)
    expected = [not all(visible[list(polygon.vertices)]) for polygon in mesh.polygons]
    bpy.ops.prn.visibility()
    drawn = item.evaluated_get(bpy.context.evaluated_depsgraph_get()).data
    names = [material.name for material in drawn.materials]
    red = [names[polygon.material_index] == "PRN Hidden" for polygon in drawn.polygons]
    assert red == expected
    assert 0.1 < np.mean(red) < 0.9
    assert len(mesh.materials) == 1  # the face's own data are as they were


def test_both_at_once_leave_the_balls_their_colours(astronaut_path: Path) -> None:
    item = built(astronaut_path)
    bpy.ops.prn.landmarks()
    before = balls(item)[1]
    bpy.ops.prn.visibility()
    assert shown(item) == [LANDMARKS, VISIBILITY]
    assert balls(item)[1] == before
    for _ in range(2):
        bpy.ops.prn.landmarks()
    assert balls(item)[1] == before


def test_renders_leave_them_out(astronaut_path: Path) -> None:
    item = built(astronaut_path)
    bpy.ops.prn.landmarks()
    bpy.ops.prn.visibility()
    assert [modifier.show_render for modifier in item.modifiers] == [False, False]


def data_blocks() -> dict[str, list[str]]:
    kinds = ("objects", "meshes", "node_groups", "materials", "images", "collections")
    return {kind: sorted(block.name for block in getattr(bpy.data, kind)) for kind in kinds}


def test_hidden_again_nothing_is_left(astronaut_path: Path) -> None:
    item = built(astronaut_path)
    before = data_blocks()
    for _ in range(2):
        for toggle in (bpy.ops.prn.landmarks, bpy.ops.prn.visibility):
            toggle()
    assert shown(item) == []
    assert len(item.modifiers) == 0
    assert data_blocks() == before


def test_one_face_more_needs_no_more_nodes(astronaut_path: Path) -> None:
    for _ in range(2):
        item = built(astronaut_path)
        bpy.ops.prn.landmarks()
        bpy.ops.prn.visibility()
    assert len([tree for tree in bpy.data.node_groups if tree.type == "GEOMETRY"]) == 2
    bpy.ops.prn.landmarks()
    assert shown(bpy.data.objects["astronaut"]) == [LANDMARKS, VISIBILITY]
    assert shown(item) == [VISIBILITY]


def test_undo_saving_and_duplicates_keep_them(astronaut_path: Path, tmp_path: Path) -> None:
    built(astronaut_path)
    bpy.ops.ed.undo_push(message="built")
    bpy.ops.prn.landmarks("EXEC_DEFAULT", True)
    bpy.ops.prn.visibility("EXEC_DEFAULT", True)
    bpy.ops.ed.undo()
    assert shown(bpy.data.objects["astronaut"]) == [LANDMARKS]
    bpy.ops.ed.redo()
    item = bpy.data.objects["astronaut"]
    assert shown(item) == [LANDMARKS, VISIBILITY]

    bpy.ops.object.duplicate()
    copy = bpy.context.view_layer.objects.active
    assert copy != item
    assert shown(copy) == [LANDMARKS, VISIBILITY]
    bpy.ops.prn.visibility()
    assert (shown(item), shown(copy)) == ([LANDMARKS, VISIBILITY], [LANDMARKS])

    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "marks.blend"))
    new_file()
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "marks.blend"))
    item = bpy.data.objects["astronaut"]
    assert shown(item) == [LANDMARKS, VISIBILITY]
    assert len(balls(item)[0]) == 68


def test_a_new_mesh_keeps_them(astronaut_path: Path) -> None:
    item = built(astronaut_path, stride="4")
    bpy.ops.prn.landmarks()
    bpy.ops.prn.rebuild(stride="2")
    assert shown(item) == [LANDMARKS]
    assert len(balls(item)[0]) == 68


def test_painting_takes_them_away(astronaut_path: Path) -> None:
    item = built(astronaut_path)
    bpy.ops.prn.landmarks()
    bpy.ops.prn.visibility()
    bpy.ops.prn.paint()
    assert shown(item) == []


def test_what_has_no_marks_says_so(astronaut_path: Path, tmp_path: Path) -> None:
    cube = bpy.data.objects.new("cube", bpy.data.meshes.new("cube"))
    bpy.context.scene.collection.objects.link(cube)
    bpy.context.view_layer.objects.active = cube
    assert not bpy.ops.prn.landmarks.poll()
    item = built(astronaut_path)
    item.vertex_groups.clear()  # or it, of the same name, would go instead
    item.data.attributes.remove(item.data.attributes["visible"])
    with pytest.raises(RuntimeError, match="has lost what says where its points are"):
        bpy.ops.prn.visibility()
    assert len(item.modifiers) == 0
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "face.blend"))
    new_file()
    with bpy.data.libraries.load(str(tmp_path / "face.blend"), link=True) as (_, wanted):
        wanted.objects = ["astronaut"]
    linked = wanted.objects[0]
    bpy.context.scene.collection.objects.link(linked)
    bpy.context.view_layer.objects.active = linked
    assert not bpy.ops.prn.visibility.poll()


def test_the_panel_shows_which_are_on(astronaut_path: Path) -> None:
    built(astronaut_path)
    bpy.ops.prn.visibility()
    layout = Layout()
    bpy.types.PRN_PT_face.draw(SimpleNamespace(layout=layout), bpy.context)
    assert layout.names("pressed") == ["prn.visibility"]
    assert "prn.landmarks" in layout.names("operator")
