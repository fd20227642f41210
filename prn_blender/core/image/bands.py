"""Work on large pictures in bands of rows, so that temporary arrays stay small."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Iterator

# Pixels of a band: a few temporary arrays of floats stay within the processor's cache.
PIXELS = 2**18


def bands(height: int, width: int, pixels: int = PIXELS) -> Iterator[slice]:
    """The rows of a picture in bands of at most so many pixels, but at least one row.

    Parameters
    ----------
    height, width : int
        Of the picture; 0 is allowed.
    pixels : int
        Of a band.
    """
    rows = max(1, pixels // max(1, width))
    for top in range(0, height, rows):
        yield slice(top, min(top + rows, height))
