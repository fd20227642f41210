"""Shape against 3D scans of real people, as the NoW benchmark measures it, and likeness.

`r` says how much of what sets a person apart from the mean face is in the result (0: nothing, or
noise; 1: all of it), `size` how large the result's differences are beside the scan's. `identity r`
takes off what all scans, and all results, share: a better mean face does not count.

Sources: S. Sanyal et al., "Learning to regress 3D face shape and expression from an image without
3D supervision", CVPR 2019 (NoW).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from prn_blender.core.face import Face
from prn_blender.core.face.reconstruct import FaceReconstructor
from prn_blender.core.geometry.pose import PHOTO_TO_BLENDER, Similarity, fit_similarity

from .surfaces import Array, Ints, MeanFace, Surface, icp, inverse

_REACH = 20.0  # millimetres along the normals of the mean face
_LONGEST = 3.0  # millimetres: `Surface` looks at the middles of triangles
_SAMPLES, _KEPT = 60000, 12000
_APART = 15.0  # millimetres: points of the scan further from the mean face are no skin
_ALIKE = 0.4


@dataclass(frozen=True)
class Scan:
    """A scan, ready to be compared.

    Attributes
    ----------
    points : (n, 3)
        Places on its inner face, millimetres.
    marks : (7, 3)
    fit : Similarity
        From the mean face's frame to the scan's.
    of_mean : float
        Median distance from the mean face, millimetres.
    field : (m,)
        How far it lies outside the mean face, along the normals of `Likeness.start`.
    """

    points: Array
    marks: Array
    fit: Similarity
    of_mean: float
    field: Array


class Likeness:
    """Compares faces with scans.

    Parameters
    ----------
    mean
        The yardstick.
    """

    def __init__(self, mean: MeanFace) -> None:
        self.mean = mean
        some = mean.thinned(_LONGEST)
        self.start, self.normals = mean.vertices[some], mean.normals()[some]

    def scan(self, vertices: NDArray[Any], triangles: Ints, marks: NDArray[Any]) -> Scan:
        """Lay the mean face onto a scan: vertices (V, 3) and seven landmarks (7, 3), mm."""
        vertices, marks = vertices.astype(np.float64), marks.astype(np.float64)
        points, outward = _sampled(vertices, triangles)
        fit = fit_similarity(self.mean.seven(self.mean.vertices), marks)
        wanted = self.mean.inner[self.mean.triangles].all(1)
        keep, distance = np.arange(0), np.zeros(0)
        for _ in range(3):
            p = inverse(fit).apply(points)
            near = np.flatnonzero(self.mean.near(p))
            near = np.random.default_rng(0).permutation(near)[:_KEPT]
            _, n, away, triangle = self.mean.surface.closest(p[near])
            alike = (outward[near] @ fit.rotation * n).sum(1) > _ALIKE
            keep = near[wanted[triangle] & (away < _APART) & alike]
            fit, distance = icp(self.mean.surface, points[keep], fit)
        fine = Surface(*_refined(inverse(fit).apply(vertices), triangles))
        field = fine.along(self.start, self.normals, _REACH)
        return Scan(points[keep], marks, fit, float(np.median(distance)), field)

    def compare(self, scan: Scan, vertices: NDArray[Any]) -> tuple[float, Array]:
        """Lay a face onto a scan.

        Parameters
        ----------
        scan
        vertices : (n, 3)
            `layout.texels` order, canonical axes, any size and place.

        Returns
        -------
        float
            Median distance of the scan's points from it, millimetres.
        (m,)
            Its field, as `Scan.field`.
        """
        v = np.asarray(vertices, np.float64)
        fit = fit_similarity(self.mean.seven(v), scan.marks)
        fit, distance = icp(Surface(v, self.mean.skin), scan.points, fit)
        there = Surface(inverse(scan.fit).apply(fit.apply(v)), self.mean.skin)
        return float(np.median(distance)), there.along(self.start, self.normals, _REACH)


def vertices_of(face: Face) -> Array:
    """Vertices (n, 3) of a face as delivered, canonical axes, photo pixels."""
    return np.asarray(face.vertices.astype(np.float64) @ PHOTO_TO_BLENDER.T)


def agreement(truth: Array, found: Array) -> tuple[float, float]:
    """Correlation of two fields where both are known, and the ratio of their spreads."""
    known = np.isfinite(truth) & np.isfinite(found)
    r = float(np.corrcoef(truth[known], found[known])[0, 1])
    return r, float(found[known].std() / truth[known].std())


def identity_agreement(truths: list[Array], found: list[list[Array]]) -> float:
    """`identity r` of several people: fields of their scans, and of several results each."""
    shared = np.nanmean(truths, axis=0)
    common = np.nanmean([np.nanmean(fields, axis=0) for fields in found], axis=0)
    rows = [
        np.mean([agreement(truth - shared, field - common)[0] for field in fields])
        for truth, fields in zip(truths, found, strict=True)
    ]
    return float(np.mean(rows))


def measure_scans(reconstructor: FaceReconstructor, folder: Path) -> dict[str, Any]:
    """Measure results for the photos of a folder's scans.

    Parameters
    ----------
    reconstructor
    folder
        NAME.npz (`vertices` in mm, `triangles`, `landmarks7`) and NAME_*.jpg or png for each scan.

    Returns
    -------
    dict
        `photos`: median mm, r and size of each; their means over photos, then people, as `mean`;
        `mean_face`, the median distance of the mean face; with three people or more `identity_r`.

    Raises
    ------
    FileNotFoundError
        There are no scans.
    """
    likeness = Likeness(MeanFace(reconstructor.layout))
    files = sorted(folder.glob("*.npz"))
    if not files:
        raise FileNotFoundError(f"{folder} has no scans")
    photos: dict[str, dict[str, float]] = {}
    people, truths, fields, of_mean = [], [], [], []
    for file in files:
        with np.load(file) as z:
            scan = likeness.scan(z["vertices"], z["triangles"], z["landmarks7"])
        rows, own = [], []
        pictures = [p for kind in ("jpg", "png") for p in folder.glob(f"{file.stem}_*.{kind}")]
        for picture in sorted(pictures):
            face = max(reconstructor(picture), key=lambda f: f.size)
            median, field = likeness.compare(scan, vertices_of(face))
            r, size = agreement(scan.field, field)
            photos[picture.stem] = {"mm": median, "r": r, "size": size}
            rows.append((median, r, size))
            own.append(field)
        people.append(np.mean(rows, axis=0))
        truths.append(scan.field)
        fields.append(own)
        of_mean.append(scan.of_mean)
    mean = np.mean(people, axis=0)
    found: dict[str, Any] = {
        "mean": dict(zip(("mm", "r", "size"), map(float, mean), strict=True)),
        "mean_face": float(np.mean(of_mean)),
        "photos": photos,
    }
    if len(files) > 2:
        found["identity_r"] = identity_agreement(truths, fields)
    return found


def _sampled(vertices: Array, triangles: Ints) -> tuple[Array, Array]:
    """Points (n, 3) spread evenly over a mesh, and the normals (n, 3) of their triangles."""
    rng = np.random.default_rng(0)
    c = vertices[triangles]
    n = np.cross(c[:, 1] - c[:, 0], c[:, 2] - c[:, 0])
    area = np.linalg.norm(n, axis=1)
    pick = rng.choice(len(triangles), _SAMPLES, p=area / area.sum())
    a, b = rng.random((2, _SAMPLES, 1))
    over = a + b > 1
    a, b = np.where(over, 1 - a, a), np.where(over, 1 - b, b)
    c = c[pick]
    points = c[:, 0] + a * (c[:, 1] - c[:, 0]) + b * (c[:, 2] - c[:, 0])
    return points, n[pick] / area[pick, None]


def _refined(vertices: Array, triangles: Ints) -> tuple[Array, Ints]:
    """Halve triangles until none has an edge above `_LONGEST`."""
    for _ in range(8):
        edges = np.stack(
            [
                np.linalg.norm(
                    vertices[triangles[:, (k + 1) % 3]] - vertices[triangles[:, k]], axis=1
                )
                for k in range(3)
            ],
            1,
        )
        big = edges.max(1) > _LONGEST
        if not big.any():
            break
        k, large = edges[big].argmax(1), triangles[big]
        a, b, c = (large[np.arange(len(large)), (k + i) % 3] for i in range(3))
        m = len(vertices) + np.arange(len(a))
        vertices = np.concatenate([vertices, (vertices[a] + vertices[b]) / 2])
        triangles = np.concatenate([triangles[~big], np.c_[a, m, c], np.c_[m, b, c]])
    return vertices, triangles
