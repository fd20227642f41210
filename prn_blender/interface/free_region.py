"""What of a 3D view nothing lies over."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import math
from typing import Any

_BESIDE, _ABOVE = {"TOOLS", "UI"}, {"HEADER", "TOOL_HEADER"}
_FILLED = 0.96  # of that part by a photo
_LEAST_ZOOM, _MOST_ZOOM = -30.0, 600.0  # Blender's


def view_region(area: Any) -> Any:
    """The region of a 3D view that shows the scene."""
    return next(region for region in area.regions if region.type == "WINDOW")


def free_part(area: Any) -> tuple[float, float, float, float]:
    """What other regions leave of the view: left, low, right, top; an eighth at least."""
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
    left, low, right, top = free_part(area)
    side = max(width, height)
    pixels = _FILLED * min((right - left) / width, (top - low) / height) * side
    share = pixels / max(region.width, region.height)
    zoom = 50 * (2 * math.sqrt(share) - math.sqrt(2))
    view.view_camera_zoom = min(max(zoom, _LEAST_ZOOM), _MOST_ZOOM)
    share = (math.sqrt(2) + view.view_camera_zoom / 50) ** 2 / 4
    view.view_camera_offset = (
        (region.width - left - right) / (4 * share * region.width),
        (region.height - low - top) / (4 * share * region.height),
    )
