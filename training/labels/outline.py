"""The rim of the face: where an outline point may slide along the head.

mediapipe's outline points mark the silhouette of cheek, jaw and chin, not fixed places on the
skin, so as ordinary correspondences they are the loosest of all and say little about how wide a
jaw is. Here each gets a track of places, a cut through the head along the viewing direction; in a
photo the place that stands out farthest is its rim.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..geometry import closest_on_mesh, on_triangles, to_image
from ..head.head_model import PARTS, HeadModel
from .correspondence import Correspondence, Rendered, places_of

OUTLINE = (
    127,
    234,
    93,
    132,
    58,
    172,
    136,
    150,
    149,
    176,
    148,
    152,
    377,
    400,
    378,
    379,
    365,
    397,
    288,
    361,
    323,
    454,
    356,
)
"""mediapipe's face oval from the subject's right temple over the chin to the left temple."""

STEP = 0.03
"""Head units between places of a track."""
PLACES = 17


@dataclass(frozen=True)
class Outline:
    """Tracks of the outline points.

    Attributes
    ----------
    points : (P,) int64
        Numbers of mediapipe's points.
    corners : (P, C, 3) int64
        Places of each track, front to back; short tracks repeat their last place.
    bary : (P, C, 3) float64
    outward : (P, 3) float64
        Unit vector away from the face's middle, head frame, no component along y.
    offset : (P,) float64
        How far the teacher's points lie outside the true rim, head units, measured on renders.
    spread : (P,) float64
        Scatter of that measurement.
    """

    points: NDArray[np.int64]
    corners: NDArray[np.int64]
    bary: NDArray[np.float64]
    outward: NDArray[np.float64]
    offset: NDArray[np.float64]
    spread: NDArray[np.float64]

    def save(self, path: Path) -> None:
        np.savez(
            path,
            points=self.points,
            corners=self.corners,
            bary=self.bary,
            outward=self.outward,
            offset=self.offset,
            spread=self.spread,
        )

    @classmethod
    def load(cls, path: Path) -> Outline:
        with np.load(path) as z:
            return cls(
                *(z[k] for k in ("points", "corners", "bary", "outward", "offset", "spread"))
            )


def ear_front(head: HeadModel) -> float:
    """Head y where the ears begin.

    The ears are what stands out to the side beyond the skull: the frontmost vertex among the
    outermost two per cent is behind the ear's front edge by less than its own depth.
    """
    x = np.abs(head.mean[:, 0])
    above_neck = head.mean[:, 2] > np.quantile(head.mean[:, 2], 0.35)
    outer = above_neck & (x > np.quantile(x[above_neck], 0.98))
    return float(head.mean[outer, 1].min())


def build_tracks(head: HeadModel, correspondence: Correspondence) -> Outline:
    """Cut the mean head once for each outline point.

    Parameters
    ----------
    head
    correspondence

    Returns
    -------
    Outline
        With `offset` and `spread` zero.
    """
    import trimesh

    points = np.array(OUTLINE, np.int64)
    start = places_of(head, correspondence)[points]
    middle = np.array([0.0, 0.0, places_of(head, correspondence)[1, 2]])
    outward = (start - middle) * np.array([1.0, 0.0, 1.0])
    outward /= np.linalg.norm(outward, axis=1, keepdims=True)
    skin = head.triangles[head.triangle_part == PARTS.index("skin")]
    mesh = trimesh.Trimesh(head.mean, skin, process=False)
    behind = ear_front(head) - 0.22
    tracks = np.empty((len(points), PLACES, 3))
    for k, (p, d) in enumerate(zip(start, outward, strict=True)):
        radius = float((p - middle) @ d)
        best = radius
        place = p
        for c in range(PLACES):
            y = p[1] + (c - 3) * STEP
            if y > max(behind, p[1]):
                tracks[k, c:] = place
                break
            hits = mesh.ray.intersects_location(
                np.array([[0.0, y, middle[2]]]), d[None], multiple_hits=True
            )[0]
            # Going back in small steps the surface stays near where it was: that tells it from
            # the inside of the mouth and from neck and shoulders.
            r = (hits - middle) @ d if len(hits) else np.empty(0)
            near = np.flatnonzero(np.abs(r - radius) < 0.12) if len(r) else np.empty(0, int)
            if len(near) == 0:
                tracks[k, c] = place
                continue
            j = near[np.argmin(np.abs(r[near] - radius))]
            place, radius = hits[j], float(r[j])
            tracks[k, c] = place
            best = max(best, radius)
            if radius < best - 0.05:
                # Past the rim, towards the neck: what comes now is another body part's rim.
                tracks[k, c:] = place
                break
    corners, bary = closest_on_mesh(tracks.reshape(-1, 3), head.mean, skin)
    zero = np.zeros(len(points))
    return Outline(
        points,
        corners.reshape(len(points), PLACES, 3),
        bary.reshape(len(points), PLACES, 3),
        outward,
        zero,
        zero,
    )


def rim(tracks: NDArray[Any], outward: NDArray[Any]) -> NDArray[np.int64]:
    """Which place of each track stands out farthest in a picture.

    Parameters
    ----------
    tracks : (..., P, C, 2)
        Places, pixels.
    outward : (..., P, 2)
        Direction away from the face in the picture.

    Returns
    -------
    (..., P) int64
    """
    return np.asarray((tracks * outward[..., None, :]).sum(-1).argmax(-1))


def measure_outline(outline: Outline, seen: Rendered) -> Outline:
    """Measure on rendered heads how far outside the rim the teacher's outline points lie."""
    off = []
    index = np.arange(len(outline.points))
    for vertices, r, landmarks in zip(seen.vertices, seen.rotation, seen.landmarks, strict=True):
        places = on_triangles(
            vertices, outline.corners.reshape(-1, 3), outline.bary.reshape(-1, 3)
        ).reshape(*outline.corners.shape[:2], 3)[..., :2]
        out = (to_image(outline.outward) @ r.T)[:, :2]
        out /= np.linalg.norm(out, axis=1, keepdims=True)
        at = places[index, rim(places, out)]
        off.append(((landmarks[outline.points, :2] - at) * out).sum(1) / seen.scale)
    offset = np.median(off, axis=0)
    spread = np.median(np.abs(np.array(off) - offset), axis=0)
    # OUTLINE runs from one temple to the other: reversed it is its own mirror image.
    return replace(outline, offset=(offset + offset[::-1]) / 2, spread=(spread + spread[::-1]) / 2)
