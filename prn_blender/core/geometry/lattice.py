"""The regular lattice of a position map as a mesh: rows, quads, triangles."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import cv2
import numpy as np


def nearest_inside(mask: np.ndarray) -> np.ndarray:
    """(H * W,) int64 flat index of the nearest True place of `mask` (H, W), for every place.

    At least one place has to be True.
    """
    _, labels = cv2.distanceTransformWithLabels(
        (~mask).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    owner = np.zeros(int(labels.max()) + 1, np.int64)
    owner[labels[mask]] = np.flatnonzero(mask)
    return owner[labels.ravel()]


def triangulate(quads: np.ndarray, positions: np.ndarray) -> np.ndarray:
    """Cut each quad along the diagonal that leaves the larger smallest triangle.

    The other one can leave a sliver, whose normal means nothing and turns over when a face moves
    a little, or, in a quad with a dent, a triangle that lies upside down.

    Parameters
    ----------
    quads : (m, 4) int64
        -1 as the last corner marks a triangle.
    positions : (n, 3)

    Returns
    -------
    (k, 3) int64
    """
    whole = quads[:, 3] >= 0
    a, b, c, d = np.moveaxis(positions[quads].astype(np.float64), 1, 0)
    normal = np.cross(c - a, d - b)

    def area(p: np.ndarray, q: np.ndarray, r: np.ndarray) -> np.ndarray:
        return np.asarray((np.cross(q - p, r - p) * normal).sum(1))

    one = np.minimum(area(a, b, c), area(a, c, d))
    other = np.minimum(area(b, c, d), area(b, d, a))
    # Both are alike in a parallelogram: rounding should not decide there.
    turned = whole & (other > one * (1 + 1e-3) + 1e-12 * (normal**2).sum(1))
    quads = np.where(turned[:, None], np.roll(quads, -1, axis=1), quads)
    first, second = quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]
    return np.concatenate([first, second[whole]])


def lattice_lines(size: int, stride: int) -> np.ndarray:
    """Rows (and columns) of the coarse lattice: symmetric about the middle, border included."""
    half = np.arange(size // 2 - 1, -1, -stride)[::-1]
    lines = np.concatenate([half, size - 1 - half, [0, size - 1]])
    return np.unique(lines)


def clean_quads(quads: np.ndarray, positions: np.ndarray, outward: bool) -> np.ndarray:
    """Join repeated corners, drop faces without area, wind outward."""
    if not len(quads):
        return quads
    if not outward:
        quads = quads[:, ::-1]
    a, b, c, d = quads.T
    out = quads.copy()
    # A quad with two neighbouring corners in one place is a triangle of the other three.
    for same, keep in ((a == b, (1, 2, 3)), (b == c, (0, 2, 3)), (c == d, (0, 1, 2)),
                       (d == a, (0, 1, 2))):  # fmt: skip
        out[same, :3] = quads[same][:, keep]
        out[same, 3] = -1
    corners = positions[out[:, :3]].astype(np.float64)
    half = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]),
                          axis=1)  # fmt: skip
    last = positions[out[:, 3]].astype(np.float64)
    other = np.linalg.norm(np.cross(corners[:, 2] - corners[:, 0], last - corners[:, 0]), axis=1)
    other[out[:, 3] < 0] = 0
    three = out[:, :3]
    distinct = (three[:, 0] != three[:, 1]) & (three[:, 1] != three[:, 2])
    distinct &= (three[:, 2] != three[:, 0]) & (a != c) & (b != d)
    smallest = 1e-8 * np.median(half + other)
    return out[distinct & (half + other > smallest)]
