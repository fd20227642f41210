"""What every benchmark does: time something, print a line, ask for a process's peak memory."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

RUNS = 15
PROGRAMS = Path(__file__).resolve().parent / "in_tree"
"""Programs that run in a process of their own."""

Given = TypeVar("Given")


def median_ms(work: Callable[[], object], runs: int = RUNS) -> float:
    """Median wall-clock time in ms, after one run that warms up."""
    return prepared_ms(lambda: None, lambda _: work(), runs)


def prepared_ms(
    before: Callable[[], Given], work: Callable[[Given], object], runs: int = RUNS
) -> float:
    """`median_ms` of work that needs something made anew each time, which is not timed."""
    times = []
    for _ in range(runs + 1):
        given = before()
        start = time.perf_counter()
        work(given)
        times.append(time.perf_counter() - start)
    return 1000 * statistics.median(times[1:])


def report(what: str, ms: float, note: str = "") -> float:
    """Print one line of the table."""
    print(f"| {what} | {ms:.1f} | {note} |", flush=True)
    return ms


def peak_memory(
    what: str, *photos: Path, tree: Path | None = None, environment: dict[str, str] | None = None
) -> float:
    """Peak memory, in MB, of a process that does one thing (`in_tree/peak_memory.py`).

    Parameters
    ----------
    what : {"reconstruct", "swap"}
    *photos : Path
        One to reconstruct, or the target's and the donor's.
    tree : Path, optional
        The process's folder; by default this process's.
    environment : dict of str to str, optional
        By default this process's.

    Raises
    ------
    subprocess.CalledProcessError
    """
    done = subprocess.run(
        [sys.executable, str(PROGRAMS / "peak_memory.py"), what, *map(str, photos)],
        cwd=tree,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return float(done.stdout.split()[-1])
