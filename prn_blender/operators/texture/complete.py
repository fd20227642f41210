"""`prn.complete`: the side of the face that the photo does not show, filled in as a layer."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import bpy
from bpy.props import BoolProperty, EnumProperty, FloatProperty

from ...interface import choices
from ...interface.jobs import LayersJob, Step
from ...interface.target import in_object_mode, show_material


class PRN_OT_complete(LayersJob, bpy.types.Operator):
    """Fill in the side of the face that the photo does not show, as a layer with a mask"""

    bl_idname = "prn.complete"
    bl_label = "Complete Hidden Side"
    bl_options = {"REGISTER", "UNDO"}

    mirror: BoolProperty(
        name="Mirror",
        description="Take hidden skin from the other half of the face, where the photo shows it",
        default=True,
    )
    keep_hair: FloatProperty(
        name="Keep Hair",
        description="Leave hair, or whatever else hangs into the face, as it is in the photo; at 0 "
        "there is skin in its place",
        default=0.0,
        min=0.0,
        max=1.0,
        subtype="FACTOR",
    )
    fill: EnumProperty(
        name="Rest",
        description="What neither half of the face shows",
        items=choices.FILLS,
        default="smooth",
    )
    delight: FloatProperty(
        name="Remove Light",
        description="Take the photo's light and shade out of the whole texture, so that the "
        "scene's lights can fall on it",
        default=0.0,
        min=0.0,
        max=1.0,
        subtype="FACTOR",
    )

    def steps(self, context: Any) -> list[Step]:
        """Compute the layer, then show it."""
        from ...core.editing.completion import CompletionOptions
        from ...scene.layers.complete import completed_files, completed_size, made_as, put_completed
        from ...scene.names import is_head
        from ...scene.record import recall

        item = self.begin(context)
        if not self.properties.is_property_set("delight"):  # as its other layers are
            self.delight = made_as(item).delight
        delight = float(self.delight)
        options = CompletionOptions(self.mirror, self.fill, float(self.keep_hair))
        size, whole, faces = completed_size(item), is_head(item), recall([item])

        def work() -> dict[str, bytes]:
            return completed_files(faces()[0], size, options, delight, whole)

        def show(files: dict[str, bytes]) -> None:
            item = self.again()
            in_object_mode(context)
            put_completed(item, files, options, delight)
            show_material(context)

        return [Step(item.name, work, show)]
