"""What other programs call the 52 expressions."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ..choices import KeyNames

_SIDES = {"Left": "_L", "Right": "_R"}
_DIRECTIONS = ("jawLeft", "jawRight", "mouthLeft", "mouthRight")
"""Where to and not which side: these have no partner on the other side of the face."""


def key_name(name: str, style: KeyNames) -> str:
    """The name of one of ARKit's expressions in another style.

    Parameters
    ----------
    name : str
        ARKit's, as `browDownLeft`; any other name stays as it is.
    style : {"arkit", "perfect_sync", "l_r"}
        `perfect_sync`: as VRM's programs read them, `BrowDownLeft`. `l_r`: as rigs for Unity and in
        the way of MetaHumans have them, `browDown_L`.
    """
    if " " in name or style == "arkit":  # as `Photo Detail`, which no other program knows
        return name
    if style == "perfect_sync":
        return name[0].upper() + name[1:]
    if name in _DIRECTIONS:
        return name
    for side, ending in _SIDES.items():
        if name.endswith(side):
            return name.removesuffix(side) + ending
    return name
