"""The Blender process that is kept: it is told faces, and its end is no end."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from batch_work import runs

from prn_blender.batch.blender import BlenderProcess, StartBlender
from prn_blender.batch.reconstruction import SceneFiles, Wanted
from prn_blender.core import Face
from prn_blender.core.errors import MissingDependencyError, OutputError
from prn_blender.core.outputs.options import OutputOptions

bpy = pytest.importorskip("bpy", reason="Blender's Python module is not installed")
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")


@pytest.fixture
def blender(face: Face) -> Iterator[BlenderProcess]:
    process = BlenderProcess(StartBlender(), face.layout)
    yield process
    process.close()


def asked(face: Face, folder: Path, name: str) -> SceneFiles:
    wanted = Wanted(OutputOptions(stride=4, texture_size=32), blend=True)
    return SceneFiles([face], name, [name], folder, wanted, {})


def child() -> int:
    """The process that this one has started."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            command = (entry / "cmdline").read_bytes()
            parent = (entry / "stat").read_text().rpartition(")")[2].split()[1]
        except OSError:  # it has ended meanwhile
            continue
        if b"blender_process.py" in command and parent == str(os.getpid()):
            found.append(int(entry.name))
    (number,) = found
    return number


def test_it_stays_from_photo_to_photo_and_goes_with_us(
    blender: BlenderProcess, face: Face, tmp_path: Path
) -> None:
    said: list[str] = []
    assert blender(asked(face, tmp_path, "one"), said.append) == [["one.blend"]]
    first = child()
    assert blender(asked(face, tmp_path, "two"), said.append) == [["two.blend"]]
    assert child() == first
    assert sorted(p.name for p in tmp_path.iterdir()) == ["one.blend", "two.blend"]
    blender.close()
    assert not runs(first)


def test_one_that_was_killed_is_started_again(
    blender: BlenderProcess, face: Face, tmp_path: Path
) -> None:
    blender(asked(face, tmp_path, "one"), print)
    os.kill(child(), signal.SIGKILL)
    assert blender(asked(face, tmp_path, "two"), print) == [["two.blend"]]


def test_a_photo_over_which_it_ends_each_time_is_one_sentence(
    blender: BlenderProcess, face: Face, tmp_path: Path
) -> None:
    over = threading.Event()

    def end_all() -> None:
        while not over.is_set():
            with contextlib.suppress(ValueError, OSError):
                os.kill(child(), signal.SIGKILL)
            time.sleep(0.2)

    blender.start()
    thread = threading.Thread(target=end_all)
    thread.start()
    try:
        with pytest.raises((OutputError, MissingDependencyError), match="Blender"):
            blender(asked(face, tmp_path, "one"), print)
    finally:
        over.set()
        thread.join()
    assert not (tmp_path / "one.blend").exists()


def test_its_errors_are_ours(blender: BlenderProcess, face: Face, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r'"one.blend" cannot be written'):
        blender(asked(face, tmp_path / "none", "one"), print)
    assert blender(asked(face, tmp_path, "two"), print) == [["two.blend"]]


def test_a_program_that_is_no_blender_is_one_sentence(face: Face) -> None:
    for program in ("/bin/false", "/nowhere/blender"):
        with pytest.raises(MissingDependencyError, match="Blender"):
            BlenderProcess(StartBlender(program), face.layout).start()
