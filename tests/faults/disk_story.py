"""What is written while the disk fails, at every operation in turn; in a process with such a disk.

    LD_PRELOAD=faulty_disk.so python tests/faults/disk_story.py STORY FAULTS FOLDER MOST [SEED]

Each story writes over results of an earlier run. A fault may leave old files and new ones, and
nothing that is neither; a rerun gives what a run without faults gives. FAULTS (kill, full,
lock, or several with commas between) are played at every operation, or at MOST of them, evenly or,
with a seed, by chance. Prints one line for each fault in the program, and for each kind of fault at
how many operations it was played.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
import random
import shutil
import signal
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / folder) for folder in ("fuzz", "helpers", "..")]

import cv2
from faulty_disk import FULL, KILL, LOCK, NOTHING, operations, set_fault
from stories import STORIES, Story
from verdict import LEFT_OVER, fault_of

_PATIENCE = 120.0
"""Seconds after which what a fault has stopped hangs."""
_FAULTS = {"kill": KILL, "full": FULL, "lock": LOCK}


def main() -> int:
    name, base, most = sys.argv[1], Path(sys.argv[3]), int(sys.argv[4])
    cv2.setNumThreads(0)  # its threads do not survive a fork
    story = STORIES[name](base)
    place = base / "place"
    story.begin(place)
    old = story.state(place)
    seed = int(sys.argv[5]) if len(sys.argv) > 5 else None
    count = _counted(story, place)
    new = story.state(place)
    assert old.keys() <= new.keys() and old != new, "the story changes nothing"
    faults = sys.argv[2].split(",")
    for k, fault in enumerate(faults):
        if most * len(faults) < count:  # each at other operations: together they come closer
            tried = _chosen(count, most * len(faults), seed)[k :: len(faults)]
        else:
            tried = _chosen(count, most, seed)
        for number in tried:
            for what in _played(story, place, (old, new), fault, number):
                print(f"FAILED at operation {number} of {count}, {fault}: {what}")
        print(f"{len(tried)} of {count} operations, {fault}")
    return 0


def _played(
    story: Story, place: Path, known: tuple[dict[str, str], dict[str, str]], fault: str, number: int
) -> list[str]:
    """What goes wrong with a fault at an operation, and in a rerun without one."""
    shutil.rmtree(place)
    story.begin(place)
    said = place.parent / "said.txt"
    code = _in_child(lambda: story.work(place), place, number, _FAULTS[fault], said)
    found = faults_in(story, place, known, code, fault, said.read_text())
    code = _in_child(lambda: story.work(place), place, 0, NOTHING, said)
    after = story.state(place)
    left = [path.name for path in place.rglob("*") if LEFT_OVER.search(path.name)]
    if code or after != known[1] or left:
        found.append(f"a rerun gives {code} {after} {left}, not {known[1]}: {said.read_text()}")
    return found


def _chosen(count: int, most: int, seed: int | None) -> list[int]:
    """Numbers of operations, from 1 to count."""
    if most >= count:
        return list(range(1, count + 1))
    if seed is not None:
        return sorted(random.Random(seed).sample(range(1, count + 1), most))
    return sorted({round(1 + i * (count - 1) / (most - 1)) for i in range(most)})


def _counted(story: Story, place: Path) -> int:
    """How many operations the story has, in a child as all that follow."""
    read, write = os.pipe()

    def work() -> int:
        code = story.work(place)
        os.write(write, str(operations()).encode())
        return code

    said = place.parent / "said.txt"
    code = _in_child(work, place, 0, NOTHING, said)
    assert code == 0, said.read_text()
    count = int(os.read(read, 99))
    os.close(read)
    os.close(write)
    return count


def _in_child(work: Callable[[], int], place: Path, number: int, what: int, said: Path) -> int:
    """The exit code of a copy of this process that does the work; negative for a signal."""
    child = os.fork()
    if child == 0:
        code = 99
        try:
            log = os.open(said, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
            os.dup2(log, 1)
            os.dup2(log, 2)
            set_fault(place, number, what)
            code = work()
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stderr.flush()
            sys.stdout.flush()
            os._exit(code)
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until:
        found, status = os.waitpid(child, os.WNOHANG)
        if found:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.005)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return -signal.SIGALRM


def faults_in(
    story: Story,
    place: Path,
    known: tuple[dict[str, str], dict[str, str]],
    code: int,
    fault: str,
    text: str,
) -> list[str]:
    """What is wrong with what a fault has left, and with the text that was said of it."""
    found = []
    old, new = known
    state = story.state(place)
    for name in sorted({*old, *new}):
        if state.get(name) not in (old.get(name), new.get(name)):
            found.append(f"{name} is neither the old one nor the new one")
    found += [f"{name} is left" for name in state if name not in new]
    left = [path.name for path in place.rglob("*") if LEFT_OVER.search(path.name)]
    if fault == "kill":
        if code != -signal.SIGKILL:
            found.append(f"it ended with {code}: {text}")
        return found
    if left and fault == "full":
        found.append(f"{left} are left")
    lines = [line for line in text.splitlines() if line.startswith("prn: ")]
    # A fault may come when everything is done but the tidying up.
    if code not in (0, 1) or (code == 1 and not lines) or "Traceback" in text:
        found.append(f"it ended with {code}: {text}")
    if code == 0 and state != new:
        found.append("it says that all went well")
    for line in lines:
        message = line.removeprefix("prn: ")
        if wrong := fault_of(message[:1].upper() + message[1:]):
            found.append(f"not a sentence ({wrong}): {message}")
    return found


if __name__ == "__main__":
    exit_code = main()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(exit_code)  # Blender's module may hang in its clean-up in a process that was forked
