"""Tables of numbers as text, without a Python loop: meshes have a hundred thousand lines."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import cv2
import numpy as np

_ZERO, _MINUS, _POINT = ord("0"), ord("-"), ord(".")


def lines(*parts: str | np.ndarray) -> bytes:
    """Lines of constant text and numbers.

    Parameters
    ----------
    *parts : str or array
        What stands in each line, in order: ASCII text, or an array with one column per line as
        `integers` and `decimals` make them.

    Returns
    -------
    bytes
        One line per column, ended by a line feed.
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
    """Whole numbers in decimal.

    Parameters
    ----------
    values : (n,) int
        0 to 999,999,999.

    Returns
    -------
    (width, n) uint8
        ASCII; zero bytes stand for digits that are not there.
    """
    width = len(str(int(values.max(initial=0))))
    text = _digits(values.astype(np.uint32), width)
    for row in range(width - 1):
        text[row][values < 10 ** (width - 1 - row)] = 0
    return text


def decimals(values: np.ndarray, places: int) -> np.ndarray:
    """Numbers with a fixed count of decimals, as ``%.{places}f`` writes them.

    Parameters
    ----------
    values : (n,) float
        Absolutely below 1e9.
    places : int
        1 to 6.

    Returns
    -------
    (width, n) uint8
        As `integers`.
    """
    scaled = np.rint(np.abs(values.astype(np.float64)) * 10**places)
    whole = np.floor(scaled * 10.0**-places)
    # The product can round up to the next whole number.
    whole -= whole * 10.0**places > scaled
    rest = (scaled - whole * 10.0**places).astype(np.uint32)
    sign = np.where(values < 0, np.uint8(_MINUS), np.uint8(0))[None]
    point = np.full((1, len(values)), _POINT, np.uint8)
    return np.concatenate([sign, integers(whole.astype(np.uint32)), point, _digits(rest, places)])


def _digits(values: np.ndarray, width: int) -> np.ndarray:
    """(width, n) uint8 ASCII with leading zeros."""
    text = np.empty((width, len(values)), np.uint8)
    for row in reversed(range(width)):
        quotient = values // np.uint32(10)
        text[row] = values - quotient * np.uint32(10) + np.uint32(_ZERO)
        values = quotient
    return text
