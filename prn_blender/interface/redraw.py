"""Having areas drawn again where Blender cannot know that what they show has changed."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any


def redraw(manager: Any, *kinds: str, region: str | None = None) -> None:
    """Have all areas of these kinds drawn again, in all windows.

    Parameters
    ----------
    manager : bpy.types.WindowManager
    *kinds : str
        Such as "VIEW_3D".
    region : str, optional
        Only their regions of this type, such as "UI": a 3D view can take long to draw.
    """
    for window in manager.windows:
        for area in window.screen.areas:
            if area.type in kinds:
                for part in area.regions:
                    if region is None or part.type == region:
                        part.tag_redraw()
