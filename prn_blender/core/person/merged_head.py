"""One whole head from the heads that were fitted to several photos of a person."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ..head.whole_head import Head

# How much photos count where they do not show the head, beside those that do.
_UNSEEN = 0.02


def merged_head(heads: Sequence[Head], weights: Sequence[float], reference: int) -> Head:
    """Merge heads of one identity.

    Parameters
    ----------
    heads : sequence of Head
    weights : sequence of float
        How much each photo counts, above 0.
    reference : int
        Whose expression and place the result has. Where its photo shows the head, details are its
        own; elsewhere those of the photos that do.

    Returns
    -------
    Head
        Neutral, it is the mean of all.
    """
    own = heads[reference]
    counted = [w * (head.seen + _UNSEEN) for w, head in zip(weights, heads, strict=True)]
    total = np.sum(counted, axis=0)[:, None]
    neutral = sum(w * head.neutral for w, head in zip(weights, heads, strict=True)) / sum(weights)
    others = sum(c[:, None] * head.detail for c, head in zip(counted, heads, strict=True)) / total
    here = own.seen[:, None]
    # Where the photo shows the head, it stays where it is seen.
    detail = here * (own.detail + own.neutral - neutral) + (1 - here) * others
    seen = np.max([head.seen for head in heads], axis=0)
    return replace(
        own,
        neutral=np.asarray(neutral, np.float32),
        detail=np.asarray(detail, np.float32),
        seen=seen,
    )
