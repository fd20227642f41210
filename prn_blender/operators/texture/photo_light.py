"""`prn.photo_light`: the face without the photo's light, lit by that light as lamps."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import bpy
from bpy.props import BoolProperty

from ...interface.jobs import LayersJob, Step
from ...interface.reporting import tell
from ...interface.target import in_object_mode, show_material

if TYPE_CHECKING:
    # Loaded when first used: Blender's start must neither wait for OpenCV nor fail without it.
    from ...core.appearance.sun_lights import SunLights


class PRN_OT_photo_light(LayersJob, bpy.types.Operator):
    """Take the photo's light out of the texture, and light the face by lamps as in the photo"""

    bl_idname = "prn.photo_light"
    bl_label = "Light of the Photo"
    bl_options = {"REGISTER", "UNDO"}

    dark: BoolProperty(
        name="Dark World",
        description="Give the scene a black world, for its own would light the face as well",
        default=True,
    )

    def steps(self, context: Any) -> list[Step]:
        """Compute albedo and light, then add them."""
        from ...scene.build.photo_lights import add_photo_lights
        from ...scene.layers.complete import completed_files, completed_size, put_completed
        from ...scene.layers.layers import editable_layers
        from ...scene.layers.texture_group import LIT
        from ...scene.names import is_head
        from ...scene.record import recall

        item = self.begin(context)
        size, whole, faces = completed_size(item), is_head(item), recall([item])

        def work() -> tuple[dict[str, bytes], SunLights]:
            face = faces()[0]
            return completed_files(face, size, None, 1.0, whole), face.delit.suns

        def show(made: tuple[dict[str, bytes], SunLights]) -> None:
            item = self.again()
            in_object_mode(context)
            put_completed(item, made[0], delight=1.0)
            editable_layers(item).set_value(LIT, 1.0)
            add_photo_lights(context.scene, item, made[1], bool(self.dark))
            show_material(context)
            tell(self, "INFO", "Added {count} lamps", count=len(made[1].colours))

        return [Step(item.name, work, show)]
