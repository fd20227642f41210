"""Write what PRNet's demos write: by this project's conventions, or by the original's.

This project's files: NAME_landmarks.txt, NAME_vertices.npy, NAME_pose.txt, NAME_camera_matrix.txt,
NAME_depth.png/.exr/.npy, NAME_depth_view.png, NAME_front.obj, NAME_colors.obj/.ply,
NAME_mesh.mat, NAME_show.png, NAME_head.glb, NAME_albedo.png, NAME_lights.json,
NAME_displacement.png, NAME_normal.png, NAME_detail.json. docs/prnet.md says what each holds.

Each function `_obj`, `_prnet_obj`, ... writes one kind of file and returns the files' names. A new
kind needs a function, an entry in `_OURS` or `_PRNET`, and one in `options.KINDS`.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import io
import json
import math
import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from PIL import Image, PngImagePlugin

from ..appearance.fine_detail import RANGE, ZERO
from ..face.face import Face
from ..files.ascii_table import decimals, integers, lines
from ..files.exr import encode_exr
from ..files.matlab import write_mat
from ..files.safe import linkable, plain, write_bytes
from ..geometry.camera import Camera
from ..photo.photo import write_image
from ..typed import Points, Texture
from .depth import above_deepest, depth_map
from .derived import front_vertices, source_camera_matrix, source_frame, vertex_colours
from .export import material_text, texture_pixels, write_coloured, write_obj
from .head.glb import head_glb
from .names import result_name
from .options import OutputOptions
from .overlay import overlay_picture

_MAX_UINT16 = 65535
LIGHTS_FORMAT = 1
"""Of NAME_lights.json. It is raised when a key changes its meaning or goes; new keys leave it."""
DETAIL_FORMAT = 1
"""Of NAME_detail.json, in the same way."""


def write_outputs(
    face: Face,
    folder: str | os.PathLike[str],
    name: str,
    options: OutputOptions,
    camera: Camera | None = None,
) -> list[str]:
    """Write all files that the options ask for.

    Parameters
    ----------
    face : Face
    folder : path-like
        An existing folder.
    name : str
        The first part of the files' names.
    options : OutputOptions
    camera : Camera, optional
        What this project's meshes are placed in front of; by default the photo's orthographic one.

    Returns
    -------
    list of str
        The names of the files written.

    Raises
    ------
    OutputError
        A file cannot be written.
    OptionError
        An option has a value that makes no sense.
    MissingDependencyError
        SciPy, for .mat files, is absent.
    """
    return [
        file
        for kind in kinds_to_write(options)
        for file in write_kind(face, folder, name, options, kind, camera)
    ]


def kinds_to_write(options: OutputOptions) -> list[str]:
    """List the kinds of files that the options ask for, in the order they are written in."""
    return [kind for kind in _writers(options) if getattr(options, kind)]


def write_kind(
    face: Face,
    folder: str | os.PathLike[str],
    name: str,
    options: OutputOptions,
    kind: str,
    camera: Camera | None = None,
    texture: Texture | None = None,
) -> list[str]:
    """As `write_outputs`, but one of `kinds_to_write`, so that a caller can stop between them.

    Parameters
    ----------
    face, folder, name, options, camera
        As for `write_outputs`.
    kind : str
    texture : (N, N, 4) uint8 sRGB, optional
        An edited texture in place of the photo's, for meshes' textures and vertex colours.
    """
    return _writers(options)[kind](
        face, _Target(Path(folder), plain(name), camera, texture), options
    )


def _writers(options: OutputOptions) -> dict[str, _Writer]:
    return _PRNET if options.profile == "prnet" else _OURS


@dataclass(frozen=True)
class _Target:
    """A folder and the first part of file names. The methods write a file and return its name."""

    folder: Path
    name: str
    camera: Camera | None = None
    """What meshes are placed in front of, if not the photo's orthographic camera."""
    edited: Texture | None = None

    def file(self, ending: str) -> str:
        return result_name(self.name, ending)

    def text(self, ending: str, rows: np.ndarray, header: str = "") -> str:
        stream = io.BytesIO()
        np.savetxt(stream, rows, fmt="%.9g", header=header)
        return self.bytes(ending, stream.getvalue())

    def bytes(self, ending: str, data: bytes) -> str:
        write_bytes(self.folder / self.file(ending), data)
        return self.file(ending)

    def image(self, ending: str, pixels: np.ndarray) -> str:
        write_image(self.folder / self.file(ending), pixels)
        return self.file(ending)

    def mat(self, ending: str, **arrays: np.ndarray) -> str:
        write_mat(self.folder / self.file(ending), arrays)
        return self.file(ending)


# This project's files ---------------------------------------------------------------------------


def _obj(face: Face, to: _Target, options: OutputOptions) -> list[str]:
    return write_obj(
        face, to.folder, to.name, options.stride, options.texture_size, options.mask_hidden,
        camera=to.camera, edited=to.edited,
    )  # fmt: skip


def _landmarks(face: Face, to: _Target, options: OutputOptions) -> list[str]:
    return [to.text("_landmarks.txt", face.landmarks, "x y z, photo pixels, the iBUG 68 points")]


def _vertices(face: Face, to: _Target, options: OutputOptions) -> list[str]:
    stream = io.BytesIO()
    np.save(stream, face.vertices, allow_pickle=False)
    return [to.bytes("_vertices.npy", stream.getvalue())]


def _pose(face: Face, to: _Target, options: OutputOptions) -> list[str]:
    pose = face.pose
    angles = [math.degrees(a) for a in (pose.yaw, pose.pitch, pose.roll)]
    matrix = "canonical face (metres, Blender's axes) to photo pixels"
    return [
        to.text("_pose.txt", np.array([angles]), "yaw pitch roll, degrees"),
        to.text("_camera_matrix.txt", pose.matrix, matrix),
    ]


def _depth(face: Face, to: _Target, options: OutputOptions) -> list[str]:
    depth = above_deepest(depth_map(face))
    if options.depth_format == "exr":
        raw = encode_exr(depth, "Y")
    elif options.depth_format == "npy":
        stream = io.BytesIO()
        np.save(stream, depth, allow_pickle=False)
        raw = stream.getvalue()
    else:
        raw = _depth_png(depth)
    return [
        to.bytes(f"_depth.{options.depth_format}", raw),
        to.image("_depth_view.png", _viewable(depth)),
    ]


def _front(face: Face, to: _Target, options: OutputOptions) -> list[str]:
    return write_obj(
        face, to.folder, f"{to.name}_front", options.stride, options.texture_size,
        options.mask_hidden, options.front, edited=to.edited,
    )  # fmt: skip


def _colors(face: Face, to: _Target, options: OutputOptions) -> list[str]:
    return write_coloured(face, to.folder, to.name, options.stride, to.camera, to.edited)


def _mat(face: Face, to: _Target, options: OutputOptions) -> list[str]:
    return [_mesh_mat(face, to, face.vertices)]


def _show(face: Face, to: _Target, options: OutputOptions) -> list[str]:
    return [to.image("_show.png", overlay_picture(face))]


def _head(face: Face, to: _Target, options: OutputOptions) -> list[str]:
    texture = texture_pixels(face, options.texture_size, False, to.edited)
    return [to.bytes("_head.glb", head_glb(face, texture, options.key_names))]


def _albedo(face: Face, to: _Target, options: OutputOptions) -> list[str]:
    texture = face.texture(options.texture_size) if to.edited is None else to.edited
    lamps = [
        {
            "towards": [round(float(v), 5) for v in way],
            "color": [round(float(v), 5) for v in colour],
        }
        for way, colour in zip(face.delit.suns.directions, face.delit.suns.colours, strict=True)
    ]
    about = "towards each lamp: x right, y away from the camera, z up; color: linear, on white skin"
    text = json.dumps({"format": LIGHTS_FORMAT, "about": about, "lamps": lamps}, indent=1)
    return [
        to.image("_albedo.png", face.delit.apply(texture)),
        to.bytes("_lights.json", text.encode()),
    ]


def _detail(face: Face, to: _Target, options: OutputOptions) -> list[str]:
    found = face.fine_detail(options.texture_size)
    files = [
        to.image("_displacement.png", found.displacement()),
        to.image("_normal.png", found.normal_map()),
    ]
    about = {
        "format": DETAIL_FORMAT,
        "about": "displacement: (value / 65535 - zero) * metres along the normal of the mesh, eye "
        "centres 63 mm apart; normal: tangent space, red along U, green along V (OpenGL)",
        "displacement": {"file": files[0], "metres": RANGE, "zero": ZERO},
        "normal": {"file": files[1], "convention": "OpenGL"},
        "confidence": round(found.told, 3),
    }
    return [*files, to.bytes("_detail.json", json.dumps(about, indent=1).encode())]


# PRNet's files ----------------------------------------------------------------------------------
# They have its names, axes, units and formats. Its errors are corrected: the translation of the
# camera matrix, texture coordinates, interpolated depth, absolute paths (docs/prnet.md).


def _prnet_vertices(face: Face, options: OutputOptions) -> Points:
    """(n, 3) float32: x right, y down, z toward the viewer.

    In photo pixels; if the face is turned to the front, in PRNet's unit.
    """
    if options.front is None:
        return face.vertices
    frame = source_frame(face)
    front = front_vertices(face, options.front).astype(np.float64)
    return (front @ frame[:3, :3].T + frame[:3, 3]).astype(np.float32)


def _prnet_obj(face: Face, to: _Target, options: OutputOptions) -> list[str]:
    vertices = _prnet_vertices(face, options).copy()
    vertices[:, 1] = face.photo.height - 1 - vertices[:, 1]
    colours = vertex_colours(face, to.edited)[:, :3] / 255.0
    triangles = face.layout.lattice_triangles + 1
    u, v = face.layout.uv.reshape(-1, 2)[face.layout.texels].T
    rows = np.column_stack([vertices, colours])
    to = replace(to, name=linkable(to.name))
    corners: list[str | np.ndarray] = []
    for k in (2, 1, 0):
        number = integers(triangles[:, k])
        corners += [" ", number, "/", number]
    text = b"".join(
        [
            f"mtllib {to.file('.mtl')}\n".encode(),
            lines("v", *[part for c in rows.T for part in (" ", decimals(c, 4))]),
            lines("vt ", decimals(u, 6), " ", decimals(v, 6)),
            b"usemtl face\n",
            lines("f", *corners),
        ]
    )
    texture = texture_pixels(face, options.texture_size, options.mask_hidden, to.edited)
    return [
        to.bytes(".obj", text),
        to.bytes(".mtl", material_text(to.file("_texture.png"))),
        to.image("_texture.png", texture[..., :3]),
    ]


def _prnet_landmarks(face: Face, to: _Target, options: OutputOptions) -> list[str]:
    return [to.text("_kpt.txt", face.landmarks)]


def _prnet_pose(face: Face, to: _Target, options: OutputOptions) -> list[str]:
    pose = face.pose
    return [
        to.text("_pose.txt", np.array([pose.yaw, pose.pitch, pose.roll])),
        to.text("_camera_matrix.txt", source_camera_matrix(face)),
    ]


def _prnet_depth(face: Face, to: _Target, options: OutputOptions) -> list[str]:
    depth = np.nan_to_num(depth_map(face))
    files = [to.mat("_depth.mat", depth=depth)]
    return [*files, to.image("_depth.jpg", _viewable(depth))]


def _prnet_mat(face: Face, to: _Target, options: OutputOptions) -> list[str]:
    return [_mesh_mat(face, to, _prnet_vertices(face, options))]


def _mesh_mat(face: Face, to: _Target, vertices: Points) -> str:
    """Write a mesh for MATLAB with these vertices (n, 3) and the photo's colours, 0..1."""
    return to.mat(
        "_mesh.mat",
        vertices=vertices,
        colors=vertex_colours(face, to.edited)[:, :3] / 255.0,
        triangles=face.layout.lattice_triangles.astype(np.int32),
    )


_Writer = Callable[[Face, _Target, OutputOptions], list[str]]
# The function that writes each kind of file, in the order they are written in.
_OURS: dict[str, _Writer] = {
    "obj": _obj, "landmarks": _landmarks, "vertices": _vertices, "pose": _pose, "depth": _depth,
    "front": _front, "colors": _colors, "mat": _mat, "show": _show, "head": _head,
    "albedo": _albedo, "detail": _detail,
}  # fmt: skip
_PRNET: dict[str, _Writer] = {
    "obj": _prnet_obj, "landmarks": _prnet_landmarks, "vertices": _vertices, "pose": _prnet_pose,
    "depth": _prnet_depth, "colors": _colors, "mat": _prnet_mat, "show": _show,
    "head": _head, "albedo": _albedo, "detail": _detail,
}  # fmt: skip


def _depth_png(depth: np.ndarray) -> bytes:
    """Encode depth (H, W) float32, at least 0, as a 16-bit PNG.

    65535 is the nearest pixel of the face. The text chunk `prn.depth_step` tells how many photo
    pixels a step of 1 is.
    """
    top = float(depth.max())
    step = top / _MAX_UINT16 if top > 0 else 1.0
    info = PngImagePlugin.PngInfo()
    info.add_text("prn.depth_step", repr(step))
    stream = io.BytesIO()
    values = np.rint(depth / np.float32(step)).clip(0, _MAX_UINT16).astype(np.uint16)
    Image.fromarray(values).save(stream, "PNG", pnginfo=info, compress_level=1)
    return stream.getvalue()


def _viewable(depth: np.ndarray) -> np.ndarray:
    """(H, W) uint8: depth scaled so that its maximum is 255, as in PRNet's picture."""
    top = float(depth.max())
    return (depth.clip(0) * (255 / top if top > 0 else 0) + 0.5).astype(np.uint8)
