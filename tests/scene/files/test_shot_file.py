"""The .blend file of a shot: who is in it, animated, before the shot."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path

import bpy
import numpy as np
import pytest
from photo_files import write_movie

from prn_blender.cli import main
from prn_blender.core import Photo
from prn_blender.scene.build.blended import is_blended
from prn_blender.scene.layers.layer_values import photo_texels
from prn_blender.scene.names import is_head
from prn_blender.scene.record import read_record, recall_all

# Once: keys and actions of each Blender are looked at in tests/operators/sequence/test_animate.py.
pytestmark = [pytest.mark.usefixtures("one_model"), pytest.mark.once]

FRAMES = 6


@pytest.mark.parametrize("topology", ["head", "lattice"])
def test_the_person_moves_before_the_shot(topology: str, astronaut: Photo, tmp_path: Path) -> None:
    pictures = [np.roll(astronaut.pixels[:320, 60:460], 4 * k, axis=1) for k in range(FRAMES)]
    movie = write_movie(tmp_path / "my shot.avi", pictures, 25.0)
    out = tmp_path / "out"
    asked = ["sequence", str(movie), "-o", str(out), "--blend", "--topology", topology]
    assert main([*asked, "--positions"]) == 0
    bpy.ops.wm.open_mainfile(filepath=str(out / "my_shot.blend"))
    scene = bpy.context.scene
    (face,) = (item for item in scene.objects if item.type == "MESH")
    assert is_head(face) == (topology == "head")
    assert scene.frame_end - scene.frame_start == FRAMES - 1
    assert scene.render.fps == 25
    cache = face.modifiers["Position Cache"].filepath
    assert cache == "//my_shot.pc2"
    assert Path(bpy.path.abspath(cache)).is_file()
    background = scene.camera.data.background_images[-1].image
    assert Path(bpy.path.abspath(background.filepath)).resolve() == movie.resolve()
    across = []
    for frame in range(scene.frame_start, scene.frame_end + 1):
        scene.frame_set(frame)
        across.append(face.matrix_world.translation.x)
    assert (np.diff(across) > 0).all()  # she is carried to the right
    assert face.data.shape_keys.animation_data is not None
    record = read_record(face)  # it knows that its texture is that of several frames
    assert len({photo.image.name for photo in record.photos}) == len(record.photos) == 5
    assert is_blended(record.blended, photo_texels(face))
    assert len(recall_all(face)()) == 5


def test_people_keep_their_time(astronaut: Photo, tmp_path: Path) -> None:
    one = astronaut.pixels[:320, 60:460]
    blank = np.full_like(one, 90)
    alone, both = np.hstack([blank, one]), np.hstack([one[:, ::-1], one])
    pictures = [alone] * 4 + [both] * 4 + [alone] * 4
    movie = write_movie(tmp_path / "two.avi", pictures, 25.0)
    out = tmp_path / "out"
    assert main(["sequence", str(movie), "-o", str(out), "--blend", "--positions"]) == 0
    bpy.ops.wm.open_mainfile(filepath=str(out / "two.blend"))
    scene = bpy.context.scene
    assert (scene.frame_start, scene.frame_end) == (1, len(pictures))
    faces = [item for item in scene.objects if item.type == "MESH"]
    begins = sorted(face.modifiers["Position Cache"].frame_start for face in faces)
    assert begins[0] == 1 and begins[1] == pytest.approx(5, abs=1)
    seen = sorted(camera.data.background_images[-1].image_user.frame_start for camera in cameras())
    assert seen == begins


def cameras() -> list[bpy.types.Object]:
    """Those of the shot: they have it behind everything."""
    found = [item for item in bpy.context.scene.objects if item.type == "CAMERA"]
    return [c for c in found if [b for b in c.data.background_images if b.image.source == "MOVIE"]]
