"""What `pip install .` installs works outside of the repository, models included."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
import zipfile
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
NEEDED = ("pyproject.toml", "setup.py", "MANIFEST.in", "README.md", "LICENSE", "models",
          "prn_blender")  # fmt: skip


def _enough() -> bool:
    try:
        return int(version("setuptools").split(".")[0]) >= 77
    except PackageNotFoundError:
        return False


pytestmark = pytest.mark.skipif(not _enough(), reason="setuptools 77 or newer is not installed")


def source(folder: Path, models: bool = True) -> Path:
    """A copy of what builds the wheel, perhaps without models: a build leaves files beside it."""
    ignore = shutil.ignore_patterns("__pycache__", ".*")
    for name in NEEDED:
        if name == "models" and not models:
            continue
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name, ignore=ignore)
        else:
            folder.mkdir(exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    return folder


def pip(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input"]
    environment = {**os.environ, "PIP_NO_INDEX": "1"}  # no network, whatever is asked for
    return subprocess.run(
        [*command, *map(str, arguments)], capture_output=True, text=True, timeout=300, check=False,
        env=environment,
    )  # fmt: skip


def wheel_of(tree: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    return pip("wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", folder, tree)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    base = tmp_path_factory.mktemp("wheel")
    built = wheel_of(source(base / "source"), base)
    assert built.returncode == 0, built.stdout[-2000:] + built.stderr[-2000:]
    (found,) = base.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def installed(wheel: Path) -> Path:
    folder = wheel.parent / "installed"
    done = pip("install", "--no-deps", "--no-compile", "--target", folder, wheel)
    assert done.returncode == 0, done.stderr[-2000:]
    return folder


def program(installed: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """The program of the installed package, from a folder that is neither it nor the repository."""
    away = installed.parent / "away"
    away.mkdir(exist_ok=True)
    code = (
        "import sys, prn_blender; print(prn_blender.__file__, file=sys.stderr); "
        "from prn_blender.__main__ import prn_blender as run; run()"
    )
    environment = {k: v for k, v in os.environ.items() if k != "PRN_MODELS"}
    environment |= {"PYTHONPATH": str(installed), "PRN_MODELS": str(away / "models")}
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)], capture_output=True, text=True,
        timeout=300, check=False, cwd=away, env=environment,
    )  # fmt: skip
    where, _, done.stderr = done.stderr.partition("\n")
    assert Path(where).is_relative_to(installed)
    return done


def test_the_wheel_holds_the_models_and_nothing_of_the_repository(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    models = {name for name in names if name.startswith("prn_blender/models/")}
    assert {Path(name).name for name in models} == {
        "LICENSE-ICT-FaceKit.txt", "LICENSE-MediaPipe.txt", "README.md", "face_detector.onnx",
        "face_shape.npz", "features.npz", "head.npz", "licences.toml", "lids_and_lips.npz",
        "lids_and_lips.onnx", "position_map.onnx", "prn_uv_layout.npz",
        "same_person.npz",
    }  # fmt: skip
    tops = {name.split("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"prn_blender"}
    modules = {p.relative_to(ROOT).as_posix() for p in (ROOT / "prn_blender").rglob("*.py")}
    assert {name for name in names if name.endswith(".py")} == modules


def test_what_was_installed_reconstructs(installed: Path, astronaut_path: Path) -> None:
    out = installed.parent / "results"
    options = ["--obj", "--json", "--texture-size", "32", "--stride", "4"]
    done = program(installed, "reconstruct", astronaut_path, "-o", out, *options)
    assert (done.returncode, done.stderr) == (0, "")
    assert {p.name for p in out.iterdir()} == {
        "astronaut.json", "astronaut.mtl", "astronaut.obj", "astronaut_texture.png",
    }  # fmt: skip


def test_what_was_installed_lists_its_models(installed: Path) -> None:
    done = program(installed, "models")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("* default: ")


def test_the_program_is_there(installed: Path) -> None:
    names = {p.stem for p in (installed / "bin").iterdir()}
    assert "prn-blender" in names


def test_without_its_models_no_wheel_is_built(tmp_path: Path) -> None:
    tree = source(tmp_path / "source", models=False)
    built = wheel_of(tree, tmp_path)
    assert built.returncode != 0
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    named = project["tool"]["prn-blender"]["model-files"]
    assert {"face_detector.onnx", "position_map.onnx", "prn_uv_layout.npz"} <= set(named)
    assert f"models/ lacks {', '.join(named)}; get the" in built.stdout + built.stderr
    assert not list(tmp_path.glob("*.whl"))
