"""What a whole head has besides a face's mesh and layers: surfaces of eyes and teeth, a rig.

In: a face object whose mesh is a head's (`mesh.head_mesh`), pictures computed beforehand
(`head_files`). Out: its material slots (`dress`, `undress`), an armature (`add_rig`), which goes
along with the head (`bones_follow`). Knows nothing of how faces are placed and built.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from typing import TYPE_CHECKING

from ...core.lazy import lazily

if TYPE_CHECKING:
    from .armature import add_rig
    from .bones import bones_follow
    from .head_files import HeadFiles, head_files
    from .materials import dress, undress

__all__ = ["HeadFiles", "add_rig", "bones_follow", "dress", "head_files", "undress"]

__getattr__ = lazily(
    __name__,
    {
        "armature": ("add_rig",),
        "bones": ("bones_follow",),
        "head_files": ("HeadFiles", "head_files"),
        "materials": ("dress", "undress"),
    },
)
