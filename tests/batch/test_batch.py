"""The command `batch` on real photos: what it writes, what it does again, what it survives."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from command_line import FAST
from PIL import Image

from prn_blender.core.photo.photo import Photo

ROOT = Path(__file__).resolve().parents[2]
OUTPUTS = ["--json", "--landmarks", "--obj", *FAST]


def command(*arguments: str | Path, **options: Any) -> subprocess.CompletedProcess[str]:
    """Run a command of the program in a process of its own, as users do."""
    return subprocess.run(
        [sys.executable, "-m", "prn_blender", *map(str, arguments)],
        cwd=ROOT, text=True, capture_output=True, check=False, timeout=300, **options,
    )  # fmt: skip


def batch(source: Path, out: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return command("batch", source, "-o", out, *(arguments or OUTPUTS), "--jobs", "2")


def lines(out: Path) -> dict[str, dict[str, Any]]:
    """The manifest by keys: none is there twice."""
    found = [json.loads(line) for line in (out / "manifest.jsonl").read_text().splitlines()]
    assert len({line["key"] for line in found}) == len(found)
    return {line["key"]: line for line in found}


def files(folder: Path) -> dict[str, bytes]:
    """The content of all results, by their paths."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.parent != folder
    }


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory, astronaut: Photo) -> Path:
    """Six photos in two folders, one that is none, and one without a face."""
    folder = tmp_path_factory.mktemp("source")
    for name in ("a", "b"):
        (folder / name).mkdir()
    for number in range(6):
        pixels = np.roll(astronaut.pixels, 7 * number, axis=1)[:, : 512 - 20 * number]
        Image.fromarray(pixels).save(folder / "ab"[number % 2] / f"{number}.png")
    (folder / "b" / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 no photo")
    Image.fromarray(np.full((64, 64, 3), 120, np.uint8)).save(folder / "b" / "grey.png")
    return folder


@pytest.fixture(scope="module")
def finished(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The results of one run, which tests only read."""
    out = tmp_path_factory.mktemp("finished")
    done = batch(source, out)
    assert done.returncode == 1, done.stderr  # two photos have no results
    assert "8 photos: 6 done, 2 failed." in done.stderr
    yield out


def test_files_are_those_of_the_serial_command_byte_by_byte(
    source: Path, finished: Path, tmp_path: Path
) -> None:
    for folder in ("a", "b"):
        command("reconstruct", source / folder, "-o", tmp_path / folder, *OUTPUTS)
    assert files(finished) == files(tmp_path)
    assert len(files(finished)) == 6 * 5


def test_the_manifest_says_what_came_of_each_photo(source: Path, finished: Path) -> None:
    found = lines(finished)
    assert sorted(found) == ["a/0", "a/2", "a/4", "b/1", "b/3", "b/5", "b/broken", "b/grey"]
    one = found["a/0"]
    assert one["files"] == ["0.obj", "0.mtl", "0_texture.png", "0_landmarks.txt", "0.json"]
    assert one["size"] == (source / "a" / "0.png").stat().st_size
    assert one["faces"][0]["confidence"] > 0.5
    assert (found["b/broken"]["status"], found["b/grey"]["status"]) == ("failed", "failed")
    assert 'No face was found in "grey.png"' in found["b/grey"]["sentence"]
    report = json.loads((finished / "report.json").read_text())
    assert report["status"] == {"done": 6, "failed": 2}
    assert report["faces"] == len(report["worst"]) == 6
    assert 'No face was found in "NAME"' in (finished / "report.md").read_text()
    with Image.open(finished / "failures.png") as sheet:
        assert sheet.size[0] == 6 * 192


@pytest.mark.once
def test_a_second_run_does_what_is_missing_or_changed(
    source: Path, finished: Path, tmp_path: Path
) -> None:
    again, photos = tmp_path / "again", tmp_path / "photos"
    subprocess.run(["cp", "-a", str(finished), str(again)], check=True)
    subprocess.run(["cp", "-a", str(source), str(photos)], check=True)
    before = {path: path.stat().st_mtime_ns for path in again.rglob("*.*")}
    done = batch(photos, again)
    assert "8 of 8 photos are done already" in done.stderr
    touched = {p.name for p, t in before.items() if p.stat().st_mtime_ns != t}
    assert touched <= {"manifest.jsonl", "report.json", "report.md", "failures.png"}
    # A photo that became another, one that was only written anew, and results that are gone.
    (photos / "a" / "2.png").write_bytes((photos / "a" / "0.png").read_bytes())
    (photos / "a" / "4.png").touch()
    (again / "b" / "3.obj").unlink()
    done = batch(photos, again)
    assert "6 of 8 photos are done already" in done.stderr, done.stderr
    changed = {
        p.stem for p, t in before.items() if p.stat().st_mtime_ns != t and p.suffix == ".json"
    }
    assert changed == {"2", "3", "report"}
    assert lines(again)["a/4"]["modified"] == (photos / "a" / "4.png").stat().st_mtime_ns
    assert files(again)["b/3.obj"] == files(finished)["b/3.obj"]


@pytest.mark.once
def test_a_killed_run_goes_on(source: Path, finished: Path, tmp_path: Path) -> None:
    arguments = ["batch", source, "-o", tmp_path, *OUTPUTS, "--jobs", "2"]
    manifest = tmp_path / "manifest.jsonl"
    for wanted in (2, 4):
        with subprocess.Popen(
            [sys.executable, "-m", "prn_blender", *map(str, arguments)],
            cwd=ROOT, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        ) as run:  # fmt: skip
            while not manifest.exists() or manifest.read_bytes().count(b"\n") < wanted:
                assert run.poll() is None
                time.sleep(0.01)
            os.kill(run.pid, signal.SIGKILL)
    kept = manifest.read_bytes().count(b"\n")
    assert kept >= 4
    done = command(*arguments)
    assert f"{kept} of 8 photos are done already" in done.stderr, done.stderr
    assert files(tmp_path) == files(finished)
    assert lines(tmp_path).keys() == lines(finished).keys()
    assert not list(tmp_path.rglob(".prn-*"))


@pytest.mark.once
def test_boxes_and_identities_of_a_table(source: Path, tmp_path: Path) -> None:
    table = source / "faces.csv"
    table.write_text("path,x0,y0,x1,y1,identity\na/0.png,176,87,278,178,eileen\nb/1.png,x,,,,\n")
    done = batch(table, tmp_path, "--json")
    table.unlink()
    assert done.returncode == 1
    found = lines(tmp_path)
    assert found["a/0"]["faces"][0]["identity"] == "eileen"
    assert "Row 3 has a box that is not four numbers" in found["b/1"]["sentence"]


def test_scenes_are_those_of_the_serial_command(source: Path, tmp_path: Path) -> None:
    bpy = pytest.importorskip("bpy", reason="Blender's Python module is not installed")
    wanted = ["--blend", "--glb", *FAST]
    assert batch(source / "a", tmp_path / "many", *wanted).returncode == 0
    assert command("reconstruct", source / "a", "-o", tmp_path / "one", *wanted).returncode == 0
    for name in ("0", "2", "4"):
        one, many = tmp_path / "one" / name, tmp_path / "many" / name
        assert one.with_suffix(".glb").read_bytes() == many.with_suffix(".glb").read_bytes()
        contents = []
        for path in (one, many):
            bpy.ops.wm.open_mainfile(filepath=str(path.with_suffix(".blend")))
            item = bpy.data.objects[name]
            corners = np.empty(3 * len(item.data.vertices), np.float32)
            item.data.vertices.foreach_get("co", corners)
            images = {i.name: bytes(i.packed_file.data) for i in bpy.data.images if i.packed_file}
            kinds = ("objects", "meshes", "materials", "node_groups", "images", "cameras")
            blocks = {kind: sorted(getattr(bpy.data, kind).keys()) for kind in kinds}
            camera = [tuple(row) for row in bpy.context.scene.camera.matrix_world]
            contents.append((corners.tobytes(), images, blocks, camera))
        assert contents[0] == contents[1]
