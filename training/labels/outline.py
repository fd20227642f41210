"""The silhouette of the face: tracks on the head along which outline points may slide.

MediaPipe's outline points mark the silhouette of cheek, jaw and chin in the picture, which is
another place on the skin in each view. As fixed correspondences they would scatter most of all
points and say little about how wide a jaw is. So each of them gets a *track*: places along a cut
through the head in the viewing direction. In a photo, the place of the track that reaches out
farthest is on the silhouette, and the outline point is compared with it.
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
"""Places of a track."""


@dataclass(frozen=True)
class Outline:
    """Tracks of C places for P outline points.

    Attributes
    ----------
    points : (P,) int64
        Numbers of MediaPipe's points.
    corners : (P, C, 3) int64
        Triangles (vertices of the head) of the places of each track, from front to back; short
        tracks repeat their last place.
    bary : (P, C, 3) float64
        Barycentric weights in them.
    outward : (P, 3) float64
        Unit vector away from the middle of the face, head frame, without a component along y.
    offset : (P,) float64
        How far the teacher's points lie outside the true silhouette, measured on rendered heads,
        head units.
    spread : (P,) float64
        Median absolute deviation of that, head units.
    """

    points: NDArray[np.int64]
    corners: NDArray[np.int64]
    bary: NDArray[np.float64]
    outward: NDArray[np.float64]
    offset: NDArray[np.float64]
    spread: NDArray[np.float64]

    def save(self, path: Path) -> None:
        """Write an `.npz` that `load` reads."""
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
        """Read what `save` wrote."""
        with np.load(path) as z:
            return cls(
                *(z[k] for k in ("points", "corners", "bary", "outward", "offset", "spread"))
            )


def ear_front(head: HeadModel) -> float:
    """Head frame's y at which the ears begin, head units.

    The two per cent of vertices that reach farthest to the side are on the ears: this is the y of
    the frontmost of them.
    """
    x = np.abs(head.mean[:, 0])
    above_neck = head.mean[:, 2] > np.quantile(head.mean[:, 2], 0.35)
    outer = above_neck & (x > np.quantile(x[above_neck], 0.98))
    return float(head.mean[outer, 1].min())


def build_tracks(head: HeadModel, correspondence: Correspondence) -> Outline:
    """Find the tracks by casting rays through the mean head.

    Each outline point starts at the place that its correspondence has. From there the cut goes
    back in steps along y; at each step a ray from the middle of the head outward hits the surface
    at the next place.

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
            # The ray hits other surfaces too (the inside of the mouth, the neck). From one small
            # step to the next the face's own surface stays near where it was.
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
                # Well past the silhouette of the face; farther back comes that of the neck.
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


def silhouette(tracks: NDArray[Any], outward: NDArray[Any]) -> NDArray[np.int64]:
    """Find the place of each track that is on the silhouette: the one farthest outward.

    Parameters
    ----------
    tracks : (..., P, C, 2)
        Places, pixels.
    outward : (..., P, 2)
        Direction away from the face in the picture.

    Returns
    -------
    (..., P) int64
        Index 0 to C - 1.
    """
    return np.asarray((tracks * outward[..., None, :]).sum(-1).argmax(-1))


def measure_outline(outline: Outline, seen: Rendered) -> Outline:
    """Measure on rendered heads how far outside the silhouette the teacher's points lie.

    Returns
    -------
    Outline
        The same tracks with `offset` and `spread`.
    """
    off = []
    index = np.arange(len(outline.points))
    for vertices, r, landmarks in zip(seen.vertices, seen.rotation, seen.landmarks, strict=True):
        places = on_triangles(
            vertices, outline.corners.reshape(-1, 3), outline.bary.reshape(-1, 3)
        ).reshape(*outline.corners.shape[:2], 3)[..., :2]
        out = (to_image(outline.outward) @ r.T)[:, :2]
        out /= np.linalg.norm(out, axis=1, keepdims=True)
        at = places[index, silhouette(places, out)]
        off.append(((landmarks[outline.points, :2] - at) * out).sum(1) / seen.scale)
    offset = np.median(off, axis=0)
    spread = np.median(np.abs(np.array(off) - offset), axis=0)
    # OUTLINE runs from one temple to the other, so reversing it mirrors the face.
    return replace(outline, offset=(offset + offset[::-1]) / 2, spread=(spread + spread[::-1]) / 2)
