"""Faces in Blender: what they remember, damaged, and the operators that work on them."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import bpy
import numpy as np
from mutations import Random, number, odds, pick, text, value
from PIL import Image
from record_files import PROBES, activate
from samples import portrait, reconstructor

import prn_blender
from prn_blender.core.errors import PRNError
from prn_blender.core.photo.photo import read_photo
from prn_blender.interface.views.occluders import occluders_of
from prn_blender.scene.build.build import build_scene
from prn_blender.scene.files import new_file, save_blend
from prn_blender.scene.layers.layers import result_is_old
from prn_blender.scene.names import FACE, FRONT_POSE, is_face
from prn_blender.scene.options import SceneOptions
from prn_blender.scene.record import (
    find_baked,
    find_camera,
    find_front_pose,
    find_photo,
    find_result,
)

from . import Run

_TOLERANT: tuple[Callable[[bpy.types.Object], Any], ...] = (
    find_photo, find_camera, find_front_pose, find_result, find_baked, result_is_old,
    lambda item: occluders_of(bpy.context, item),
)  # fmt: skip
"""What panels and views ask while they are drawn: it never fails."""

_WITHOUT = {
    # They ask for a window, the clipboard, another program, or the user's own models.
    "adjust_on_photo", "choose_photo", "copy_report", "edit_externally", "import_model",
    "mark_face", "remove_model", "show_result", "stop_job", "use_model", "paint",
}  # fmt: skip
_PATHS = {"filepath", "directory", "mask"}
_COLLECTIONS = ("objects", "meshes", "images", "materials", "cameras", "collections",
                "node_groups", "scenes", "texts", "curves", "lights")  # fmt: skip


class Stage:
    """A file with one face, opened again whenever something has changed it."""

    def __init__(self, folder: Path) -> None:
        self.photo = folder / "me.png"
        Image.fromarray(portrait()).save(self.photo)
        look = reconstructor()
        prn_blender.register()
        new_file()
        built = build_scene(look(read_photo(self.photo), max_faces=1),
                            SceneOptions(stride=4, texture_size=64))  # fmt: skip
        activate(built.faces[0])
        bpy.ops.prn.complete()
        bpy.ops.prn.bake(size="1024")
        bpy.ops.prn.landmarks()
        self._file = folder / "face.blend"
        save_blend(self._file)
        self.clean = False
        self.open()

    def open(self) -> bpy.types.Object:
        """The face, as it was built."""
        if not self.clean:
            bpy.ops.wm.open_mainfile(filepath=str(self._file))
            self.clean = True
        item = next(item for item in bpy.data.objects if is_face(item))
        activate(item)
        return item


def records(folder: Path) -> Run:
    """A damaged record: asked everything, and worked on."""
    stage = Stage(folder)

    def run(rng: Random, folder: Path) -> list[str]:
        item = stage.open()
        stage.clean = False
        for _ in range(int(rng.integers(1, 4))):
            _damage(rng, item)
        said = []
        if FACE in item.data and is_face(item):
            for ask in _TOLERANT:
                ask(item)
            for probe in PROBES.values():
                try:
                    probe(item)
                except PRNError as e:
                    said.append(str(e))
            for _ in range(2):
                said += _operate(rng, stage, folder)
        return said

    return run


def scenes(folder: Path) -> Run:
    """A sound face: operators with odd values, in odd order."""
    stage = Stage(folder)

    def run(rng: Random, folder: Path) -> list[str]:
        stage.open()
        stage.clean = False
        return [line for _ in range(3) for line in _operate(rng, stage, folder)]

    return run


def _damage(rng: Random, item: bpy.types.Object) -> None:
    """Put something odd somewhere into what a face remembers, or take away what that needs."""
    group = item.data.get(FACE)
    kind = rng.random()
    if kind < 0.1:
        blocks = [b for name in ("images", "cameras", "materials") for b in getattr(bpy.data, name)]
        if blocks:
            bpy.data.batch_remove([pick(rng, blocks)])
        return
    if kind < 0.15:
        _put(rng, item, FRONT_POSE)
        return
    if kind < 0.2:
        item.data.vertices.foreach_set(
            "co", np.full(3 * len(item.data.vertices), float(number(rng)), np.float32)
        )
        return
    if kind < 0.25:
        item.scale = [min(1e30, float(number(rng))) for _ in range(3)]
        return
    if kind < 0.3:
        _put(rng, item.data, FACE)
        return
    if not hasattr(group, "keys"):
        return
    place = group
    photos = group.get("photos")
    if isinstance(photos, list) and photos and hasattr(photos[0], "keys") and odds(rng, 0.7):
        place = photos[0]
    keys = sorted(place.keys())
    key = pick(rng, keys) if keys and odds(rng, 0.9) else "other"
    if odds(rng, 0.2) and key in place:
        del place[key]
    else:
        _put(rng, place, key)


def _put(rng: Random, place: Any, key: str) -> None:
    """A custom property of any value; Blender itself refuses some."""
    kind = rng.random()
    odd: Any
    if kind < 0.15:
        odd = bpy.data.images.new("Odd", int(rng.integers(1, 9)), int(rng.integers(1, 9)))
    elif kind < 0.25:
        odd = pick(rng, [*bpy.data.objects, *bpy.data.meshes, *bpy.data.images])
    elif kind < 0.5:
        odd = [float(v) for v in rng.normal(0, 10.0 ** rng.integers(0, 40), int(rng.integers(17)))]
    elif kind < 0.7:
        odd = [int(v) for v in rng.integers(-(2**31), 2**31, int(rng.integers(6)))]
    else:
        odd = value(rng)
    try:
        place[key] = odd
    except (TypeError, ValueError, OverflowError, KeyError, UnicodeError, RuntimeError):
        place[key] = "something else"


def _operate(rng: Random, stage: Stage, folder: Path) -> list[str]:
    """Call an operator: it finishes, or it says a sentence and leaves the scene as it was."""
    names = [name for name in dir(bpy.ops.prn) if name not in _WITHOUT]
    name = pick(rng, names)
    operator = getattr(bpy.ops.prn, name)
    arguments = _arguments(rng, operator, stage, folder)
    with (folder / "operators.txt").open("a", errors="backslashreplace") as log:
        log.write(f"{name} {arguments!r}\n")
    before = _snapshot()
    try:
        done = operator(**arguments)
    except TypeError:  # Blender's own: a value that the property cannot have
        return []
    except RuntimeError as e:
        lines = str(e).strip().splitlines()
        if "poll()" in lines[0]:
            return []
        assert lines[0].startswith("Error: "), (name, arguments, str(e))
        assert len(lines) == 1 or "Warning" not in str(e), (name, arguments, str(e))
        if "Traceback" in str(e):
            raise
        after = _snapshot()
        assert after == before, (name, arguments, str(e), _differences(before, after))
        return [line.removeprefix("Error: ") for line in lines]
    assert done in ({"FINISHED"}, {"CANCELLED"}), (name, arguments, done)
    return []


def _arguments(rng: Random, operator: Any, stage: Stage, folder: Path) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for prop in operator.get_rna_type().properties:
        name = prop.identifier
        if name in ("filepath", "directory"):
            result[name] = _path(rng, name, stage, folder)
        elif name in ("rna_type", "files", "pins", "texture_size") or odds(rng, 0.6):
            continue
        elif name in _PATHS:
            result[name] = _path(rng, name, stage, folder)
        elif prop.type == "ENUM":
            items = [item.identifier for item in prop.enum_items]
            one = pick(rng, items) if items and odds(rng, 0.97) else text(rng)
            result[name] = {one} if prop.is_enum_flag else one
        elif prop.type == "BOOLEAN":
            result[name] = odds(rng, 0.5)
        elif prop.type == "STRING":
            result[name] = text(rng) if odds(rng, 0.5) else ""
        elif prop.type in ("INT", "FLOAT"):
            count = prop.array_length or 1
            values = [_number(rng, prop) for _ in range(count)]
            result[name] = values if prop.array_length else values[0]
    if operator.idname_py() == "prn.reconstruct":
        result |= {"texture_size": "256", "stride": "4"}
    return result


def _number(rng: Random, prop: Any) -> Any:
    odd = number(rng) if odds(rng, 0.5) else float(rng.uniform(0, 160))
    if prop.type == "INT":
        return int(min(2**31 - 1, max(-(2**31), odd))) if math.isfinite(odd) else 0
    return float(odd)


def _path(rng: Random, name: str, stage: Stage, folder: Path) -> str:
    out = folder / "out"
    out.mkdir(exist_ok=True)
    if odds(rng, 0.6):
        return str(out) if name == "directory" else str(pick(rng, (stage.photo, out / "a.png")))
    odd = text(rng).replace("\0", "").replace("..", "_").lstrip("/")
    return pick(rng, ("", str(out / odd), str(folder / "gone" / "a.png"), str(stage.photo)))


def _snapshot() -> dict[str, Any]:
    """What a refused operator must leave as it was."""
    found: dict[str, Any] = {
        name: sorted(block.name_full for block in getattr(bpy.data, name)) for name in _COLLECTIONS
    }
    for item in bpy.data.objects:
        found[f"place of {item.name}"] = [round(v, 5) for row in item.matrix_basis for v in row]
        found[f"data of {item.name}"] = item.data and item.data.name
        found[f"keys of {item.name}"] = sorted(item.keys())
        if item.type == "MESH":
            found[f"size of {item.name}"] = (len(item.data.vertices), len(item.data.polygons))
            found[f"materials of {item.name}"] = [m and m.name for m in item.data.materials]
            found[f"groups of {item.name}"] = sorted(item.vertex_groups.keys())
            if FACE in item.data:
                found[f"record of {item.name}"] = repr(_plain(item.data[FACE]))
    scene = bpy.context.scene
    found["camera"] = scene.camera and scene.camera.name
    found["render"] = (scene.render.resolution_x, scene.render.resolution_y, scene.render.engine,
                       scene.view_settings.view_transform)  # fmt: skip
    found["mode"] = bpy.context.mode
    active = bpy.context.view_layer.objects.active
    found["active"] = active and active.name
    return {key: repr(part) for key, part in found.items()}  # NaN is not equal to itself


def _plain(stored: Any) -> Any:
    return stored.to_dict() if hasattr(stored, "to_dict") else stored


def _differences(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    keys = sorted({*before, *after})
    return {k: (before.get(k), after.get(k)) for k in keys if before.get(k) != after.get(k)}
