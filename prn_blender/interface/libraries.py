"""Whether the libraries that ship with the add-on can be loaded, found out behind the window.

Loading them takes seconds. A thread does it when the panel is drawn first, so that neither
Blender's start nor its window waits, and so that they are there when a photo is chosen.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import threading

import bpy

from ..core.model.environment import broken_libraries
from .redraw import redraw

_SECONDS_BETWEEN_LOOKS = 0.5
"""Whether the thread has finished; it takes seconds."""

# Found out once: a library that is broken stays so until Blender starts again.
_broken: dict[str, str] | None = None
_thread: threading.Thread | None = None


def look() -> None:
    """Find out which libraries cannot be loaded; waits for it."""
    global _broken
    _broken = broken_libraries()


def known_broken() -> dict[str, str]:
    """Libraries that cannot be loaded, and why; empty until that is known.

    The first call in a window starts the thread, which has the panel drawn again if one is broken.
    """
    global _thread
    if _broken is None and _thread is None and not bpy.app.background:
        _thread = threading.Thread(target=look, name="prn-libraries", daemon=True)
        _thread.start()
        bpy.app.timers.register(_draw_when_known, first_interval=_SECONDS_BETWEEN_LOOKS)
    return _broken or {}


def unregister() -> None:
    """Forget what was found; the add-on may be enabled again."""
    global _broken, _thread
    if bpy.app.timers.is_registered(_draw_when_known):
        bpy.app.timers.unregister(_draw_when_known)
    _broken = _thread = None


def _draw_when_known() -> float | None:
    if _broken is None:
        return _SECONDS_BETWEEN_LOOKS
    if _broken:
        redraw(bpy.context.window_manager, "VIEW_3D")
    return None
