"""Smooth moves over a layout's surface: what comes along when a place of the face is moved.

A field of moves that has the least energy among those that take given places where they belong is
a sum of kernels, one around each of these places (splines in a reproducing kernel's space:
G. Wahba, "Spline Models for Observational Data", 1990). The kernel here is Matern's of order 7/2,
which is smooth enough for the surface's curvature to stay smooth.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections import OrderedDict

import numpy as np

from .uv_layout import UVLayout

LENGTH = 0.025
"""Metres: what is this far away comes along by 0.55; twice as far, by 0.14."""
# A step from texel to texel counts as this much of what it mostly is, beside its length on the
# face: lips and lids touch, but do not hang together.
_APART = 0.7
# How many columns are kept; each has a float for every texel.
_KEPT = 256


class SmoothMoves:
    """How far each texel comes along with others.

    Parameters
    ----------
    layout : UVLayout
    """

    def __init__(self, layout: UVLayout) -> None:
        size = layout.size
        canonical = layout.extend(layout.canonical).astype(np.float64)
        step = np.linalg.norm(np.diff(canonical, axis=1), axis=-1)
        texel = float(np.median(step[layout.mask[:, 1:] & layout.mask[:, :-1]]))
        # Mirror-symmetric to the last bit, so that a mirrored move is one of the same energy.
        canonical = (canonical + layout.mirrored(canonical) * [-1, 1, 1]) / 2
        middle = (size - 1) / 2
        row, column = np.mgrid[:size, :size] - middle
        uv = np.stack([column, row], axis=-1) * (_APART * texel)
        places = np.concatenate([canonical, uv], axis=-1) / LENGTH
        self._places = places.reshape(size * size, 5).astype(np.float32)
        self._size, self._texels = size, layout.texels
        self._columns: OrderedDict[int, np.ndarray] = OrderedDict()

    def mirrored(self, texels: np.ndarray) -> np.ndarray:
        """Flat indices of texels' mirror images."""
        row, column = np.divmod(texels, self._size)
        return np.asarray(row * self._size + self._size - 1 - column)

    def between(self, some: np.ndarray, others: np.ndarray) -> np.ndarray:
        """(m, n) float64: how far texels (m,) come along with others (n,), 0..1."""
        apart = self._places[some][:, None] - self._places[others][None]
        return _kernel(np.sqrt((apart.astype(np.float64) ** 2).sum(axis=-1)))

    def apart(self, texels: np.ndarray) -> np.ndarray:
        """(n, n) float64 metres: how far texels (n,) are from each other; inf from themselves."""
        away = self._places[texels].astype(np.float64)
        found = LENGTH * np.linalg.norm(away[:, None] - away[None], axis=-1)
        np.fill_diagonal(found, np.inf)
        return np.asarray(found)

    def column(self, texel: int) -> np.ndarray:
        """How far each texel of the mask comes along with one, 0..1. Kept for further calls.

        Returns
        -------
        (n,) float32
            In `layout.texels` order.
        """
        found = self._columns.get(texel)
        if found is None:
            apart = self._places[self._texels] - self._places[texel]
            found = _kernel(np.sqrt(np.einsum("ij,ij->i", apart, apart)))
            self._columns[texel] = found
            if len(self._columns) > _KEPT:
                self._columns.popitem(last=False)
        return found


def _kernel(distance: np.ndarray) -> np.ndarray:
    """Matern's kernel of order 7/2 of distances in its lengths; of their type."""
    a = distance * distance.dtype.type(np.sqrt(7))
    return np.asarray((1 + a * (1 + a * (2 / 5 + a / 15))) * np.exp(-a))
