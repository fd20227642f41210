"""The 68 points of the iBUG order as fixed places on the head, AFLW2000-3D convention.

In this convention the 17 jaw points are places on the head (along the edge of the jaw up to the
ear), not the silhouette of the picture; they stay where they are when the head turns. The places
in `data/landmarks68.json` were calibrated on generated faces: a published 3D model that follows
the convention (3DDFA_V2's small network) gave 68 points in 3D for each of 500 photos, each was
carried back through that photo's fitted head to the mean head, and the median was made
mirror-symmetric. When the fit has changed they are carried over: by the median of how far a point
of the earlier fit lies, seen from the front, from the present one's in the same 3,979 photos; lids
and inner lips stay, which the earlier fit did not open enough. `check_places` holds them against
what geometry and mediapipe's points say. AFLW2000-3D photos took no part.

The face's chart, its texels and its parts hang on the same points as they once were (`ANCHORS`):
what is calibrated anew must not move texels, which models are made for.
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

MIRROR_68 = np.array(
    [
        *(*range(16, -1, -1), *range(26, 16, -1), 27, 28, 29, 30, *range(35, 30, -1)),
        *(45, 44, 43, 42, 47, 46, 39, 38, 37, 36, 41, 40),
        *(*range(54, 47, -1), *range(59, 54, -1), *range(64, 59, -1), 67, 66, 65),
    ]
)
"""The point on the other side of the face."""

OPENINGS_68 = [(37, 41), (38, 40), (43, 47), (44, 46), (61, 67), (62, 66), (63, 65)]
"""Upper and lower landmarks of the lids and the inner lips."""


def load_places(file: Path = FILE) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Corners (68, 3), vertices of `HeadModel`, and barycentric weights (68, 3)."""
    data = json.loads(file.read_text(encoding="utf-8"))
    return np.array(data["corners"], np.int64), np.array(data["bary"], np.float64)


def landmark_positions(head: HeadModel) -> NDArray[Any]:
    """(68, 3) on the mean head, head frame."""
    return np.asarray(on_triangles(head.mean, *load_places()))


def anchor_positions(mean: NDArray[Any]) -> NDArray[Any]:
    """(68, 3) of the layout's anchors, from the mean head's vertices (V, 3) in whatever frame."""
    return np.asarray(on_triangles(mean, *load_places(ANCHORS)))


def symmetric(p: NDArray[Any]) -> NDArray[np.float64]:
    """(68, 3) in the head frame: each the mean of itself and its partner's mirror image."""
    p = p.astype(np.float64)
    return np.asarray((p + p[MIRROR_68] * [-1.0, 1.0, 1.0]) / 2)
