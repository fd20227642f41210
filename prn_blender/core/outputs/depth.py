"""Depth maps: how near the face is at each pixel of the photo."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import numpy as np

from ..face.face import Face
from ..geometry.rasterize import rasterize
from ..head.whole_head import Head


def depth_map(face: Face, head: Head | None = None) -> np.ndarray:
    """Compute the depth of the face's visible surface at each pixel.

    Parameters
    ----------
    face : Face
    head : Head, optional
        Its whole head, whose depth it is then; lashes apart, which are seen through.

    Returns
    -------
    (H, W) float32
        z of the position map, photo pixels toward the viewer, interpolated within each triangle;
        NaN where there is no face.
    """
    photo = face.photo
    result = np.full((photo.height, photo.width), np.nan, np.float32)
    corners, triangles = face.position_map.reshape(-1, 3), face.layout.triangles
    reaching = face.vertices
    if head is not None:
        lashes = head.model.part == head.model.part_names.index("lashes")
        corners = reaching = head.in_photo
        triangles = head.model.triangles[~np.repeat(lashes, 2)]
    # Only the part of the photo that the face covers.
    bounds = np.array([photo.width, photo.height])
    low = np.floor(reaching[:, :2].min(axis=0)).clip(0, bounds).astype(int)
    high = (np.ceil(reaching[:, :2].max(axis=0)) + 1).clip(0, bounds).astype(int)
    width, height = (high - low).clip(0).tolist()
    if width == 0 or height == 0:
        return result
    points: np.ndarray = corners - np.array([*low, 0], np.float32)
    depth = rasterize(points, triangles, width, height).depth
    inside = result[low[1] : high[1], low[0] : high[0]]
    np.copyto(inside, depth, where=np.isfinite(depth))
    return result


def above_deepest(depth: np.ndarray) -> np.ndarray:
    """Count depth from the deepest pixel of the face, as files hold it.

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
