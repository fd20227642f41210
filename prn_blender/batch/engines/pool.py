"""Tasks over processes of this machine. A process that ends takes nothing along but its task."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import contextlib
import itertools
import multiprocessing
import os
import pickle
import runpy
import signal
import time
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

from ...core.errors import MissingDependencyError, ModelError, PRNError
from ...core.files.safe import complaint
from ..task import Answers, Lost, Work

ONE_THREAD = dict.fromkeys(("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS"), "1")
"""Environment of the processes: numpy's library starts a thread for each core in each of them."""
_KEEP_MEMORY = {
    "MALLOC_MMAP_THRESHOLD_": str(256 * 2**20),
    "MALLOC_TRIM_THRESHOLD_": str(512 * 2**20),
}
"""And glibc gives what was freed to the next photo, instead of back to the system: a tenth of the
time. It is that of the largest photo, no more with each."""
_AHEAD = 2
"""Tasks that a process has at once: the one it works on, and the next, so that it never waits."""
_UNBORN = 3
"""Processes that may end before they have opened their models, with no task done since."""
_START = 300.0
"""Seconds that a process may take at least to open its models, on a busy machine."""
_SCRIPT = "prn_pool_process"
"""What `pool_process` is called where it is run."""
_LOOK = 1.0
"""Seconds after which it is looked whether a task takes too long."""


@dataclass(frozen=True)
class Pool:
    """Processes that work on tasks; an `Engine`.

    Attributes
    ----------
    jobs : int
        Processes.
    retries : int
        How often a task is tried again over which a process ended.
    limit : float
        Seconds that a task may take; then its process is ended.
    """

    jobs: int
    retries: int = 2
    limit: float = 600.0

    def __call__(self, work: Work, tasks: Iterable[Any]) -> Answers:
        """Work on tasks: yields each with what came of it, or with `Lost`.

        Raises
        ------
        PRNError
            The models cannot be opened.
        """
        run = _Run(self, work, iter(tasks))
        try:
            yield from run
        finally:
            run.end()


@dataclass(eq=False)
class _Tried:
    """A task, and how many processes have ended over it."""

    task: Any
    ended: int = 0


@dataclass(eq=False)
class _Process:
    """A process and the tasks that it has: it works on the first."""

    pipe: Connection
    process: Any
    tasks: deque[_Tried] = field(default_factory=deque)
    since: float = 0.0
    ready: bool = False

    def give(self, tried: _Tried) -> None:
        if not self.tasks:
            self.since = time.monotonic()
        self.tasks.append(tried)
        with contextlib.suppress(OSError):  # it has ended, which is seen soon
            self.pipe.send(tried.task)

    def end(self) -> None:
        self.pipe.close()
        self.process.kill()
        self.process.join()


class _Run:
    """One run of a pool over tasks."""

    def __init__(self, pool: Pool, work: Work, tasks: Iterator[Any]) -> None:
        self._pool, self._work = pool, work
        self._new = tasks
        self._again: deque[_Tried] = deque()
        self._processes: list[_Process] = []
        self._unborn = 0

    def __iter__(self) -> Iterator[tuple[Any, Any]]:
        while self._fill():
            ready = wait([p.pipe for p in self._processes], timeout=_LOOK)
            for process in [p for p in self._processes if p.pipe in ready]:
                yield from self._heard(process)
            yield from self._overdue()

    def end(self) -> None:
        """End all processes."""
        for process in self._processes:
            process.end()
        self._processes.clear()

    def _fill(self) -> bool:
        """Give tasks to processes, start those that are missing; False when all is done."""
        while tried := self._next():
            free = [p for p in self._processes if len(p.tasks) < _AHEAD]
            idle = min(free, key=lambda p: len(p.tasks), default=None)
            if (idle is None or idle.tasks) and len(self._processes) < self._pool.jobs:
                idle = self._started()
            if idle is None:
                self._again.appendleft(tried)
                break
            idle.give(tried)
        return any(p.tasks for p in self._processes)

    def _next(self) -> _Tried | None:
        if self._again:
            return self._again.popleft()
        for task in itertools.islice(self._new, 1):
            return _Tried(task)
        return None

    def _started(self) -> _Process:
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        package = __package__.rpartition(".batch.")[0]
        told = (theirs, package, str(Path(__file__).parents[2]), pickle.dumps(self._work))
        # A script, not a function of ours: a fresh Python may not find this package by its name.
        process = context.Process(
            target=runpy.run_path,
            args=(str(Path(__file__).with_name("pool_process.py")), {"told": told}, _SCRIPT),
            daemon=True,
        )
        with _environment(ONE_THREAD | _KEEP_MEMORY):
            process.start()
        theirs.close()
        started = _Process(ours, process)
        self._processes.append(started)
        return started

    def _heard(self, process: _Process) -> Iterator[tuple[Any, Any]]:
        """What a process has to say, or that it has ended."""
        try:
            said, value = process.pipe.recv()
        except (EOFError, OSError):
            code = _ended(process)
            yield from self._gone(process, f"A process ended over it ({code})")
            return
        if said == "unopened":
            kind, why = value
            raise (MissingDependencyError if kind == "MissingDependencyError" else ModelError)(why)
        self._unborn = 0
        if said == "ready":
            process.ready, process.since = True, time.monotonic()
            return
        tried = process.tasks.popleft()
        process.since = time.monotonic()
        yield tried.task, value

    def _overdue(self) -> Iterator[tuple[Any, Any]]:
        """Processes whose task takes too long are ended; it would take as long again."""
        now = time.monotonic()
        for process in list(self._processes):
            limit = self._pool.limit if process.ready else max(self._pool.limit, _START)
            if process.tasks and now - process.since > limit:
                process.tasks[0].ended = self._pool.retries
                process.process.kill()
                yield from self._gone(process, f"It took longer than {limit:g} seconds")

    def _gone(self, process: _Process, why: str) -> Iterator[tuple[Any, Any]]:
        """A process is gone: its first task is tried again, a few times; others are innocent."""
        self._processes.remove(process)
        process.end()
        if not process.ready:
            self._unborn += 1
            if self._unborn >= _UNBORN:
                raise ModelError(f"{why}: the processes of the batch end before they begin.")
        elif process.tasks:
            first = process.tasks.popleft()
            first.ended += 1
            if first.ended > self._pool.retries:
                yield first.task, Lost(f"{why}.")
            else:
                self._again.append(first)
        self._again.extendleft(reversed(process.tasks))


def _ended(process: _Process) -> str:
    """How a process ended, in words."""
    process.process.join(5)
    code = process.process.exitcode
    if code is None or code >= 0:
        return f"exit code {code}"
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"signal {-code}"


def serve(pipe: Connection, work: bytes) -> None:
    """What a process does: open, then a task after the other until the parent goes.

    Parameters
    ----------
    pipe : Connection
    work : bytes
        A pickled `Work`.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's business
    try:
        do = pickle.loads(work).opened()
    except (PRNError, ImportError, OSError, MemoryError) as e:
        with contextlib.suppress(OSError):
            pipe.send(("unopened", (type(e).__name__, complaint(e))))
        return
    try:
        pipe.send(("ready", None))
        while True:
            pipe.send(("done", do(pipe.recv())))
    except (EOFError, OSError):  # the parent has gone
        return
    finally:
        close = getattr(do, "close", None)
        if close is not None:
            close()


@contextlib.contextmanager
def _environment(values: dict[str, str]) -> Iterator[None]:
    """Within the block, variables of the environment that nobody has set."""
    missing = {name: value for name, value in values.items() if name not in os.environ}
    os.environ.update(missing)
    try:
        yield
    finally:
        for name in missing:
            del os.environ[name]


def cores() -> int:
    """How many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
