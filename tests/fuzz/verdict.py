"""What counts as a failure: of a message, of the files that are left."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import hashlib
import io
import json
import re
import zipfile
from pathlib import Path

import numpy as np
from PIL import Image

LONGEST = 1500
"""Characters: nobody reads a longer message."""
LEFT_OVER = re.compile(r"^\.(prn|new)-[0-9a-f]{8}-[0-9]+-|\.blend@$")
"""What the program calls files and folders before they are whole."""

_TRACE = re.compile(r"Traceback|File \".*\", line \d|^\w*(Error|Exception)\b|<[\w.]+ object at 0x")
# "{x}" is a text that inputs have, and no place of ours is called like that.
_EMPTY_PLACE = re.compile(r"\{(?!x\})[a-z_]+(![rs])?(:[^}]*)?\}|\bNone\.$")


def fault_of(message: str) -> str | None:
    """Say what is wrong with a message; None if it is a sentence that people can read."""
    if not message.strip():
        return "it is empty"
    if len(message.splitlines()) > 1:
        return "it has several lines"
    if not message.isprintable():
        return "it has characters that cannot be printed"
    if len(message) > LONGEST:
        return f"it has {len(message)} characters"
    if not message.endswith((".", "?")):
        return "it does not end like a sentence"
    if message[0].islower() and not re.match(r"[a-z_]+[._-]", message):
        return "it begins with a small letter"
    if _TRACE.search(message):
        return "it is an exception's"
    if _EMPTY_PLACE.search(message):
        return "a place in it was not filled"
    return None


def digests(folder: Path) -> dict[str, str]:
    """The content of every file below a folder, as a digest, by its path in it."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def faults_in(folder: Path) -> list[str]:
    """What below a folder is left over or not whole."""
    faults = []
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if LEFT_OVER.search(path.name):
            faults.append(f"{name} is left over")
        elif path.is_file() and not is_whole(path):
            faults.append(f"{name} is half-written")
    return faults


def is_whole(path: Path) -> bool:
    """Whether a result can be read to its end."""
    data, suffix = path.read_bytes(), path.suffix.lower()
    try:
        return bool(data) and _reads(data, suffix)
    except Exception:  # each reader has exceptions of its own
        return False


def _reads(data: bytes, suffix: str) -> bool:
    if suffix in (".png", ".jpg", ".jpeg"):
        with Image.open(io.BytesIO(data)) as image:
            image.load()
        # Pillow needs no end.
        return suffix != ".png" or data.endswith(b"IEND\xaeB`\x82")
    if suffix == ".json":
        json.loads(data)
    elif suffix == ".npy":
        np.load(io.BytesIO(data), allow_pickle=False)
    elif suffix == ".npz":
        return zipfile.ZipFile(io.BytesIO(data)).testzip() is None
    elif suffix in (".obj", ".mtl", ".txt"):
        return data.endswith(b"\n")
    elif suffix == ".glb":
        return int.from_bytes(data[8:12], "little") == len(data)
    elif suffix == ".ply":
        head, _, body = data.partition(b"end_header\n")
        vertices, faces = (int(n) for n in re.findall(rb"element \w+ (\d+)", head))
        return len(body) == 16 * vertices + 13 * faces
    elif suffix == ".blend":
        return data.startswith((b"BLENDER", b"\x28\xb5\x2f\xfd")) and len(data) > 10_000
    return True
