"""A whole head as binary glTF (GLB): 52 expressions and the photo's details as morph targets.

The head stands in the origin of the canonical frame and looks along +Z; glTF's world has Y up, in
metres. The neutral head is the mesh, the photo's expression are the targets' weights. The names of
the targets are in the mesh's extras, where programs look for them.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from typing import Any

import numpy as np

from ...choices import KeyNames
from ...face.face import Face
from ...head.head_model import HeadModel
from ...head.key_names import key_name
from ...head.lashes import lash_picture, with_lashes
from ...head.placed_head import shape_names
from ...head.whole_head import Head
from ...photo.photo import encode_image
from ...typed import Points, Texture
from .surfaces import surfaces_of
from .surround import face_shares
from .texture import HeadColours, checked_head, head_tile

_FLOAT, _UINT = 5126, 5125
_ARRAY, _ELEMENTS = 34962, 34963
_TO_GLTF = np.array([[1, 0, 0], [0, 0, -1], [0, 1, 0]], np.float32)
_ALIGNMENT = 4


def head_glb(
    face: Face,
    texture: Texture,
    key_names: KeyNames = "arkit",
    expression: Mapping[str, float] | None = None,
) -> bytes:
    """Make the file.

    Parameters
    ----------
    face : Face
    texture : (N, N, 4) uint8 sRGB
        Of the face, in its UV layout.
    key_names : {"arkit", "perfect_sync", "l_r"}
        How the targets are called, see `head.key_names`.
    expression : mapping of str to float, optional
        0..1 by ARKit's names: what the head shows instead of the photo's own values.

    Raises
    ------
    ModelError
        The face has no whole head.
    """
    head = checked_head(face)
    file = _File()
    colours = HeadColours.of(face, head)
    tile = head_tile(head.model, texture, face_shares(face)[0], colours)
    image = encode_image(tile, ".png")
    lashes = encode_image(lash_picture(), ".png")
    names = [key_name(name, key_names) for name in shape_names(head)]
    shown = dict(zip(head.model.move_names, head.expression.tolist(), strict=True))
    shown |= {name: value for name, value in (expression or {}).items() if name in shown}
    weights = [round(weight, 4) for weight in shown.values()] + [1.0]
    mesh = {
        "name": "Head",
        "primitives": _primitives(file, head),
        "weights": weights,
        "extras": {"targetNames": names},
    }
    content = {
        "asset": {"version": "2.0", "generator": "PRN Face"},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"name": "Head", "mesh": 0}],
        "meshes": [mesh],
        "materials": _materials(head.model, colours.colourless),
        "textures": [{"source": number, "sampler": 0} for number in range(2)],
        "samplers": [{"magFilter": 9729, "minFilter": 9987}],
        "images": [
            {"name": name, "mimeType": "image/png", "bufferView": file.view(picture, None)}
            for name, picture in (("Head", image), ("Lashes", lashes))
        ],
        "bufferViews": file.views,
        "accessors": file.accessors,
        "buffers": [{"byteLength": len(file.data)}],
    }
    return _glb(content, bytes(file.data))


def _primitives(file: _File, head: Head) -> list[dict[str, Any]]:
    """Of each material the faces, with the positions and the targets of their corners."""
    model = head.model
    normals = model.normals(head.neutral)
    moves = np.concatenate([head.moves, head.detail[None]])
    result = []
    for number, surface in enumerate(surfaces_of(model).values()):
        triangles, vertices, uv = _corners(model, surface.parts)
        if not len(triangles) or surface.clear:
            continue
        attributes = {
            "POSITION": file.points(head.neutral[vertices]),
            "NORMAL": file.points(normals[vertices], bounds=False),
            "TEXCOORD_0": file.accessor(uv, "VEC2", _ARRAY),
        }
        result.append(
            {
                "attributes": attributes,
                "indices": file.accessor(triangles.ravel(), "SCALAR", _ELEMENTS),
                "material": number,
                "targets": [{"POSITION": file.points(move[vertices])} for move in moves],
            }
        )
    return result


def _corners(model: HeadModel, parts: tuple[str, ...]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Triangles (t, 3) of some parts, the vertex (n,) and the UV (n, 2) of each of their corners.

    A vertex on a seam has a corner for each of its places in the tile.
    """
    mine = np.isin(model.part, [model.part_names.index(part) for part in parts])
    flat = np.c_[model.quads[mine].reshape(-1), with_lashes(model)[mine].reshape(-1, 2)]
    corners, number = np.unique(flat, axis=0, return_inverse=True)
    quads = number.reshape(-1, 4)
    triangles = np.stack([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]], 1).reshape(-1, 3)
    triangles = triangles[triangles[:, 1] != triangles[:, 2]]
    uv = np.c_[corners[:, 1], 1 - corners[:, 2]].astype(np.float32)
    return triangles.astype(np.uint32), corners[:, 0].astype(np.int64), uv


def _materials(model: HeadModel, grey: bool) -> list[dict[str, Any]]:
    found = []
    for name, of in surfaces_of(model, grey).items():
        surface: dict[str, Any] = {"metallicFactor": 0.0, "roughnessFactor": of.roughness}
        if of.hairs or of.colour is None or of.textured:
            surface["baseColorTexture"] = {"index": int(of.hairs)}
        else:
            surface["baseColorFactor"] = [*of.colour, 1.0]
        material: dict[str, Any] = {"name": name, "pbrMetallicRoughness": surface}
        if of.hairs:
            material |= {"alphaMode": "BLEND", "doubleSided": True}
        found.append(material)
    return found


class _File:
    """The binary part of a GLB, and what says where things are in it."""

    def __init__(self) -> None:
        self.data = bytearray()
        self.views: list[dict[str, int]] = []
        self.accessors: list[dict[str, Any]] = []

    def view(self, data: bytes, target: int | None) -> int:
        """Append bytes; returns the number of their view."""
        view = {"buffer": 0, "byteOffset": len(self.data), "byteLength": len(data)}
        self.data += data + b"\0" * (-len(data) % _ALIGNMENT)
        self.views.append(view if target is None else {**view, "target": target})
        return len(self.views) - 1

    def accessor(self, values: np.ndarray, kind: str, target: int, **more: Any) -> int:
        """Append an array; returns the number of its accessor."""
        component = _UINT if values.dtype.kind == "u" else _FLOAT
        view = self.view(np.ascontiguousarray(values).tobytes(), target)
        about = {"bufferView": view, "componentType": component, "count": len(values)}
        self.accessors.append({**about, "type": kind, **more})
        return len(self.accessors) - 1

    def points(self, points: Points, bounds: bool = True) -> int:
        """Append points, moves or normals (n, 3) of Blender's axes; returns their accessor."""
        turned = (points @ _TO_GLTF).astype(np.float32)
        low_high = {"min": turned.min(0).tolist(), "max": turned.max(0).tolist()} if bounds else {}
        return self.accessor(turned, "VEC3", _ARRAY, **low_high)


def _glb(content: dict[str, Any], data: bytes) -> bytes:
    text = json.dumps(content, separators=(",", ":")).encode()
    text += b" " * (-len(text) % _ALIGNMENT)
    chunks = struct.pack("<I4s", len(text), b"JSON") + text
    chunks += struct.pack("<I4s", len(data), b"BIN\0") + data
    return struct.pack("<4sII", b"glTF", 2, 12 + len(chunks)) + chunks
