"""Dask's workers and scheduler, real ones, as processes of this machine."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("distributed", reason="dask.distributed is not installed")
from batch_work import Squares, Unopened, processes, runs, tries

from benchmarks.cluster import Loopback
from prn_blender.batch.engines.cluster import Cluster
from prn_blender.batch.task import Lost
from prn_blender.core.errors import ModelError, OutputError

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc"),
    pytest.mark.once,  # long, and about processes alone
]


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loopback]:
    """For all tests, the last of which ends it."""
    running = Loopback(tmp_path_factory.mktemp("cluster"), 2, str(Path(__file__).parent))
    yield running
    running.end()


def answers_of(address: str, work: Any, count: int) -> list[tuple[int, Any]]:
    with closing(Cluster(address)(work, range(count))) as answers:
        return list(answers)


def test_each_task_is_done_once(started: Loopback, tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.mkdir()
    found = answers_of(started.address, Squares(str(log)), 60)
    assert sorted(found) == [(number, number**2) for number in range(60)]
    assert all(tries(log, number) == 1 for number in range(60))


def test_workers_that_are_killed_lose_nothing(started: Loopback, tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.mkdir()
    found = []
    with closing(Cluster(started.address)(Squares(str(log), pause=0.05), range(80))) as answers:
        for number, answer in enumerate(answers):
            found.append(answer)
            if number in (20, 50):  # the process that works; its nanny starts another
                alive = [process for process in processes(log) if runs(process)]
                os.kill(alive[0], signal.SIGKILL)
    assert sorted(found) == [(number, number**2) for number in range(80)]
    assert len(processes(log)) >= 3


def test_a_task_that_ends_its_workers_is_set_aside(started: Loopback, tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.mkdir()
    work = Squares(str(log), deadly=5)
    with closing(Cluster(started.address, retries=0)(work, range(12))) as answers:
        found = dict(answers)
    assert found.pop(5) == Lost("Workers of the cluster ended over it, again and again.")
    assert 2 <= tries(log, 5) <= 5
    assert all(isinstance(answer, Lost) or answer == n**2 for n, answer in found.items())


def test_photos_beside_a_deadly_one_are_done(started: Loopback, tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.mkdir()
    work = Squares(str(log), deadly=5)
    with closing(Cluster(started.address, retries=1, chunk=4)(work, range(12))) as answers:
        found = dict(answers)
    assert isinstance(found.pop(5), Lost)
    assert found == {number: number**2 for number in range(12) if number != 5}


def test_models_that_cannot_be_opened_end_the_run(started: Loopback) -> None:
    with pytest.raises(ModelError, match="The model is gone"):
        answers_of(started.address, Unopened(), 3)


def test_a_scheduler_that_is_gone_is_one_sentence(started: Loopback, tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.mkdir()
    with pytest.raises(OutputError, match="the same command goes on"):  # noqa: SIM117
        with closing(Cluster(started.address)(Squares(str(log), pause=0.05), range(10**4))) as some:
            for number, _ in enumerate(some):
                if number == 10:
                    started.scheduler.kill()


def test_a_scheduler_that_is_not_there_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("prn_blender.batch.engines.cluster._CONNECT", "1s")
    began = time.monotonic()
    with pytest.raises(OutputError, match=r"tcp://127\.0\.0\.1:9 cannot be reached"):
        answers_of("tcp://127.0.0.1:9", Unopened(), 1)
    assert time.monotonic() - began < 60


def test_a_cluster_of_this_machine_comes_and_goes(tmp_path: Path) -> None:
    found = []
    with closing(Cluster("local", 2)(Squares(str(tmp_path)), range(20))) as answers:
        found = list(answers)
    assert sorted(found) == [(number, number**2) for number in range(20)]
    assert not any(map(runs, processes(tmp_path)))
