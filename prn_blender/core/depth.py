"""How deep the face lies at each pixel of the photo."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import struct

import numpy as np

from .face import Face
from .rasterize import rasterize

# Copied at once. A copy of all of a large photo's would keep other threads waiting for Python.
_LINES = 64


def depth_map(face: Face) -> np.ndarray:
    """The depth of the face's visible surface at each pixel.

    Parameters
    ----------
    face : Face

    Returns
    -------
    (H, W) float32
        Photo pixels toward the viewer, the position map's z, interpolated within each triangle;
        NaN where there is no face.
    """
    photo = face.photo
    result = np.full((photo.height, photo.width), np.nan, np.float32)
    # Only the part of the photo that the face covers.
    bounds = np.array([photo.width, photo.height])
    low = np.floor(face.vertices[:, :2].min(axis=0)).clip(0, bounds).astype(int)
    high = (np.ceil(face.vertices[:, :2].max(axis=0)) + 1).clip(0, bounds).astype(int)
    width, height = (high - low).clip(0).tolist()
    if width == 0 or height == 0:
        return result
    points: np.ndarray = face.position_map.reshape(-1, 3) - np.array([*low, 0], np.float32)
    depth = rasterize(points, face.layout.triangles, width, height).depth
    inside = result[low[1] : high[1], low[0] : high[0]]
    np.copyto(inside, depth, where=np.isfinite(depth))
    return result


def above_deepest(depth: np.ndarray) -> np.ndarray:
    """Depth counted from the deepest pixel of the face, as files carry it.

    Parameters
    ----------
    depth : (H, W) float32
        From `depth_map`.

    Returns
    -------
    (H, W) float32
        Photo pixels toward the viewer, 0 at the deepest pixel and where there is no face.
    """
    if np.isnan(depth).all():
        return np.zeros_like(depth)
    return np.nan_to_num(depth - np.nanmin(depth))


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
