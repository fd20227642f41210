"""The regular lattice of a position map as a mesh of quads and triangles."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import cv2
import numpy as np

from ..typed import Points, Triangles

# How much larger the smallest triangle of the other diagonal has to be for a quad to be cut along
# it: a ratio, and a share of the squared normal. In a parallelogram both diagonals are alike, and
# rounding must not decide.
_BETTER_RATIO = 1e-3
_BETTER_SHARE = 1e-12
# Share of a lattice's median cell. Cells of less area are left out of the mesh.
_LEAST_AREA = 1e-8


def nearest_inside(mask: np.ndarray) -> np.ndarray:
    """Find the nearest place inside a mask for each place of a map.

    Parameters
    ----------
    mask : (H, W) bool
        True for at least one place.

    Returns
    -------
    (H * W,) int64
        Flat index, row * W + column, of the nearest True place.
    """
    _, labels = cv2.distanceTransformWithLabels(
        (~mask).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    index_of_label = np.zeros(int(labels.max()) + 1, np.int64)
    index_of_label[labels[mask]] = np.flatnonzero(mask)
    return index_of_label[labels.ravel()]


def triangulate(quads: np.ndarray, positions: Points) -> Triangles:
    """Cut quads along the diagonal whose smaller triangle is the larger one.

    The other diagonal can leave a sliver, whose normal is noise and flips when the face moves a
    little. In a quad with a dent it can leave a triangle that is upside down.

    Parameters
    ----------
    quads : (m, 4) int64
        Indices into `positions`; -1 as the last corner marks a triangle.
    positions : (n, 3) float

    Returns
    -------
    (k, 3) int64
    """
    whole = quads[:, 3] >= 0
    a, b, c, d = np.moveaxis(positions[quads].astype(np.float64), 1, 0)
    normal = np.cross(c - a, d - b)

    def area(p: np.ndarray, q: np.ndarray, r: np.ndarray) -> np.ndarray:
        """Twice the area of triangles times the length of the quads' normal; < 0 if flipped."""
        return np.asarray((np.cross(q - p, r - p) * normal).sum(1))

    first_diagonal = np.minimum(area(a, b, c), area(a, c, d))
    other_diagonal = np.minimum(area(b, c, d), area(b, d, a))
    least = first_diagonal * (1 + _BETTER_RATIO) + _BETTER_SHARE * (normal**2).sum(1)
    use_other = whole & (other_diagonal > least)
    quads = np.where(use_other[:, None], np.roll(quads, -1, axis=1), quads)
    first, second = quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]
    return np.concatenate([first, second[whole]])


def lattice_lines(size: int, stride: int) -> np.ndarray:
    """Choose the rows, and columns, of a coarser lattice.

    Parameters
    ----------
    size : int
        Side of the position map.
    stride : int
        Texels between neighbouring lines.

    Returns
    -------
    (n,) int
        Ascending; symmetric about the middle of the map, with its border.
    """
    half = np.arange(size // 2 - 1, -1, -stride)[::-1]
    lines = np.concatenate([half, size - 1 - half, [0, size - 1]])
    return np.unique(lines)


def plain_lattice(mask: np.ndarray, stride: int) -> np.ndarray:
    """The cells of a lattice whose four corners lie on the face; its rim has steps.

    Parameters
    ----------
    mask : (S, S) bool
    stride : int
        Texels between neighbouring lines.

    Returns
    -------
    (m, 4) int64
        Flat texel indices: upper left, lower left, lower right, upper right corner.
    """
    lines = lattice_lines(len(mask), stride)
    index = lines[:, None] * len(mask) + lines
    inside = mask.ravel()[index]
    corners = np.stack([index[:-1, :-1], index[1:, :-1], index[1:, 1:], index[:-1, 1:]], -1)
    return corners[inside[:-1, :-1] & inside[1:, :-1] & inside[1:, 1:] & inside[:-1, 1:]]


def clean_quads(quads: np.ndarray, positions: Points, outward: bool) -> np.ndarray:
    """Make quads fit for a mesh: merge repeated corners, drop empty cells, wind outward.

    Parameters
    ----------
    quads : (m, 4) int64
        Indices into `positions`.
    positions : (n, 3) float
    outward : bool
        Whether the quads wind counter-clockwise seen from outside already; else they are reversed.

    Returns
    -------
    (k, 4) int64
        -1 as the last corner marks a triangle.
    """
    if not len(quads):
        return quads
    if not outward:
        quads = quads[:, ::-1]
    a, b, c, d = quads.T
    out = quads.copy()
    # If two neighbouring corners are the same, the quad is a triangle of the other three.
    for same, keep in ((a == b, (1, 2, 3)), (b == c, (0, 2, 3)), (c == d, (0, 1, 2)),
                       (d == a, (0, 1, 2))):  # fmt: skip
        out[same, :3] = quads[same][:, keep]
        out[same, 3] = -1
    corners = positions[out[:, :3]].astype(np.float64)
    first_half = np.linalg.norm(
        np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1
    )
    last = positions[out[:, 3]].astype(np.float64)
    other_half = np.linalg.norm(
        np.cross(corners[:, 2] - corners[:, 0], last - corners[:, 0]), axis=1
    )
    other_half[out[:, 3] < 0] = 0
    area = first_half + other_half
    three = out[:, :3]
    distinct = (three[:, 0] != three[:, 1]) & (three[:, 1] != three[:, 2])
    distinct &= (three[:, 2] != three[:, 0]) & (a != c) & (b != d)
    smallest = _LEAST_AREA * np.median(area)
    return out[distinct & (area > smallest)]
