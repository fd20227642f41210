"""`batch` on Dask with real photos: equal to the serial command, whatever ends in the middle."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("distributed", reason="dask.distributed is not installed")
from command_line import FAST
from PIL import Image

from benchmarks.cluster import ROOT, Loopback, Run, all_done_once, end_workers, lines_of
from prn_blender.core.photo.photo import Photo

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc"),
    pytest.mark.once,  # long, and about processes alone
]
WANTED = ["--json", "--landmarks", "--obj", *FAST]
COUNT = 6


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory, astronaut: Photo) -> Path:
    folder = tmp_path_factory.mktemp("photos")
    for number in range(COUNT):
        pixels = np.roll(astronaut.pixels, 5 * number, axis=1)[:400, : 512 - 10 * number]
        Image.fromarray(pixels).save(folder / f"{number:02d}.png")
    return folder


@pytest.fixture(scope="module")
def serial(photos: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """What `reconstruct` writes, by name."""
    out = tmp_path_factory.mktemp("serial")
    subprocess.run(
        [sys.executable, "-m", "prn_blender", "reconstruct", str(photos), "-o", str(out), *WANTED],
        cwd=ROOT, check=True, capture_output=True,
    )  # fmt: skip
    return {path.name: path.read_bytes() for path in out.iterdir()}


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loopback]:
    """For all tests, the last of which ends it."""
    running = Loopback(tmp_path_factory.mktemp("cluster"), 2)
    yield running
    running.end()


def results(out: Path) -> dict[str, bytes]:
    own = {"manifest.jsonl", ".manifest.lock", "report.md", "report.json", "failures.png"}
    return {path.name: path.read_bytes() for path in out.iterdir() if path.name not in own}


# With 1, 2 and 4 workers that nothing ends: `python -m benchmarks.cluster PHOTOS -o DIR --equal`.
def test_workers_that_are_killed_lose_nothing(
    photos: Path, serial: dict[str, bytes], tmp_path: Path, cluster: Loopback
) -> None:
    run = Run(photos, tmp_path / "out", cluster.address, WANTED)
    assert end_workers(run, cluster, COUNT, kills=2) == 2
    run.said()
    assert all_done_once(tmp_path / "out", COUNT)
    assert results(tmp_path / "out") == serial


@pytest.mark.parametrize("ended", ["command", "scheduler"])
def test_what_is_stopped_goes_on_by_the_manifest(
    photos: Path, serial: dict[str, bytes], tmp_path: Path, cluster: Loopback, ended: str
) -> None:
    out = tmp_path / "out"
    run = Run(photos, out, cluster.address, WANTED)
    assert run.wait_for(COUNT // 3)
    (cluster.scheduler if ended == "scheduler" else run.process).kill()
    said = run.said()
    kept = lines_of(out)
    assert COUNT // 3 <= kept < COUNT
    if ended == "command":
        address = cluster.address
    else:
        assert run.process.returncode == 1
        assert "The scheduler of the cluster is gone; the same command goes on" in said
        address = "local"
    again = Run(photos, out, address, [*WANTED, *(["--jobs", "2"] if address == "local" else [])])
    assert f"{kept} of {COUNT} photos are done already" in again.said()
    assert all_done_once(out, COUNT)
    assert results(out) == serial
