"""The part of a 3D view that no toolbar, sidebar or header covers, and cameras fitted into it."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import math
from typing import Any

_BESIDE = {"TOOLS", "UI"}
"""Types of regions that lie over a view's left or right side."""

_ABOVE = {"HEADER", "TOOL_HEADER"}
"""Types of regions that lie over a view's upper or lower edge."""

_FILLED = 0.96
"""Share of the free part that a photo fills: its frame is to be seen as well."""

_LEAST_ZOOM = -30.0
"""Blender's own limit of a camera view's zoom."""

_LARGEST_ZOOM = 600.0
"""As `_LEAST_ZOOM`."""


def view_region(area: Any) -> Any:
    """The region of a 3D view's area that shows the scene."""
    return next(region for region in area.regions if region.type == "WINDOW")


def free_region(area: Any) -> tuple[float, float, float, float]:
    """What other regions leave of the view.

    However wide those are, it is a quarter of the view's width and half of its height at least.

    Parameters
    ----------
    area : bpy.types.Area
        With a 3D view.

    Returns
    -------
    left, low, right, top : float
        Pixels of the view's own region, from its lower left corner.
    """
    view = view_region(area)
    width, height = view.width, view.height
    left, low, right, top = 0.0, 0.0, float(width), float(height)
    for other in area.regions:
        if other.type not in _BESIDE | _ABOVE or other.width <= 1 or other.height <= 1:
            continue
        x, y = other.x - view.x, other.y - view.y
        if other.type in _BESIDE and x + other.width / 2 < width / 2:
            left = min(max(left, x + other.width), width / 4)
        elif other.type in _BESIDE:
            right = max(min(right, x), width / 2)
        elif y + other.height / 2 < height / 2:
            low = min(max(low, y + other.height), height / 4)
        else:
            top = max(min(top, y), 3 * height / 4)
    return left, low, right, top


def fit_camera(area: Any, width: int, height: int) -> None:
    """Have a view through a camera show all of its picture where nothing lies over it.

    Blender's own way to do that does not know of the sidebar.

    Parameters
    ----------
    area : bpy.types.Area
        With a 3D view.
    width, height : int
        Of the picture; only their ratio counts.

    Notes
    -----
    Blender shows the picture's longer side as (sqrt(2) + zoom / 50) ** 2 / 4 of the region's, and
    moves it by twice the offset of that, in region widths and heights.
    """
    region, view = view_region(area), area.spaces.active.region_3d
    left, low, right, top = free_region(area)
    side = max(width, height)
    pixels = _FILLED * min((right - left) / width, (top - low) / height) * side
    share = pixels / max(region.width, region.height)
    zoom = 50 * (2 * math.sqrt(share) - math.sqrt(2))
    view.view_camera_zoom = min(max(zoom, _LEAST_ZOOM), _LARGEST_ZOOM)
    share = (math.sqrt(2) + view.view_camera_zoom / 50) ** 2 / 4
    view.view_camera_offset = (
        (region.width - left - right) / (4 * share * region.width),
        (region.height - low - top) / (4 * share * region.height),
    )
