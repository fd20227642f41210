"""Heads of others, looked at as photos are: where their faces have the 68 landmarks.

In: the meshes of a head (`core.head.other_heads.GivenHead`) and a reconstructor. Out: the head as a
topology that photos can be put on. Knows nothing of how it is registered, nor of Blender.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from .bring import bring_head

__all__ = ["bring_head"]
