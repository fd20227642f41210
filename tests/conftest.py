"""Shared fixtures. Research data are read from `../shared` where present, else tests skip."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import atexit
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

# Before numpy is imported, for it and for all processes that tests start: xdist has a process for
# each core, and OpenBLAS's threads, which wait for one another in loops, took half of all the time.
for _library in ("OPENBLAS", "OMP", "MKL"):
    os.environ.setdefault(f"{_library}_NUM_THREADS", "1")

import cv2
import numpy as np
import pytest
from PIL import Image

# Before anything imports bpy: the tests must not see, or change, the user's own settings.
os.environ["BLENDER_USER_RESOURCES"] = tempfile.mkdtemp(prefix="prn-test-")
atexit.register(shutil.rmtree, os.environ["BLENDER_USER_RESOURCES"], ignore_errors=True)
os.environ["PRN_MODELS"] = str(Path(os.environ["BLENDER_USER_RESOURCES"]) / "models")
# OpenCV, the foreign reader of our EXR files, decides once whether it reads them.
os.environ["OPENCV_IO_ENABLE_OPENEXR"] = "1"

import prnet_data
from one_network import OneNetwork, hand_out
from run_record import (  # noqa: F401 - pytest's hooks
    pytest_collectreport,
    pytest_deselected,
    pytest_runtest_logreport,
    pytest_sessionfinish,
    pytest_xdist_node_collection_finished,
)

from prn_blender.__main__ import leave
from prn_blender.core import Face, FaceReconstructor, Photo, read_photo

ROOT = Path(__file__).resolve().parent.parent
SHARED = Path(os.environ.get("PRN_SHARED", ROOT.parent / "shared"))


ONCE = ("benchmarks", "documentation", "faults", "fuzz", "release", "structure")
ONCE_FILES = ("test_docs.py", "test_structure.py", "test_wheel.py")


# The files that take longest begin first: a file stays in one process, and one that began last
# would keep the others waiting. (xdist by itself begins with the files that have most tests.)
FIRST = (
    "batch/test_cluster_photos.py",
    "documentation/test_examples.py",
    "fuzz/test_fuzz.py",
    "batch/test_batch.py",
    "batch/test_cluster.py",
    "operators/test_face_jobs.py",
    "faults/test_faulty_disk.py",
    "core/test_nothing_leaves.py",
    "core/face/test_turned_and_small.py",
    "core/head/other_heads/test_import_head.py",
    "scene/test_editing_swap.py",
    "scene/test_ocio.py",
    "core/swap/test_swap.py",
    "core/swap/test_shot_swap.py",
    "interface/test_stuck.py",
    "scene/test_scene.py",
    "batch/test_evaluation.py",
    "extension/test_extension.py",
    "operators/test_lasting.py",
    "operators/test_photo_jobs.py",
    "operators/sequence/test_swap_video.py",
    "core/face/test_evaluate.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs Blender (tests beside a `bpy`, of the add-on), and what is tested once."""
    items.sort(key=lambda item: item.path.relative_to(ROOT / "tests").as_posix() not in FIRST)
    for item in items:
        place = item.path.relative_to(ROOT / "tests")
        if place.parts[0] in ONCE or place.name in ONCE_FILES:
            item.add_marker("once")
        if hasattr(getattr(item, "module", None), "bpy") or "addon" in item.fixturenames:
            item.add_marker("blender")


_STATUS = pytest.StashKey[int]()


def pytest_terminal_summary(exitstatus: int, config: pytest.Config) -> None:
    config.stash[_STATUS] = int(exitstatus)


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    """End without Blender's own clean-up, which crashes in 4.2 and may wait for ever in 4.5.

    Processes that another one has started are ended by that one.
    """
    if "bpy" in sys.modules and _STATUS in config.stash and not hasattr(config, "workerinput"):
        atexit._run_exitfuncs()
        leave(config.stash[_STATUS])


@pytest.fixture(scope="session")
def astronaut_path() -> Path:
    """The public-domain portrait of Eileen Collins (NASA) that scikit-image carries."""
    spec = find_spec("skimage")
    assert spec is not None and spec.origin is not None
    return Path(spec.origin).parent / "data" / "astronaut.png"


@pytest.fixture(scope="session")
def astronaut(astronaut_path: Path) -> Photo:
    return read_photo(astronaut_path)


@pytest.fixture
def photo_path(astronaut_path: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(astronaut_path, tmp_path / "astronaut.png"))


@pytest.fixture(scope="session")
def donor_file(astronaut: Photo, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Written once: packing a PNG takes longer than many a test."""
    pixels = astronaut.pixels[:, ::-1].astype(float) * [0.95, 0.75, 0.6]
    path = tmp_path_factory.mktemp("donor") / "donor.png"
    Image.fromarray(pixels.astype(np.uint8)).save(path)
    return path


@pytest.fixture
def donor_path(donor_file: Path, tmp_path: Path) -> Path:
    """The same person seen in a mirror, warmer and darker: a face that differs everywhere."""
    return Path(shutil.copy(donor_file, tmp_path))


@pytest.fixture
def rough_renders(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pictures to look at of one sample a pixel, where no test looks at their noise."""
    if find_spec("bpy") is not None:
        monkeypatch.setattr("prn_blender.scene.files._SAMPLES", 1)


@pytest.fixture(scope="session")
def picture(astronaut: Photo) -> np.ndarray:
    """Part of the portrait, 120 wide and 90 high: no symmetry that could hide a wrong turn."""
    return np.ascontiguousarray(astronaut.pixels[100:190, 160:280])


@pytest.fixture(scope="session")
def pair(astronaut: Photo) -> Photo:
    """Two of her, the left one smaller, on grey."""
    canvas = np.full((300, 900, 3), 120, np.uint8)
    small = cv2.resize(astronaut.pixels, (333, 333), interpolation=cv2.INTER_AREA)
    canvas[100:260, 20:353] = small[:160]
    canvas[:250, 388:] = astronaut.pixels[:250]
    return Photo.from_pixels(canvas)


@pytest.fixture
def addon(one_model: None) -> Iterator[None]:
    """The add-on, registered, and a new file; whatever mode a test leaves is left again."""
    bpy = pytest.importorskip("bpy", reason="Blender's Python module is not installed")
    import prn_blender
    from prn_blender.scene.files import new_file

    new_file()
    prn_blender.register()
    yield
    if bpy.context.mode != "OBJECT":
        bpy.ops.object.mode_set(mode="OBJECT")
    prn_blender.unregister()


@pytest.fixture(scope="session")
def reconstructor() -> FaceReconstructor:
    return FaceReconstructor.load(threads=1)  # as above: a core for each process


@pytest.fixture(scope="session")
def one_network(reconstructor: FaceReconstructor) -> OneNetwork:
    """The same networks; what they have said of a photo they say again at once."""
    return OneNetwork(reconstructor)


@pytest.fixture
def one_model(one_network: OneNetwork) -> Iterator[pytest.MonkeyPatch]:
    """The default model is opened once for all tests; one asked for otherwise as always.

    A test about opening it calls `one_model.undo()`.
    """
    # Not the test's own `monkeypatch`: what a test replaces is back before the add-on goes.
    with pytest.MonkeyPatch.context() as patch:
        hand_out(one_network, patch)
        yield patch


@pytest.fixture(scope="session")
def face(reconstructor: FaceReconstructor, astronaut: Photo) -> Face:
    return reconstructor(astronaut, max_faces=1)[0]


@pytest.fixture(scope="session")
def other(face: Face) -> Face:
    """Somebody else: turned the other way, bluer, brighter, larger, with another geometry."""
    pixels = cv2.flip(face.photo.pixels, 1)
    pixels = cv2.resize(pixels, None, fx=1.5, fy=1.5, interpolation=cv2.INTER_CUBIC)
    tinted = pixels.astype(float) * [0.8, 0.9, 1.1] + [10, 20, 30]
    positions = face.layout.mirrored(face.position_map).copy()
    positions[..., 0] = face.photo.width - 1 - positions[..., 0]
    positions = positions * np.float32(1.5) + np.float32([0.25, 0.25, 0])
    photo = Photo(tinted.clip(0, 255).astype(np.uint8))
    return replace(face, photo=photo, position_map=positions.astype(np.float32))


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of research data, which is not part of the repository."""
    if not SHARED.is_dir():
        pytest.skip("the research data (../shared or $PRN_SHARED) are not on this machine")
    return SHARED


@pytest.fixture(scope="session")
def prnet(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> prnet_data.PRNetData:
    """PRNet's own outputs for 16 photos."""
    return prnet_data.read(shared / "data", tmp_path_factory.mktemp("prnet"))


# The command line -----------------------------------------------------------------------------


@pytest.fixture
def photos(tmp_path: Path, astronaut_path: Path) -> Path:
    """A folder with one photo."""
    folder = tmp_path / "photos"
    folder.mkdir()
    shutil.copy(astronaut_path, folder / "me.png")
    return folder


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "results"
