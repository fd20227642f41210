"""What works on many photos at once: processes of this machine, or a Dask cluster."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import argparse
from typing import Any

from ..batch.engines.cluster import LOCAL, Cluster, load_distributed
from ..batch.engines.pool import Pool, cores
from ..batch.storage import is_address
from ..batch.task import Engine
from ..core.errors import OptionError


def add_arguments(parser: Any) -> None:
    """Add `--jobs`, `--cluster` and `--chunk`."""
    parser.add_argument("--jobs", type=_count, metavar="N", help="processes; by default one a core")
    parser.add_argument(
        "--cluster", metavar="local|tcp://...", help="Dask workers instead of processes"
    )
    parser.add_argument(
        "--chunk", type=_count, default=1, metavar="N",
        help="photos in one of Dask's tasks (1); more where hundreds are done a second",
    )  # fmt: skip


def engine_of(options: argparse.Namespace, limit: float = 600.0) -> Engine:
    """The processes, or the cluster, that `--jobs` and `--cluster` ask for.

    Parameters
    ----------
    options : argparse.Namespace
    limit : float
        Seconds that a task may take in a process.

    Raises
    ------
    OptionError
        They make no sense.
    MissingDependencyError
        dask.distributed is absent.
    """
    jobs = options.jobs or cores()
    if options.cluster is None:
        return Pool(jobs, limit=limit)
    load_distributed()
    if options.cluster != LOCAL and not is_address(options.cluster):
        raise OptionError(f"--cluster is local or tcp://HOST:PORT, not {options.cluster[:80]!r}.")
    if options.cluster != LOCAL and options.jobs:
        raise OptionError("--jobs is for processes of this machine; workers have their own number.")
    return Cluster(options.cluster, jobs, chunk=options.chunk)


def threads_of(options: argparse.Namespace) -> int:
    """Threads of each process: fewer processes than cores share them."""
    return max(1, cores() // (options.jobs or cores()))


def _count(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 1024:
        raise argparse.ArgumentTypeError(f"expected 1 to 1024: {text!r}")
    return int(text)
