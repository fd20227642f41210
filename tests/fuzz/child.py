"""A child process: it takes the numbers of inputs, and says what became of each.

    python tests/fuzz/child.py KIND SEED FOLDER

One number a line comes in, one line of JSON goes out. It ends when there are no more numbers, or
when an input ends it.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import contextlib
import faulthandler
import json
import os
import resource
import shutil
import sys
import time
import traceback
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "helpers"), str(HERE.parents[1])]

MEMORY = int(os.environ.get("PRN_FUZZ_MB", "2048")) * 2**20
"""Bytes that an input may take beyond what the process has anyway."""
_ADDRESSES = 2 * MEMORY
"""Bytes of addresses, many of which are never used: this only saves the machine."""


def main() -> int:
    name, seed, folder = sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])
    answers = _own_streams(folder)
    _sandbox(folder)
    import kinds
    import numpy as np

    kind = kinds.KINDS[name]
    run = kind.prepare(folder / "base")
    _limit_addresses()
    answers.write(json.dumps({"ready": True}) + "\n")
    for line in sys.stdin:
        number = int(line)
        rng = np.random.default_rng([seed, zlib.crc32(name.encode()), number])
        answers.write(json.dumps(_one(run, rng, folder / str(number), kind.seconds)) + "\n")
    answers.flush()
    os._exit(0)  # Blender's clean-up is not what is looked at


def _one(run: Callable[..., list[str]], rng: Any, folder: Path, seconds: int) -> dict[str, Any]:
    """Try one input, in a folder of its own, which is kept if the input fails."""
    from verdict import fault_of, faults_in

    from prn_blender.core.errors import PRNError

    folder.mkdir(parents=True)
    _limit_seconds(seconds)
    before, started = _memory(reset=True), time.monotonic()
    failed, said = "", []
    try:
        said = run(rng, folder)
    except PRNError as e:
        said = [str(e)]
    except BaseException:  # everything else is what is looked for
        failed = traceback.format_exc()
    took, more = time.monotonic() - started, _memory() - before
    for message in said:
        if not failed and (fault := fault_of(message)):
            failed = f"Not a sentence ({fault}): {message!r}"
    if not failed and more > MEMORY:
        failed = f"It took {more / 2**30:.1f} GB of memory; it said {said}"
    results = folder / "out"
    if not failed and results.is_dir() and (faults := faults_in(results)):
        failed = "; ".join(faults)
    if not failed:
        shutil.rmtree(folder, ignore_errors=True)
    return {"failed": failed, "said": said, "seconds": took}


def _own_streams(folder: Path) -> Any:
    """Answers go where nothing else is written; what libraries print goes into a file."""
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    noise = os.open(folder / "noise.txt", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(noise, 1)
    os.dup2(noise, 2)
    faulthandler.enable()
    return answers


def _sandbox(folder: Path) -> None:
    """The user's own models and settings are out of reach, and so is the network's telemetry."""
    for name in ("models", "blender", "temporary", "home"):
        (folder / name).mkdir(exist_ok=True)
    os.environ |= {
        "PRN_MODELS": str(folder / "models"),
        "BLENDER_USER_RESOURCES": str(folder / "blender"),
        "TMPDIR": str(folder / "temporary"),
        "HOME": str(folder / "home"),
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
    }
    os.chdir(folder / "home")


def _limit_addresses() -> None:
    with contextlib.suppress(OSError, ValueError):
        used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (used + _ADDRESSES, resource.RLIM_INFINITY))


def _limit_seconds(seconds: int) -> None:
    """Of the processor, which a busy machine does not change; the parent watches the clock."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    limit = int(used.ru_utime + used.ru_stime) + seconds + 1
    resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.RLIM_INFINITY))


def _memory(reset: bool = False) -> int:
    """Bytes: the most that the process has had since the last reset, where Linux tells."""
    with contextlib.suppress(OSError):
        if reset:
            Path("/proc/self/clear_refs").write_text("5")
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


if __name__ == "__main__":
    sys.exit(main())
