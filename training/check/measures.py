"""Measures of landmarks and position maps, computed from arrays alone."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from prn_blender.core.geometry.pose import fit_similarity

from ..head.landmarks import OPENINGS_68

EYES, LIPS = OPENINGS_68[:4], OPENINGS_68[4:]
"""Pairs of landmarks whose distance says how open they are."""


def opening(
    points: NDArray[Any], pairs: Iterable[tuple[int, int]], size: NDArray[Any]
) -> NDArray[np.float64]:
    """How open eyes or mouths are: mean distance of pairs of landmarks over the face's size.

    Parameters
    ----------
    points : (N, 68, 2 or more)
    pairs
        Upper and lower landmark.
    size : (N,)

    Returns
    -------
    (N,) float64
    """
    p = np.asarray(points, np.float64)[..., :2]
    upper, lower = np.array(list(pairs)).T
    return np.asarray(np.linalg.norm(p[:, upper] - p[:, lower], axis=-1).mean(1) / size)


def box_size(points: NDArray[Any]) -> NDArray[np.float64]:
    """Size (N,) of faces, as in the field's tables: sqrt(w h) of the landmarks' (N, 68, 2) box."""
    p = np.asarray(points, np.float64)[..., :2]
    return np.asarray(np.sqrt(np.ptp(p, axis=1).prod(1)))


def agreement(found: NDArray[Any], wanted: NDArray[Any]) -> dict[str, float]:
    """Correlation `r`, and `slope` of the least-squares line found = slope * wanted + constant."""
    return {
        "r": float(np.corrcoef(wanted, found)[0, 1]),
        "slope": float(np.polyfit(wanted, found, 1)[0]),
    }


def inner_points(found: NDArray[Any], annotated: NDArray[Any]) -> float:
    """Mean error of landmarks 17 to 67, % of `box_size`.

    Without the jaw, because these annotations follow the silhouette there. They count pixels from
    1, which is taken off.

    Parameters
    ----------
    found : (N, 68, 2 or more)
        The middle of the first pixel is at 0.
    annotated : (N, 68, 2)
    """
    away = np.asarray(found, np.float64)[:, 17:, :2] - (annotated[:, 17:, :2] - 1)
    return float(100 * (np.linalg.norm(away, axis=-1).mean(1) / box_size(annotated)).mean())


def measure_landmarks(found: NDArray[Any], annotated: NDArray[Any]) -> dict[str, Any]:
    """Compare landmarks (N, 68, 2 or more) with annotated ones (N, 68, 2).

    Returns
    -------
    dict
        `inner_points`, the error of `inner_points`; `lids` and `lips`, `agreement` of the openings.
    """
    size = box_size(annotated)
    return {
        "inner_points": inner_points(found, annotated),
        "lids": agreement(opening(found, EYES, size), opening(annotated, EYES, size)),
        "lips": agreement(opening(found, LIPS, size), opening(annotated, LIPS, size)),
    }


def roughness(position_map: NDArray[Any], mask: NDArray[np.bool_]) -> float:
    """Root mean square of the surface's bilaplacian, relative to its size.

    The Laplacian is a texel less the mean of its four neighbours, and the bilaplacian is the
    Laplacian of that. A smooth surface has almost none; stripes and steps have much.

    Parameters
    ----------
    position_map : (S, S, 3)
    mask : (S, S)

    Returns
    -------
    float
        Parts per million of the root mean square distance of the texels from their middle.
    """
    p = np.asarray(position_map, np.float64)
    size = np.sqrt(((p[mask] - p[mask].mean(0)) ** 2).sum(1).mean())

    def beside(v: NDArray[Any]) -> NDArray[Any]:
        """Mean of the four neighbours."""
        moved = [np.roll(v, d, a) for d, a in ((1, 0), (-1, 0), (1, 1), (-1, 1))]
        return np.asarray(np.mean(moved, axis=0))

    inner = mask.copy()
    inner[[0, -1]] = inner[:, [0, -1]] = False  # `roll` wraps around
    for _ in range(2):
        inner &= np.asarray(beside(inner.astype(np.float64)) == 1)
    laplacian = p - beside(p)
    rough = laplacian - beside(laplacian)
    return float(1e6 * np.sqrt((rough[inner] ** 2).sum(1).mean()) / size)


def align_in_steps(found: NDArray[Any], wanted: NDArray[Any]) -> dict[str, NDArray[np.float64]]:
    """Align landmarks to their annotation by more and more degrees of freedom.

    What error is left after each step tells how much of it is one of position, size, roll or pose.

    Parameters
    ----------
    found, wanted : (68, 3)

    Returns
    -------
    dict of str to (68, 2) float64
        `as it is`; `place`: moved; `size and roll`: also scaled and turned in the picture; `pose`:
        the best similarity in 3D.
    """
    found, wanted = np.asarray(found, np.float64), np.asarray(wanted, np.float64)
    flat, goal = found[:, :2], wanted[:, :2]
    # A 2D similarity is the 3D one of points without depth.
    plane = [np.pad(points, ((0, 0), (0, 1))) for points in (flat, goal)]
    return {
        "as it is": flat,
        "place": flat - flat.mean(0) + goal.mean(0),
        "size and roll": fit_similarity(*plane).apply(plane[0])[:, :2],
        "pose": fit_similarity(found, wanted).apply(found)[:, :2],
    }
