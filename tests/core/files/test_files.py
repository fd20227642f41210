"""Files are written completely or not at all, and read with a bound."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from prn_blender.core.errors import ModelError, OutputError, PhotoError, Sentence, first_line
from prn_blender.core.files.safe import (
    make_folder,
    plain,
    read_bounded,
    replacing,
    shown,
    unfinished_name,
    write_bytes,
)
from prn_blender.core.photo.photo import write_image


def contents(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_is_written_and_replaced(tmp_path: Path) -> None:
    write_bytes(tmp_path / "a.bin", b"one")
    write_bytes(tmp_path / "a.bin", b"two")
    assert (tmp_path / "a.bin").read_bytes() == b"two"
    assert contents(tmp_path) == ["a.bin"]


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt, ValueError])
def test_an_exception_inside_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, error: type[BaseException]
) -> None:
    (tmp_path / "a.txt").write_text("old")
    with pytest.raises(error), replacing(tmp_path / "a.txt") as temporary:
        temporary.write_text("half of the new")
        assert temporary.suffix == ".txt"
        assert temporary.parent == tmp_path
        raise error
    assert (tmp_path / "a.txt").read_text() == "old"
    assert contents(tmp_path) == ["a.txt"]


def test_a_writer_that_writes_nothing_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("old")
    with pytest.raises(OutputError), replacing(tmp_path / "a.txt"):
        pass
    assert (tmp_path / "a.txt").read_text() == "old"


@pytest.mark.skipif(os.name == "nt", reason="permissions of POSIX")
def test_a_new_file_has_the_user_s_ordinary_permissions(tmp_path: Path) -> None:
    (tmp_path / "ordinary").write_bytes(b"")
    write_bytes(tmp_path / "a.bin", b"x")
    modes = {stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("ordinary", "a.bin")}
    assert len(modes) == 1


FULL_DISK = """
import resource, sys
from pathlib import Path
import numpy as np
from prn_blender.core.errors import OutputError
from prn_blender.core.files import write_bytes
from prn_blender.core.photo import write_image
resource.setrlimit(resource.RLIMIT_FSIZE, (5000, 5000))
for path, write in (("a.bin", lambda p: write_bytes(p, bytes(20000))),
                    ("a.png", lambda p: write_image(p, noise))):
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    try:
        write(Path(sys.argv[1]) / path)
    except OutputError as e:
        print(e)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs limits of POSIX")
def test_a_full_disk_leaves_the_old_file_and_nothing_half_written(tmp_path: Path) -> None:
    for name in ("a.bin", "a.png"):
        (tmp_path / name).write_text("old")
    command = [sys.executable, "-c", FULL_DISK, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        '"a.bin" cannot be written: File too large.',
        '"a.png" cannot be written: File too large.',
    ]
    assert contents(tmp_path) == ["a.bin", "a.png"]
    assert {path.read_text() for path in tmp_path.iterdir()} == {"old"}


@pytest.mark.parametrize("place", ["file/a.bin", "gone/a.bin", "folder", "x" * 300, "a\0b"])
def test_a_place_that_cannot_be_written_is_said_in_a_sentence(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").write_text("no folder")
    (tmp_path / "folder" / "inside").mkdir(parents=True)
    before = contents(tmp_path)
    with pytest.raises(OutputError) as caught:
        write_bytes(tmp_path / place, b"x")
    message = str(caught.value)
    assert "cannot be written" in message
    assert "\n" not in message
    assert "\0" not in message
    assert len(message) < 200
    assert contents(tmp_path) == before


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs Linux' /proc")
def test_a_place_even_root_cannot_write_is_said_in_a_sentence() -> None:
    with pytest.raises(OutputError):
        write_bytes("/proc/self/a.bin", b"x")
    with pytest.raises(OutputError):
        make_folder("/proc/self/out")


def test_an_unwritable_folder_is_said_in_a_sentence(tmp_path: Path) -> None:
    folder = tmp_path / "locked"
    folder.mkdir()
    folder.chmod(0o555)
    if os.access(folder, os.W_OK):
        pytest.skip("root writes everywhere; the tests above have places even root cannot write")
    with pytest.raises(OutputError, match="Permission denied"):
        write_bytes(folder / "a.bin", b"x")


def test_an_image_that_cannot_be_encoded_leaves_the_old_file(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_text("old")
    with pytest.raises(OutputError):
        write_image(tmp_path / "a.jpg", np.zeros((2, 70000, 3), np.uint8))
    assert (tmp_path / "a.jpg").read_text() == "old"


@pytest.mark.parametrize("name", ["new", "new/and/deep", "ä ö/😀", "there"])
def test_folders_are_made(tmp_path: Path, name: str) -> None:
    (tmp_path / "there").mkdir()
    assert make_folder(tmp_path / name).is_dir()


@pytest.mark.parametrize("name", ["file", "file/below", "a\0b", "x" * 300])
def test_folders_that_cannot_be_made_are_said(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError) as caught:
        make_folder(tmp_path / name)
    assert "\n" not in str(caught.value)
    assert "\0" not in str(caught.value)


def test_reading_is_bounded(tmp_path: Path) -> None:
    (tmp_path / "a.bin").write_bytes(bytes(2**20))
    assert len(read_bounded(tmp_path / "a.bin", 2**20, Sentence("model"), ModelError)) == 2**20
    with pytest.raises(ModelError, match=r'model "a\.bin" is larger than 0 MB'):
        read_bounded(tmp_path / "a.bin", 2**20 - 1, Sentence("model"), ModelError)


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="needs /dev/zero")
def test_a_device_without_end_is_not_read() -> None:
    with pytest.raises(PhotoError, match="not a regular file"):
        read_bounded("/dev/zero", 2**30, Sentence("photo"), PhotoError)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/a/b/c.jpg", '"c.jpg"'),
        ("line\nend\r\x1b[31m.jpg", '"line\\nend\\r\\x1b[31m.jpg"'),
        ("Ä 😀.jpg", '"Ä 😀.jpg"'),
        ("/", '"/"'),
        ("\udcff.jpg", '"\\udcff.jpg"'),
        ("x" * 200, '"' + "x" * 77 + '..."'),
    ],
)
def test_names_are_shown_on_one_line_of_bounded_length(path: str, expected: str) -> None:
    assert shown(path) == expected


def test_names_for_text_formats_have_no_line_ends() -> None:
    assert plain("a b\nc\u2028d\udcffÄ😀") == "a b_c_d_Ä😀"


def test_the_first_line_of_an_exception_is_what_it_says() -> None:
    assert first_line(ValueError("\n  one.\n two")) == "one"
    assert first_line(ValueError()) == "ValueError"
    assert len(first_line(ValueError("x" * 999))) == 200


def test_what_others_are_writing_stays_and_what_is_a_day_old_goes(tmp_path: Path) -> None:
    mine = unfinished_name()
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    names = {
        "mine": f"{mine}a.png",
        "another machine's": f".prn-00000000-{os.getpid()}-b.png",
        "an ended process's": mine.replace(f"-{os.getpid()}-", f"-{ended.pid}-") + "c.png",
        "of an earlier version, old": ".prn-abc.png",
        "another machine's, old": ".prn-00000000-1-d.png",
    }
    for what, name in names.items():
        (tmp_path / name).write_bytes(b"x")
        if what.endswith("old"):
            os.utime(tmp_path / name, (1e9, 1e9))
    write_bytes(tmp_path / "a.bin", b"x")
    kept = {"mine", "another machine's"}
    if os.name == "nt":
        kept.add("an ended process's")  # it is not asked for there
    assert set(contents(tmp_path)) == {"a.bin", *(names[what] for what in kept)}


def test_a_temporary_file_that_cannot_be_removed_is_no_error_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked(path: Path, *_: object, **__: object) -> None:
        raise OSError(30, "Read-only file system")

    with pytest.raises(OutputError, match="No space left"), replacing(tmp_path / "a") as temporary:
        temporary.write_bytes(b"half")
        monkeypatch.setattr(Path, "unlink", locked)
        raise OSError(28, "No space left on device")
