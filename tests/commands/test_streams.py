"""The program where its output goes nowhere, and our script in a Blender without libraries."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from command_line import complaints, names, run
from PIL import Image

from prn_blender.core.photo.photo import Photo, read_photo

ROOT = Path(__file__).resolve().parent.parent.parent
PROGRAM = f"{shlex.quote(sys.executable)} -m prn_blender"

posix = pytest.mark.skipif(sys.platform == "win32", reason="needs a POSIX shell")
full = pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")


def shell(line: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", "-c", line], capture_output=True, text=True, timeout=120, cwd=ROOT, check=False,
        env={**os.environ, **environment},
    )  # fmt: skip


@posix
@pytest.mark.parametrize("command", ["models", "reconstruct --help"])
def test_a_reader_that_has_gone_is_nothing_to_complain_of(command: str) -> None:
    done = shell(f"({PROGRAM} {command}; echo code $? >&2) | true")
    assert done.stderr in ("code 1\n", "code 0\n")  # 0: all was written before the reader left


@posix
def test_a_pipe_without_a_reader_ends_with_1_and_silence(photos: Path, out: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-m", "prn_blender", "reconstruct", photos, "-o", out, "--json"]
    done = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, timeout=120, check=False)
    os.close(writing)
    assert (done.returncode, done.stderr) == (1, b"")
    assert names(out) == ["me.json"]


@full
@pytest.mark.parametrize("buffered", ["", "1"])
@pytest.mark.parametrize("command", ["models", "swap --help"])
def test_a_full_disk_behind_stdout_is_one_sentence(command: str, buffered: str) -> None:
    done = shell(f"{PROGRAM} {command} >/dev/full", PYTHONUNBUFFERED=buffered)
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line == "prn: standard output cannot be written: No space left on device."


@full
@pytest.mark.parametrize("command", ["reconstruct gone.jpg", "unknown"])
def test_a_full_disk_behind_stderr_leaves_the_exit_code(command: str) -> None:
    done = shell(f"{PROGRAM} {command} 2>/dev/full")
    assert done.returncode in (1, 2)
    assert done.stdout == ""


@posix
@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-", "<&- >&- 2>&-"])
def test_closed_streams_do_not_matter(photos: Path, out: Path, closed: str) -> None:
    where = f"{shlex.quote(str(photos))} -o {shlex.quote(str(out))}"
    done = shell(f"{PROGRAM} reconstruct gone.jpg {where} --json {closed}")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert names(out) == ["me.json"]


# Blender runs a script, prints the traceback of what it raises, and ends with 0.
BLENDER = """
import runpy, sys, traceback
sys.argv = ["blender", "--background", "--python", {script!r}, "--", "a.png"]
sys.modules[{missing!r}] = None
try:
    runpy.run_path({script!r}, run_name="__main__")
except SystemExit:
    raise
except BaseException:
    traceback.print_exc()
"""


@pytest.mark.parametrize("missing", ["cv2", "PIL", "onnxruntime", "numpy"])
def test_the_script_in_a_blender_without_libraries_ends_with_1_and_a_sentence(
    tmp_path: Path, missing: str
) -> None:
    script = str(ROOT / "scripts" / "reconstruct.py")
    code = BLENDER.format(script=script, missing=missing)
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=120, cwd=tmp_path,
        check=False,
    )  # fmt: skip
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith("prn: ")
    assert missing in line
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("one_model")
@pytest.mark.parametrize("name", ["results.png", "me.blend", "out.webp", "a.jp2"])
def test_reconstruct_makes_no_folder_that_is_called_like_a_file(
    photos: Path, tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(photos, "-o", tmp_path / name, "--json") == 2
    (line,) = complaints(capsys)
    assert name in line
    assert not (tmp_path / name).exists()
    assert run(photos, "-o", f"{tmp_path / name}/", "--json") == 0
    assert names(tmp_path / name) == ["me.json"]
    assert run(photos, "-o", tmp_path / name, "--json") == 0  # it is there now


@pytest.mark.usefixtures("one_model")
@pytest.mark.parametrize("name", ["run.5", "model.v2", ".hidden", "2024.summer photos"])
def test_other_points_in_a_folder_s_name_are_fine(photos: Path, tmp_path: Path, name: str) -> None:
    assert run(photos, "-o", tmp_path / name, "--json") == 0
    assert names(tmp_path / name) == ["me.json"]


def test_decoders_say_nothing_beside_our_sentence(
    tmp_path: Path, astronaut: Photo, capfd: pytest.CaptureFixture[str]
) -> None:
    """OpenCV and libjpeg, libtiff behind Pillow, libtiff behind OpenCV."""
    Image.fromarray(astronaut.pixels).save(tmp_path / "a.jpg")
    jpeg = bytearray((tmp_path / "a.jpg").read_bytes())
    jpeg[len(jpeg) // 2 : len(jpeg) // 2 + 40] = bytes(40)
    (tmp_path / "a.jpg").write_bytes(jpeg)
    Image.fromarray(astronaut.pixels).save(tmp_path / "b.tif", compression="tiff_lzw")
    half = bytearray((tmp_path / "b.tif").read_bytes())
    half[1000:1400] = b"\xff" * 400
    (tmp_path / "b.tif").write_bytes(half)
    Image.fromarray(astronaut.pixels).save(tmp_path / "c.tif", compression="tiff_adobe_deflate")
    half = bytearray((tmp_path / "c.tif").read_bytes())
    half[1000:1400] = bytes(400)
    (tmp_path / "c.tif").write_bytes(half)
    for name in ("a.jpg", "b.tif", "c.tif"):
        assert said(tmp_path / name, capfd) == ""


def said(path: Path, capfd: pytest.CaptureFixture[str]) -> str:
    try:
        read_photo(path)
    except Exception as e:
        assert type(e).__name__ == "PhotoError"
    return capfd.readouterr().err
