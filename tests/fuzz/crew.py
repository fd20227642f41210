"""The parent's side: children that take inputs, are watched, and are replaced when one fails."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import os
import re
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

CHILD = Path(__file__).resolve().parent / "child.py"
PATIENCE = 120.0
"""Seconds of the clock after which a child that neither works nor answers hangs."""
_START = 300.0
"""Seconds for its start: Blender, and the networks."""
_NOISE_SHOWN = 4000


@dataclass(frozen=True)
class Failure:
    """An input that failed: `kind` and `number` bring it back; `folder` has its files."""

    kind: str
    number: int
    what: str
    folder: Path

    @property
    def place(self) -> str:
        """The line of the program where it failed, or else how: the same for what fails alike."""
        lines = re.findall(r'File ".*(prn_blender/.+, line \d+)', self.what)
        return lines[-1] if lines else re.sub(r"\d+|['\"].*['\"]", "", self.what[:80])


@dataclass
class Tally:
    """What became of the inputs of one kind."""

    accepted: int = 0
    refused: int = 0
    seconds: float = 0.0
    slowest: float = 0.0
    failures: list[Failure] = field(default_factory=list)
    sentences: set[str] = field(default_factory=set)

    @property
    def count(self) -> int:
        return self.accepted + self.refused + len(self.failures)


class _Child:
    """One process for one kind of input."""

    def __init__(self, kind: str, seed: int) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="fuzz-"))
        self._process = subprocess.Popen(
            [sys.executable, str(CHILD), kind, str(seed), str(self.folder)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        assert self._process.stdin and self._process.stdout
        self._in, self._out, self._rest = self._process.stdin, self._process.stdout, b""
        if "ready" not in (self._answer(_START) or {}):
            why = self._death()
            self.close()
            raise RuntimeError(f"The child for {kind} did not start: {why}")

    def ask(self, number: int) -> dict[str, Any]:
        """What became of an input; a child that did not survive it says so as `dead`."""
        self._in.write(f"{number}\n".encode())
        self._in.flush()
        answer = self._answer(PATIENCE)
        return answer if answer is not None else {"dead": self._death()}

    def _answer(self, patience: float) -> dict[str, Any] | None:
        until = time.monotonic() + patience
        while b"\n" not in self._rest:
            ready, _, _ = select.select([self._out], [], [], max(0.0, until - time.monotonic()))
            part = os.read(self._out.fileno(), 65536) if ready else b""
            if not part:
                return None
            self._rest += part
        line, _, self._rest = self._rest.partition(b"\n")
        return dict(json.loads(line))

    def _death(self) -> str:
        try:
            code = self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            return f"It hangs: no answer in {PATIENCE:.0f} s."
        name = signal.Signals(-code).name if code < 0 else f"exit {code}"
        what = "It hangs: too many seconds of the processor" if name == "SIGXCPU" else "It crashed"
        noise = (self.folder / "noise.txt").read_text(errors="replace")[-_NOISE_SHOWN:]
        return f"{what} ({name}).\n{noise}"

    def close(self) -> None:
        if self._process.poll() is None:
            self._in.close()
            try:
                self._process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._out.close()
        shutil.rmtree(self.folder, ignore_errors=True)


def try_inputs(
    kind: str,
    seed: int,
    numbers: Callable[[], int | None],
    jobs: int,
    kept: Path,
    most_failures: int = 20,
) -> Tally:
    """Try inputs of one kind in some children side by side.

    Parameters
    ----------
    kind : str
        One of `kinds.KINDS`.
    seed : int
    numbers : callable
        Gives the next input's number; None when there are enough.
    jobs : int
        How many children.
    kept : Path
        A folder for the files of inputs that fail.
    most_failures : int
        After so many there is no need for more.
    """
    tally, lock = Tally(), threading.Lock()
    troubles: list[BaseException] = []

    def work() -> None:
        child: _Child | None = None
        try:
            while len(tally.failures) < most_failures:
                with lock:
                    number = numbers()
                if number is None:
                    break
                child = child or _Child(kind, seed)
                answer = child.ask(number)
                if "hangs" in answer.get("dead", ""):  # on a busy machine, once, that is no fault
                    child.close()
                    child = _Child(kind, seed)
                    answer = child.ask(number)
                with lock:
                    _count(tally, kind, number, answer, child.folder, kept)
                if "dead" in answer:
                    child.close()
                    child = None
        except BaseException as e:  # it is the parent's own
            troubles.append(e)
        finally:
            if child:
                child.close()

    started = time.monotonic()
    threads = [threading.Thread(target=work) for _ in range(jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    tally.seconds = time.monotonic() - started
    if troubles:
        raise troubles[0]
    return tally


def _count(
    tally: Tally, kind: str, number: int, answer: dict[str, Any], folder: Path, kept: Path
) -> None:
    what = answer.get("dead") or answer["failed"]
    if what:
        place = kept / f"{kind}-{number}"
        shutil.rmtree(place, ignore_errors=True)
        if (folder / str(number)).is_dir():
            shutil.copytree(folder / str(number), place, ignore_dangling_symlinks=True)
            shutil.rmtree(folder / str(number), ignore_errors=True)
        else:
            place.mkdir(parents=True)
        (place / "failure.txt").write_text(what, errors="replace")
        tally.failures.append(Failure(kind, number, what, place))
        return
    tally.slowest = max(tally.slowest, answer["seconds"])
    if answer["said"]:
        tally.refused += 1
        tally.sentences.update(answer["said"])
    else:
        tally.accepted += 1
