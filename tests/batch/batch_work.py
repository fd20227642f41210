"""Small works for the engines of `batch`: what a task does, its number says."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from prn_blender.core.errors import ModelError


@dataclass(frozen=True)
class Squares:
    """Squares numbers.

    Attributes
    ----------
    log : str
        A folder, where each process leaves a file by its number, and each task one by its own.
    deadly, slow : int
        A task that ends its process each time; one that takes a minute.
    pause : float
        Seconds that each task takes.
    """

    log: str
    deadly: int = -1
    slow: int = -1
    pause: float = 0.0

    def opened(self) -> Callable[[int], int]:
        Path(self.log, f"process-{os.getpid()}").touch()

        def square(number: int) -> int:
            with Path(self.log, f"task-{number}").open("a") as stream:
                stream.write(f"{os.getpid()}\n")
            if number == self.deadly:
                os.kill(os.getpid(), signal.SIGKILL)
            time.sleep(60 if number == self.slow else self.pause)
            return number * number

        return square


@dataclass(frozen=True)
class Unopened:
    """Cannot be opened."""

    def opened(self) -> Callable[[int], int]:
        raise ModelError("The model is gone.")


@dataclass(frozen=True)
class Stillborn:
    """Ends its process before it has begun."""

    def opened(self) -> Callable[[int], int]:
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError


def processes(log: Path) -> list[int]:
    """The numbers of the processes that have worked."""
    return sorted(int(path.name.split("-")[1]) for path in log.glob("process-*"))


def tries(log: Path, task: int) -> int:
    """How often a task was begun."""
    return len((log / f"task-{task}").read_text().split())


def runs(process: int) -> bool:
    """Whether a process is there and no zombie."""
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"
