"""What can be told of Windows and macOS without them: names, encodings, wheels, entry points."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import ast
import subprocess
import zipfile
from pathlib import Path

import pytest
from script import script

from prn_blender.core.files.safe import reserved

build_extension, checks = script("build_extension"), script("package_checks")
ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted((ROOT / "prn_blender").rglob("*.py"))


# Names -------------------------------------------------------------------------------------------


def zipped() -> list[str]:
    """What scripts/build_extension.py puts into a zip, but for the wheels."""
    package = ROOT / "prn_blender"
    files = [p.relative_to(package).as_posix() for p in package.rglob("*") if p.is_file()]
    ours = [f for f in files if "__pycache__" not in f]
    return [*ours, *(f"models/{name}" for name in build_extension.MODEL_FILES)]


def test_names_in_the_zips_exist_everywhere() -> None:
    locked = {w.filename for t in build_extension.all_targets()
              for w in build_extension.locked_wheels(t)}  # fmt: skip
    assert checks.name_faults([*zipped(), *(f"wheels/{name}" for name in locked)]) == []


def test_names_in_the_repository_exist_everywhere() -> None:
    """So that it can be cloned on Windows."""
    done = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if done.returncode:
        pytest.skip("this is no git repository")
    assert checks.name_faults(name for name in done.stdout.split("\0") if name) == []


@pytest.mark.parametrize(
    ("names", "fault"),
    [
        (["a/prn.onnx"], "for a device"),
        (["a/COM1"], "for a device"),
        (["what?.txt"], "forbids"),
        (["a\\b"], "forbids"),
        (["a/b ."], "drops"),
        (["a./b"], "drops"),
        (["Data/a", "data/b"], "case only"),
        (["a.py", "A.py"], "case only"),
        (["ä.txt"], "ASCII"),
        (["../a"], "out of the archive"),
        (["/a"], "out of the archive"),
        (["a" * 200], "too long"),
        (["a", "a"], "twice"),
    ],
)
def test_bad_names_are_found(names: list[str], fault: str) -> None:
    assert any(fault in found for found in checks.name_faults(names))


def test_good_names_are_left_alone() -> None:
    assert checks.name_faults(["prn_blender/a.py", "console/prnt.txt", "a/b-1.2.whl"]) == []


@pytest.mark.parametrize("name", ["prn", "PRN.onnx", "nul", "com1.txt", "aux .json", "LPT9"])
def test_names_of_devices_are_known_to_the_add_on(name: str) -> None:
    assert reserved(name)
    assert not reserved(f"x{name}")


# Encodings ---------------------------------------------------------------------------------------


def opens_text(call: ast.Call) -> bool:
    """Whether a call opens a file as text, or reads or writes one, by the system's encoding."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    if any(word.arg in ("encoding", None) for word in call.keywords):
        return False
    if name in ("read_text", "write_text"):
        count = {"read_text": 1, "write_text": 2}[name]
        return len(call.args) < count
    if name not in ("open", "fdopen", "NamedTemporaryFile", "TemporaryFile"):
        return False
    values = [*call.args, *(w.value for w in call.keywords if w.arg == "mode")]
    texts = [v.value for v in values if isinstance(v, ast.Constant) and isinstance(v.value, str)]
    binary = any("b" in t for t in texts if set(t) <= set("rwxabt+"))
    tempfile_binary = name in ("NamedTemporaryFile", "TemporaryFile") and not texts
    return not binary and not tempfile_binary


# `open` of these is no file opened as text; `capture` is a `cv2.VideoCapture`.
NO_FILES = {"Image", "capture", "os", "webbrowser", "wave", "tarfile", "zipfile"}


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_no_text_is_opened_without_an_encoding(path: Path) -> None:
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and opens_text(node):
            owner = node.func.value if isinstance(node.func, ast.Attribute) else None
            if not (isinstance(owner, ast.Name) and owner.id in NO_FILES):
                found.append(f"line {node.lineno}: {ast.unparse(node)}")
    assert found == []


@pytest.mark.parametrize(
    ("code", "wrong"),
    [
        ("open(path)", True),
        ("open(path, 'w')", True),
        ("path.open('r')", True),
        ("path.read_text()", True),
        ("path.write_text(text)", True),
        ("open(path, 'rb')", False),
        ("path.open(mode='wb')", False),
        ("path.read_text('utf-8')", False),
        ("path.write_text(text, encoding='utf-8')", False),
        ("open(path, encoding='utf-8')", False),
    ],
)
def test_a_missing_encoding_is_found(code: str, wrong: bool) -> None:
    (call,) = [n for n in ast.walk(ast.parse(code)) if isinstance(n, ast.Call)]
    assert opens_text(call) is wrong


# Wheels ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("target", build_extension.all_targets(), ids=str)
def test_wheels_are_for_their_system(target: object) -> None:
    wheels = [ROOT / "wheels" / w.filename for w in build_extension.locked_wheels(target)]
    missing = [wheel.name for wheel in wheels if not wheel.is_file()]
    if missing:
        pytest.skip("these wheels were not downloaded here; `make licences` fetches all")
    for wheel in wheels:
        assert checks.wheel_faults(wheel, target.tags, target.python) == []


PE = b"MZ".ljust(0x3C, b"\0") + (0x80).to_bytes(4, "little")
PE = PE.ljust(0x80, b"\0") + b"PE\0\0" + (0x8664).to_bytes(2, "little")
ELF = b"\x7fELF".ljust(18, b"\0") + (0x3E).to_bytes(2, "little")
MACH_O = b"\xcf\xfa\xed\xfe" + (0x0100000C).to_bytes(4, "little")


def wheel(folder: Path, name: str, **files: bytes) -> Path:
    path = folder / name
    with zipfile.ZipFile(path, "w") as archive:
        for file, content in files.items():
            archive.writestr(file.replace("__", "."), content)
    return path


def faults_of(folder: Path, name: str, tag: str, **files: bytes) -> str:
    return " ".join(checks.wheel_faults(wheel(folder, name, **files), [tag], "3.11"))


def test_wheels_that_fit_have_no_faults(tmp_path: Path) -> None:
    win, mac = "a-1-cp311-cp311-win_amd64.whl", "a-1-cp37-abi3-macosx_13_0_arm64.whl"
    linux = "a-1-cp311-cp311-manylinux_2_28_x86_64.whl"
    assert faults_of(tmp_path, win, "win_amd64", x__pyd=PE) == ""
    assert faults_of(tmp_path, mac, "macosx_13_0_arm64", x__so=MACH_O) == ""
    assert faults_of(tmp_path, linux, "manylinux_2_28_x86_64", x__so__1=ELF) == ""


def test_wheels_of_another_system_are_found(tmp_path: Path) -> None:
    win = "a-1-cp311-cp311-win_amd64.whl"
    assert "is for win_amd64" in faults_of(tmp_path, win, "macosx_13_0_arm64", x__pyd=PE)
    assert "no library for win" in faults_of(tmp_path, win, "win_amd64", x__pyd=ELF)
    assert "no native library" in faults_of(tmp_path, win, "win_amd64", x__py=b"")
    assert "Python cp313" in faults_of(tmp_path, win, "win_amd64", **{"x__cp313-win.pyd": PE})
    assert "device" in faults_of(tmp_path, win, "win_amd64", x__pyd=PE, aux__py=b"")
    other = "a-1-cp313-cp313-win_amd64.whl"
    assert "another Python" in faults_of(tmp_path, other, "win_amd64", x__pyd=PE)
    intel = "a-1-cp311-cp311-macosx_13_0_x86_64.whl"
    assert "another processor" in faults_of(tmp_path, intel, "macosx_13_0_x86_64", x__so=MACH_O)
    pure = "a-1-py3-none-any.whl"
    assert "native code" in faults_of(tmp_path, pure, "any", x__so=ELF)


# Entry points ------------------------------------------------------------------------------------


def test_the_program_s_entry_point_is_a_function() -> None:
    import tomllib
    from importlib import import_module

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert set(project["scripts"]) == {"prn-blender"}
    for target in project["scripts"].values():
        module, _, function = target.partition(":")
        assert callable(getattr(import_module(module), function))


def test_entry_points_of_a_wheel_are_read(tmp_path: Path) -> None:
    text = b"[console_scripts]\nprn-blender = a.b:c\n"
    path = wheel(tmp_path, "a-1-py3-none-any.whl", **{"a-1__dist-info/entry_points__txt": text})
    assert checks.entry_points(path) == {"prn-blender": "a.b:c"}
