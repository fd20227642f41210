"""Faces that move as in a shot, and shape keys that move as a Live Link Face file says."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest
from photo_files import write_movie

from prn_blender.core import FaceReconstructor, Photo
from prn_blender.core.geometry.pose import Similarity
from prn_blender.core.outputs.live_link import FaceCurves, write_live_link

bpy = pytest.importorskip("bpy", reason="Blender's Python module is not installed")

import bmesh
from bpy_extras.object_utils import world_to_camera_view
from job_window import ESC, TIMER, job_threads_end, play, stand_in, start, work_is_done
from mathutils import Matrix, Vector

from prn_blender.core.photo.frames import open_shot
from prn_blender.interface import jobs
from prn_blender.operators.sequence import animate, shot_job
from prn_blender.scene.animation.curves import kept_keys
from prn_blender.scene.animation.perform import pose_head, rate_of, set_rate
from prn_blender.scene.mesh.mesh import texel_of_vertices

pytestmark = pytest.mark.usefixtures("addon")

FRAMES, STEP = 6, 8


@pytest.fixture(scope="module")
def movie(astronaut: Photo, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """She is carried to the right, `STEP` pixels a frame."""
    frames = [np.roll(astronaut.pixels[:320, 60:460], STEP * k, axis=1) for k in range(FRAMES)]
    return write_movie(tmp_path_factory.mktemp("shot") / "walk.avi", frames, 25.0)


@pytest.fixture
def face(astronaut_path: Path) -> bpy.types.Object:
    bpy.ops.prn.reconstruct(filepath=str(astronaut_path), stride="4", texture_size="256")
    return bpy.context.active_object


def seen_at(item: bpy.types.Object, frame: int) -> np.ndarray:
    """(x, y): where the middle of a face is in the picture of the scene's camera, pixels."""
    scene = bpy.context.scene
    scene.frame_set(frame)
    at = world_to_camera_view(scene, scene.camera, item.matrix_world @ Vector((0, 0, 0)))
    return np.array([at.x * scene.render.resolution_x, at.y * scene.render.resolution_y])


@pytest.mark.parametrize("moves", ["HEAD", "CAMERA"])
@pytest.mark.parametrize("camera", ["ortho", "persp"])
def test_the_face_is_seen_where_the_movie_shows_it(
    moves: str, camera: str, face: bpy.types.Object, movie: Path, reconstructor: FaceReconstructor
) -> None:
    found = bpy.ops.prn.animate(filepath=str(movie), moves=moves, camera=camera)
    assert found == {"FINISHED"}
    scene = bpy.context.scene
    assert rate_of(scene) == pytest.approx(25)
    assert (scene.frame_start, scene.frame_end) == (1, FRAMES)
    seen = np.array([seen_at(face, frame) for frame in range(1, FRAMES + 1)])
    assert np.diff(seen[:, 0]) == pytest.approx([STEP] * (FRAMES - 1), abs=1.5)
    assert np.abs(np.diff(seen[:, 1])).max() < 1.5
    pixels = write_of_first(movie)
    pose = reconstructor(Photo(pixels), max_faces=1)[0].pose
    x, y = pose.matrix[:2, 3]
    assert seen[0] == pytest.approx([x + 0.5, 320 - 0.5 - y], abs=3)
    animated = face if moves == "HEAD" else scene.camera
    assert animated.animation_data.action is not None
    (background,) = scene.camera.data.background_images
    assert (background.image.source, background.image_user.frame_start) == ("MOVIE", 1)


def write_of_first(movie: Path) -> np.ndarray:
    return next(iter(open_shot(movie).frames())).photo.pixels


def test_a_job_shows_progress_and_ends_with_esc(
    face: bpy.types.Object, movie: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shot_job, "CHUNK", 2)
    operator = stand_in(animate.PRN_OT_animate, filepath=str(movie))
    window = start(operator, monkeypatch)
    job = jobs.current_job()
    assert job.total == FRAMES // 2 + 1
    work_is_done(operator)
    assert operator.modal(window, TIMER) == {"PASS_THROUGH"}
    assert job.done == 1
    assert operator.modal(window, ESC) == {"CANCELLED"}
    assert operator.reports == [("INFO", "Stopped; the face is as it was")]
    job_threads_end()
    assert not any(thread.name == "prn-frames" for thread in threading.enumerate())
    assert face.animation_data is None
    assert len(bpy.data.cameras) == 1
    again = stand_in(animate.PRN_OT_animate, filepath=str(movie))  # it goes on from there
    window = start(again, monkeypatch)
    assert play(again, window) == {"FINISHED"}
    assert face.animation_data.action is not None
    assert [kind for kind, _ in again.reports] == ["INFO"]


def test_fewer_keys_follow_turns_in_scenes_of_any_unit(face: bpy.types.Object) -> None:
    frames = np.arange(1.0, 33.0)
    turns = 0.01 * np.sin(frames)  # radians
    places = [
        Similarity(1.0, np.array(Matrix.Rotation(turn, 3, "Z")), np.zeros(3)) for turn in turns
    ]
    for units in (1.0, 100.0):
        pose_head(face, places, units, frames, np.zeros(len(frames), bool), True)
        for frame in (5, 13, 20):
            bpy.context.scene.frame_set(frame)
            assert face.rotation_euler.z == pytest.approx(turns[frame - 1], abs=4e-4), units


def test_expressions_become_keys_of_the_calm_face(face: bpy.types.Object, movie: Path) -> None:
    bpy.ops.prn.animate(filepath=str(movie), reduce=True)
    keys = face.data.shape_keys
    assert keys.key_blocks["Neutral"].value == 1
    smile = keys.key_blocks["mouthSmileLeft"]
    bpy.context.scene.frame_set(3)
    assert 0 < smile.value <= 1  # she smiles
    assert keys.animation_data.action is not None
    assert "tongueOut" not in keys.key_blocks
    bpy.ops.prn.animate(filepath=str(movie))  # once more: the same keys
    assert len({key.name.split(".")[0] for key in keys.key_blocks}) == len(keys.key_blocks)


@pytest.mark.parametrize("topology", ["head", "lattice"])
def test_a_position_cache_has_vertices_where_the_frames_show_them(
    topology: str,
    astronaut_path: Path,
    movie: Path,
    tmp_path: Path,
    reconstructor: FaceReconstructor,
) -> None:
    bpy.ops.prn.reconstruct(
        filepath=str(astronaut_path), topology=topology, stride="4", texture_size="256"
    )
    item = bpy.context.active_object
    bpy.ops.prn.animate(filepath=str(movie), positions=True, folder=str(tmp_path))
    modifier = item.modifiers["Position Cache"]
    assert Path(modifier.filepath).parent == tmp_path
    scene = bpy.context.scene
    scene.frame_set(FRAMES - 1)
    moved = item.evaluated_get(bpy.context.evaluated_depsgraph_get())
    width, height = scene.render.resolution_x, scene.render.resolution_y
    layout = reconstructor.layout
    texel = texel_of_vertices(item.data, layout)
    lips = np.flatnonzero((layout.parts["upper_lip"] | layout.parts["lower_lip"]).ravel()[texel])
    seen = [
        world_to_camera_view(scene, scene.camera, moved.matrix_world @ moved.data.vertices[k].co)
        for k in lips.tolist()
    ]
    seen = np.array([[at.x * width - 0.5, (1 - at.y) * height - 0.5] for at in seen])
    photo = [frame.photo for frame in open_shot(movie).frames()][FRAMES - 2]
    found = reconstructor(photo, max_faces=1)[0].position_map.reshape(-1, 3)[texel[lips], :2]
    assert len(lips) > 20
    assert np.median(np.linalg.norm(seen - found, axis=1)) < 0.7
    # Once more, with other keys: the file and the modifier are the same ones.
    bpy.ops.prn.animate(filepath=str(movie), positions=True, folder=str(tmp_path), reduce=True)
    assert [each.type for each in item.modifiers].count("MESH_CACHE") == 1
    assert len(list(tmp_path.iterdir())) == 1
    # Without, its keys play again; and another mesh cannot play those of this one.
    bpy.ops.prn.animate(filepath=str(movie))
    assert "Position Cache" not in item.modifiers
    if topology == "head":
        bpy.ops.prn.animate(filepath=str(movie), positions=True, folder=str(tmp_path))
        bpy.ops.prn.rig()
        assert [each.type for each in item.modifiers][:2] == ["MESH_CACHE", "ARMATURE"]
        bpy.ops.prn.rebuild(topology="lattice")
        assert "Position Cache" not in item.modifiers
    mesh = bmesh.new()
    mesh.from_mesh(item.data)
    bmesh.ops.delete(mesh, geom=list(mesh.verts)[:1], context="VERTS")
    mesh.to_mesh(item.data)
    mesh.free()
    with pytest.raises(RuntimeError, match="other vertices"):
        bpy.ops.prn.animate(filepath=str(movie), positions=True, folder=str(tmp_path))


def test_bad_shots_change_nothing(face: bpy.types.Object, tmp_path: Path) -> None:
    blank = write_movie(tmp_path / "blank.avi", [np.full((90, 120, 3), 90, np.uint8)] * 3)
    for path, options, says in (
        (blank, {}, "No face was found"),
        (tmp_path / "none.mp4", {}, "does not exist"),
        (blank, {"first": 9}, "no frame 9"),
    ):
        with pytest.raises(RuntimeError, match=says):
            bpy.ops.prn.animate(filepath=str(path), **options)
    assert face.animation_data is None
    assert len(bpy.data.cameras) == 1
    assert face.data.shape_keys is None


def test_live_link_moves_whatever_keys_a_mesh_has(tmp_path: Path) -> None:
    times = np.arange(30) / 30
    values = np.zeros((30, 52))
    values[:, 17], values[:, 23] = times, 1 - times  # jawOpen, mouthSmileLeft
    turns = np.zeros((30, 3))
    turns[:, 0] = 0.4 * times
    write_live_link(tmp_path / "take.csv", FaceCurves(times, values, turns, 30.0))
    bpy.ops.mesh.primitive_cube_add()
    item = bpy.context.active_object
    for name in ("Basis", "JawOpen", "mouthSmile_L", "other"):
        item.shape_key_add(name=name).value = 0  # 1 from Blender 5 on
    set_rate(bpy.context.scene, 60.0)
    found = bpy.ops.prn.import_live_link(filepath=str(tmp_path / "take.csv"), head=True)
    assert found == {"FINISHED"}
    bpy.context.scene.frame_set(1 + 2 * 15)
    blocks = item.data.shape_keys.key_blocks
    assert blocks["JawOpen"].value == pytest.approx(0.5, abs=1e-4)
    assert blocks["mouthSmile_L"].value == pytest.approx(0.5, abs=1e-4)
    assert blocks["other"].value == 0
    assert item.rotation_euler.z == pytest.approx(0.2, abs=1e-4)  # to its own left
    item.shape_key_clear()
    item.shape_key_add(name="Basis")
    with pytest.raises(RuntimeError, match="no shape keys with ARKit's names"):
        bpy.ops.prn.import_live_link(filepath=str(tmp_path / "take.csv"))


def test_keys_that_are_left_out_are_not_missed() -> None:
    frames = np.arange(200.0)
    values = np.sin(frames / 15) + (frames > 120)
    starts = np.zeros(200, bool)
    starts[[0, 121]] = True
    kept = kept_keys(frames, values, starts, 0.01)
    assert len(kept) < 60
    assert {0, 120, 121, 199} <= set(kept.tolist())
    assert np.abs(np.interp(frames, frames[kept], values[kept]) - values).max() <= 0.01
    assert len(kept_keys(frames, values, starts, 0.0)) == 200


def test_a_rate_of_television_is_kept() -> None:
    set_rate(bpy.context.scene, 30000 / 1001)
    assert bpy.context.scene.render.fps == 30
    assert rate_of(bpy.context.scene) == pytest.approx(29.97, abs=0.001)


def test_edit_mode_is_left_for_the_shape_keys(face: bpy.types.Object, movie: Path) -> None:
    bpy.ops.object.mode_set(mode="EDIT")
    assert bpy.ops.prn.animate(filepath=str(movie)) == {"FINISHED"}
    assert bpy.context.mode == "OBJECT"
    assert "Neutral" in face.data.shape_keys.key_blocks
