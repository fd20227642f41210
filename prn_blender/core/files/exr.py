"""TODO docstring."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import struct

import numpy as np

# Copied at once. A copy of all of a large photo's would keep other threads waiting for Python.
_LINES = 64


def encode_exr(values: np.ndarray, channel: str) -> bytes:
    """One channel of 32-bit floats as an OpenEXR file, not compressed.

    Parameters
    ----------
    values : (H, W) float32
    channel : str
        Its name: "Y" is what programs show as grey, "Z" what they take for depth.

    Notes
    -----
    OpenEXR's file layout, version 2: header attributes, a table of offsets, one block per line.
    OpenCV writes such files too, but only where an environment variable allowed it beforehand.
    """
    height, width = values.shape

    def attribute(name: str, kind: str, data: bytes) -> bytes:
        return f"{name}\0{kind}\0".encode() + struct.pack("<i", len(data)) + data

    channels = channel.encode() + b"\0" + struct.pack("<4i", 2, 0, 1, 1) + b"\0"
    window = struct.pack("<4i", 0, 0, width - 1, height - 1)
    header = b"".join(
        [
            struct.pack("<2i", 20000630, 2),
            attribute("channels", "chlist", channels),
            attribute("compression", "compression", b"\0"),
            attribute("dataWindow", "box2i", window),
            attribute("displayWindow", "box2i", window),
            attribute("lineOrder", "lineOrder", b"\0"),
            attribute("pixelAspectRatio", "float", struct.pack("<f", 1)),
            attribute("screenWindowCenter", "v2f", struct.pack("<2f", 0, 0)),
            attribute("screenWindowWidth", "float", struct.pack("<f", 1)),
            b"\0",
        ]
    )
    line = np.dtype([("y", "<i4"), ("size", "<i4"), ("values", "<f4", (width,))])
    blocks = np.empty(height, line)
    blocks["y"], blocks["size"], blocks["values"] = np.arange(height), 4 * width, values
    offsets = len(header) + 8 * height + line.itemsize * np.arange(height)
    parts = [blocks[row : row + _LINES].tobytes() for row in range(0, height, _LINES)]
    return b"".join([header, offsets.astype("<u8").tobytes(), *parts])
