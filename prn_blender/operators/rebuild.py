"""`prn.rebuild`: another mesh or camera for the faces of a photo that are there already."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import bpy

from ..core.errors import OptionError, counted
from ..interface.build_options import GeometryOptions
from ..interface.jobs import FaceJob, Step
from ..interface.reporting import tell
from ..interface.target import in_object_mode
from ..scene.record import find_camera

if TYPE_CHECKING:
    from ..scene.build.rebuild import RebuildPlan


class PRN_OT_rebuild(FaceJob, GeometryOptions, bpy.types.Operator):
    """Give this photo's faces another mesh, camera or size: textures stay, sculpting is lost"""

    bl_idname = "prn.rebuild"
    bl_label = "Mesh and Camera..."
    bl_options = {"REGISTER", "UNDO"}

    def invoke(self, context: Any, event: Any) -> set[str]:
        """Ask for the options, beginning with the kind of camera there is."""
        camera = find_camera(context.active_object)
        if camera is not None and not self.properties.is_property_set("camera"):
            self.camera = "ortho" if camera.data.type == "ORTHO" else "persp"
        return self.ask(context)

    def steps(self, context: Any) -> list[Step]:
        """Compute what the photo says about it, then exchange the meshes."""
        from ..scene import SceneOptions
        from ..scene.build.rebuild import has_parts, largest_of, plan_rebuild, rebuild_stepwise
        from ..scene.record import camera_of, faces_of_photo, recall

        item, geometry = self.begin(context), self.geometry()
        camera = camera_of(item)  # without it there is nothing to compute for
        if any(block.library or block.override_library for block in (camera, camera.data)):
            raise OptionError("The camera of this photo is linked: make it local first.")
        items = faces_of_photo(item, context.scene)
        names, recalled = [item.name for item in items], recall(items)
        with_parts = [has_parts(item) for item in items]

        def work() -> RebuildPlan:
            faces = recalled()
            return plan_rebuild(faces, SceneOptions(**geometry(largest_of(faces))), with_parts)

        def exchange(plan: RebuildPlan) -> Iterator[None]:
            items = [self.again(name) for name in names]
            camera = camera_of(items[0])
            in_object_mode(context)
            yield from rebuild_stepwise(items, camera, plan, context.scene)
            count = len(plan.faces)
            tell(self, "INFO", counted(count, "Rebuilt 1 face", "Rebuilt {count} faces"))

        return [Step(item.name, work, exchange)]

    def draw(self, context: Any) -> None:
        """The dialog and the redo panel."""
        layout = self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        layout.prop(self, "stride")
        self.draw_camera(layout)
