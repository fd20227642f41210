"""The steps that are timed: `compare.py` runs this in both trees and asks for one at a time."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

from link import MissingError, find, fresh, seen, serve

SIZE = 1024
START = """
import os, time
{before}
start, spent = time.perf_counter(), time.process_time()
import prn_blender
{after}
print(time.perf_counter() - start, time.process_time() - spent, flush=True)
os._exit(0)
"""


class Seconds(NamedTuple):
    """How long something took, and how long processors worked for it."""

    wall: float
    processor: float


class Step(NamedTuple):
    """`work` is timed, with what `before` gives; where it measures itself, it gives `Seconds`."""

    before: Callable[[], Any]
    work: Callable[[Any], Any]


STEPS: dict[str, Step] = {}


def prepare(photo: str, donor: str, small: str, folder: str) -> dict[str, list[str]]:
    """Load everything, and say which steps there are.

    Parameters
    ----------
    photo, donor, small : str
        Files: 12 megapixels, 1 megapixel, 512 x 512.
    folder : str
        For what is written.
    """
    from prn_blender.core import FaceReconstructor, read_photo

    reconstructor = FaceReconstructor.load()
    target = reconstructor(read_photo(photo), max_faces=1)[0]
    other = reconstructor(read_photo(donor), max_faces=1)[0]
    missing = []
    for add in (reconstruct_steps, texture_steps, swap_steps, file_steps, scene_steps):
        try:
            add(reconstructor, target, other, Path(folder))
        except (MissingError, ImportError, AttributeError) as e:
            missing.append(f"{add.__name__}: {e}")
    STEPS["reading the 12-megapixel JPEG"] = Step(lambda: None, lambda _: read_photo(photo))
    process_steps(small, folder)
    return {"steps": list(STEPS), "missing": missing}


def reconstruct_steps(reconstructor: Any, face: Any, *_: Any) -> None:
    from prn_blender.core import FaceReconstructor

    photo = face.photo
    pixels = face.crop.extract(photo)[None]
    rough = FaceReconstructor.load(look_again=False)(photo, max_faces=1)[0]
    STEPS.update(
        {
            "photo to face": Step(lambda: None, lambda _: reconstructor(photo, max_faces=1)),
            "  network forward": Step(lambda: pixels, reconstructor.network),
            "  second look": Step(lambda: fresh(rough), reconstructor.finish),
        }
    )


def texture_steps(_: Any, face: Any, other: Any, __: Path) -> None:
    complete = find("complete", "core.editing.completion", "core.completion")

    def with_texture() -> Any:
        again = seen(face)
        again.texture()
        return again

    def appearance(again: Any) -> None:
        _ = again.illumination, again.skin, again.hair

    STEPS.update(
        {
            "visibility": Step(lambda: fresh(face), lambda again: again.visibility),
            "texture 1024": Step(lambda: seen(face), lambda again: again.texture(SIZE)),
            "illumination, skin, hair": Step(with_texture, appearance),
            "completed texture": Step(lambda: seen(other), lambda again: complete(again, SIZE)),
        }
    )


def swap_steps(_: Any, face: Any, other: Any, __: Path) -> None:
    from prn_blender.core.swap import SwapOptions, swap

    blend = find("blend", "core.image.blend", "core.blend")
    options = SwapOptions(texture_size=SIZE)
    rendered = swap(face, other, options).rendered
    STEPS.update(
        {
            "swap": Step(
                lambda: (seen(face), seen(other)), lambda pair: swap(*pair, options).picture
            ),
            "  Poisson blending": Step(
                lambda: None, lambda _: blend(face.photo.pixels, rendered, "poisson")
            ),
        }
    )


def file_steps(_: Any, face: Any, __: Any, folder: Path) -> None:
    depth_map = find("depth_map", "core.outputs.depth", "core.depth")
    write_obj = find("write_obj", "core.outputs.export", "core.export")

    def with_texture() -> Any:
        again = seen(face)
        again.texture(SIZE)
        return again

    STEPS.update(
        {
            "depth map": Step(lambda: fresh(face), depth_map),
            "OBJ": Step(
                with_texture, lambda again: write_obj(again, folder, "face", texture_size=SIZE)
            ),
        }
    )


def scene_steps(_: Any, face: Any, *__: Any) -> None:
    if find_spec("bpy") is None:
        raise MissingError("Blender's Python module is not installed")
    from prn_blender.scene import SceneOptions, build_scene
    from prn_blender.scene.files import new_file

    face.texture(SIZE)

    def in_new_file() -> None:
        new_file()

    # Revisions before whole heads know lattices only.
    lattice = {"topology": "lattice"} if hasattr(SceneOptions, "topology") else {}
    kinds = {f"stride {stride}": {"stride": stride, **lattice} for stride in (1, 4)}
    if lattice:
        kinds["whole head"] = {"topology": "head"}
    for name, kind in kinds.items():
        options = SceneOptions(texture_size=SIZE, **kind)
        STEPS[f"scene, {name}"] = Step(
            in_new_file, lambda _, options=options: build_scene([face], options)
        )


def process_steps(small: str, folder: str) -> None:
    """What is a process each time: its start, and a whole run of the command line."""
    command = [sys.executable, "-m", "prn_blender", "reconstruct", small, "-o", folder, "--obj"]
    registering = find_spec("bpy") is not None
    code = START.format(
        before="import bpy" if registering else "",
        after="prn_blender.register()" if registering else "import prn_blender.core",
    )

    def started(_: Any) -> Seconds:
        wall, processor = _run([sys.executable, "-c", code]).split()[-2:]
        return Seconds(float(wall), float(processor))

    def run(_: Any) -> Seconds:
        start, before = time.perf_counter(), os.times()
        _run(command)
        took, after = time.perf_counter() - start, os.times()
        spent = after.children_user - before.children_user
        return Seconds(took, spent + after.children_system - before.children_system)

    STEPS["start of the add-on"] = Step(lambda: None, started)
    STEPS["reconstruct --obj, whole process"] = Step(lambda: None, run)


def _run(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{command[1:4]} ended with {done.returncode}: {done.stderr[-400:]}")
    return done.stdout


def measure(step: str, times: int) -> dict[str, float]:
    """Milliseconds of the fastest of some runs: the one that was disturbed least."""
    before, work = STEPS[step]
    took = []
    for _ in range(times):
        given = before()
        start, spent = time.perf_counter(), time.process_time()
        said = work(given)
        around = Seconds(time.perf_counter() - start, time.process_time() - spent)
        took.append(said if isinstance(said, Seconds) else around)
    return {
        "wall": 1000 * min(one.wall for one in took),
        "processor": 1000 * min(one.processor for one in took),
    }


if __name__ == "__main__":
    serve({"prepare": prepare, "measure": measure})
