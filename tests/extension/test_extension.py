"""The extension: the zip, and its life in a clean Blender."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import hashlib
import importlib.metadata
import importlib.util
import json
import os
import platform
import re
import runpy
import shutil
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from script import script

ROOT = Path(__file__).resolve().parents[2]
STORY = Path(__file__).with_name("extension_story.py")
PACKAGE = ROOT / "prn_blender"
PLATFORMS = {
    ("Linux", "x86_64"): "linux-x64",
    ("Windows", "AMD64"): "windows-x64",
    ("Darwin", "arm64"): "macos-arm64",
    ("Darwin", "x86_64"): "macos-x64",
}
build_extension = script("build_extension")
pytestmark = pytest.mark.blender  # which has the builder, and runs what is built


def test_tags_are_blenders() -> None:
    bpy = importlib.util.find_spec("bpy")
    if bpy is None or not bpy.submodule_search_locations:
        pytest.skip("needs the bpy package, which has the list of tags")
    folder = Path(next(iter(bpy.submodule_search_locations)))
    (tags,) = folder.glob("*/scripts/modules/_bpy_internal/extensions/tags.py")
    manifest = tomllib.loads((ROOT / "blender_manifest.toml").read_text(encoding="utf-8"))
    assert set(manifest["tags"]) <= runpy.run_path(str(tags))["addons"]


# --- The zip ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The zip of this machine's platform, as it is released, built and validated."""
    name = PLATFORMS.get((platform.system(), platform.machine()))
    if name is None:
        pytest.skip(f"no zip for {platform.system()} on {platform.machine()}")
    if importlib.util.find_spec("bpy") is None:
        pytest.skip("needs the bpy package, which has the builder")
    output = tmp_path_factory.mktemp("dist")
    done = subprocess.run(
        [sys.executable, "scripts/build_extension.py", "--platform", name, "--output", str(output)],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    # Continuous integration has a network, and must not skip what it is there for.
    if "pip could not download" in done.stderr and not os.environ.get("CI"):
        pytest.skip(f"the wheels are not cached and cannot be downloaded: {done.stderr.strip()}")
    assert done.returncode == 0, done.stderr
    (built,) = output.glob("*.zip")
    yield built
    built.unlink()  # pytest keeps its folders for a while, and this is large


def test_zip_holds_what_it_should_and_nothing_else(archive: Path) -> None:
    with zipfile.ZipFile(archive) as opened:
        found = set(opened.namelist())
        staged = tomllib.loads(opened.read("blender_manifest.toml").decode())
    code = {str(path.relative_to(PACKAGE).as_posix()) for path in PACKAGE.rglob("*.py")}
    wheels = {wheel.removeprefix("./") for wheel in staged["wheels"]}
    cards = {card.name for card in (ROOT / "models").glob("*.md")}
    models = {f"models/{name}" for name in cards.union(build_extension.MODEL_FILES)}
    expected = {"blender_manifest.toml", "LICENSE"} | code | wheels | models
    assert found >= expected
    # Beyond that only data that belongs to the package.
    for name in found - expected:
        assert (PACKAGE / name).is_file(), name
        assert not re.search(r"(^|/)(\.|__pycache__|tests?/|\.venv)|\.pyc$", name), name


def test_zips_wheels_are_unmodified(archive: Path) -> None:
    locked = {
        wheel.filename: wheel.sha256
        for target in build_extension.all_targets()
        for wheel in build_extension.locked_wheels(target)
    }
    with zipfile.ZipFile(archive) as opened:
        for name in opened.namelist():
            if name.startswith("wheels/"):
                digest = hashlib.sha256(opened.read(name)).hexdigest()
                assert digest == locked[name.removeprefix("wheels/")]


# --- Its life --------------------------------------------------------------------------------


def required_distributions(name: str) -> set[str]:
    """A distribution and all it requires on this machine."""
    # `packaging` comes with pytest.
    from packaging.requirements import Requirement

    found: set[str] = set()
    waiting = [name]
    while waiting:
        current = waiting.pop()
        if current in found:
            continue
        found.add(current)
        for line in importlib.metadata.distribution(current).requires or ():
            requirement = Requirement(line)
            if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
                waiting.append(requirement.name)
    return found


def link_blender_only(folder: Path) -> None:
    """A module folder with bpy and what bpy itself requires, as in a real Blender.

    The test's own environment has onnxruntime and the others; there a wheel missing from the
    zip would go unnoticed.
    """
    for name in required_distributions("bpy"):
        distribution = importlib.metadata.distribution(name)
        tops = {file.parts[0] for file in distribution.files or () if file.parts[0] != ".."}
        for top in tops - {"__pycache__"}:
            (folder / top).symlink_to(Path(str(distribution.locate_file(top))).resolve())


def tell(what: str, archive: Path, photo: Path, folder: Path) -> dict:
    """Run a story of extension_story.py in a clean Blender, and return what it told."""
    blender, profile = folder / "blender", folder / "profile"
    blender.mkdir()
    profile.mkdir()
    link_blender_only(blender)
    environment = {
        **{key: value for key, value in os.environ.items() if not key.startswith("PYTHON")},
        "BLENDER_USER_RESOURCES": str(profile),
        "PYTHONPATH": str(blender),
    }
    try:
        # -S: no site-packages, so only the folder above and Python's own library.
        done = subprocess.run(
            [sys.executable, "-S", STORY, what, archive, photo],
            env=environment, capture_output=True, text=True, check=False, timeout=300,
        )  # fmt: skip
    finally:
        shutil.rmtree(profile)  # hundreds of megabytes
    told = re.findall(r"^STORY (.*)$", done.stdout, re.MULTILINE)
    assert told, done.stdout + done.stderr
    return {
        **json.loads(told[0]),
        "profile": str(profile.resolve()),
        "output": done.stdout + done.stderr,
    }


@pytest.fixture(scope="module")
def story(archive: Path, astronaut_path: Path, tmp_path_factory: pytest.TempPathFactory) -> dict:
    return tell("life", archive, astronaut_path, tmp_path_factory.mktemp("life"))


def test_installs_enabled_and_lazy(story: dict) -> None:
    assert story["enabled on install"]
    assert story["libraries loaded by enabling"] == []


def test_operator_makes_mesh_texture_and_camera(story: dict) -> None:
    made = story["first use"]
    assert made["result"] == ["FINISHED"]
    assert made["vertices"] > 4_000
    assert made["cameras"] == 1
    assert made["images"]


def test_uses_its_own_wheels(story: dict) -> None:
    assert set(story["libraries"]) == {"cv2", "onnxruntime", "PIL"}
    for name, file in story["libraries"].items():
        assert Path(file).is_relative_to(story["profile"]), name


def test_disabling_leaves_nothing(story: dict) -> None:
    assert not story["enabled after disabling"]
    assert story["left by disabling"] == {}


def test_works_after_enabling_again(story: dict) -> None:
    assert story["enabled again"]
    assert story["second use"] == story["first use"]


def test_uninstalling_leaves_nothing(story: dict) -> None:
    assert story["left by uninstalling"] == {}
    assert story["files left by uninstalling"] == []


def test_is_quiet_and_stays_at_home(story: dict) -> None:
    assert "Traceback" not in story["output"]
    assert story["files written beside the code"] == []
    assert story["connections"] == []


def test_missing_wheel_is_one_sentence(archive: Path, astronaut_path: Path, tmp_path: Path) -> None:
    incomplete = tmp_path / "incomplete.zip"
    with zipfile.ZipFile(archive) as whole, zipfile.ZipFile(incomplete, "w") as less:
        for name in whole.namelist():
            data = whole.read(name)
            if name == "blender_manifest.toml":
                data = re.sub(rb'.*"./wheels/opencv.*\n', b"", data)
            if not name.startswith("wheels/opencv"):
                less.writestr(name, data)
    told = tell("incomplete", incomplete, astronaut_path, tmp_path)
    incomplete.unlink()
    assert told["enabled"]
    assert "cv2, which ships with the add-on, cannot be loaded" in told["said"]
    assert told["new objects"] == 0
    assert "Traceback" not in told["output"]
