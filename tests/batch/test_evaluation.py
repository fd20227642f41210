"""`evaluate` over processes: the table of the serial one, to the last digit."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from prn_blender.core import Face

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def annotated(tmp_path_factory: pytest.TempPathFactory, face: Face) -> Path:
    """Five photos with their landmarks, one of them with no face where it should be."""
    folder = tmp_path_factory.mktemp("annotated")
    (folder / "set").mkdir()
    names, points = [], []
    for number in range(5):
        pixels = np.roll(face.photo.pixels, 9 * number, axis=1)
        if number == 3:
            pixels = np.full_like(pixels, 128)
        names.append(f"{number}.png")
        points.append(face.landmarks + np.float32([9 * number + number, 0, 0]))
        cv2.imwrite(str(folder / "set" / names[-1]), pixels[..., ::-1])
    angles = np.radians(np.array([[5, yaw, 3] for yaw in (0, 40, 10, 5, 70)], np.float32))
    np.savez(
        folder / "set.npz", name=np.array(names), landmarks=np.stack(points), pitch_yaw_roll=angles
    )
    return folder


def evaluated(annotated: Path, *arguments: str) -> tuple[str, dict]:
    done = subprocess.run(
        [sys.executable, "-m", "prn_blender", "evaluate", str(annotated / "set.npz"), "--boxes",
         "detector", "--json", str(annotated / "figures.json"), *arguments],
        cwd=ROOT, text=True, capture_output=True, check=False, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout, json.loads((annotated / "figures.json").read_text())


@pytest.fixture(scope="module")
def serial(annotated: Path) -> tuple[str, dict]:
    return evaluated(annotated)


def test_processes_give_the_serial_table(annotated: Path, serial: tuple[str, dict]) -> None:
    assert serial[1]["missed"] == 1
    assert evaluated(annotated, "--jobs", "2") == serial


@pytest.mark.once
def test_a_cluster_gives_the_serial_table(annotated: Path, serial: tuple[str, dict]) -> None:
    pytest.importorskip("distributed", reason="dask.distributed is not installed")
    assert evaluated(annotated, "--cluster", "local", "--jobs", "2") == serial


@pytest.mark.once
def test_a_photo_that_cannot_be_read_is_one_sentence(annotated: Path) -> None:
    (annotated / "set" / "2.png").rename(annotated / "set" / "2.away")
    try:
        done = subprocess.run(
            [sys.executable, "-m", "prn_blender", "evaluate", str(annotated / "set.npz"),
             "--jobs", "2"],
            cwd=ROOT, text=True, capture_output=True, check=False, timeout=300,
        )  # fmt: skip
    finally:
        (annotated / "set" / "2.away").rename(annotated / "set" / "2.png")
    assert done.returncode == 1
    assert done.stderr.splitlines() == ['prn: The photo "2.png" does not exist.']
