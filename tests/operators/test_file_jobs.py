"""Files and pictures written as jobs: the same as at once, and whole."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

bpy = pytest.importorskip("bpy", reason="Blender's Python module is not installed")

from editing import everything, painted_face, same
from job_window import (
    ESC,
    TIMER,
    App,
    Guard,
    Window,
    job_threads_end,
    play,
    stand_in,
    start,
    work_is_done,
)  # fmt: skip

from prn_blender.core import Photo
from prn_blender.operators.outputs import PRN_OT_write_outputs
from prn_blender.operators.result import PRN_OT_save_result
from prn_blender.operators.texture import (
    PRN_OT_apply,
    PRN_OT_bake,
)
from prn_blender.scene.images.image import image_pixels
from prn_blender.scene.record import find_result

ALL_KINDS = {"obj": True, "vertices": True, "depth": True, "colors": True, "front": "similarity"}


@pytest.fixture(autouse=True)
def threads_end(addon: None) -> Iterator[None]:
    yield
    job_threads_end()


@pytest.fixture
def item(photo_path: Path) -> bpy.types.Object:
    return painted_face(photo_path)


def test_files_of_a_job_are_those_of_a_script(
    item: bpy.types.Object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folders = [tmp_path / "straight", tmp_path / "job"]
    for folder in folders:
        folder.mkdir()
    bpy.ops.prn.write_outputs(directory=str(folders[0]), **ALL_KINDS)
    before = everything()
    operator = stand_in(PRN_OT_write_outputs, directory=str(folders[1]), **ALL_KINDS)
    monkeypatch.setattr(bpy, "app", App())
    window = Window()
    assert operator.invoke(window, None) == {"RUNNING_MODAL"}
    assert operator.execute(window) == {"RUNNING_MODAL"}
    for module_name, module in list(sys.modules.items()):
        if module_name.startswith("prn_blender.") and hasattr(module, "bpy"):
            monkeypatch.setattr(module, "bpy", Guard(module.bpy))
    assert play(operator, window) == {"FINISHED"}
    straight, job = ({p.name: p.read_bytes() for p in f.iterdir()} for f in folders)
    assert len(straight) > 10
    assert straight == job
    assert operator.reports == [("INFO", f"Wrote {len(job)} files to {folders[1]}")]
    assert same(everything(), before)


def test_esc_ends_writing_between_two_files(
    item: bpy.types.Object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for looks in (0, 3):
        folder = tmp_path / str(looks)
        folder.mkdir()
        operator = stand_in(PRN_OT_write_outputs, directory=str(folder), **ALL_KINDS)
        window = start(operator, monkeypatch)
        for _ in range(looks):
            work_is_done(operator)
            operator.modal(window, TIMER)
        assert operator.modal(window, ESC) == {"CANCELLED"}
        (said,) = operator.reports
        job_threads_end()
        # The one that the thread was at may be there besides.
        written = list(folder.iterdir())
        assert len(written) < 10
        assert not [path for path in written if path.stat().st_size == 0]
        if looks:
            assert said[1].startswith("Stopped after ")
            assert said[1].endswith(f" files, which are in {folder}")
        else:
            assert said == ("INFO", "Stopped before anything was written")


def test_writing_goes_on_without_its_face(
    item: bpy.types.Object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it needs was taken at the start."""
    operator = stand_in(PRN_OT_write_outputs, directory=str(tmp_path))
    window = start(operator, monkeypatch)
    bpy.data.objects.remove(item)
    assert play(operator, window) == {"FINISHED"}
    assert (tmp_path / "astronaut_pose.txt").stat().st_size > 0


def test_the_result_is_saved_by_a_job(
    item: bpy.types.Object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bpy.ops.prn.apply_to_photo()
    result = image_pixels(find_result(item))[..., :3]
    path = tmp_path / "result.png"
    operator = stand_in(PRN_OT_save_result, filepath=str(path))
    monkeypatch.setattr(bpy, "app", App())
    window = Window()
    assert operator.invoke(window, None) == {"RUNNING_MODAL"}
    assert operator.execute(window) == {"RUNNING_MODAL"}
    bpy.data.images.remove(find_result(item))  # it was taken at the start
    assert play(operator, window) == {"FINISHED"}
    assert np.array_equal(np.asarray(Image.open(path)), result)
    assert operator.reports == [("INFO", 'Saved "result.png"')]
    bpy.ops.prn.apply_to_photo()
    bad = stand_in(PRN_OT_save_result, filepath=str(tmp_path / "result.gif"))
    assert play(bad, start(bad, monkeypatch)) == {"CANCELLED"}
    assert bad.reports[0][0] == "ERROR"


def test_a_file_is_written_by_the_job_too(
    item: bpy.types.Object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for cls, image in ((PRN_OT_bake, "astronaut Baked"), (PRN_OT_apply, "astronaut Result")):
        path = tmp_path / f"{image}.png"
        operator = stand_in(cls, filepath=str(path))
        play(operator, start(operator, monkeypatch))
        written = np.asarray(Image.open(path).convert("RGBA"))
        assert np.array_equal(written, image_pixels(bpy.data.images[image]))
        bad = stand_in(cls, filepath=str(tmp_path / "picture.gif"))
        assert play(bad, start(bad, monkeypatch)) == {"CANCELLED"}
        assert bad.reports[0][0] == "ERROR"


def test_several_faces_of_a_photo_read_it_once(
    pair: Photo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from prn_blender.core.photo.photo import write_image
    from prn_blender.scene.record import photo_reader, recall_face

    write_image(tmp_path / "pair.png", pair.pixels)
    bpy.ops.prn.reconstruct(
        filepath=str(tmp_path / "pair.png"), faces="ALL", stride="4", texture_size="256"
    )
    items = [bpy.data.objects[name] for name in ("pair", "pair_2")]
    reads = []
    read = photo_reader.read_photo
    monkeypatch.setattr(
        photo_reader, "read_photo", lambda path, **how: (reads.append(path), read(path, **how))[1]
    )
    faces = recall_face.recall(items)()
    assert len(reads) == 1
    assert faces[0].photo is faces[1].photo
    for item, face in zip(items, faces, strict=True):
        assert np.array_equal(face.position_map, recall_face.face_of(item).position_map)
