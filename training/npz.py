"""Arrays as the bytes of an `.npz`."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import numpy as np
from numpy.typing import NDArray


def npz_bytes(arrays: dict[str, NDArray[Any]]) -> bytes:
    """An `.npz`; the same bytes for the same arrays."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as z:
        for key, value in arrays.items():
            item = io.BytesIO()
            np.save(item, value, allow_pickle=False)
            entry = zipfile.ZipInfo(f"{key}.npy", (1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            z.writestr(entry, item.getvalue())
    return buffer.getvalue()
