"""Nothing is looked up, and nothing written outside our own folders, while a face is made.

In a process of its own, below a C library that notes look-ups and connections: what native code
does, no hook in Python sees. Its environment has no `CI`, with which onnxruntime reports nothing.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import pytest

from prn_blender.core import native
from prn_blender.core.model.environment import system_report

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 15  # seconds; onnxruntime's first look-up comes six to ten after it was loaded
WITHOUT_BLENDER = """
import sys
from prn_blender.cli import main
assert main(["reconstruct", sys.argv[1], "-o", sys.argv[2], "--json", "--all-faces"]) == 0
"""
IN_BLENDER = """
import sys
import bpy
import prn_blender
prn_blender.register()
assert bpy.ops.prn.reconstruct(filepath=sys.argv[1]) == {"FINISHED"}
from prn_blender.core.model.environment import system_report
assert "Telemetry" not in system_report()
from prn_blender.cli import main
assert main(["reconstruct", sys.argv[1], "-o", sys.argv[2], "--blend", "--render"]) == 0
prn_blender.unregister()
"""
# What we would do if `prn_blender.core.native` did nothing.
UNGUARDED = "import onnxruntime"
WAIT = f"\nimport time\ntime.sleep({PATIENCE})\n"


class Left(NamedTuple):
    """What a process has left."""

    attempts: list[str]
    files: list[str]
    folder: Path


@pytest.fixture(scope="session")
def watch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The C library that notes, built."""
    if sys.platform != "linux":
        pytest.skip("LD_PRELOAD is Linux's")
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("there is no C compiler")
    library = tmp_path_factory.mktemp("watch") / "watch_network.so"
    source = Path(__file__).resolve().parents[1] / "helpers" / "watch_network.c"
    subprocess.run(
        [compiler, "-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o", library, source, "-ldl"],
        check=True,
    )
    return library


def run(watch: Path, folder: Path, code: str, *arguments: Path) -> Left:
    """Run code in an environment of its own, with empty folders where libraries like to write."""
    log, home, temporary = folder / "attempts", folder / "home", folder / "temporary"
    home.mkdir()
    temporary.mkdir()
    environment = {
        "PATH": os.defpath,
        "PYTHONPATH": str(ROOT),
        "PYTHONDONTWRITEBYTECODE": "1",
        "BLENDER_USER_RESOURCES": str(folder / "blender"),
        "PRN_MODELS": str(folder / "models"),
        "HOME": str(home),
        "XDG_CACHE_HOME": str(home / "cache"),
        "TMPDIR": str(temporary),
        "LD_PRELOAD": str(watch),
        "WATCH_NETWORK": str(log),
    }
    done = subprocess.run(
        [sys.executable, "-c", code + WAIT, *arguments],
        env=environment, cwd=home, capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return Left(
        log.read_text(encoding="utf-8").splitlines() if log.exists() else [],
        sorted(str(p.relative_to(folder)) for where in (home, temporary) for p in where.rglob("*")),
        folder,
    )


@pytest.fixture(scope="module")
def left(
    watch: Path, astronaut_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Future[Left]]]:
    """What each process has left; its results are in the folder's "out". All wait at once."""
    codes = {"command": WITHOUT_BLENDER, "blender": IN_BLENDER, "unguarded": UNGUARDED}
    if find_spec("bpy") is None:
        del codes["blender"]
    with ThreadPoolExecutor(len(codes)) as pool:
        started = {}
        for name, code in codes.items():
            folder = tmp_path_factory.mktemp(name)
            photo = shutil.copy(astronaut_path, folder / "astronaut.png")
            started[name] = pool.submit(run, watch, folder, code, photo, folder / "out")
        yield started


@pytest.mark.slow
def test_nothing_leaves_the_command_line(left: dict[str, Future[Left]]) -> None:
    found = left["command"].result()
    assert found[:2] == ([], [])
    assert (found.folder / "out" / "astronaut.json").is_file()


@pytest.mark.slow
def test_nothing_leaves_blender(left: dict[str, Future[Left]]) -> None:
    if "blender" not in left:
        pytest.skip("Blender's Python module is not installed")
    found = left["blender"].result()
    assert found.attempts == []
    # Blender's own, made with every .blend that is saved.
    thumbnails = {"home/cache", "home/cache/thumbnails"}
    own = [n for n in found.files if n not in thumbnails and "/cache/thumbnails/" not in n]
    # The textures of a .blend that has no name yet are files while Blender is open.
    own = [n for n in own if not n.startswith("temporary/prn-textures")]
    assert own == []
    assert (found.folder / "out" / "astronaut.blend").is_file()


@pytest.mark.slow
def test_without_our_care_onnxruntime_is_caught(left: dict[str, Future[Left]]) -> None:
    """The two tests above would notice it: this is what they look for."""
    if tuple(map(int, version("onnxruntime").split(".")[:2])) < (1, 29):
        pytest.skip("onnxruntime reports from 1.29 on")
    found = left["unguarded"].result()
    assert any("microsoft" in attempt for attempt in found.attempts)
    assert any(Path(name).name == "deviceid" for name in found.files)


@pytest.mark.once
def test_onnxruntime_is_imported_in_one_place_and_no_reporting_library_anywhere() -> None:
    folders = ("prn_blender", "training", "benchmarks", "scripts", "tests")
    places: dict[str, list[str]] = {"onnxruntime": [], "mediapipe": []}
    for path in (p for folder in folders for p in (ROOT / folder).rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        if not any(name in text for name in places):
            continue  # to parse all of them takes long
        for node in ast.walk(ast.parse(text)):
            names: list[str] = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            elif isinstance(node, ast.Call) and "import" in ast.unparse(node.func):
                names = [a.value for a in node.args if isinstance(a, ast.Constant)]
            for name in {str(name).split(".")[0] for name in names} & set(places):
                places[name].append(path.relative_to(ROOT).as_posix())
    assert places["onnxruntime"] == ["prn_blender/core/native.py"]
    # An old one without reports, in an environment of its own.
    assert places["mediapipe"] == ["training/labels/face_mesh.py"]


@pytest.mark.parametrize(
    ("loaded", "value", "late"),
    [(True, None, True), (True, "0", True), (True, "yes", False), (False, None, False)],
)
def test_who_loaded_onnxruntime_before_us_is_told(
    loaded: bool, value: str | None, late: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(native.VARIABLE, "1")  # what the process has is put back afterwards
    if value is None:
        monkeypatch.delenv(native.VARIABLE)
    else:
        monkeypatch.setenv(native.VARIABLE, value)
    if loaded:
        monkeypatch.setitem(sys.modules, "onnxruntime", ModuleType("onnxruntime"))
    else:
        monkeypatch.delitem(sys.modules, "onnxruntime", raising=False)
    found = native._disable_telemetry()
    assert found == late
    assert os.environ[native.VARIABLE] == "1"
    monkeypatch.undo()
    monkeypatch.setattr(native, "_loaded_before", found)
    lines = [line for line in system_report().splitlines() if line.startswith("Telemetry: ")]
    assert len(lines) == late
    assert all(native.VARIABLE in line for line in lines)
