"""Tables of numbers as ASCII text, for OBJ files.

A mesh has a hundred thousand lines, and Python needs seconds to format so many one by one. Here
numpy forms all lines at once: a table is an array of characters with one column for each line,
and zero bytes in it are dropped at the end.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import cv2
import numpy as np

# ASCII codes.
_ZERO = ord("0")
_MINUS = ord("-")
_POINT = ord(".")


def lines(*parts: str | np.ndarray) -> bytes:
    """Join constant text and columns of numbers into lines.

    Parameters
    ----------
    *parts : str or (width, n) uint8
        What each line consists of, in order: ASCII text that is the same in all lines, or numbers
        from `integers` or `decimals`. At least one part has to be an array.

    Returns
    -------
    bytes
        n lines, each ended by a line feed.
    """
    count = next(p.shape[1] for p in parts if not isinstance(p, str))
    rows = [
        np.repeat(np.frombuffer(p.encode(), np.uint8), count).reshape(-1, count)
        if isinstance(p, str)
        else p
        for p in (*parts, "\n")
    ]
    return bytes(cv2.transpose(np.concatenate(rows)).data).translate(None, b"\0")


def integers(values: np.ndarray) -> np.ndarray:
    """Format whole numbers as decimal digits.

    Parameters
    ----------
    values : (n,) int
        From 0 to 999,999,999.

    Returns
    -------
    (width, n) uint8
        ASCII codes, one column for each number, as wide as the longest number. Zero bytes stand
        in place of leading zeros.
    """
    width = len(str(int(values.max(initial=0))))
    text = _digits(values.astype(np.uint32), width)
    for row in range(width - 1):
        text[row][values < 10 ** (width - 1 - row)] = 0
    return text


def decimals(values: np.ndarray, places: int) -> np.ndarray:
    """Format numbers with a fixed count of decimal places, as ``%.{places}f`` does.

    Parameters
    ----------
    values : (n,) float
        Of a magnitude below 1e9.
    places : int
        From 1 to 6.

    Returns
    -------
    (width, n) uint8
        ASCII codes, as from `integers`.
    """
    scaled = np.rint(np.abs(values.astype(np.float64)) * 10**places)
    whole = np.floor(scaled * 10.0**-places)
    # The product can round up to the next whole number.
    whole -= whole * 10.0**places > scaled
    fraction = (scaled - whole * 10.0**places).astype(np.uint32)
    sign = np.where(values < 0, np.uint8(_MINUS), np.uint8(0))[None]
    point = np.full((1, len(values)), _POINT, np.uint8)
    digits = _digits(fraction, places)
    return np.concatenate([sign, integers(whole.astype(np.uint32)), point, digits])


def _digits(values: np.ndarray, width: int) -> np.ndarray:
    """(width, n) uint8: the last `width` digits of each number as ASCII, zeros included."""
    text = np.empty((width, len(values)), np.uint8)
    for row in reversed(range(width)):
        quotient = values // np.uint32(10)
        text[row] = values - quotient * np.uint32(10) + np.uint32(_ZERO)
        values = quotient
    return text
