"""What a tree makes of photos, as hashes: `same_outputs.py` runs this in both trees.

Each command answers with a hash (of an array or a file) or a text for each key. The arrays of the
last command are kept, so that those that differ can be asked for (`fetch`).
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Callable, Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from link import MissingError, find, serve

FACE = {
    # What it is called in the record: the names that trees have for it.
    **{
        name: (name,)
        for name in (
            *("position_map", "landmarks", "vertices", "extended_position_map", "normals"),
            *("facing", "visibility", "depth_inside", "smooth_normals", "box", "size"),
            *("confidence", "likeness", "covered_eyes", "skin", "hair"),
        )
    },
    "expression": ("expression",),
    "coefficients": ("coefficients",),
}
SWAP = ("picture", "mask", "texture", "matte", "positions", "warning")
ABSENT = "(absent)"
"""Stands for what this tree has under none of the names."""
COMMANDS = {
    "all": "--all-faces --obj --json --depth --colors --landmarks --vertices --pose --show"
    " --front similarity",
    "compat": "--compat prnet --obj --depth --vertices --landmarks --pose --mask-hidden",
    "blender": "--glb --render",
}

_MAT_HEADER = 116
"""Bytes at the beginning of a .mat file that say, as text, when it was written."""

kept: dict[str, np.ndarray] = {}
faces: dict[str, Any] = {}


def put(into: dict[str, str], key: str, value: Any) -> None:
    """Record a value: arrays by their hash, everything else as text."""
    if isinstance(value, dict):
        for name in sorted(value):
            put(into, f"{key}/{name}", value[name])
    elif isinstance(value, np.ndarray):
        array = np.ascontiguousarray(value)
        digest = hashlib.sha256(array.tobytes()).hexdigest()[:20]
        into[key] = f"{array.dtype} {array.shape} {digest}"
        kept[key] = array
    else:
        into[key] = str(value) if isinstance(value, str) else repr(value)


def attempt(work: Callable[[], Any]) -> Any:
    """What some work gives, or the error it ends with: that has to stay the same, too."""
    try:
        return work()
    except MissingError:
        return ABSENT
    except Exception as e:
        return f"{type(e).__name__}: {e}"


def named(thing: Any, *names: str) -> Any:
    """The first of some attributes that a thing has."""
    for name in names:
        if name in dir(thing):
            return getattr(thing, name)
    raise MissingError(names[0])


@cache
def reconstructor() -> Any:
    """The default model."""
    from prn_blender.core import FaceReconstructor

    return FaceReconstructor.load()


def boxes(path: str) -> list[list[float]]:
    """Where this tree finds the faces of a photo; none where it finds none, or cannot read it."""
    found = attempt(lambda: reconstructor()(path, max_faces=2))
    return [] if isinstance(found, str) else [list(face.box) for face in found]


def reconstruct(path: str, name: str, boxes: list[list[float]] | None = None) -> dict[str, str]:
    """Everything of the faces of a photo; with boxes, of the faces there."""
    from prn_blender.core import read_photo

    kept.clear()
    record: dict[str, str] = {}
    found = attempt(lambda: reconstructor()(read_photo(path), boxes=boxes or None, max_faces=2))
    if isinstance(found, str):
        return {name: found}
    for number, face in enumerate(found):
        record_face(record, f"{name}/{number}", face)
    faces[name] = found[0]
    return record


def record_face(record: dict[str, str], key: str, face: Any) -> None:
    """Everything that a face says of itself, and cameras that look at it."""
    from prn_blender.core import make_camera

    complete = find("complete", "core.editing.completion", "core.completion")
    depth_map = find("depth_map", "core.outputs.depth", "core.depth")
    for what, names in FACE.items():
        value = attempt(lambda names=names: named(face, *names))
        put(record, f"{key}/{what}", dict(value) if hasattr(value, "items") else value)
    put(record, f"{key}/pose", face.pose.matrix)
    for size in (None, 300):
        put(
            record,
            f"{key}/texture {size or ''}".strip(),
            face.texture(size) if size else face.texture(),
        )
    light = attempt(lambda: face.illumination)
    put(record, f"{key}/illumination", attempt(lambda: named(light, "coefficients")))
    put(record, f"{key}/mean light", attempt(lambda: named(light, "mean")))
    put(
        record,
        f"{key}/cast shadows",
        attempt(lambda: np.asarray(named(light, "cast", "cast_shadows"))),
    )
    toning = attempt(lambda: named(face, "toning", "monochrome"))
    put(record, f"{key}/toning", attempt(lambda: named(toning, "colours")) if toning else None)
    put(record, f"{key}/completed", attempt(lambda: np.asarray(complete(face, 256))))
    put(record, f"{key}/depth map", attempt(lambda: np.asarray(depth_map(face))))
    for kind in ("ortho", "persp"):
        placed = make_camera(face.photo, face, kind).place(face)
        put(record, f"{key}/{kind} camera", placed.local)
        put(record, f"{key}/{kind} transform", placed.transform.matrix)


def swap_one(target: str, donor: str, options: dict[str, Any], key: str) -> dict[str, str]:
    """A swap between two of the photos; a donor's `texture` is given as one that was painted."""
    from prn_blender.core.swap import SwapOptions, swap

    kept.clear()
    record: dict[str, str] = {}
    chosen = SwapOptions(**{k: tuple(v) if k == "parts" else v for k, v in options.items()})
    face, other = faces[target], faces[donor.removeprefix("texture of ")]
    given = other.texture(512)[..., :3] if donor.startswith("texture of ") else other
    result = attempt(lambda: swap(face, given, chosen))
    if isinstance(result, str):
        return {key: result}
    for name in SWAP:
        value = attempt(lambda name=name: named(result, name))
        put(record, f"{key}/{name}", value if isinstance(value, np.ndarray) else str(value))
    return record


def scene(name: str) -> dict[str, str]:
    """What Blender's data hold of a face: mesh, transforms, pictures."""
    if find_spec("bpy") is None:
        return {}
    import bpy

    from prn_blender.scene import SceneOptions, build_scene
    from prn_blender.scene.files import new_file

    kept.clear()
    record: dict[str, str] = {}
    # Revisions before whole heads know lattices only.
    lattice = {"topology": "lattice"} if hasattr(SceneOptions, "topology") else {}
    for stride in (1, 4):
        new_file()
        build_scene([faces[name]], SceneOptions(stride=stride, texture_size=256, **lattice))
        for thing in sorted(bpy.data.objects, key=lambda thing: thing.name):
            key = f"scene {stride}/{name}/{thing.name}"
            put(record, f"{key}/transform", np.array(thing.matrix_world, np.float32))
            if thing.type == "MESH":
                record_mesh(record, key, thing.data)
        for image in sorted(bpy.data.images, key=lambda image: image.name):
            pixels = np.empty(len(image.pixels), np.float32)
            image.pixels.foreach_get(pixels)
            put(record, f"scene {stride}/{name}/{image.name}", pixels)
    return record


def record_mesh(record: dict[str, str], key: str, mesh: Any) -> None:
    """Vertices, faces, UVs and attributes."""
    for what, items, name, width, kind in (
        ("vertices", mesh.vertices, "co", 3, np.float32),
        ("corners", mesh.loops, "vertex_index", 1, np.int32),
        *((f"uv {uv.name}", uv.data, "uv", 2, np.float32) for uv in mesh.uv_layers),
    ):
        values = np.empty(len(items) * width, kind)
        items.foreach_get(name, values)
        put(record, f"{key}/{what}", values)
    put(record, f"{key}/attributes", ", ".join(sorted(mesh.attributes.keys())))
    keys = mesh.shape_keys.key_blocks if mesh.shape_keys else []
    put(record, f"{key}/shape keys", ", ".join(block.name for block in keys))


def files(
    paths: Sequence[str], folder: str, kind: str, boxes: Sequence[Sequence[float]] | None = None
) -> dict[str, str]:
    """What the command line writes and says; the paths are relative to the folder it runs in.

    With boxes, one for each photo, only the face there is looked at, in a run for each photo.
    """
    kept.clear()
    record: dict[str, str] = {}
    if kind == "blender" and find_spec("bpy") is None:
        return record
    runs = [list(paths)]
    if boxes is not None:
        runs = [[path, "--box", *map(str, box)] for path, box in zip(paths, boxes, strict=True)]
    command = [sys.executable, "-m", "prn_blender", "reconstruct", "-o", kind]
    for number, run in enumerate(runs):
        done = subprocess.run(
            [*command, *COMMANDS[kind].split(), *run],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
        record[f"files {kind}/{number} exit code"] = str(done.returncode)
        record[f"files {kind}/{number} standard output"] = done.stdout
    for path in sorted((Path(folder) / kind).rglob("*")):
        if path.is_file():
            data = path.read_bytes()
            if path.suffix == ".mat":
                data = data[_MAT_HEADER:]
            digest = hashlib.sha256(data).hexdigest()[:20]
            record[f"files {path.relative_to(folder).as_posix()}"] = digest
    return record


def fetch(keys: Sequence[str], folder: str) -> dict[str, str]:
    """Arrays of the last command as .npy files in a folder; a file for each key that is one."""
    written = {}
    for number, key in enumerate(keys):
        if key in kept:
            written[key] = str(Path(folder) / f"{number}.npy")
            np.save(written[key], kept[key])
    return written


if __name__ == "__main__":
    serve(
        {
            "boxes": boxes,
            "reconstruct": reconstruct,
            "swap": swap_one,
            "scene": scene,
            "files": files,
            "fetch": fetch,
        }
    )
