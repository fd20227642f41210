"""Meshes that move as PC2 files."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest

from prn_blender.core.errors import OptionError, OutputError
from prn_blender.core.outputs.point_cache import at_whole_frames, whole_frames, write_point_cache


def moving(*indices: int) -> list[tuple[int, np.ndarray]]:
    """A mesh of two points whose x is ten times the index."""
    return [(k, np.full((2, 3), 10 * k, np.float32)) for k in indices]


def played(
    indices: tuple[int, ...], frames: list[float], cuts: tuple[int, ...] = ()
) -> list[float]:
    starts = np.isin(np.arange(len(frames)), cuts)
    whole = at_whole_frames(iter(moving(*indices)), np.array(frames), starts)
    return [float(points[0, 0]) for points in whole]


def test_frames_without_a_face_are_halfway_and_cuts_are_not_bridged() -> None:
    frames = [5.0, 6, 7, 8, 9]
    assert played((0, 1, 2, 3, 4), frames) == [0, 10, 20, 30, 40]
    assert played((0, 4), frames) == [0, 10, 20, 30, 40]
    assert played((0, 4), frames, cuts=(0, 3)) == [0, 0, 0, 0, 40]
    assert played((1, 3), frames) == [10, 10, 20, 30, 30]  # nothing before and after
    assert played((), frames) == []


def test_a_shot_of_another_rate_is_sampled_at_the_scenes_frames() -> None:
    # 12.5 frames a second in a scene of 25, and 50 in one of 25.
    assert played((0, 1, 2), [0.0, 2, 4]) == [0, 5, 10, 15, 20]
    assert played((0, 1, 2, 3, 4), [0.0, 0.5, 1, 1.5, 2]) == [0, 20, 40]
    assert whole_frames(np.array([0.0, 0.5, 1, 1.5])) == 2
    assert played((0, 1, 2, 3), [0.0, 0.5, 1, 1.5]) == [0, 20]


def test_a_file_is_whole_or_not_there(tmp_path: Path) -> None:
    path = tmp_path / "take.pc2"
    samples = [points for _, points in moving(0, 1, 2)]
    writing = write_point_cache(path, iter(samples), 3)
    assert next(writing) == 1
    writing.close()
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(OptionError, match="No frame shows"):
        list(write_point_cache(path, iter([]), 3))
    assert list(tmp_path.iterdir()) == []
    assert list(write_point_cache(path, iter(samples), 3)) == [1, 2, 3]
    content = path.read_bytes()
    name, version, points, start, rate, count = struct.unpack("<12siiffi", content[:32])
    assert (name, version, points, start, rate, count) == (b"POINTCACHE2\0", 1, 2, 0.0, 1.0, 3)
    found = np.frombuffer(content[32:], "<f4").reshape(3, 2, 3)
    assert np.array_equal(found, samples)


def test_somebody_elses_file_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "take.pc2"
    path.write_text("notes")
    with pytest.raises(OutputError, match="not from here"):
        list(write_point_cache(path, iter([np.zeros((1, 3), np.float32)]), 1))
    assert path.read_text() == "notes"
