"""Keeps the lips of neutral faces together.

Scans are registered to within a fraction of a millimetre, which along the line where the lips meet
is enough for them to pass through each other. Whether a mouth is open is a matter of expression: no
person's identity opens or closes it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..head.head_model import HeadModel
from ..layout.chart import build_chart
from ..layout.openings import upper_and_lower
from .register import skin_graph

_FADE = 10.0  # millimetres around the line within which the correction fades


def with_closed_lips(head: HeadModel, fields: NDArray[np.float64]) -> NDArray[np.float64]:
    """Let both lips move alike along the line where they touch.

    Parameters
    ----------
    head
        Its own mean has the lips as they should be.
    fields : (F, V, 3)
        Displacements from that mean, such as modes; head units.

    Returns
    -------
    (F, V, 3)
        Corrected at the line, less and less around it, not at all 10 mm from it.
    """
    from scipy.sparse import diags
    from scipy.sparse.linalg import splu
    from scipy.spatial import cKDTree

    ring = build_chart(head).rings["mouth"]
    upper, lower = upper_and_lower(head, ring)
    apart = fields[:, upper] - fields[:, lower]
    count = len(head.mean)
    wanted: NDArray[Any] = np.zeros((count, fields.shape[0] * 3))
    hits = np.zeros(count)
    for vertices, share in ((upper, -0.5), (lower, 0.5)):
        move = share * apart.transpose(1, 0, 2).reshape(len(vertices), -1)
        np.add.at(wanted, vertices, move)
        np.add.at(hits, vertices, 1)
    line = hits > 0
    wanted[line] /= hits[line, None]
    distance, _ = cKDTree(head.mean[ring]).query(head.mean)
    fixed = line | (distance * head.metres_per_unit * 1000 > _FADE)
    laplacian, _, _ = skin_graph(head)
    system = (diags(100.0 * fixed) + laplacian.T @ laplacian + 1e-7 * diags(np.ones(count))).tocsc()
    change = splu(system).solve(100.0 * fixed[:, None] * wanted)
    change[fixed] = wanted[fixed]
    return np.asarray(fields + change.reshape(count, -1, 3).transpose(1, 0, 2))
