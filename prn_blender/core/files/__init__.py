"""Files: bounded reading, atomic writing, tables of numbers as text, NumPy's archives,
MATLAB and EXR files.

In: paths, bytes and arrays. Out: the same. Knows nothing of photos, faces or Blender.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from typing import TYPE_CHECKING

from ..lazy import lazily

if TYPE_CHECKING:
    from .safe import make_folder, plain, read_bounded, reason, replacing, shown, write_bytes

__all__ = ["make_folder", "plain", "read_bounded", "reason", "replacing", "shown", "write_bytes"]

__getattr__ = lazily(
    __name__,
    {
        "safe": (
            "make_folder",
            "plain",
            "read_bounded",
            "reason",
            "replacing",
            "shown",
            "write_bytes",
        ),
    },
)
