"""OpenEXR files: one channel of 32-bit floats, for depth maps."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import struct

import numpy as np

# Scan lines that are copied at once. Copying those of a whole large photo in one call holds
# Python's lock so long that Blender's window stalls.
_LINES = 64

# Numbers of the file format.
_MAGIC = 20000630
_VERSION = 2
_FLOAT = 2
"""Pixel type of a channel of 32-bit floats."""


def encode_exr(values: np.ndarray, channel: str) -> bytes:
    """Encode one channel of floats as an uncompressed OpenEXR file.

    Parameters
    ----------
    values : (H, W) float32
    channel : str
        Name of the channel. Programs show "Y" as a grey picture and take "Z" for depth.

    Returns
    -------
    bytes
        The content of the file.

    Notes
    -----
    OpenEXR File Layout, version 2: attributes in the header, a table of the offsets of all scan
    lines, one block for each scan line. OpenCV can write such files too, but only if an
    environment variable has enabled that before it was loaded.
    """
    height, width = values.shape

    def attribute(name: str, kind: str, data: bytes) -> bytes:
        return f"{name}\0{kind}\0".encode() + struct.pack("<i", len(data)) + data

    # Pixel type, not linear, sampled at each pixel in x and in y.
    channels = channel.encode() + b"\0" + struct.pack("<4i", _FLOAT, 0, 1, 1) + b"\0"
    window = struct.pack("<4i", 0, 0, width - 1, height - 1)
    header = b"".join(
        [
            struct.pack("<2i", _MAGIC, _VERSION),
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
