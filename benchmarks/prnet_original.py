"""What PRNet's demo computed after its network, and how: the peer our outputs are timed against.

Written anew from a description of its algorithms: plain loops over triangles and lines, as its
Python had them, with what they got wrong (tests/prnet/test_defects.py).
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np


def visible_vertices(vertices: np.ndarray, triangles: np.ndarray, h: int, w: int) -> np.ndarray:
    """(n,) bool by a z-buffer of whole bounding boxes with flat depth, 2 pixels of tolerance.

    `triangles` count vertices from 0; the result is grown twice over triangles.
    """
    depth = np.full((h, w), -99999.0)
    for _, z, columns, rows in _boxes(vertices, triangles, h, w):
        for v in rows:
            for u in columns:
                if z > depth[v, u]:
                    depth[v, u] = z
    visible = np.zeros(len(vertices), bool)
    for i, (x, y, z) in enumerate(vertices):
        u, v = min(max(round(x), 0), w - 1), min(max(round(y), 0), h - 1)
        visible[i] = abs(z - depth[v, u]) < 2
    for _ in range(2):
        grown = visible.copy()
        for triangle in triangles:
            if visible[triangle].any():
                grown[triangle] = True
        visible = grown
    return visible


def depth_image(vertices: np.ndarray, triangles: np.ndarray, h: int, w: int) -> np.ndarray:
    """(h, w) float: the mean depth of the nearest triangle at each pixel, 0 where none is."""
    nearest = np.full((h, w), -99999.0)
    image = np.zeros((h, w))
    for corners, z, columns, rows in _boxes(vertices, triangles, h, w):
        for v in rows:
            for u in columns:
                if z > nearest[v, u] and _inside(u, v, corners):
                    nearest[v, u] = image[v, u] = z
    return image


def texture(position_map: np.ndarray, photo: np.ndarray, size: int) -> np.ndarray:
    """(size, size, 3) uint8: the photo at the positions, outside the face's mask too."""
    positions = cv2.resize(position_map, (size, size))
    return cv2.remap(
        photo, positions[..., :2].astype(np.float32), None, cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_CONSTANT, borderValue=(0, 0, 0),
    )  # fmt: skip


def camera_matrix(canonical: np.ndarray, vertices: np.ndarray, rotation: np.ndarray) -> np.ndarray:
    """(3, 4): scale and rotation right, and the difference of the means as translation."""
    scale = np.sqrt(
        ((vertices - vertices.mean(0)) ** 2).sum() / ((canonical - canonical.mean(0)) ** 2).sum()
    )
    return np.column_stack([scale * rotation, vertices.mean(axis=0) - canonical.mean(axis=0)])


def write_obj(
    path: Path, vertices: np.ndarray, colours: np.ndarray, triangles: np.ndarray, uv: np.ndarray,
    picture: np.ndarray,
) -> None:  # fmt: skip
    """A textured OBJ, line by line; the material file names the texture with its whole path."""
    texture_path, material = path.with_name(f"{path.stem}_texture.png"), path.with_suffix(".mtl")
    stream = io.StringIO()
    stream.write(f"mtllib {material}\n")
    for (x, y, z), (r, g, b) in zip(vertices, colours, strict=True):
        stream.write(f"v {x} {y} {z} {r} {g} {b}\n")
    for u, v in uv:
        stream.write(f"vt {u} {v}\n")
    for a, b, c in triangles + 1:
        stream.write(f"f {c}/{c} {b}/{b} {a}/{a}\n")
    path.write_text(stream.getvalue())
    material.write_text(f"newmtl FaceTexture\nmap_Kd {texture_path}\n")
    cv2.imwrite(str(texture_path), picture[..., ::-1])


def _boxes(
    vertices: np.ndarray, triangles: np.ndarray, h: int, w: int
) -> Iterator[tuple[np.ndarray, float, range, range]]:
    """Each triangle inside the picture: its corners, mean depth, columns and rows of its box."""
    for a, b, c in triangles:
        corners = vertices[[a, b, c]]
        x0, x1 = max(int(np.ceil(corners[:, 0].min())), 0), int(np.floor(corners[:, 0].max()))
        y0, y1 = max(int(np.ceil(corners[:, 1].min())), 0), int(np.floor(corners[:, 1].max()))
        if x1 < x0 or y1 < y0 or x1 > w - 1 or y1 > h - 1:
            continue
        yield corners, corners[:, 2].mean(), range(x0, x1 + 1), range(y0, y1 + 1)


def _inside(u: int, v: int, corners: np.ndarray) -> bool:
    """Whether a pixel lies in a triangle, by barycentric coordinates."""
    p, a, b, c = np.array([u, v]), *corners[:, :2]
    v0, v1, v2 = c - a, b - a, p - a
    d00, d01, d02, d11, d12 = v0 @ v0, v0 @ v1, v0 @ v2, v1 @ v1, v1 @ v2
    divisor = d00 * d11 - d01 * d01
    inverse = 0 if divisor == 0 else 1 / divisor
    x, y = (d11 * d02 - d01 * d12) * inverse, (d00 * d12 - d01 * d02) * inverse
    return bool(x >= 0 and y >= 0 and x + y < 1)
