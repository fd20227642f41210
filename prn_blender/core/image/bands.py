"""Process large pictures in bands of rows, so that temporary arrays stay small."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Iterator

# Pixels of a band: a few temporary float arrays of this size fit into the processor's cache.
PIXELS = 2**18


def bands(height: int, width: int, pixels: int = PIXELS) -> Iterator[slice]:
    """Split the rows of a picture into bands.

    Parameters
    ----------
    height, width : int
        Size of the picture; 0 is allowed.
    pixels : int
        Largest number of pixels of a band; a band has at least one row, however wide.

    Yields
    ------
    slice
        The rows of each band, from the top.
    """
    rows = max(1, pixels // max(1, width))
    for top in range(0, height, rows):
        yield slice(top, min(top + rows, height))
