"""Faces and foreign meshes that take on the expressions of photos."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from prn_blender.core import Photo

bpy = pytest.importorskip("bpy", reason="Blender's Python module is not installed")

from job_window import ESC, TIMER, job_threads_end, stand_in, start, work_is_done

from prn_blender.operators.sequence import transfer
from prn_blender.scene.animation.curves import curves_of

pytestmark = pytest.mark.usefixtures("addon")


@pytest.fixture(scope="module")
def photos(astronaut: Photo, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Her, her mirror image, and nobody; in natural order and not in that of letters."""
    folder = tmp_path_factory.mktemp("photos")
    for name, pixels in (
        ("p_9.png", astronaut.pixels),
        ("p_10.png", astronaut.pixels[:, ::-1]),
        ("p_11.png", np.full((90, 90, 3), 90, np.uint8)),
    ):
        Image.fromarray(np.ascontiguousarray(pixels)).save(folder / name)
    return folder


def build(path: Path, topology: str = "lattice") -> bpy.types.Object:
    bpy.ops.prn.reconstruct(filepath=str(path), stride="4", texture_size="256", topology=topology)
    return bpy.context.active_object


def foreign() -> bpy.types.Object:
    bpy.ops.mesh.primitive_cube_add()
    item = bpy.context.active_object
    for name in ("Basis", "JawOpen", "mouthSmile_L", "eyeLookUpLeft", "other"):
        item.shape_key_add(name=name).value = 0  # 1 from Blender 5 on
    return item


def named(photos: Path, *names: str) -> dict[str, object]:
    return {"directory": str(photos), "files": [{"name": name} for name in names]}


def test_a_head_takes_on_the_values_of_a_photo(photos: Path) -> None:
    head = build(photos / "p_9.png", "head")
    blocks = head.data.shape_keys.key_blocks
    left, right = (blocks[f"mouthSmile{side}"].value for side in ("Left", "Right"))
    for key in blocks[1:]:
        key.value = 0.0
    where = head.matrix_basis.copy()
    assert bpy.ops.prn.transfer_expressions(filepath=str(photos / "p_10.png")) == {"FINISHED"}
    # The mirror image smiles on the other side.
    assert blocks["mouthSmileLeft"].value == pytest.approx(right, abs=0.12)
    assert blocks["mouthSmileRight"].value == pytest.approx(left, abs=0.12)
    assert blocks["Photo Detail"].value == 0 and blocks["tongueOut"].value == 0
    assert head.data.shape_keys.animation_data is None
    assert head.matrix_basis == where
    smile = blocks["mouthSmileLeft"].value
    bpy.ops.prn.transfer_expressions(filepath=str(photos / "p_10.png"), strength=0.5, turn=True)
    assert blocks["mouthSmileLeft"].value == pytest.approx(smile / 2, abs=1e-4)
    was = where.to_euler()
    assert head.rotation_euler.z == pytest.approx(-was.z, abs=0.03)  # turned as the mirror image


def test_a_lattice_gets_the_keys_it_lacks(photos: Path) -> None:
    face = build(photos / "p_9.png")
    bpy.ops.prn.transfer_expressions(filepath=str(photos / "p_10.png"))
    blocks = face.data.shape_keys.key_blocks
    assert blocks["Neutral"].value == 1 and blocks["mouthSmileLeft"].value > 0.05
    face.shape_key_remove(blocks["mouthSmileLeft"])
    bpy.ops.prn.transfer_expressions(filepath=str(photos / "p_9.png"))
    assert face.data.shape_keys.key_blocks["mouthSmileLeft"].value > 0.05
    names = [key.name for key in face.data.shape_keys.key_blocks]
    assert len(set(names)) == len(names) and not any("." in name for name in names)


def test_several_photos_become_keyframes_with_names(photos: Path) -> None:
    item, scene = foreign(), bpy.context.scene
    blocks = item.data.shape_keys.key_blocks
    blocks["JawOpen"].value = 0.7
    blocks["JawOpen"].keyframe_insert("value", frame=1)  # the user's
    scene.frame_set(20)
    names = named(photos, "p_10.png", "p_11.png", "p_9.png")
    found = bpy.ops.prn.transfer_expressions(**names, apart=7, hold=True, gaze=False, turn=True)
    assert found == {"FINISHED"}
    action = item.data.shape_keys.animation_data.action
    assert [(m.name, m.frame) for m in action.pose_markers] == [("p_9", 20), ("p_10", 27)]
    curves = {curve.data_path: curve for curve in curves_of(item.data.shape_keys)}
    assert set(curves) == {
        'key_blocks["JawOpen"].value', 'key_blocks["mouthSmile_L"].value'
    }  # fmt: skip
    points = curves['key_blocks["JawOpen"].value'].keyframe_points
    assert [p.co.x for p in points] == [1, 20, 27]
    assert points[0].co.y == pytest.approx(0.7)
    assert points[1].interpolation == "CONSTANT"
    smiles = [p.co.y for p in curves['key_blocks["mouthSmile_L"].value'].keyframe_points]
    assert min(smiles) > 0.05
    assert {curve.data_path for curve in curves_of(item)} == {"rotation_euler"}
    assert scene.frame_current == 20 and scene.frame_end >= 27
    bpy.ops.prn.transfer_expressions(**names, apart=7)  # once more: the same places
    markers = item.data.shape_keys.animation_data.action.pose_markers
    assert sorted(m.frame for m in markers) == [20, 27]


def test_keys_that_are_animated_keep_the_expression_and_driven_ones_are_named(
    photos: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    item, scene = foreign(), bpy.context.scene
    keys = item.data.shape_keys.key_blocks
    keys["mouthSmile_L"].keyframe_insert("value", frame=1)
    keys["JawOpen"].driver_add("value").driver.expression = "0.25"
    scene.frame_set(30)
    assert bpy.ops.prn.transfer_expressions(filepath=str(photos / "p_9.png")) == {"FINISHED"}
    shown = keys["mouthSmile_L"].value
    assert shown > 0.05
    scene.frame_set(31)
    assert keys["mouthSmile_L"].value == pytest.approx(shown)
    scene.frame_set(1)
    assert keys["mouthSmile_L"].value == 0
    said = capsys.readouterr().out
    assert f"Drivers move these keys of {item.name!r}, whatever the photo shows: jawOpen" in said
    assert "has no keys for" in said


def test_the_first_photo_can_be_the_calm_one(photos: Path) -> None:
    item = foreign()
    names = named(photos, "p_9.png", "p_10.png")
    assert bpy.ops.prn.transfer_expressions(**names, first_is_calm=True) == {"FINISHED"}
    assert item.data.shape_keys.animation_data is None  # one is left
    assert item.data.shape_keys.key_blocks["mouthSmile_L"].value < 0.15
    with pytest.raises(RuntimeError, match="there is only one"):
        bpy.ops.prn.transfer_expressions(filepath=str(photos / "p_9.png"), first_is_calm=True)


def test_bad_input_changes_nothing(photos: Path) -> None:
    item = foreign()
    before = [key.value for key in item.data.shape_keys.key_blocks]
    for words, says in (
        ({"filepath": str(photos / "p_11.png")}, "No face was found"),
        ({"filepath": str(photos / "none.png")}, "does not exist"),
        ({"filepath": str(photos / "p_9.png"), "number": 3}, "has no face 3"),
    ):
        with pytest.raises(RuntimeError, match=says):
            bpy.ops.prn.transfer_expressions(**words)
    assert [key.value for key in item.data.shape_keys.key_blocks] == before
    item.shape_key_clear()
    item.shape_key_add(name="Basis")
    with pytest.raises(RuntimeError, match="no shape keys with ARKit's names"):
        bpy.ops.prn.transfer_expressions(filepath=str(photos / "p_9.png"))


def test_esc_leaves_everything(photos: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    item = foreign()
    operator = stand_in(
        transfer.PRN_OT_transfer_expressions, filepath=str(photos / "p_9.png"), files=[]
    )
    window = start(operator, monkeypatch)
    work_is_done(operator)
    assert operator.modal(window, TIMER) == {"PASS_THROUGH"}
    assert operator.modal(window, ESC) == {"CANCELLED"}
    job_threads_end()
    assert item.data.shape_keys.key_blocks["mouthSmile_L"].value == 0
