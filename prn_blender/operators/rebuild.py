"""`prn.rebuild`: another mesh or camera for faces that are there already."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import bpy

from ..core.errors import counted
from ..scene.names import FACE
from .geometry import GeometryOptions
from .reporting import reports_errors, tell
from .target import OnFace, faces_of_active, in_object_mode


class PRN_OT_rebuild(OnFace, GeometryOptions, bpy.types.Operator):
    """Give this photo's faces another mesh, camera or size: textures stay, sculpting is lost"""

    bl_idname = "prn.rebuild"
    bl_label = "Mesh and Camera..."
    bl_options = {"REGISTER", "UNDO"}

    def invoke(self, context: Any, event: Any) -> set[str]:
        """Ask for the options, beginning with what is."""
        camera = context.active_object.data[FACE].get("camera")
        if camera is not None and not self.properties.is_property_set("camera"):
            self.camera = "ortho" if camera.data.type == "ORTHO" else "persp"
        return context.window_manager.invoke_props_dialog(self)

    @reports_errors
    def execute(self, context: Any) -> set[str]:
        """Build anew."""
        from ..scene import SceneOptions
        from ..scene.rebuild import rebuild
        from ..scene.state import camera_of

        faces = faces_of_active(context)
        camera = camera_of(context.active_object)
        largest = max((face for _, face in faces), key=lambda face: face.size)
        in_object_mode(context)
        rebuild(faces, camera, SceneOptions(**self.geometry()(largest)))
        tell(self, "INFO", counted(len(faces), "Rebuilt 1 face", "Rebuilt {count} faces"))
        return {"FINISHED"}

    def draw(self, context: Any) -> None:
        """The dialog and the redo panel."""
        layout = self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        layout.prop(self, "stride")
        self.draw_camera(layout)
