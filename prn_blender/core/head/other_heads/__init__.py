"""Heads of others become topologies that photos can be put on (`HeadModel`).

In: the meshes of a head with other vertices (`GivenHead`), and where its 68 landmarks lie. Out: a
`HeadModel` that follows position maps as the head that comes with the add-on does, and tables of
which place of one head is which of the other. Knows nothing of photos, networks or Blender.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from typing import TYPE_CHECKING

from ...lazy import lazily

if TYPE_CHECKING:
    from .build import ImportedHead, import_head
    from .given_head import GivenHead, read_given_head
    from .head_file import write_head
    from .tables import write_tables

__all__ = [
    "GivenHead",
    "ImportedHead",
    "import_head",
    "read_given_head",
    "write_head",
    "write_tables",
]

__getattr__ = lazily(
    __name__,
    {
        "build": ("ImportedHead", "import_head"),
        "given_head": ("GivenHead", "read_given_head"),
        "head_file": ("write_head",),
        "tables": ("write_tables",),
    },
)
