"""Writes `.npz` archives whose bytes depend on the arrays alone.

Models name their UV layout by its SHA-256, so the same arrays have to give the same bytes; what
`numpy.savez` writes holds the time of writing.
"""

from __future__ import annotations

import io
import zipfile
from typing import Any

import numpy as np
from numpy.typing import NDArray


def npz_bytes(arrays: dict[str, NDArray[Any]]) -> bytes:
    """The bytes of an `.npz`: the same for the same arrays in the same order.

    Parameters
    ----------
    arrays
        By name; none of objects.

    Returns
    -------
    bytes
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as z:
        for key, value in arrays.items():
            item = io.BytesIO()
            np.save(item, value, allow_pickle=False)
            entry = zipfile.ZipInfo(f"{key}.npy", (1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            z.writestr(entry, item.getvalue())
    return buffer.getvalue()
