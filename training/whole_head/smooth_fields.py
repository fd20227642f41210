"""Smooth fields over the head: the slowest vibrations of its skin, with mouth and eyes shut.

What a photo shows of a face beyond the linear model is carried on to the rest of the head in these
fields, so that no crease shows where the photo ends. Lips and lids are tied together: a smooth
field neither opens nor closes them.

Source: B. Vallet, B. Levy, "Spectral geometry processing with manifold harmonics", Computer
Graphics Forum 27(2), 2008; with positive weights in place of cotangents.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .selection import Selection

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

COUNT = 150
_TIED = 30.0  # times an ordinary edge's strength
_LEAST_PARITY = 0.99
_SHIFT = -10.0  # 1 / m^2, below all eigenvalues


def smooth_fields(
    selection: Selection, mean: Array, closing: Ints, carriers: list[tuple[Ints, Ints, Array]]
) -> tuple[Array, Array]:
    """Find the fields.

    Parameters
    ----------
    selection
    mean : (V, 3)
        Canonical frame, metres.
    closing : (R, 4)
        Faces between the lips.
    carriers
        Of vertices that are no skin: (m,) vertices, (m, k) those of the skin that carry them, and
        the weights (m, k).

    Returns
    -------
    fields : (M, V) float64
        Mean square 1 over the skin's area; each the same on both sides, or the opposite.
    slopes : (M,) float64
        Mean square slope, 1 / m^2.
    """
    from scipy.sparse import coo_matrix, diags
    from scipy.sparse.linalg import eigsh

    skin = selection.of_part("skin", "mouth_bag", "eye_sockets")
    quads = selection.quads[np.isin(selection.quads, skin).all(1)]
    count = len(mean)
    ends = np.concatenate([quads[:, [k, (k + 1) % 4]] for k in range(4)])
    middle = np.tile(mean[quads].mean(1), (4, 1))
    length = np.maximum(np.linalg.norm(mean[ends[:, 0]] - mean[ends[:, 1]], axis=1), 1e-5)
    strength = np.linalg.norm(middle - mean[ends].mean(1), axis=1) / length
    tied = _tied(selection, mean, closing)
    ends = np.concatenate([ends, tied])
    strength = np.r_[strength, np.full(len(tied), _TIED * float(np.median(strength)))]
    both = (np.r_[ends[:, 0], ends[:, 1]], np.r_[ends[:, 1], ends[:, 0]])
    w = coo_matrix((np.r_[strength, strength], both), shape=(count, count)).tocsr()
    w = (w + w[selection.mirror][:, selection.mirror]) / 2
    stiffness = (diags(np.asarray(w.sum(1)).ravel()) - w).tocsr()[skin][:, skin]
    area = np.linalg.norm(
        np.cross(mean[quads[:, 2]] - mean[quads[:, 0]], mean[quads[:, 3]] - mean[quads[:, 1]]),
        axis=1,
    )
    around = np.asarray(np.bincount(quads.ravel(), np.repeat(area / 8, 4), count), np.float64)
    mass = ((around + around[selection.mirror]) / 2)[skin]
    total = mass.sum()
    values, vectors = eigsh(
        stiffness.tocsc(),
        COUNT,
        diags(mass).tocsc(),
        sigma=_SHIFT,
        v0=np.ones(len(skin)) + mean[skin] @ [1.0, 2.0, 3.0],
    )
    fields = np.zeros((COUNT, count))
    fields[:, skin] = vectors.T * np.sqrt(total)
    parity = np.einsum("mv,mv,v->m", fields[:, skin], fields[:, selection.mirror[skin]], mass)
    if np.abs(parity / total).min() < _LEAST_PARITY:
        raise ValueError("the head's smooth fields are neither symmetric nor antisymmetric")
    # An eigenvector's sign is arbitrary: made that of its largest value's square sum.
    sign = np.sign((fields[:, skin] ** 3 @ mass) + 1e-3 * fields[:, skin[0]])
    fields *= np.where(sign == 0, 1, sign)[:, None]
    for vertices, near, weight in carriers:
        fields[:, vertices] = np.einsum("lk,mlk->ml", weight, fields[:, near])
    fields = (fields + np.sign(parity)[:, None] * fields[:, selection.mirror]) / 2
    return fields, np.maximum(values, 0.0)


def _tied(selection: Selection, mean: Array, closing: Ints) -> Ints:
    """Pairs of vertices (P, 2) of opposite lips and lids."""
    pairs = [closing[:, [0, 3]], closing[:, [1, 2]]]
    for margin in selection.lids:
        at = mean[margin]
        first, last = sorted((int(at[:, 0].argmin()), int(at[:, 0].argmax())))
        one, other = margin[first + 1 : last], np.r_[margin[last + 1 :], margin[:first]]
        near = np.abs(mean[one, 0][:, None] - mean[other, 0]).argmin(1)
        pairs.append(np.stack([one, other[near]], 1))
    found = np.concatenate(pairs)
    return np.asarray(found[found[:, 0] != found[:, 1]])
