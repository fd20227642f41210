"""Files for other programs: OBJ with its material and texture, JSON."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import math
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from .camera import make_camera
from .face import Face
from .files import plain, write_bytes
from .photo import Photo, write_image


def write_obj(
    face: Face,
    folder: str | os.PathLike[str],
    name: str,
    stride: int = 1,
    texture_size: int | str = "auto",
) -> list[str]:
    """Write NAME.obj, NAME.mtl and NAME_texture.png.

    The mesh is the face in the canonical frame at real size, in metres and in OBJ's usual axes
    (Y up, looking along +Z), which importers turn back into Blender's.

    Parameters
    ----------
    face : Face
    folder : path-like
        An existing folder.
    name : str
        Line ends and the like in it become "_".
    stride : {1, 2, 4}
    texture_size : int or "auto"

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
    """
    texels, corners = face.layout.mesh(stride)
    local = make_camera(face.photo, face).place(face).local.reshape(-1, 3)
    positions = local[texels] @ np.array([[1, 0, 0], [0, 0, -1], [0, 1, 0]], np.float32)
    uv = face.layout.uv.reshape(-1, 2)[texels]

    name = plain(name)
    texture, material, mesh = f"{name}_texture.png", f"{name}.mtl", f"{name}.obj"
    folder = Path(folder)
    write_image(folder / texture, face.texture(texture_size))
    # Names only: a folder can be moved or sent.
    mtl = f"newmtl face\nKa 0 0 0\nKd 1 1 1\nKs 0 0 0\nillum 1\nmap_Kd {texture}\n"
    write_bytes(folder / material, mtl.encode())
    text = "".join(
        [
            f"mtllib {material}\no face\n",
            _lines("v %.6f %.6f %.6f\n", positions),
            _lines("vt %.6f %.6f\n", uv),
            "usemtl face\ns 1\n",
            _faces(corners + 1),
        ]
    )
    write_bytes(folder / mesh, text.encode())
    return [mesh, material, texture]


def face_record(face: Face, files: Sequence[str] = ()) -> dict[str, Any]:
    """What the JSON file says about a face; plain Python values.

    Parameters
    ----------
    face : Face
    files : sequence of str
        Names of the files written for it.
    """
    pose = face.pose
    return {
        "box": [round(v, 3) for v in face.box],
        "landmarks": np.round(face.landmarks.astype(float), 3).tolist(),
        "pose": {
            "yaw": math.degrees(pose.yaw),
            "pitch": math.degrees(pose.pitch),
            "roll": math.degrees(pose.roll),
            "matrix": pose.matrix.tolist(),
        },
        "confidence": round(face.confidence, 4),
        "files": list(files),
    }


def write_json(
    path: str | os.PathLike[str], photo: Photo, records: Sequence[dict[str, Any]]
) -> None:
    """Write what is known about the faces of a photo.

    Parameters
    ----------
    path : path-like
    photo : Photo
    records : sequence of dict
        From `face_record`, in order.

    Raises
    ------
    OutputError
        The file cannot be written.
    """
    content = {
        "photo": photo.path.name if photo.path else None,
        "size": [photo.width, photo.height],
        "faces": list(records),
    }
    # ASCII: file names that are not valid Unicode survive as escapes.
    write_bytes(path, (json.dumps(content, indent=1) + "\n").encode())


def _lines(pattern: str, rows: np.ndarray) -> str:
    # One formatting call for all rows: several times as fast as a loop or numpy.savetxt.
    return (pattern * len(rows)) % tuple(rows.ravel().tolist())


def _faces(corners: np.ndarray) -> str:
    triangle = corners[:, 3] < 1
    parts = []
    for rows, count in ((corners[~triangle], 4), (corners[triangle][:, :3], 3)):
        pattern = "f" + " %d/%d" * count + "\n"
        parts.append(_lines(pattern, np.repeat(rows, 2, axis=1)))
    return "".join(parts)
