"""A z-buffer, compiled by numba: which triangle each pixel shows, and which place on it.

The program renders hundreds of thousands of samples, so this has to be fast on one CPU core.
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray


@numba.njit(cache=True, fastmath=True, nogil=True)
def _fill(points: Any, triangles: Any, depth: Any, index: Any, bary: Any, one_sided: bool) -> None:
    height, width = depth.shape
    for t in range(triangles.shape[0]):
        a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        x0, y0, z0 = points[a, 0], points[a, 1], points[a, 2]
        x1, y1, z1 = points[b, 0], points[b, 1], points[b, 2]
        x2, y2, z2 = points[c, 0], points[c, 1], points[c, 2]
        area = (x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0)
        if abs(area) < 1e-9 or (one_sided and area > 0):
            continue
        left = max(0, int(np.ceil(min(x0, x1, x2) - 1e-4)))
        right = min(width - 1, int(np.floor(max(x0, x1, x2) + 1e-4)))
        top = max(0, int(np.ceil(min(y0, y1, y2) - 1e-4)))
        bottom = min(height - 1, int(np.floor(max(y0, y1, y2) + 1e-4)))
        for y in range(top, bottom + 1):
            for x in range(left, right + 1):
                w1 = ((x - x0) * (y2 - y0) - (x2 - x0) * (y - y0)) / area
                w2 = ((x1 - x0) * (y - y0) - (x - x0) * (y1 - y0)) / area
                w0 = 1.0 - w1 - w2
                if w0 < -1e-4 or w1 < -1e-4 or w2 < -1e-4:
                    continue
                z = w0 * z0 + w1 * z1 + w2 * z2
                if z < depth[y, x]:
                    depth[y, x] = z
                    index[y, x] = t
                    bary[y, x, 0] = w0
                    bary[y, x, 1] = w1
                    bary[y, x, 2] = w2


def zbuffer(
    points: NDArray[Any],
    triangles: NDArray[Any],
    size: tuple[int, int],
    behind: NDArray[np.float32] | None = None,
    one_sided: bool = False,
) -> tuple[NDArray[np.float32], NDArray[np.int32], NDArray[np.float32]]:
    """Rasterise a mesh.

    Parameters
    ----------
    points : (V, 3)
        Vertices in the image frame: pixels, centres at integers, z away from the viewer.
    triangles : (T, 3)
    size
        Height and width of the picture.
    behind : (H, W), optional
        Depth of what has been drawn before; triangles behind it do not show.
    one_sided
        Drop back faces: keep only triangles that wind counter-clockwise as seen (y down).

    Returns
    -------
    depth : (H, W) float32
        z of the nearest triangle; infinite, or `behind`, where there is none.
    index : (H, W) int32
        That triangle, or -1.
    bary : (H, W, 3) float32
        Barycentric weights of the pixel's centre in it.
    """
    depth = np.full(size, np.inf, np.float32) if behind is None else behind.astype(np.float32)
    index = np.full(size, -1, np.int32)
    bary = np.zeros((*size, 3), np.float32)
    _fill(
        np.ascontiguousarray(points, np.float32),
        np.ascontiguousarray(triangles, np.int32),
        depth,
        index,
        bary,
        one_sided,
    )
    return depth, index, bary
