"""Layouts, faces and models small and simple enough to know what has to come out."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import onnx
from onnx import TensorProto, helper

from prn_blender.core.appearance.illumination import Illumination
from prn_blender.core.face.face import Face
from prn_blender.core.geometry.parts import part_mask
from prn_blender.core.geometry.pose import PHOTO_TO_BLENDER
from prn_blender.core.geometry.uv_layout import UVLayout
from prn_blender.core.head.head_model import HeadModel
from prn_blender.core.head.other_heads.register import landmarks_on
from prn_blender.core.photo.crop import Crop
from prn_blender.core.photo.photo import Photo
from prn_blender.core.texture.render import render_texture

RADIUS = 0.09
SKIN = np.array([0.5, 0.3, 0.22])  # linear light
SIZE = 256


def rotation(axis: str, degrees: float) -> np.ndarray:
    """Right-handed rotation about one of the axes."""
    c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return {
        "x": np.array([[1, 0, 0], [0, c, -s], [0, s, c]]),
        "y": np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]]),
        "z": np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]]),
    }[axis]


def ball_arrays(size: int = 32, longitude: float = 80.0) -> dict[str, np.ndarray]:
    """A part of a sphere in the canonical frame: columns go to the subject's left, rows down."""
    theta = np.radians(np.linspace(-longitude, longitude, size))
    phi = np.radians(np.linspace(70, -70, size))[:, None]
    canonical = np.stack(
        [
            np.sin(theta) * np.cos(phi),
            -np.cos(theta) * np.cos(phi),
            np.broadcast_to(np.sin(phi), (size, size)),
        ],
        axis=-1,
    )
    row, column = np.divmod(np.arange(68), 9)
    texels = np.stack([row * size // 9 + 2, column * size // 10 + 2], axis=1)
    texels[36:42] = size // 3, size // 3
    texels[42:48] = size // 3, size - 1 - size // 3
    return {
        "name": np.array("ball"),
        "mask": np.ones((size, size), bool),
        "landmark_texels": texels.astype(np.int32),
        "canonical": (RADIUS * canonical).astype(np.float32),
    }


def ball_layout(size: int = 32, longitude: float = 80.0) -> UVLayout:
    arrays = ball_arrays(size, longitude)
    return UVLayout("ball", arrays["mask"], arrays["landmark_texels"], arrays["canonical"])


def posed_face(
    layout: UVLayout, photo: Photo, turn: np.ndarray, side: float, centre: Sequence[float]
) -> Face:
    """The canonical face, turned (in Blender's axes), `side` pixels per 0.18 m, at a place."""
    turned = layout.canonical.astype(np.float64) @ turn.T * (side / (2 * RADIUS))
    positions = turned @ PHOTO_TO_BLENDER + np.array([*centre, 0.0])
    crop = Crop(np.asarray(centre, np.float64), 1.6 * side)
    return Face(photo, layout, positions.astype(np.float32), crop, 1.0)


def plain_photo(width: int = 256, height: int = 256) -> Photo:
    """Red grows to the right, green downwards, blue is constant."""
    x, y = np.meshgrid(np.linspace(40, 220, width), np.linspace(40, 220, height))
    pixels = np.stack([x, y, np.full_like(x, 128)], axis=-1)
    return Photo.from_pixels((pixels + 0.5).astype(np.uint8))


def tiny_model(
    path: Path,
    metadata: Mapping[str, str] | None = None,
    *,
    input_name: str = "image",
    output_name: str = "position_map",
    shape: Sequence[Any] = ("n", 32, 32, 3),
    nodes: Sequence[Any] | None = None,
    outputs: Sequence[Any] = (),
    initializers: Sequence[Any] = (),
    kind: int = TensorProto.FLOAT,
) -> Path:
    """An ONNX file that hands its image back as a position map, but for what is asked for."""
    nodes = nodes or [helper.make_node("Identity", [input_name], [output_name])]
    graph = helper.make_graph(
        list(nodes),
        "tiny",
        [helper.make_tensor_value_info(input_name, kind, list(shape))],
        [helper.make_tensor_value_info(output_name, kind, list(shape)), *outputs],
        list(initializers),
    )
    opset = [helper.make_opsetid("", 17)]
    model = helper.make_model(graph, opset_imports=opset, ir_version=8)
    standard = {"prn.position_scale": "32", "prn.uv_layout": "ball.npz"}
    helper.set_model_props(model, {**standard, **(metadata or {})})
    onnx.save(model, str(path))
    return path


def corner_sets(quads: np.ndarray) -> list[list[int]]:
    return [[i for i in quad if i >= 0] for quad in quads.tolist()]


def rims(quads: np.ndarray) -> list[list[int]]:
    """The closed loops of edges that only one face has."""
    edges = {
        edge for face in corner_sets(quads) for edge in zip(face, face[1:] + face[:1], strict=True)
    }
    following = {a: b for a, b in edges if (b, a) not in edges}
    loops = []
    while following:
        start, vertex = following.popitem()
        loop = [start]
        while vertex != start:
            loop.append(vertex)
            vertex = following.pop(vertex)
        loops.append(loop)
    return loops


# Faces with a known skin in known light, photographed by the project's own renderer ----------


def light(*direction: float, ambient: float = 0.5) -> Illumination:
    """Ambient light and a soft one from a direction: the first two orders."""
    d = np.asarray(direction) / np.linalg.norm(direction)
    first = (1 - ambient) * d / 0.488603
    values = np.array([ambient / 0.282095, *first, 0, 0, 0, 0, 0])
    return Illumination(values[:, None] * SKIN, SKIN * ambient)


def spotted_skin(layout_size: int = SIZE) -> np.ndarray:
    """(SIZE, SIZE, 3) float32 around 1: freckles, blotches and lips, symmetric."""
    rng = np.random.default_rng(1)
    coarse = cv2.resize(rng.normal(1, 0.06, (12, 12, 3)), (SIZE, SIZE))
    fine = cv2.GaussianBlur(rng.normal(0, 0.3, (SIZE, SIZE, 1)), (0, 0), 1.5)[..., None]
    skin = (coarse + fine).astype(np.float32)
    return (skin + skin[:, ::-1]) / 2


def lit_face(face: Face, yaw: float, lamp: Illumination) -> tuple[Face, np.ndarray]:
    """A face turned and lit, photographed, and its whole texture as it is lit.

    Its light falls on the smoothed face, which is what the model claims to find.
    """
    posed = posed_face(face.layout, plain_photo(400, 400), rotation("z", yaw), 260, (200, 200))
    texture = (lamp.shade(posed.smooth_normals) ** (1 / 2.2)) * 255 * spotted_skin()
    lips = part_mask(face.layout, "lips")[..., None]
    texture = (texture * (1 - 0.3 * lips * [0.0, 1.0, 1.0])).clip(0, 255).astype(np.uint8)
    rendered = render_texture(posed.geometry, texture)
    picture = np.full((400, 400, 3), (60, 110, 70), np.uint8)
    view = rendered.crop(picture)
    view[:] = np.where(rendered.matte[..., None] > 0.5, rendered.colour, view)
    return replace(posed, photo=Photo(picture)), texture


def painted(face: Face, texels: np.ndarray, factor: float) -> Face:
    """The face with what shows those texels (S, S) bool darker or brighter; 0 is black."""
    rendered = render_texture(
        face.geometry, np.full((SIZE, SIZE, 3), 255, np.uint8), texels.astype(float)
    )
    pixels = face.photo.pixels.copy()
    view = rendered.crop(pixels)
    view[:] = np.minimum(view * (1 - (1 - factor) * rendered.matte[..., None]), 255)
    return replace(face, photo=Photo(pixels))


def write_folder(
    folder: Path,
    meshes: Mapping[str, np.ndarray],
    faces: Sequence[Sequence[int]],
    labels: Sequence[str],
    uv: tuple[np.ndarray, Sequence[Sequence[int]]] | None = None,
) -> None:
    """Write meshes of one topology, with materials, and UV by their numbers at each corner."""
    folder.mkdir(exist_ok=True)
    lines, now = [], None
    for number, (face, label) in enumerate(zip(faces, labels, strict=True)):
        if label != now:
            lines.append(f"usemtl {label}")
            now = label
        if uv is None:
            corners = [f"{vertex + 1}" for vertex in face]
        else:
            corners = [f"{v + 1}/{t + 1}" for v, t in zip(face, uv[1][number], strict=True)]
        lines.append("f " + " ".join(corners))
    places = "" if uv is None else "".join(f"vt {u:.6f} {v:.6f}\n" for u, v in uv[0])
    end = places + "\n".join(lines) + "\n"
    for name, points in meshes.items():
        text = "".join(f"v {x:.6f} {y:.6f} {z:.6f}\n" for x, y, z in points)
        (folder / f"{name}.obj").write_text(text + end)


def write_synthetic(folder: Path, ours: HeadModel, layout: UVLayout, seed: int = 3) -> np.ndarray:
    """Write a person of our own head as another topology, of which the truth is known.

    Vertices come in another order, in centimetres with y up and away from the origin, all faces are
    triangles, and there is one expression, `jaw_open`, besides the eyes', lashes' and teeth's
    absence.

    Returns
    -------
    (V,) int64
        Our vertex of each of its own.
    """
    rng = np.random.default_rng(seed)
    identity = np.zeros(len(ours.modes), np.float32)
    identity[:12] = rng.normal(0, 0.8, 12)
    kept = ours.of_part("skin", "mouth_bag")
    order = rng.permutation(kept)
    number = np.full(ours.count, -1)
    number[order] = np.arange(len(order))
    parts = [ours.part_names.index(name) for name in ("skin", "mouth_bag")]
    mine = np.isin(ours.part, parts)
    triangles = number[ours.triangles[np.repeat(mine, 2)]]
    labels = np.repeat(np.where(ours.part[mine] == parts[0], "Head", "MouthSocket"), 2)

    def placed(points: np.ndarray) -> np.ndarray:
        x, y, z = (100 * points[order]).T
        return np.stack([x + 5, z + 160, -y], 1)

    neutral = ours.vertices(identity)
    jaw = ours.moves[ours.move_names.index("jawOpen")]
    marks = landmarks_on(ours, layout)
    nearest = marks.corners[np.arange(68), marks.bary.argmax(1)]
    meshes = {"neutral": placed(neutral), "jaw_open": placed(neutral + 0.9 * jaw)}
    write_folder(folder, meshes, triangles.tolist(), labels.tolist())
    (folder / "landmarks.txt").write_text(" ".join(map(str, number[nearest])))
    return order
