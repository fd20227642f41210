"""Arrays of numbers in MATLAB's .mat files of version 5, which may be damaged or hostile.

SciPy's reader crashes on some damaged files, and takes the program with it.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import math
import struct
import zlib
from collections.abc import Collection, Iterator

import numpy as np

MAX_UNPACKED_BYTES = 256 * 2**20
"""Most that one variable may unpack to."""

# Numbers of the file format ("MAT-File Format", Level 5).
_HEADER_BYTES = 128
_MATRIX, _COMPRESSED = 14, 15
_TYPES = {1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4", 7: "f4", 9: "f8", 12: "i8",
          13: "u8"}  # fmt: skip
_FIRST_NUMERIC_CLASS, _LAST_NUMERIC_CLASS = 6, 15
_COMPLEX = 0x0800


def parse_mat(data: bytes, names: Collection[str]) -> dict[str, np.ndarray]:
    """Read named arrays of real numbers.

    Parameters
    ----------
    data : bytes
        The content of a file.
    names : collection of str

    Returns
    -------
    dict of str to float64 array
        Those of the names that the file has as full arrays of real numbers.

    Raises
    ------
    ValueError
        It is no such file, or it is damaged before the last of the names.
    """
    order = {b"IM": "<", b"MI": ">"}.get(data[126:128])
    if order is None or len(data) < _HEADER_BYTES:
        raise ValueError("no .mat file of version 5")
    found: dict[str, np.ndarray] = {}
    try:
        for kind, body in _elements(data[_HEADER_BYTES:], order):
            if kind == _COMPRESSED:
                body = _inflated(body)
                kind, body = next(_elements(body, order))
            variable = _variable(body, order, names) if kind == _MATRIX else None
            if variable is not None:
                found[variable[0]] = variable[1]
            if len(found) == len(set(names)):
                break
    except (struct.error, zlib.error, StopIteration, IndexError) as e:
        raise ValueError("damaged") from e
    return found


def _elements(data: bytes, order: str) -> Iterator[tuple[int, bytes]]:
    """The type and the body of each element."""
    at = 0
    while at + 8 <= len(data):
        kind, size = struct.unpack_from(f"{order}2I", data, at)
        if kind >> 16:  # a small one: its body is in the place of the size
            kind, size, start, end = kind & 0xFFFF, kind >> 16, at + 4, at + 8
            if size > 4:
                raise ValueError("damaged")
        else:
            start = at + 8
            end = start + size + (-size % 8 if kind != _COMPRESSED else 0)
        if start + size > len(data):
            raise ValueError("cut off")
        yield kind, data[start : start + size]
        at = end


def _inflated(body: bytes) -> bytes:
    unpacker = zlib.decompressobj()
    data = unpacker.decompress(body, MAX_UNPACKED_BYTES)
    if unpacker.unconsumed_tail:
        raise ValueError("too large")
    return data


def _variable(body: bytes, order: str, names: Collection[str]) -> tuple[str, np.ndarray] | None:
    """The name and the numbers of a matrix; None if it is another one, or not of real numbers."""
    parts = _elements(body, order)
    (_, flags), (_, sizes), (_, name) = next(parts), next(parts), next(parts)
    called = name.decode("latin-1")
    (kind,) = struct.unpack_from(f"{order}I", flags)
    numeric = _FIRST_NUMERIC_CLASS <= kind & 0xFF <= _LAST_NUMERIC_CLASS
    if called not in names or not numeric or kind & _COMPLEX:
        return None
    shape = struct.unpack(f"{order}{len(sizes) // 4}i", sizes[: len(sizes) // 4 * 4])
    stored, numbers = next(parts)
    if stored not in _TYPES or min(shape, default=-1) < 0:
        raise ValueError("damaged")
    item = np.dtype(order + _TYPES[stored])
    if math.prod(shape) * item.itemsize != len(numbers):
        raise ValueError("damaged")
    values = np.frombuffer(numbers, item).astype(np.float64)
    return called, values.reshape(shape, order="F")
