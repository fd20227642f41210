"""Processes of this machine: none of their ends loses a task, or does one twice."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from batch_work import Squares, Stillborn, Unopened, processes, runs, tries

from prn_blender.batch.engines.pool import Pool
from prn_blender.batch.task import Lost
from prn_blender.core.errors import ModelError

ROOT = Path(__file__).resolve().parents[2]
pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc"),
    pytest.mark.once,  # long, and about processes alone
]


def test_each_task_is_done_once_by_all_processes(tmp_path: Path) -> None:
    with closing(Pool(2)(Squares(str(tmp_path), pause=0.01), range(60))) as answers:
        found = dict(answers)
    assert found == {number: number**2 for number in range(60)}
    assert len(processes(tmp_path)) == 2
    assert all(tries(tmp_path, number) == 1 for number in range(60))
    assert not any(map(runs, processes(tmp_path)))


def test_tasks_are_taken_when_they_are_needed(tmp_path: Path) -> None:
    taken = []

    def endless() -> Iterator[int]:
        for number in range(10**9):
            taken.append(number)
            yield number

    with closing(Pool(2)(Squares(str(tmp_path)), endless())) as answers:
        for number, _ in enumerate(answers, start=1):
            assert len(taken) <= number + 2 * 2 + 1
            if number == 50:
                break
    assert not any(map(runs, processes(tmp_path)))


def test_processes_that_are_killed_at_random_lose_nothing(tmp_path: Path) -> None:
    chance = random.Random(1)
    found = []
    with closing(Pool(2, retries=20)(Squares(str(tmp_path), pause=0.01), range(150))) as answers:
        for number, answer in enumerate(answers):
            found.append(answer)
            if number % 15 == 7:
                alive = [process for process in processes(tmp_path) if runs(process)]
                os.kill(chance.choice(alive), signal.SIGKILL)
    assert sorted(found) == [(number, number**2) for number in range(150)]
    assert len(processes(tmp_path)) > 6


def test_a_task_that_ends_its_processes_is_set_aside(tmp_path: Path) -> None:
    with closing(Pool(2, retries=2)(Squares(str(tmp_path), deadly=5), range(20))) as answers:
        found = dict(answers)
    lost = found.pop(5)
    assert lost == Lost("A process ended over it (SIGKILL).")
    assert tries(tmp_path, 5) == 3
    assert found == {number: number**2 for number in range(20) if number != 5}


def test_a_task_that_takes_too_long_is_set_aside_at_once(tmp_path: Path) -> None:
    pool = Pool(2, retries=2, limit=1.5)
    with closing(pool(Squares(str(tmp_path), slow=3), range(12))) as answers:
        found = dict(answers)
    assert found.pop(3) == Lost("It took longer than 1.5 seconds.")
    assert tries(tmp_path, 3) == 1
    assert found == {number: number**2 for number in range(12) if number != 3}


def test_models_that_cannot_be_opened_end_the_run() -> None:
    with pytest.raises(ModelError, match="The model is gone"):
        list(Pool(2)(Unopened(), range(5)))


def test_processes_that_end_before_they_begin_end_the_run() -> None:
    with pytest.raises(ModelError, match=r"SIGKILL\): the processes of the batch end before"):
        list(Pool(2)(Stillborn(), range(5)))


def test_a_parent_that_is_killed_leaves_no_process(tmp_path: Path) -> None:
    code = f"""
        import sys
        sys.path[:0] = [{str(ROOT)!r}, {str(Path(__file__).parent)!r}]
        from batch_work import Squares
        from prn_blender.batch.engines.pool import Pool
        if __name__ == "__main__":
            for _ in Pool(2)(Squares({str(tmp_path)!r}, pause=0.05), range(10**6)):
                print("one", flush=True)
    """
    script = tmp_path / "parent.py"
    script.write_text(textwrap.dedent(code))
    with subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        for _ in range(20):
            assert parent.stdout.readline() == b"one\n"
        children = processes(tmp_path)
        assert children
        parent.kill()
    until = time.monotonic() + 30
    while any(map(runs, children)) and time.monotonic() < until:
        time.sleep(0.05)
    assert not any(map(runs, children))
