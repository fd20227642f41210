"""Every public example runs: commands and Python of README and docs/, or the reason why not."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import runpy
import shutil
import sys
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from doc_examples import ROOT, Block, blocks, commands, pages, words
from photo_files import write_movie

from prn_blender.cli import main
from prn_blender.core import Face, Photo
from prn_blender.core.errors import PhotoError
from prn_blender.core.files.safe import shown
from prn_blender.core.head.head_model import FILE as HEAD_FILE
from prn_blender.core.model.bundled import models_folder
from prn_blender.core.model.user_models import ModelStore
from prn_blender.core.version import VERSION

FAST = ["--texture-size", "64", "--stride", "4"]
PROGRAMS = (
    ["python", "-m", "prn_blender"], [".venv/bin/python", "-m", "prn_blender"],
    ["blender", "--command", "prn"], ["prn-env/bin/prn-blender"],
)  # fmt: skip
"""How the command line is called; all of it is `prn_blender.cli.main`."""
SCRIPT = ["blender", "--background", "--python", "scripts/reconstruct.py", "--"]
NAMES = {
    "PHOTO": "PHOTO.jpg", "TARGET": "TARGET.jpg", "REFERENCE": "DONOR.jpg",
    "TEXTURE": "TEXTURE.png", "FOLDER": "PHOTOS/", "SHOT": "shot.avi",
}  # fmt: skip
"""What stands for a file of the user's in the examples."""

# Commands that are not run here, each with its reason.
_ENVIRONMENT = "installs what is being used here; `make setup` has done it before the tests"
_LONG = "takes minutes to hours; "
_TRAIN = _LONG + "tests/training take a few steps"
_FUZZ = _LONG + "tests/fuzz try some inputs, and one again alone"
NOT_RUN = {
    "python -m prn_blender COMMAND ...": "the form of the others",
    "blender --command prn COMMAND ...": "the form of the others",
    "blender --background --python scripts/reconstruct.py -- ...": "the form of the others",
    ".venv/bin/python tests/fuzz/run.py --inputs 10000 --kind stores --kind layouts": _FUZZ,
    ".venv/bin/python tests/fuzz/run.py --seed 7 --only stores:123": _FUZZ,
    "python3.11 -m venv prn-env": "test_wheel.py installs the wheel into a folder of its own",
    "prn-env/bin/pip install .": "test_wheel.py does it, without a network",
    'prn-env/bin/pip install ".[blender]"': _ENVIRONMENT,
    "pip install --no-deps .": "test_wheel.py does it, without a network",
    'pip install numpy "onnxruntime>=1.24,<1.33" "pillow>=11,<14"': _ENVIRONMENT,
    'pip install ".[import]"': "TensorFlow is too large for these tests; `make test-import` has it",
    "python -m prn_blender import-head FOLDER -o HEAD.npz [--table TABLE.npz]":
        "tests/commands/test_import_head_command.py does it on a head that it makes",
    ".venv/bin/python -m prn_blender import-head FOLDER -o HEAD.npz": "the same",
    "python -m prn_blender import-model /path/to/PRNet": "needs TensorFlow; "
    "tests/core/model/test_import_model.py does it on a checkpoint of its own",
    "python3 -m venv prn-import": "`make test-import` has such an environment",
    "prn-import/bin/pip install numpy onnxruntime opencv-python-headless pillow onnx tensorflow":
        "`make test-import` has such an environment",
    "python -m prn_blender batch /shared/photos -o /shared/out --json --cluster tcp://HEAD:8786":
        "needs a cluster; tests/batch/test_cluster.py starts one",
    "python -m benchmarks.batch /path/to/lfw -o DIR --count 240 --kind json --base 983dd31":
        _LONG + "tests/batch has what it measures",
    "python -m benchmarks.batch /path/to/lfw -o DIR --count 120 --kind blend --base 983dd31":
        _LONG + "the same",
    "python -m benchmarks.batch /path/to/lfw -o DIR --count 500 --kind json --kills 10":
        _LONG + "the same",
    "python -m benchmarks.batch /path/to/lfw -o DIR --count 2000 --kind json --memory":
        _LONG + "the same",
    "python -m benchmarks.cluster /path/to/lfw -o DIR --count 500 --kills 10": _LONG + "the same",
    "python -m benchmarks.cluster /path/to/lfw -o DIR --count 60 --equal --scheduler --command":
        _LONG + "the same",
    "make demo": "scripts/demo.py calls `reconstruct` with --blend --render --json, as others here",
    "make demo PHOTO=/path/to/any.jpg": "the same",
    "make demo PHOTO=/path/to/me.jpg": "the same",
    "make sheet PHOTO=/path/to/folder": "`python -m prn_blender sheet` is run here",
    "make setup": _ENVIRONMENT,
    "make test": "runs this test",
    "make test-import": "a run of other tests",
    "make test-training": "a run of other tests",
    "make test-gui": "clicks in a window: needs root on Debian, an X server and Blender",
    "make lint": "is run on every change",
    "make fuzz": _FUZZ,
    "make fuzz MINUTES=60 SEED=7": _FUZZ,
    "make extension": "tests/extension/test_extension.py builds the zip of this system",
    "make release": "tests/release/test_release.py; it refuses a commit that is being tested",
    "make docs": "test_docs.py builds the site",
    "make bench": _LONG + "tests/benchmarks try it on little",
    "make bench BASE=HEAD~3": _LONG + "tests/benchmarks try it on little",
    "make same BASE=REVISION": _LONG + "tests/benchmarks try it on little",
    "make same BASE=HEAD~3": _LONG + "tests/benchmarks try it on little",
    "make same BASE=main PHOTOS=/path/to/photos": _LONG + "tests/benchmarks try it on little",
    "make train": _LONG + "tests/training take a few steps",
    "make train STEP=export CONFIG=training/configs/gpu.toml": _LONG + "and needs a run before",
    "make train STEP=head": _TRAIN,
    "make train STEP=layout": _TRAIN,
    "make train STEP=correspondence": _TRAIN,
    "make train STEP=teach": _TRAIN,
    "make train STEP=fit": _TRAIN,
    "make train STEP=population": _TRAIN,
    "make train STEP=known": _TRAIN,
    "make train STEP=readout": _TRAIN,
    "make train STEP=branch": _TRAIN,
    "make train STEP=likeness": _TRAIN,
    "make train STEP=same-person": _TRAIN,
    "make train STEP=head-model": _TRAIN,
    "make train STEP=spread": _TRAIN,
    "git checkout 7e333c8": "another state of the repository",
    ".venv/bin/python -m pytest tests/core/geometry": "a run of other tests",
    '.venv/bin/python -m pytest tests -k "part and mask"': "a run of other tests",
    ".venv/bin/python tests/gui/run.py --story redraws": "as `make test-gui`",
    ".venv/bin/python scripts/new_language.py fr_FR": "writes into the package; "
    "tests/translations/test_languages.py does it elsewhere",
    ".venv/bin/python scripts/new_language.py fr_FR --update": "the same",
    "blender --command extension install-file --repo user_default --enable "
    f"prn_face-{VERSION}-linux_x64.zip": "needs a Blender; tests/extension/test_extension.py "
    "installs the zip by the same operator in a Blender without a window",
    "python scripts/build_extension.py --platform linux-x64 --python 3.13":
        "tests/extension/test_extension.py builds the zip of this system",
    "python scripts/build_extension.py --lock": "asks the package index for every wheel",
    "python scripts/release.py --platform linux-x64": "tests/release/test_release.py",
    'python scripts/blender_chroot.py run build/chroot --bind "$PWD:/src" -- blender --version':
        "as `make test-gui`",
    "python scripts/licences.py": "tests/release/test_licences.py compares what it would write",
}  # fmt: skip


@pytest.fixture(scope="module")
def given(
    tmp_path_factory: pytest.TempPathFactory, astronaut: Photo, pair: Photo, face: Face
) -> Path:
    """All that the examples take for there; each gets a copy."""
    tmp_path = tmp_path_factory.mktemp("given")
    small = np.ascontiguousarray(astronaut.pixels[:300, 80:380])
    warm = (small[:, ::-1] * [0.95, 0.75, 0.6]).astype(np.uint8)
    (tmp_path / "PHOTOS").mkdir()
    for name in ("PHOTO.jpg", "TARGET.jpg", "PHOTOS/a.jpg", "photo.jpg", "target.jpg"):
        cv2.imwrite(str(tmp_path / name), small[..., ::-1])
    for name in ("DONOR.jpg", "A.jpg", "B.jpg", "C.jpg", "donor.jpg"):
        cv2.imwrite(str(tmp_path / name), warm[..., ::-1])
    write_movie(tmp_path / "shot.avi", [small] * 4)
    cv2.imwrite(str(tmp_path / "GROUP.jpg"), pair.pixels[..., ::-1])
    cv2.imwrite(str(tmp_path / "TEXTURE.png"), face.texture(256)[..., [2, 1, 0, 3]])
    annotated(tmp_path, face)
    # A model of the user's, called PRNet.
    shutil.copy(models_folder() / HEAD_FILE, tmp_path / "HEAD.npz")
    network, layout = models_folder() / "position_map.onnx", models_folder() / "prn_uv_layout.npz"
    ModelStore(tmp_path / "models").add("PRNet", network.read_bytes(), layout.read_bytes())
    return tmp_path


@pytest.fixture
def folder(
    given: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, one_model: pytest.MonkeyPatch
) -> Path:
    """The working folder."""
    shutil.copytree(given, tmp_path, dirs_exist_ok=True)
    monkeypatch.setenv("PRN_MODELS", str(tmp_path / "models"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def annotated(folder: Path, face: Face) -> None:
    """One photo as aflw2000.npz and as AFLW2000-3D's own files, with a true position map."""
    (folder / "aflw2000").mkdir()
    (folder / "MAPS").mkdir()
    (folder / "AFLW2000").mkdir()
    for name in ("aflw2000/a.png", "AFLW2000/a.jpg"):
        cv2.imwrite(str(folder / name), face.photo.pixels[..., ::-1])
    np.save(folder / "MAPS" / "a.npy", face.position_map)
    np.savez(
        folder / "aflw2000.npz",
        name=np.array(["a.png"]),
        landmarks=face.landmarks[None],
        pitch_yaw_roll=np.zeros((1, 3), np.float32),
    )
    scipy_io = pytest.importorskip("scipy.io", reason="SciPy is not installed")
    pose = np.array([[0.1, -0.8, 0.2, 9, 9, 9, 1e-3]])
    scipy_io.savemat(folder / "AFLW2000" / "a.mat", {"pt3d_68": face.landmarks.T,
                                                     "Pose_Para": pose})  # fmt: skip


def named(arguments: list[str]) -> list[str]:
    """The arguments with the user's files put in."""
    filled = [NAMES.get(word, word) for word in arguments]
    if filled[0] == "render-texture":  # writes one picture
        filled = ["OUT.png" if word == "OUT" else word for word in filled]
    return filled + (FAST if filled[0] == "reconstruct" else [])


def arguments_of(command: str) -> list[str] | None:
    """What the command line gets by a command; None for other programs."""
    call = words(command)
    for program in PROGRAMS:
        if call[: len(program)] == program:
            return named(call[len(program) :])
    return None


# Commands ----------------------------------------------------------------------------------------

WITH_COMMANDS = [page for page in pages() if commands(page.read_text(encoding="utf-8"))]


@pytest.mark.parametrize("page", WITH_COMMANDS, ids=lambda page: str(page.relative_to(ROOT)))
def test_the_commands_of_a_page_run(
    page: Path, folder: Path, monkeypatch: pytest.MonkeyPatch, rough_renders: None
) -> None:
    for command in commands(page.read_text(encoding="utf-8")):
        if command in NOT_RUN:
            continue
        arguments = arguments_of(command)
        if words(command)[: len(SCRIPT)] == SCRIPT:
            call = words(command)[len(SCRIPT) :]
            pytest.importorskip("bpy", reason="Blender's Python module is not installed")
            monkeypatch.setattr(sys, "argv", [*SCRIPT, *named(["reconstruct", *call])[1:]])
            runpy.run_path(str(ROOT / "scripts" / "reconstruct.py"))  # exits if it fails
            arguments = call
        else:
            assert arguments is not None, f"not run, and NOT_RUN has no reason: {command}"
            if {"--blend", "--glb", "--render", "--blend-file"} & set(arguments):
                pytest.importorskip("bpy", reason="Blender's Python module is not installed")
            assert main(arguments) == 0, command
        if "-o" in arguments:
            place = folder / arguments[arguments.index("-o") + 1]
            assert place.is_file() or any(place.iterdir()), command


def test_every_reason_is_of_a_command_that_is_there() -> None:
    there = {c for page in pages() for c in commands(page.read_text(encoding="utf-8"))}
    # Some are in the text of a page, not in a block of it.
    text = "".join(page.read_text(encoding="utf-8") for page in pages())
    assert [c for c in NOT_RUN if c not in there and f"`{c}`" not in text] == []


# Python ------------------------------------------------------------------------------------------


def python(page: Path) -> list[Block]:
    return [b for b in blocks(page.read_text(encoding="utf-8")) if b.language == "python"]


WITH_PYTHON = [page for page in pages() if python(page)]


def around(page: Path, faces: list[Face]) -> dict[str, Any]:
    """The names that the blocks of a page take for given; its text says what they are."""
    if page.name == "conventions.md":
        return {"PhotoError": PhotoError, "shown": shown, "path": "photo.jpg", "why": "cut off"}
    if page.name == "texture.md":
        return {"target": faces[0], "donor": faces[0]}
    if page.name == "swap.md":
        return {"painted": faces[0].texture(256)}
    return {}


@pytest.mark.parametrize("page", WITH_PYTHON, ids=lambda page: str(page.relative_to(ROOT)))
def test_the_python_of_a_page_runs(
    page: Path, folder: Path, addon: None, face: Face, monkeypatch: pytest.MonkeyPatch
) -> None:
    import bpy

    assert main(["reconstruct", "photo.jpg", "-o", ".", "--json", "--obj", *FAST]) == 0
    if page.name == "texture.md":  # of the active face
        assert bpy.ops.prn.reconstruct(filepath=str(folder / "photo.jpg"), stride="4") == {
            "FINISHED"
        }
    if page.name == "batch.md":
        assert main(["batch", "photo.jpg", "-o", "OUT", "--json", "--jobs", "1"]) == 0
    space = {"bpy": bpy, **around(page, [face])}
    for block in python(page):
        # Smaller, so that it is quick; and the photo is where the examples are run.
        text = block.text.replace("2048", "256").replace("/photos/a.jpg", str(folder / "photo.jpg"))
        code = compile(text, f"{page.name}", "exec")
        if text.startswith("raise "):
            with pytest.raises(PhotoError, match="cut off"):
                exec(code, space)
        else:
            exec(code, space)
    if page.name == "conventions.md":
        # The point that is a centimetre before and two below the middle between her eyes.
        seen, record = space["seen"], space["face"]
        nose = np.array(record["landmarks"])[28:31, :2].mean(axis=0)
        assert np.linalg.norm(seen - nose) < 0.25 * np.ptp(record["box"][::2])


# Everything else in a fence ----------------------------------------------------------------------


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_fences_are_of_known_kinds(page: Path) -> None:
    for block in blocks(page.read_text(encoding="utf-8")):
        if block.language == "json":
            json.loads(block.text)
        else:
            # Without a language: a drawing, such as a tree of folders.
            assert block.language in ("", "python"), block.text[:80]
            assert block.language or not commands("```bash\n" + block.text + "```\n")


def test_the_json_of_the_conventions_has_the_schema_s_keys() -> None:
    text = (ROOT / "docs" / "conventions.md").read_text(encoding="utf-8")
    (shape,) = [json.loads(b.text) for b in blocks(text) if b.language == "json"]
    schema = json.loads((ROOT / "docs" / "face.schema.json").read_text(encoding="utf-8"))
    assert list(shape) == schema["required"]
    assert set(shape["camera"]) == set(schema["$defs"]["camera"]["properties"])
    assert set(shape["faces"][0]) == set(schema["$defs"]["face"]["properties"])


def test_examples_are_found() -> None:
    text = (
        "words\n\n    python -m prn_blender sheet A -o b.png   # look\n    x = y + z\n\n"
        "```bash\nmake a && make b\n```\n\n```python\nmake = 1\n```\n"
    )
    assert commands(text) == ["python -m prn_blender sheet A -o b.png", "make a", "make b"]
    assert [b.language for b in blocks(text)] == ["bash", "python"]
    assert words("reconstruct PHOTO... -o DIR") == ["reconstruct", "PHOTO", "-o", "DIR"]
