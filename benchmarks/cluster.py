"""`batch` on Dask: equal to the serial command, and what it survives. Linux only: it reads /proc.

python -m benchmarks.cluster /path/to/photos -o DIR --count 60 --equal
python -m benchmarks.cluster /path/to/photos -o DIR --count 500 --kills 10
python -m benchmarks.cluster /path/to/photos -o DIR --count 100 --scheduler
python -m benchmarks.cluster /path/to/photos -o DIR --count 100 --command

A scheduler and workers are processes of this machine, on its loopback. The first form runs 1, 2 and
4 workers and compares JSON, text and OBJ files byte by byte with `reconstruct`'s; the second ends a
worker at random that often; the third ends the scheduler, the fourth the command itself (SIGKILL),
in the middle, and gives the same command again. Exit code 1 where something is not as it should be.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from .batch import descendants, lines_of, make_photos
from .trees import ROOT

WANTED = ["--json", "--landmarks", "--obj"]
"""What is made of each photo."""
WORKERS = (1, 2, 4)
"""How many there are when results are compared."""


class Loopback:
    """A scheduler and workers, processes of this machine that are ended as one likes.

    Parameters
    ----------
    folder : Path
        Where they may leave files.
    workers : int
    path : sequence of str
        Where they find modules, besides this program.
    """

    def __init__(self, folder: Path, workers: int, *path: str) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.address = f"tcp://127.0.0.1:{port}"
        self._environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *path])}
        self._folder = folder
        self.scheduler = self._start(
            "scheduler", "--host", "127.0.0.1", "--port", str(port), "--no-dashboard"
        )
        self.workers = [self.worker() for _ in range(workers)]
        self._wait_for(port)

    def _wait_for(self, port: int) -> None:
        """Wait until the scheduler listens: on a busy machine longer than the command would."""
        while self.scheduler.poll() is None:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                return
            time.sleep(0.05)

    def worker(self) -> subprocess.Popen[bytes]:
        """Start a worker: a nanny, and the process that it starts again when it has ended."""
        return self._start(
            "worker", self.address, "--host", "127.0.0.1", "--nthreads", "1", "--no-dashboard",
            "--death-timeout", "60",
        )  # fmt: skip

    def _start(self, *arguments: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", "dask", *arguments],
            cwd=self._folder, env=self._environment, start_new_session=True,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def working(self) -> list[int]:
        """The processes that work, without their nannies."""
        return [pid for nanny in self.workers for pid in descendants(nanny.pid, layers=1)]

    def end(self) -> None:
        """At once, nannies with their workers: nothing that they hold is needed any more."""
        for process in (*self.workers, self.scheduler):
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


class Run:
    """The command `batch` at work on a cluster.

    Parameters
    ----------
    source, out : Path
    address : str
        Of the scheduler.
    wanted : list of str
        Arguments: what is made of each photo.
    """

    def __init__(self, source: Path, out: Path, address: str, wanted: list[str]) -> None:
        self._out = out
        self.process = subprocess.Popen(
            [sys.executable, "-m", "prn_blender", "batch", str(source), "-o", str(out),
             "--cluster", address, *wanted],
            cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, text=True,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        )  # fmt: skip

    def wait_for(self, count: int) -> bool:
        """Wait until the manifest has so many lines; False if the command has ended before."""
        while lines_of(self._out) < count:
            if self.process.poll() is not None:
                return False
            time.sleep(0.02)
        return True

    def said(self) -> str:
        """Wait for its end; what it has written on stderr."""
        return self.process.communicate()[1]


def manifest(out: Path) -> list[dict[str, Any]]:
    """The lines of the manifest of a batch."""
    return [json.loads(line) for line in (out / "manifest.jsonl").read_text().splitlines()]


def all_done_once(out: Path, count: int) -> bool:
    """Whether a manifest has so many photos, each once, all done."""
    found = manifest(out)
    keys = {line["key"] for line in found}
    return len(found) == len(keys) == count and all(line["status"] == "done" for line in found)


def end_workers(run: Run, cluster: Loopback, count: int, kills: int, seed: int = 7) -> int:
    """End working processes at random, spread over a run of `count` photos; returns how many."""
    chance, ended = random.Random(seed), 0
    for number in range(kills):
        if not run.wait_for((number + 1) * count // (kills + 1)):
            break
        while not (victims := cluster.working()) and run.process.poll() is None:
            time.sleep(0.02)
        if victims:
            os.kill(chance.choice(victims), signal.SIGKILL)
            ended += 1
    return ended


def main() -> int:
    """Measure what was asked for; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("photos", type=Path)
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--count", type=int, default=60)
    parser.add_argument("--equal", action="store_true")
    parser.add_argument("--kills", type=int, default=0)
    parser.add_argument("--scheduler", action="store_true")
    parser.add_argument("--command", action="store_true")
    options = parser.parse_args()
    photos = make_photos(options.photos, options.output / "photos", options.count)
    good = True
    if options.equal:
        good &= equal(photos, options)
    if options.kills:
        good &= killed_workers(photos, options)
    if options.scheduler:
        good &= stopped(photos, options, "scheduler")
    if options.command:
        good &= stopped(photos, options, "command")
    return 0 if good else 1


def equal(photos: Path, options: argparse.Namespace) -> bool:
    """Compare what 1, 2 and 4 workers write with what `reconstruct` writes."""
    serial = fresh(options.output / "serial")
    subprocess.run(
        [sys.executable, "-m", "prn_blender", "reconstruct", str(photos), "-o", str(serial),
         *WANTED],
        cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=False,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    good = True
    for workers in WORKERS:
        out = fresh(options.output / f"workers{workers}")
        cluster = Loopback(options.output, workers)
        began = time.perf_counter()
        Run(photos, out, cluster.address, WANTED).said()
        took = time.perf_counter() - began
        cluster.end()
        names = sorted(path.name for path in serial.iterdir())
        same = [n for n in names if (out / n).exists() and (out / n).read_bytes()
                == (serial / n).read_bytes()]  # fmt: skip
        good &= len(same) == len(names)
        print(f"{workers} workers: {len(same)} of {len(names)} files are those of the serial "
              f"command; {options.count / took:.2f} photos/s", flush=True)  # fmt: skip
    return good


def killed_workers(photos: Path, options: argparse.Namespace) -> bool:
    """One run over which workers end at random."""
    out = fresh(options.output / "killed")
    cluster = Loopback(options.output, 2)
    began = time.perf_counter()
    run = Run(photos, out, cluster.address, WANTED[:2])
    ended = end_workers(run, cluster, options.count, options.kills)
    run.said()
    cluster.end()
    good = all_done_once(out, options.count) and ended == options.kills
    print(f"{ended} workers ended: {len(manifest(out))} lines, all done and none twice: {good}; "
          f"{time.perf_counter() - began:.0f} s")  # fmt: skip
    return good


def stopped(photos: Path, options: argparse.Namespace, what: str) -> bool:
    """A run whose scheduler, or which itself, ends in the middle; then the same command."""
    out = fresh(options.output / f"stopped-{what}")
    cluster = Loopback(options.output, 2)
    run = Run(photos, out, cluster.address, WANTED[:2])
    run.wait_for(options.count // 2)
    (cluster.scheduler if what == "scheduler" else run.process).kill()
    said = run.said().strip().splitlines()[-1:]
    kept = lines_of(out)
    if what == "scheduler":
        cluster.end()
        cluster = Loopback(options.output, 2)
    again = Run(photos, out, cluster.address, WANTED[:2]).said()
    cluster.end()
    resumed = f"{kept} of {options.count} photos are done already" in again
    good = all_done_once(out, options.count) and resumed
    print(f"{what} ended at {kept} photos, exit code {run.process.returncode}, said {said}; "
          f"resumed: {resumed}; all done and none twice: {good}")  # fmt: skip
    return good


def fresh(folder: Path) -> Path:
    """An empty folder."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


if __name__ == "__main__":
    sys.exit(main())
