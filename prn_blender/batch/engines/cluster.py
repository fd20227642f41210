"""Tasks over many machines, by Dask's scheduler and workers (`pip install "prn-blender[cluster]"`).

Nothing is scheduled here: Dask places tasks, brings those of a lost worker to another, and gives up
a task over which several workers have ended. Here it is only seen to that it never holds more tasks
than its workers can soon do, so that neither side grows with the number of photos.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import contextlib
import math
import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from ...core.errors import MissingDependencyError, ModelError, OutputError, PRNError, first_line
from ...core.files.safe import complaint
from ..task import Answers, Lost, Work
from .pool import ONE_THREAD

LOCAL = "local"
"""In place of an address: a scheduler and workers of this machine, for this run."""
_AHEAD = 3
"""Tasks for each thread of the workers that are with the scheduler."""
_LEAST = 8
"""Tasks that are with it in any case: workers may still be on their way."""
_CONNECT = "20s"
_ASK = 5.0
"""Seconds after which the scheduler is asked for its workers once more."""
_GONE = "The scheduler of the cluster is gone; the same command goes on where it was."
_LOOK = 0.01
"""Seconds after which it is looked whether a task is done."""


class _UnopenedError(Exception):
    """A worker cannot open the models. Not our own error: its class may differ there."""


@dataclass(frozen=True)
class Cluster:
    """Workers of a Dask cluster; an `Engine`.

    Attributes
    ----------
    address : str
        tcp://HOST:PORT of the scheduler, or "local".
    jobs : int
        Workers, if it is local.
    retries : int
        How often a task is given to Dask again that it gave up. It does so when four workers have
        ended over it (`distributed.scheduler.allowed-failures`), or over others beside it.
    chunk : int
        Tasks that are one of Dask's: where thousands are done a second its scheduler, which has
        some hundred of them a second, needs it. A worker that ends takes that many along; they
        are done once more, one by one.
    """

    address: str
    jobs: int = 1
    retries: int = 2
    chunk: int = 1

    def __call__(self, work: Work, tasks: Iterable[Any]) -> Answers:
        """Work on tasks: yields each with what came of it, or with `Lost`.

        Raises
        ------
        OutputError
            The scheduler cannot be reached, or is gone.
        ModelError
            A worker cannot open the models.
        MissingDependencyError
            dask.distributed is absent.
        """
        distributed = load_distributed()
        with contextlib.ExitStack() as stack:
            client = stack.enter_context(self._client(distributed))
            yield from _Run(client, distributed, self, work, iter(tasks))

    @contextlib.contextmanager
    def _client(self, distributed: Any) -> Iterator[Any]:
        address = self.address
        with contextlib.ExitStack() as stack:
            if address == LOCAL:
                address = stack.enter_context(
                    distributed.LocalCluster(
                        n_workers=self.jobs, threads_per_worker=1, processes=True,
                        host="127.0.0.1", dashboard_address="127.0.0.1:0", silence_logs="ERROR",
                    )
                )  # fmt: skip
            try:
                client = stack.enter_context(distributed.Client(address, timeout=_CONNECT))
            except (OSError, ValueError) as e:
                raise OutputError(
                    f"The scheduler {self.address} cannot be reached; start it with "
                    "`dask scheduler`, and workers with `dask worker`."
                ) from e
            yield client


class _Run:
    """One run over tasks: a few of them are with the scheduler, the others wait here."""

    def __init__(
        self, client: Any, distributed: Any, cluster: Cluster, work: Work, tasks: Iterator[Any]
    ) -> None:
        self._client, self._distributed, self._cluster = client, distributed, cluster
        self._work, self._new = work, tasks
        self._of_future: dict[Any, tuple[list[Any], int]] = {}
        self._known, self._asked = 0, -math.inf

    def __iter__(self) -> Iterator[tuple[Any, Any]]:
        done = self._distributed.as_completed(raise_errors=False)
        self._fill(done)
        while self._of_future:
            while not done.has_ready():  # not `next`: it waits on for a scheduler that is gone
                self._check()
                time.sleep(_LOOK)
            future = next(done)
            tasks, ended = self._of_future.pop(future.key)
            error: Any = None
            try:
                answers = future.result()
            except Exception as e:
                error = e
            self._check()
            if error is None:
                yield from zip(tasks, answers, strict=True)
            elif isinstance(error, _UnopenedError):
                raise ModelError(f"A worker of the cluster cannot begin: {error}") from None
            elif ended < self._cluster.retries or len(tasks) > 1:
                # Workers have ended over it, or one that held what came of it.
                for task in tasks:
                    self._submit(done, [task], ended + 1)
            elif isinstance(error, self._distributed.KilledWorker):
                yield tasks[0], Lost("Workers of the cluster ended over it, again and again.")
            else:
                yield tasks[0], Lost(f"The cluster failed over it: {first_line(error)}.")
            self._fill(done)

    def _check(self) -> None:
        """Raise OutputError if the scheduler is gone."""
        if self._client.status != "running":
            raise OutputError(_GONE)

    def _threads(self) -> int:
        """Of all workers; asked for now and then, as they come and go."""
        if time.monotonic() - self._asked > _ASK:
            try:
                self._known = sum(self._client.nthreads().values())
            except OSError as e:
                raise OutputError(_GONE) from e
            self._asked = time.monotonic()
        return self._known

    def _fill(self, done: Any) -> None:
        self._check()
        room = max(_LEAST, _AHEAD * self._threads()) - len(self._of_future)
        for _ in range(room):
            tasks = list(islice(self._new, self._cluster.chunk))
            if not tasks:
                break
            self._submit(done, tasks, 0)

    def _submit(self, done: Any, tasks: list[Any], ended: int) -> None:
        # Not pure: Dask would look up what it has done before. Results are small, and forgotten.
        future = self._client.submit(run_here, self._work, tasks, pure=False)
        self._of_future[future.key] = tasks, ended
        done.add(future)


_opened: dict[Work, Callable[[Any], Any]] = {}
_turn = threading.Lock()


def run_here(work: Work, tasks: list[Any]) -> list[Any]:
    """Work on tasks in this process of the cluster; its models are opened for the first."""
    with _turn:  # models and Blender serve one photo at a time: workers have one thread, or wait
        do = _opened.get(work)
        if do is None:
            for other in _opened.values():  # of an earlier run
                close = getattr(other, "close", None)
                if close is not None:
                    close()
            _opened.clear()
            os.environ.update({k: v for k, v in ONE_THREAD.items() if k not in os.environ})
            try:
                do = _opened[work] = work.opened()
            except (PRNError, ImportError) as e:
                raise _UnopenedError(complaint(e) if isinstance(e, PRNError) else str(e)) from None
        return [do(task) for task in tasks]


def load_distributed() -> Any:
    """Import dask.distributed.

    Raises
    ------
    MissingDependencyError
        It is absent.
    """
    try:
        import distributed
    except ImportError as e:
        raise MissingDependencyError(
            'A cluster needs dask.distributed: `pip install "prn-blender[cluster]"`.'
        ) from e
    return distributed
