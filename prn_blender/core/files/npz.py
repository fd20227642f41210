"""NumPy's archives of arrays (.npz), which may be damaged or hostile."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable

import numpy as np

MAX_UNPACKED_BYTES = 512 * 2**20
"""Largest sum of the arrays in an archive: a small file could unpack to more than the memory."""


class TooLargeError(ValueError):
    """The arrays take more memory than they may.

    Attributes
    ----------
    unpacked : int
        Bytes, as the archive says.
    """

    def __init__(self, unpacked: int) -> None:
        super().__init__(f"{unpacked} bytes")
        self.unpacked = unpacked


def unpack_npz(data: bytes, names: Iterable[str] | None = None) -> dict[str, np.ndarray]:
    """Read the arrays of an archive.

    Parameters
    ----------
    data : bytes
        The content of an .npz file.
    names : iterable of str, optional
        The arrays that are wanted; by default all. Only what is wanted is unpacked.

    Returns
    -------
    dict of str to array
        By name. Whatever else the archive holds is left out.

    Raises
    ------
    TooLargeError
        It unpacks to more than `MAX_UNPACKED_BYTES`.
    ValueError
        It is no such archive, it is damaged, or it lacks one of the names.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            unpacked = sum(member.file_size for member in archive.infolist())
        if unpacked > MAX_UNPACKED_BYTES:
            raise TooLargeError(unpacked)
        with np.load(io.BytesIO(data), allow_pickle=False) as archive:
            values = {
                name: archive[name] for name in (archive.files if names is None else tuple(names))
            }
    except ValueError:
        raise
    except Exception as e:  # zip and npy parsers raise many kinds on damaged data
        raise ValueError("damaged, or no .npz file") from e
    # For members that are no arrays NumPy returns their bytes.
    arrays = {name: value for name, value in values.items() if isinstance(value, np.ndarray)}
    if names is not None and len(arrays) < len(values):
        raise ValueError("damaged")
    return arrays
