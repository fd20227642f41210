"""The 68 iBUG landmarks as fixed places on the head, in the convention of AFLW2000-3D.

In this convention the 17 jaw points are places on the head (along the edge of the jaw up to the
ear) that stay where they are when the head turns; in 2D annotations they follow the silhouette.

How the places in `data/landmarks68.json` were found: a published 3D model of this convention
(3DDFA_V2's small network) gave 68 points in 3D for each of 500 generated photos. Each point was
carried through the head fitted to its photo back to the mean head, and the median over the photos
was made mirror-symmetric. Each time the fit changed, the places were carried over to it, by the
median distance, seen from the front, between a point on the earlier and on the present fit of the
same 3,979 photos; lids and inner lips stayed, because the earlier fit did not open them enough.
`training.labels.correspondence.check_places` compares the places with geometry and with
MediaPipe's points. No photo of AFLW2000-3D was used.

The UV layout depends on landmarks too, but on the places before those calibrations (`ANCHORS`):
calibrating the landmarks again must not move the texels that models were trained for.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..config import DATA
from ..geometry import on_triangles
from .head_model import HeadModel

FILE = DATA / "landmarks68.json"
ANCHORS = DATA / "anchors68.json"
"""The places that the UV layout depends on: see above."""

MIRROR_68 = np.array(
    [
        *(*range(16, -1, -1), *range(26, 16, -1), 27, 28, 29, 30, *range(35, 30, -1)),
        *(45, 44, 43, 42, 47, 46, 39, 38, 37, 36, 41, 40),
        *(*range(54, 47, -1), *range(59, 54, -1), *range(64, 59, -1), 67, 66, 65),
    ]
)
"""The landmark on the other side of the face, of each of the 68."""

OPENINGS_68 = [(37, 41), (38, 40), (43, 47), (44, 46), (61, 67), (62, 66), (63, 65)]
"""Pairs of an upper and a lower landmark whose distance says how open eyes and mouth are."""


def load_places(file: Path = FILE) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Read places on the head.

    Returns
    -------
    corners : (68, 3) int64
        Vertices of `HeadModel`: the triangle of each landmark.
    bary : (68, 3) float64
        Barycentric weights in it.
    """
    data = json.loads(file.read_text(encoding="utf-8"))
    return np.array(data["corners"], np.int64), np.array(data["bary"], np.float64)


def landmark_positions(head: HeadModel) -> NDArray[Any]:
    """The landmarks (68, 3) on the mean head, head frame, head units."""
    return np.asarray(on_triangles(head.mean, *load_places()))


def anchor_positions(mean: NDArray[Any]) -> NDArray[Any]:
    """The points `ANCHORS` (68, 3), on a mean head of vertices (V, 3) in any frame."""
    return np.asarray(on_triangles(mean, *load_places(ANCHORS)))


def symmetric(p: NDArray[Any]) -> NDArray[np.float64]:
    """Landmarks (68, 3) in the head frame, each averaged with its partner's mirror image."""
    p = p.astype(np.float64)
    return np.asarray((p + p[MIRROR_68] * [-1.0, 1.0, 1.0]) / 2)
