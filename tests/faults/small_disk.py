"""A disk that is really full: a small tmpfs, mounted where only this process sees it.

    unshare --map-root-user --mount python tests/faults/small_disk.py FOLDER STORY...

Each story is played twice on a disk with old results and no room: none at all, and room for a
part. Prints one line for each fault of the program, and one for each story that was played.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import contextlib
import io
import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / folder) for folder in ("fuzz", "helpers", "..")]

from disk_story import faults_in
from stories import STORIES, Story
from verdict import LEFT_OVER

_DISK = 64 * 2**20
"""Bytes: more than any story writes."""
_ROOM = (0, 0.4)
"""What is left of the room that a story needs, 0..1."""


def main() -> int:
    base = Path(sys.argv[1])
    disk = base / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={_DISK}", "none", disk], check=True)
    for name in sys.argv[2:]:
        (base / name).mkdir()
        story = STORIES[name](base / name)
        for room in _ROOM:
            for what in _played(story, disk, room):
                print(f"FAILED {name} with {room:.0%} of its room: {what}")
        print(f"{name} was played")
    return 0


def _played(story: Story, disk: Path, room: float) -> list[str]:
    place = disk / "place"
    story.begin(place)
    old = story.state(place)
    code, said = _work(story, place)
    assert code == 0, said
    new, needed = story.state(place), _size(place)
    shutil.rmtree(place)
    story.begin(place)
    ballast = disk / "ballast"
    _fill(ballast, disk, int(room * needed))
    code, said = _work(story, place)
    found = faults_in(story, place, (old, new), code, "full", said)
    if not said and not room:  # a part may do: new files take the places of old ones
        found.append("it found room where there was none")
    ballast.unlink()
    code, said = _work(story, place)
    left = [path.name for path in place.rglob("*") if LEFT_OVER.search(path.name)]
    after = story.state(place)
    # Within one process a second export of an object turns it by its last digit.
    names = {name for name in {*new, *after} if not (name.endswith(".glb") and name in after)}
    others = [name for name in names if after.get(name) != new.get(name)]
    if code or others or left:
        found.append(f"a rerun gives {code}, {left}, other {others}: {said}")
    shutil.rmtree(place)
    return found


def _work(story: Story, place: Path) -> tuple[int, str]:
    errors = io.StringIO()
    with contextlib.redirect_stderr(errors):
        code = story.work(place)
    return code, errors.getvalue()


def _size(place: Path) -> int:
    return sum(path.stat().st_size for path in place.rglob("*") if path.is_file())


def _fill(ballast: Path, disk: Path, room: int) -> None:
    """Take all of the disk but that room."""
    state = os.statvfs(disk)
    with ballast.open("wb") as stream:
        os.posix_fallocate(stream.fileno(), 0, state.f_bavail * state.f_frsize - room)


if __name__ == "__main__":
    exit_code = main()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(exit_code)  # threads of networks need not be waited for
