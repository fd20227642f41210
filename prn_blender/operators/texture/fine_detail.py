"""`prn.fine_detail`: wrinkles and pores that the photo's light tells of, as a normal map."""
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
    from ...scene.layers.detail import DetailFiles

_LITTLE = 0.2
"""Mean confidence below which the photo's light tells next to nothing of relief."""


class PRN_OT_fine_detail(LayersJob, bpy.types.Operator):
    """Find wrinkles, folds and pores by the light in the photo, for skin lit by the scene"""

    bl_idname = "prn.fine_detail"
    bl_label = "Fine Detail"
    bl_options = {"REGISTER", "UNDO"}

    displace: BoolProperty(
        name="Displace Modifier",
        description="Add a Displace modifier, which moves the skin of a finely divided mesh by its "
        "detail; the normal map alone only shades it",
        default=False,
    )

    def steps(self, context: Any) -> list[Step]:
        """Compute the detail, then show it."""
        from ...scene.layers.complete import completed_size
        from ...scene.layers.detail import detail_files, put_detail
        from ...scene.record import recall

        item = self.begin(context)
        size, faces = completed_size(item), recall([item])

        def work() -> DetailFiles:
            return detail_files(faces()[0], size)

        def show(files: DetailFiles) -> None:
            item = self.again()
            in_object_mode(context)
            put_detail(item, files, bool(self.displace))
            show_material(context)
            if files.told < _LITTLE:
                tell(
                    self, "WARNING",
                    "The light in this photo is too flat to tell much of fine detail",
                )  # fmt: skip

        return [Step(item.name, work, show)]
