"""Where files say that the camera sees a mesh: read by the formats' own rules, not by our code."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import numpy as np

from prn_blender.core import Face


def photo_positions(face: Face, uv: np.ndarray) -> np.ndarray:
    """(n, 2) photo pixels of the texels at uv (n, 2), Blender's: v up."""
    size = face.layout.size
    column = np.rint(uv[:, 0] * size - 0.5).astype(int)
    row = np.rint((1 - uv[:, 1]) * size - 0.5).astype(int)
    return face.extended_position_map[row, column, :2].astype(float)


def seen_by(camera: dict[str, Any], world: np.ndarray, size: list[int]) -> np.ndarray:
    """(n, 2) photo pixels of points (n, 3) in the world, by the camera of a JSON file."""
    points = np.c_[world, np.ones(len(world))] @ np.linalg.inv(np.array(camera["matrix"])).T
    right, up, back = points[:, :3].T
    if camera["type"] == "ortho":
        pixels = max(size) / camera["ortho_scale"]
    else:
        # By lens and sensor, as a program with a camera of its own would do it.
        lens, width = camera["focal_length_mm"], camera["sensor_mm"][0]
        pixels = lens / width * size[0] / -back
    x0, y0 = camera["principal_point"]
    return np.c_[x0 + right * pixels, y0 - up * pixels]


def read_obj(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Vertices (n, 3) and their uv (n, 2), which have the same numbers in our files."""
    rows = [line.split() for line in path.read_text().splitlines()]
    vertices = np.array([r[1:4] for r in rows if r and r[0] == "v"], float)
    uv = np.array([r[1:3] for r in rows if r and r[0] == "vt"], float)
    return vertices, uv


def glb_json(path: Path) -> dict[str, Any]:
    """The JSON chunk of a GLB file, whose lengths have to be right."""
    data = path.read_bytes()
    magic, version, whole, length, kind = struct.unpack_from("<4sIII4s", data)
    assert (magic, version, whole, kind) == (b"glTF", 2, len(data), b"JSON")
    assert length % 4 == 0
    chunk, binary = struct.unpack_from("<I4s", data, 20 + length)
    assert (chunk, binary) == (len(data) - 28 - length, b"BIN\0")
    return json.loads(data[20 : 20 + length])


def gltf_camera(content: dict[str, Any], size: list[int], world: np.ndarray) -> np.ndarray:
    """(n, 2) photo pixels of points (n, 3) in glTF's world, by the only camera of a file.

    The projection matrices are those of the glTF 2.0 specification, 3.10.3.
    """
    (node,) = [n for n in content["nodes"] if "camera" in n]
    assert set(node) <= {"name", "camera", "translation"}, "rotations are not read here"
    view = content["cameras"][node["camera"]]
    projection = np.zeros((4, 4))
    if view["type"] == "orthographic":
        values = view["orthographic"]
        projection[[0, 1, 3], [0, 1, 3]] = 1 / values["xmag"], 1 / values["ymag"], 1
    else:
        values = view["perspective"]
        tangent = np.tan(values["yfov"] / 2)
        projection[0, 0], projection[1, 1] = 1 / values["aspectRatio"] / tangent, 1 / tangent
        projection[3, 2] = -1
    local = world - np.array(node["translation"])
    assert (values["znear"] < -local[:, 2]).all() and (-local[:, 2] < values["zfar"]).all()
    clip = np.c_[local, np.ones(len(local))] @ projection.T
    x, y = (clip[:, :2] / clip[:, 3:]).T
    return np.c_[(x + 1) / 2 * size[0] - 0.5, (1 - y) / 2 * size[1] - 0.5]
