"""`prn.compositor`: a scene whose render is the photo with the edited face."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import bpy
from bpy.app.translations import pgettext_iface as iface_

from ...interface.jobs import LayersJob, Step, nothing, scene_again
from ...interface.reporting import tell
from ...interface.target import in_object_mode

if TYPE_CHECKING:
    # Loaded when first used: Blender's start must neither wait for OpenCV nor fail without it.
    from ...core.face.face import Face


class PRN_OT_compositor(LayersJob, bpy.types.Operator):
    """Make a scene whose render is the photo with the edited face: paint, mix, render again"""

    bl_idname = "prn.compositor"
    bl_label = "Live Compositor"
    bl_options = {"REGISTER", "UNDO"}

    def steps(self, context: Any) -> list[Step]:
        """Take what it needs of all faces of the photo, compute, build it and show it."""
        from ...scene.build.camera import view_notice
        from ...scene.record import camera_of, faces_of_photo, recall
        from ...scene.result.compositor import (
            CompositeFiles,
            CompositeInputs,
            build_compositor,
            composite_files,
            composite_inputs,
        )

        item, scene_name = self.begin(context), context.scene.name
        camera_of(item)  # without it there is nothing to compute for
        names: list[str] = []
        found: list[tuple[Callable[[], list[Face]], list[CompositeInputs]]] = []

        def take(_: None) -> None:
            items = faces_of_photo(self.again(), scene_again(scene_name))
            names.extend(item.name for item in items)
            found.append((recall(items), composite_inputs(items)))

        def work() -> CompositeFiles:
            faces, rest = found.pop()
            return composite_files(faces(), rest)

        def show(files: CompositeFiles) -> None:
            items = [self.again(name) for name in names]
            item, camera = items[0], camera_of(items[0])
            in_object_mode(context)
            scene = build_compositor(items, camera, files)
            if context.window is not None:
                context.window.scene = scene
                scene.view_layers[0].objects.active = item
            said = "Render the scene {scene!r} (F12): photo and edited face"
            if (notice := view_notice(scene)) is not None:
                tell(self, "WARNING", notice)
            tell(self, "INFO", said, scene=scene.name)

        return [Step(iface_("Reading the layers"), nothing, take), Step(item.name, work, show)]
