"""Put the photo's camera, and what is known of the face, into a binary glTF file (GLB).

Blender's exporter writes the mesh; its camera would depend on the scene's render settings and
units. glTF's world has Y up: (x, y, z) of Blender's is (x, z, -y) there.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import math
import struct
from collections.abc import Mapping
from typing import Any

from ..geometry.camera import Camera
from .description import extras

_MAGIC = b"glTF"
_VERSION = 2
_JSON = b"JSON"
# Chunks begin at multiples of four bytes.
_ALIGNMENT = 4
# As those of the camera in Blender: shares of the distance to the face.
_NEAR, _FAR = 1e-3, 10


def with_camera(
    data: bytes, camera: Camera, name: str, description: Mapping[str, Any], index: int
) -> bytes:
    """Add camera and extras to a GLB that holds one face.

    Parameters
    ----------
    data : bytes
        The file as Blender exported it: one scene with one mesh.
    camera : Camera
        The photo's.
    name : str
        What the camera is called.
    description : mapping
        Of the photo, from `describe`.
    index : int
        Which of its faces the file holds.

    Returns
    -------
    bytes
        The file with a camera node that sees the mesh where the photo shows the face. The extras
        are called `prn_face`: the scene's have what is known of program, model and photo, those of
        the camera and of the mesh's node what the JSON file says of camera and face.
    """
    content, rest = _split(data)
    nodes = content["nodes"]
    (mesh,) = [node for node in nodes if "mesh" in node]
    face = {k: v for k, v in description["faces"][index].items() if k != "files"}
    about = {k: v for k, v in description.items() if k not in ("camera", "faces")}
    mesh.setdefault("extras", {})["prn_face"] = extras(face)
    scene = content["scenes"][content.get("scene", 0)]
    scene.setdefault("extras", {})["prn_face"] = extras(about)
    view = {**_projection(camera), "name": name}
    view["extras"] = {"prn_face": extras(description["camera"])}
    content.setdefault("cameras", []).append(view)
    # glTF's cameras look along their own -Z with +Y up, as this one does in a world with Y up.
    place = {"name": name, "camera": len(content["cameras"]) - 1}
    nodes.append({**place, "translation": [0.0, 0.0, camera.distance]})
    scene["nodes"].append(len(nodes) - 1)
    return _joined(content, rest)


def _projection(camera: Camera) -> dict[str, Any]:
    near, far = _NEAR * camera.distance, max(100.0, _FAR * camera.distance)
    if camera.focal_length is None:
        halves = [side * camera.metres_per_pixel / 2 for side in (camera.width, camera.height)]
        sizes = {"xmag": halves[0], "ymag": halves[1]}
        return {"type": "orthographic", "orthographic": {**sizes, "znear": near, "zfar": far}}
    angles = {
        "yfov": 2 * math.atan(camera.height / 2 / camera.focal_length),
        "aspectRatio": camera.width / camera.height,
    }
    return {"type": "perspective", "perspective": {**angles, "znear": near, "zfar": far}}


def _split(data: bytes) -> tuple[dict[str, Any], bytes]:
    """The JSON of a GLB, and the chunks behind it as they are."""
    magic, version, _, length, kind = struct.unpack_from("<4sIII4s", data)
    if (magic, version, kind) != (_MAGIC, _VERSION, _JSON):
        raise ValueError("not a GLB of version 2")
    start = struct.calcsize("<4sIII4s")
    return json.loads(data[start : start + length]), data[start + length :]


def _joined(content: Mapping[str, Any], rest: bytes) -> bytes:
    text = json.dumps(content, separators=(",", ":")).encode()
    text += b" " * (-len(text) % _ALIGNMENT)
    chunk = struct.pack("<I4s", len(text), _JSON) + text + rest
    return struct.pack("<4sII", _MAGIC, _VERSION, 12 + len(chunk)) + chunk
