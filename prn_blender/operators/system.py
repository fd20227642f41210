"""`prn.copy_report`: what a bug report needs, on the clipboard."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import threading
from typing import Any

import bpy

from ..core.model.environment import broken_libraries, system_report
from ..core.native import telemetry_notice
from ..interface.reporting import tell

# Looked at once: a library that is broken stays so until Blender starts again.
_broken: dict[str, str] | None = None
_looking: threading.Thread | None = None


class PRN_OT_copy_report(bpy.types.Operator):
    """Copy versions, libraries and the model in use to the clipboard, for a bug report"""

    bl_idname = "prn.copy_report"
    bl_label = "Copy System Report"
    bl_options = {"INTERNAL"}

    def execute(self, context: Any) -> set[str]:
        """Collect and copy."""
        context.window_manager.clipboard = system_report(
            {
                "Blender": f"{bpy.app.version_string} {bpy.app.build_hash.decode()}",
                "Interface": f"scale {context.preferences.system.ui_scale:.2f}",
            }
        )
        tell(self, "INFO", "The system report is on the clipboard")
        if (notice := telemetry_notice()) is not None:
            tell(self, "WARNING", notice)
        return {"FINISHED"}


def look() -> None:
    """Find out which libraries cannot be loaded."""
    global _broken
    _broken = broken_libraries()


def known_broken() -> dict[str, str]:
    """Libraries that cannot be loaded, and why; empty until that is known.

    Asked first when the panel is drawn: a thread then loads them, so that neither Blender's start
    nor its window waits, and so that they are there when a photo is chosen.
    """
    global _looking
    if _broken is None and _looking is None and not bpy.app.background:
        _looking = threading.Thread(target=look, name="prn-libraries", daemon=True)
        _looking.start()
        bpy.app.timers.register(_draw_when_known, first_interval=0.5)
    return _broken or {}


def _draw_when_known() -> float | None:
    if _broken is None:
        return 0.5
    if _broken:
        for window in bpy.context.window_manager.windows:
            for area in window.screen.areas:
                if area.type == "VIEW_3D":
                    area.tag_redraw()
    return None


def unregister() -> None:
    """Forget."""
    global _broken, _looking
    if bpy.app.timers.is_registered(_draw_when_known):
        bpy.app.timers.unregister(_draw_when_known)
    _broken = _looking = None
