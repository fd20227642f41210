"""The command line: how it ends when something is wrong."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from command_line import FAST, complaints, names, run

from prn_blender.batch import reconstruction
from prn_blender.cli import main
from prn_blender.commands import reconstruct as reconstruct_command

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.usefixtures("one_model")


@pytest.mark.parametrize(
    "arguments",
    [
        [], ["reconstruct"], ["unknown"], ["reconstruct", "a.png", "--stride", "3"],
        ["reconstruct", "a.png", "--texture-size", "15"],
        ["reconstruct", "a.png", "--texture-size", "9000"],
        ["reconstruct", "a.png", "--texture-size", "large"],
        ["reconstruct", "a.png", "--texture-size", "9" * 5000],
        ["reconstruct", "a.png", "--box", "1", "2", "3"],
        ["reconstruct", "a.png", "--box", "a", "b", "c", "d"],
        ["reconstruct", "a.png", "--camera", "fisheye"], ["reconstruct", "a.png", "--unknown"],
    ],
)  # fmt: skip
def test_arguments_that_make_no_sense_end_with_2(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    said = capsys.readouterr().err
    assert said.startswith("usage: ")
    assert "Traceback" not in said


def test_help_ends_with_0(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["reconstruct", "--help"]) == 0
    assert "--texture-size" in capsys.readouterr().out


@pytest.mark.parametrize("box", [("900", "0", "999", "99"), ("-99999", "-99999", "99999", "99999")])
def test_a_box_that_a_photo_does_not_have_ends_with_1_and_a_sentence(
    photos: Path, out: Path, box: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(photos, "-o", out, "--json", "--box", *box) == 1
    assert len(complaints(capsys)) == 1
    assert names(out) == []


@pytest.mark.parametrize("place", ["file", "file/below"])
def test_an_output_place_that_cannot_be_used_ends_with_1_and_a_sentence(
    photos: Path, tmp_path: Path, place: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("mine")
    assert run(photos, "-o", tmp_path / place, "--json") == 1
    (line,) = complaints(capsys)
    assert "cannot be made" in line
    assert (tmp_path / "file").read_text() == "mine"


@pytest.mark.parametrize("at", ["json", "obj", "png"])
def test_a_write_that_fails_leaves_nothing_half_written(
    photos: Path, out: Path, at: str, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    write = Path.write_bytes

    def full(path: Path, data: bytes) -> int:
        if path.suffix != f".{at}":
            return write(path, data)
        write(path, data[: len(data) // 2])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    assert run(photos, "-o", out, "--obj", "--json", *FAST) == 1
    (line,) = complaints(capsys)
    assert "No space left on device" in line
    assert not [name for name in names(out) if name.startswith(".") or name.endswith(at)]


def test_a_model_that_is_none_ends_with_1_and_a_sentence(
    photos: Path, out: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.onnx").write_bytes(b"nothing")
    assert run(photos, "-o", out, "--json", "--model", tmp_path / "a.onnx") == 1
    assert len(complaints(capsys)) == 1
    assert run(photos, "-o", out, "--json", "--model", tmp_path / "gone.onnx") == 1
    assert len(complaints(capsys)) == 1
    assert names(out) == []


@pytest.mark.parametrize("wheel", ["numpy", "cv2", "PIL", "onnxruntime"])
@pytest.mark.parametrize("how", ["gone", "broken"])
def test_a_missing_wheel_ends_with_1_and_a_sentence(
    photos: Path, out: Path, tmp_path: Path, wheel: str, how: str
) -> None:
    """In a process of its own: here the library is loaded, and the model open, already."""
    error = {"gone": f"ModuleNotFoundError('No module named {wheel}', name='{wheel}')",
             "broken": "ImportError('libfoo.so.1: cannot open shared object file')"}  # fmt: skip
    instead = tmp_path / "instead" / wheel
    instead.mkdir(parents=True)
    (instead / "__init__.py").write_text(f"raise {error[how]}\n")
    done = subprocess.run(
        [sys.executable, "-m", "prn_blender", "reconstruct", photos, "-o", out, "--json"],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(instead.parent), str(ROOT)])},
        capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert done.returncode == 1, done.stderr
    (line,) = done.stderr.splitlines()
    assert line.startswith("prn: ") and line.endswith(".")
    assert "cannot be loaded" in line
    assert wheel in line or how == "broken"
    assert not out.exists() or names(out) == []


@pytest.fixture
def no_blender(monkeypatch: pytest.MonkeyPatch) -> None:
    needs_it = ("bpy", "prn_blender.scene", "prn_blender.batch.scene_files")
    for name in [n for n in sys.modules if n.startswith(needs_it)]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "bpy", None)
    monkeypatch.delattr("prn_blender.scene", raising=False)
    monkeypatch.delattr("prn_blender.batch.scene_files", raising=False)


def test_without_blender_the_result_is_an_obj(photos: Path, out: Path, no_blender: None) -> None:
    assert run(photos, "-o", out, *FAST) == 0
    assert names(out) == ["me.mtl", "me.obj", "me_texture.png"]


@pytest.mark.parametrize("flag", ["--blend", "--glb", "--render"])
def test_without_blender_its_files_are_refused_before_any_work(
    photos: Path, out: Path, flag: str, no_blender: None, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(photos, "-o", out, "--json", flag) == 1
    (line,) = complaints(capsys)
    assert "pip install bpy" in line
    assert not out.exists()


def test_ctrl_c_ends_with_130(
    photos: Path, out: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupt(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(reconstruction, "read_photo", interrupt)
    assert run(photos, "-o", out, "--json") == 130
    assert complaints(capsys) == ["prn: stopped."]


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (
            OSError(5, "Input/output error", "/x/a.png"),
            '"a.png" cannot be used: Input/output error',
        ),
        (OSError(28, "No space left on device"), "A file cannot be used: No space left on device"),
        (
            MemoryError(),
            "There is not enough memory; close other programs, or take a smaller photo",
        ),
    ],
)
def test_what_the_system_refuses_is_one_sentence_and_stops_no_other_photo(
    error: Exception, said: str, photos: Path, out: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    (photos / "a.png").write_bytes((photos / "me.png").read_bytes())
    read = reconstruction.read_photo

    def refused(path: Path, **options: Any) -> Any:
        if path.name == "a.png":
            raise error
        return read(path, **options)

    monkeypatch.setattr(reconstruction, "read_photo", refused)
    assert run(photos, "-o", out, "--json") == 1
    assert complaints(capsys) == [f"prn: {said}.", "prn: 1 of 2 photos failed."]
    assert names(out) == ["me.json"]
    monkeypatch.setattr(reconstruct_command, "photo_jobs", lambda *_: refused(Path("a.png")))
    assert run(photos, "-o", out, "--json") == 1
    assert complaints(capsys) == [f"prn: {said}."]


@pytest.mark.parametrize("name", ["x" * 300, "x" * 5000, "a/" * 3000])
def test_names_that_are_too_long_are_one_sentence(
    name: str, photos: Path, out: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    me, long = photos / "me.png", tmp_path / name
    for arguments in (
        ["reconstruct", long, "-o", out], ["reconstruct", me, "-o", long],
        ["swap", me, me, "-o", long], ["swap", me, long, "-o", out], ["swap", me, me, "-o",
        f"{long}.png"], ["sheet", me, "-o", f"{long}.png"], ["evaluate", long],
        ["import-model", long, "--accept-license"], ["reconstruct", me, "-o", out, "--model", long],
    ):  # fmt: skip
        assert main([str(a) for a in arguments], models_folder=tmp_path / "models") == 1, arguments
        (line,) = [line for line in capsys.readouterr().err.splitlines() if line.startswith("prn:")]
        assert line.endswith(".") and len(line) < 400, arguments


def test_a_photo_that_is_removed_meanwhile_stops_no_other(
    photos: Path, out: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("a.png", "b.png"):
        (photos / name).write_bytes((photos / "me.png").read_bytes())
    read = reconstruction.read_photo

    def meanwhile(path: Path, **options: Any) -> Any:
        (photos / "b.png").unlink(missing_ok=True)
        return read(path, **options)

    monkeypatch.setattr(reconstruction, "read_photo", meanwhile)
    assert run(photos, "-o", out, "--json") == 1
    assert complaints(capsys) == [
        'prn: The photo "b.png" does not exist.', "prn: 1 of 3 photos failed.",
    ]  # fmt: skip
    assert names(out) == ["a.json", "me.json"]
