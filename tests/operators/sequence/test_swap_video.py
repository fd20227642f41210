"""The active face in a movie: frames in a folder, and what Esc leaves."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from photo_files import write_movie

from prn_blender.core import Photo, read_photo
from prn_blender.core.photo.photo import write_image

bpy = pytest.importorskip("bpy", reason="Blender's Python module is not installed")

from job_window import ESC, TIMER, job_threads_end, play, stand_in, start, work_is_done

from prn_blender.operators.sequence import swap_video

pytestmark = [pytest.mark.usefixtures("addon"), pytest.mark.once]

FRAMES = 6


@pytest.fixture
def movie(astronaut: Photo, tmp_path: Path) -> Path:
    """She is carried to the right."""
    frames = [np.roll(astronaut.pixels[:320, 60:460], 4 * k, axis=1) for k in range(FRAMES)]
    return write_movie(tmp_path / "walk.avi", frames, 25.0)


def test_frames_with_the_face_lie_beside_the_movie(
    movie: Path, astronaut: Photo, tmp_path: Path
) -> None:
    donor = tmp_path / "donor.png"
    write_image(donor, np.ascontiguousarray(astronaut.pixels[:320, 60:460][:, ::-1]))
    bpy.ops.prn.reconstruct(filepath=str(donor), stride="4", texture_size="256")
    assert bpy.ops.prn.swap_video(filepath=str(movie), last=3) == {"FINISHED"}
    folder = tmp_path / "walk_swap"
    assert sorted(p.name for p in folder.iterdir()) == [
        "swap.json", "walk_0001.png", "walk_0002.png", "walk_0003.png",
    ]  # fmt: skip
    plain = astronaut.pixels[:320, 60:460]
    changed = np.abs(read_photo(folder / "walk_0001.png").pixels.astype(int) - plain) > 20
    assert 0.005 < changed.any(axis=-1).mean() < 0.5


def test_esc_keeps_what_was_written(
    movie: Path, astronaut_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(swap_video, "SLOW_CHUNK", 2)
    bpy.ops.prn.reconstruct(filepath=str(astronaut_path), stride="4", texture_size="256")
    operator = stand_in(swap_video.PRN_OT_swap_video, filepath=str(movie))
    window = start(operator, monkeypatch)
    folder = tmp_path / "walk_swap"
    while not (folder / "walk_0001.png").exists():
        work_is_done(operator)
        assert operator.modal(window, TIMER) == {"PASS_THROUGH"}
    assert operator.modal(window, ESC) == {"CANCELLED"}
    job_threads_end()
    assert "the same again goes on there" in operator.reports[-1][1]
    monkeypatch.undo()
    written = {p.name: p.read_bytes() for p in folder.glob("walk_*.png")}
    assert 1 <= len(written) < FRAMES
    assert bpy.ops.prn.swap_video(filepath=str(movie)) == {"FINISHED"}
    assert len(list(folder.glob("walk_*.png"))) == FRAMES
    for name, data in written.items():
        assert (folder / name).read_bytes() == data


def test_a_movie_that_breaks_off_is_said(
    astronaut: Photo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    frames = [np.roll(astronaut.pixels[:320, 60:460], k, axis=1) for k in range(16)]
    path = write_movie(tmp_path / "half.avi", frames, 25.0)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 4])
    donor = tmp_path / "donor.png"
    write_image(donor, np.ascontiguousarray(astronaut.pixels[:320, 60:460][:, ::-1]))
    bpy.ops.prn.reconstruct(filepath=str(donor), stride="4", texture_size="256")
    operator = stand_in(swap_video.PRN_OT_swap_video, filepath=str(path))
    window = start(operator, monkeypatch)
    assert play(operator, window) == {"FINISHED"}
    said = [text for kind, text in operator.reports if kind == "WARNING"]
    assert any("or it breaks off there" in text for text in said)
