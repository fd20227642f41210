"""What was built, written to files: .blend, .glb, a rendered picture. For use without a window."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import contextlib
import io
import math
import os
import re
import struct
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import bpy
import cv2
import numpy as np
from mathutils import Matrix

from ..core.errors import OptionError, OutputError
from ..core.face.face import Face
from ..core.files.safe import replacing, shown
from ..core.geometry.camera import Camera
from ..core.native import STDOUT, quiet
from ..core.outputs.gltf import with_camera
from ..core.photo.photo import write_image
from .build.build import FaceScene
from .head.materials import lets_through
from .layers.composed import compose
from .units import units_per_metre

_ZSTANDARD = b"\x28\xb5\x2f\xfd"
_FOOTER = struct.Struct("<IBI")
_SEEK_TABLE = 0x8F92EAB1

_SAMPLES = 16
"""Of Cycles for each pixel."""

_PANEL = (512, 768)
"""Smallest and largest side of one of the three views, pixels."""

_TURN = math.radians(40)
"""How far the second and third view are turned to the side."""


def new_file() -> None:
    """Replace the open file by an empty one; preferences and add-ons stay."""
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)


def save_blend(path: str | os.PathLike[str]) -> None:
    """Save the open file to a path, completely or not at all.

    Raises
    ------
    OutputError
        It cannot be written.
    """
    with replacing(path) as temporary, blender_errors(path):
        bpy.ops.wm.save_as_mainfile(
            filepath=str(temporary), check_existing=False, compress=True, copy=True
        )
        if not is_whole_blend(temporary):
            raise OutputError(
                "{path} cannot be written to its end; is the disk full?", path=shown(path)
            )


def is_whole_blend(path: Path) -> bool:
    """Whether a compressed .blend file was written to its end.

    Blender says that it has saved a file even where the disk was full before the end. Such a file
    is a row of frames of Zstandard, and a table of their sizes closes it ("Zstandard Seekable
    Format"). An uncompressed file is taken for whole.
    """
    with path.open("rb") as stream:
        start = stream.read(4)
        if start != _ZSTANDARD:
            return start == b"BLEN"
        size = stream.seek(0, os.SEEK_END)
        stream.seek(max(0, size - _FOOTER.size))
        end = stream.read(_FOOTER.size)
        if len(end) < _FOOTER.size:
            return False
        count, kind, magic = _FOOTER.unpack(end)
        entry = 12 if kind & 0x80 else 8  # with a checksum, or without
        table = 8 + entry * count + _FOOTER.size
        if magic != _SEEK_TABLE or table > size:
            return False
        stream.seek(size - table + 8)
        sizes = np.frombuffer(stream.read(entry * count), "<u4").reshape(count, -1)
        return int(sizes[:, 0].sum(dtype=np.int64)) + table == size


def save_glb(
    path: str | os.PathLike[str],
    faces: list[bpy.types.Object],
    camera: Camera | None = None,
    description: Mapping[str, Any] | None = None,
    index: int = 0,
) -> None:
    """Export face objects as binary glTF, completely or not at all, in metres as glTF has them.

    Parameters
    ----------
    path : path-like
    faces : list of bpy.types.Object
    camera : Camera, optional
        The photo's: the file gets it too, if it is of one face.
    description : mapping, optional
        With it: what is known of the photo (`core.outputs.describe`), for the file's extras.
    index : int
        Which face of the description it is.

    Raises
    ------
    OutputError
        It cannot be written.
    OptionError
        A layer's image is gone, or a face is hidden.
    """
    for item in faces:
        compose(item)
    with (
        replacing(path) as temporary,
        blender_errors(path),
        only_selected(faces),
        _in_metres(faces),
        contextlib.redirect_stderr(io.StringIO()),  # the exporter's traceback
    ):
        bpy.ops.export_scene.gltf(
            filepath=str(temporary),
            export_format="GLB",
            use_selection=True,
            export_attributes=False,
        )
        if camera is not None and description is not None:
            whole = with_camera(
                temporary.read_bytes(), camera, f"{faces[0].name} Camera", description, index
            )
            temporary.write_bytes(whole)


def render_picture(path: str | os.PathLike[str], built: FaceScene, faces: list[Face]) -> None:
    """Render the first face three times: over the photo, turned left, turned right without texture.

    Parameters
    ----------
    path : path-like
        A PNG or JPEG.
    built : FaceScene
    faces : list of Face
        What it was built from.

    Raises
    ------
    OutputError
        It cannot be rendered or written.
    """
    face, item = faces[0], built.faces[0]
    photo = face.photo
    scene = bpy.context.scene
    low, high = face.vertices[:, :2].min(axis=0), face.vertices[:, :2].max(axis=0)
    middle, side = (low + high) / 2, 1.3 * float((high - low).max())
    panel = int(min(_PANEL[1], max(_PANEL[0], side)))
    with _render_settings(scene), blender_errors(path):
        # No larger than the panel shows it, and what lies beyond the panel is not rendered.
        finer = min(1.0, panel / side)
        size = np.maximum(np.rint(np.array([photo.width, photo.height]) * finer), 1).astype(int)
        scale = size / (photo.width, photo.height)
        with _within(scene, (middle - side / 2) * scale / size, (middle + side / 2) * scale / size):
            first = _over_photo(face, _render(scene, *size.tolist()))
        to_panel = np.array([[1 / scale[0], 0, -middle[0]], [0, 1 / scale[1], -middle[1]]])
        to_panel *= panel / side
        to_panel[:, 2] += panel / 2
        panels = [cv2.warpAffine(first, to_panel, (panel, panel), flags=cv2.INTER_CUBIC)]
        with _studio(scene, built, item):
            for turn, clay in ((_TURN, False), (-_TURN, True)):
                with _turned(item, turn), _clay(item) if clay else contextlib.nullcontext():
                    panels.append(_on_grey(_render(scene, panel, panel)))
    write_image(path, np.concatenate(panels, axis=1))


def _render(scene: bpy.types.Scene, width: int, height: int) -> np.ndarray:
    """(height, width, 4) uint8 RGBA, straight alpha."""
    scene.render.resolution_x, scene.render.resolution_y = width, height
    with tempfile.TemporaryDirectory(prefix="prn-") as folder:
        scene.render.filepath = str(Path(folder) / "render.png")
        bpy.ops.render.render(write_still=True)
        # Through a buffer, since OpenCV cannot open every path on Windows.
        try:
            data = np.fromfile(scene.render.filepath, np.uint8)
            picture = cv2.imdecode(data, cv2.IMREAD_UNCHANGED)
        except (OSError, cv2.error):
            picture = None
    if picture is None or picture.shape != (height, width, 4):
        raise OutputError(
            "The rendered picture cannot be written into the temporary folder; is the disk full?"
        )
    return cv2.cvtColor(picture, cv2.COLOR_BGRA2RGBA)


def _over_photo(face: Face, rendered: np.ndarray) -> np.ndarray:
    """The render over the photo, which is darkened so that the render stands out."""
    alpha = rendered[..., 3:].astype(np.float32) / 255
    photo = cv2.resize(face.photo.pixels, rendered.shape[1::-1], interpolation=cv2.INTER_AREA)
    mixed = rendered[..., :3] * alpha + photo * np.float32(0.45) * (1 - alpha)
    return (mixed + 0.5).astype(np.uint8)


def _on_grey(rendered: np.ndarray) -> np.ndarray:
    alpha = rendered[..., 3:].astype(np.float32) / 255
    return (rendered[..., :3] * alpha + 70 * (1 - alpha) + 0.5).astype(np.uint8)


@contextlib.contextmanager
def _render_settings(scene: bpy.types.Scene) -> Iterator[None]:
    """Within the block, render with Cycles on the CPU and with a transparent background."""
    render = scene.render
    names = ("engine", "resolution_x", "resolution_y", "filepath", "film_transparent")
    before = {name: getattr(render, name) for name in names}
    image = render.image_settings
    format_before = (image.file_format, image.color_mode, image.color_depth)
    render.engine, render.film_transparent = "CYCLES", True
    scene.cycles.samples, scene.cycles.device = _SAMPLES, "CPU"
    scene.cycles.use_denoising = False
    image.file_format, image.color_mode, image.color_depth = "PNG", "RGBA", "8"
    try:
        yield
    finally:
        for name, value in before.items():
            setattr(render, name, value)
        image.file_format, image.color_mode, image.color_depth = format_before


@contextlib.contextmanager
def _within(scene: bpy.types.Scene, low: np.ndarray, high: np.ndarray) -> Iterator[None]:
    """Within the block, render a part of the picture only; corners as shares, from the top left."""
    left, top, right, bottom = (float(np.clip(v, 0, 1)) for v in (*low, *high))
    border = (left, right, 1 - bottom, 1 - top)
    sides = ("border_min_x", "border_max_x", "border_min_y", "border_max_y")
    names = (*sides, "use_border", "use_crop_to_border")
    before = {name: getattr(scene.render, name) for name in names}
    for name, value in zip(names, (*border, True, False), strict=True):
        setattr(scene.render, name, value)
    try:
        yield
    finally:
        for name, value in before.items():
            setattr(scene.render, name, value)


@contextlib.contextmanager
def _studio(scene: bpy.types.Scene, built: FaceScene, item: bpy.types.Object) -> Iterator[None]:
    """Within the block, a camera in front of the face, and two lights from above.

    The stronger light is on the left, the weaker one on the right.
    """
    corners = np.array([vertex.co for vertex in item.data.vertices])
    low, high = corners.min(axis=0), corners.max(axis=0)
    scale = item.matrix_basis.to_scale()[0]
    data = bpy.data.cameras.new("Studio")
    width, depth, height = (high - low).tolist()
    # Wide enough for the face however it is turned about its middle.
    data.type, data.ortho_scale = "ORTHO", 1.1 * scale * max(math.hypot(width, depth), height)
    camera = bpy.data.objects.new("Studio", data)
    lights = []
    for energy, sideways in ((2.6, -40), (0.7, 60)):
        sun = bpy.data.lights.new("Studio Light", "SUN")
        sun.energy = energy
        lights.append(bpy.data.objects.new("Studio Light", sun))
        lights[-1].rotation_euler = (math.radians(60), 0.0, math.radians(sideways))
    data.clip_start, data.clip_end = 0.1 * scale, 100 * scale
    camera.location = (0.0, -10 * scale, float(low[2] + high[2]) / 2 * scale)
    camera.rotation_euler = (math.pi / 2, 0.0, 0.0)
    others = [o for o in built.faces if o != item]
    before = scene.camera
    for extra in (camera, *lights):
        scene.collection.objects.link(extra)
    for other in others:
        other.hide_render = True
    scene.camera = camera
    try:
        yield
    finally:
        scene.camera = before
        for other in others:
            other.hide_render = False
        bpy.data.batch_remove([camera, data, *lights, *(light.data for light in lights)])


@contextlib.contextmanager
def _turned(item: bpy.types.Object, angle: float) -> Iterator[None]:
    """Within the block, the face looks to the front and is turned about its middle by an angle."""
    before = item.matrix_basis.copy()
    scale = Matrix.Diagonal(before.to_scale()).to_4x4()
    depths = [corner[1] for corner in item.bound_box]
    centred = Matrix.Translation((0.0, -(min(depths) + max(depths)) / 2, 0.0))
    item.matrix_basis = Matrix.Rotation(angle, 4, "Z") @ scale @ centred
    try:
        yield
    finally:
        item.matrix_basis = before


@contextlib.contextmanager
def _clay(item: bpy.types.Object) -> Iterator[None]:
    """Within the block, of clay; not what is seen through, for lashes would be solid sheets."""
    clay = bpy.data.materials.new("Clay")
    materials = item.data.materials
    before = list(materials)
    for index, material in enumerate(before):
        if not lets_through(material):
            materials[index] = clay
    try:
        yield
    finally:
        for index, material in enumerate(before):
            materials[index] = material
        bpy.data.materials.remove(clay)


@contextlib.contextmanager
def only_selected(objects: list[bpy.types.Object]) -> Iterator[None]:
    """Within the block just these objects are selected: what Blender's exporters write.

    Raises
    ------
    OptionError
        One of them is hidden, and would be left out.
    """
    layer = bpy.context.view_layer
    layer.update()  # or it does not know objects that were linked just now
    before = [o for o in layer.objects if o.select_get()]
    for item in layer.objects:
        item.select_set(item in objects)
    try:
        for item in objects:
            if item.name not in layer.objects or not item.select_get():  # it would be left out
                raise OptionError(
                    "{item!r} is hidden, or not in this view layer; show it first.", item=item.name
                )
        yield
    finally:
        for item in layer.objects:
            item.select_set(item in before)


@contextlib.contextmanager
def _in_metres(objects: list[bpy.types.Object]) -> Iterator[None]:
    """The exporter takes Blender's units for metres, whatever the scene's unit scale is."""
    before = [item.matrix_basis.copy() for item in objects]
    metre = Matrix.Scale(1 / units_per_metre(bpy.context.scene), 4)
    for item in objects:
        item.matrix_basis = metre @ item.matrix_basis
    try:
        yield
    finally:
        for item, matrix in zip(objects, before, strict=True):
            item.matrix_basis = matrix


@contextlib.contextmanager
def blender_errors(path: str | os.PathLike[str]) -> Iterator[None]:
    """Turn what Blender's operators raise within the block into an OutputError about the path."""
    try:
        with quiet(STDOUT):  # Blender reports each step of a render
            yield
    except RuntimeError as e:  # what failing operators raise: "Error: <reason>"
        lines = str(e).strip().splitlines()
        # An exporter in Python has a traceback, and the place of the call after it.
        raised = [line for line in lines[1:] if re.match(r"\w+(Error|Exception): ", line)]
        why = (raised or lines)[-1].removeprefix("Error: ").rstrip(".")
        why = re.sub(r"^\w+: (\[Errno \d+\] )?", "", why) if raised else why
        raise OutputError("{path} cannot be written: {why}.", path=shown(path), why=why) from e
