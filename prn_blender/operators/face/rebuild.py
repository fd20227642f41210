"""`prn.rebuild`: another mesh, camera, size or texture for the faces of a photo that are there."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import bpy
from bpy.props import EnumProperty

from ...core.errors import OptionError, PRNError, Sentence, counted
from ...interface import choices
from ...interface.build_options import GeometryOptions, headless
from ...interface.jobs import FaceJob, Step
from ...interface.reporting import tell
from ...interface.target import in_object_mode
from ...scene.names import is_head
from ...scene.record import find_camera
from ...translations import sentence

if TYPE_CHECKING:
    from ...core.face.face import Face
    from ...scene.build.built_with import BuiltWith
    from ...scene.build.rebuild import RebuildPlan


class PRN_OT_rebuild(FaceJob, GeometryOptions, bpy.types.Operator):
    """Give this photo's faces another mesh, camera, size or texture; what you made of them stays"""

    bl_idname = "prn.rebuild"
    bl_label = "Mesh and Camera..."
    bl_options = {"REGISTER", "UNDO"}

    texture_size: EnumProperty(
        name="Texture",
        description="Side of the photo's texture in pixels",
        items=(*choices.TEXTURE_SIZES, ("as_it_is", "As It Is", "Keep the texture that there is")),
        default="as_it_is",
    )
    material: EnumProperty(
        name="Material",
        description="How the face takes light",
        items=choices.MATERIALS,
        default="shadeless",
    )
    _lost: tuple[Sentence, ...] = ()  # what another mesh would lose
    _before = ("", "")  # the topology and the density that there are

    def invoke(self, context: Any, event: Any) -> set[str]:
        """Ask for the options, beginning with those of the face."""
        item, camera = context.active_object, find_camera(context.active_object)
        if camera is None:
            return self.start(context)  # which says what is wrong
        try:
            from ...scene.build.built_with import built_with
            from ...scene.mesh.carry import what_is_lost
            from ...scene.record import faces_of_photo, layout_of

            items = faces_of_photo(item, context.scene)
            now = built_with(items, camera, context.scene)
            self._take(now)
            lost = [what_is_lost(each, layout_of(each), now.stride) for each in items]
        except PRNError:
            return self.start(context)
        self._lost = tuple({str(each): each for some in lost for each in some}.values())
        self._before = self.topology, self.stride
        return self.ask(context)

    def _take(self, now: BuiltWith) -> None:
        """Begin with what the face is like, apart from what the caller has said."""
        for name, value in (
            ("topology", now.topology),
            ("stride", str(now.stride)),
            ("camera", now.camera),
            # The photo's lens is only asked for where there is none yet.
            ("use_exif", now.camera == "ortho"),
            ("focal_mm", now.focal_mm),
            ("eye_distance", now.eye_distance * 1000),
            ("texture_size", "as_it_is"),
            ("material", now.material),
        ):
            if not self.properties.is_property_set(name):
                setattr(self, name, value)

    def steps(self, context: Any) -> list[Step]:
        """Compute what the photo says about it, then change what is to be changed."""
        from ...scene import SceneOptions
        from ...scene.build.built_with import built_with
        from ...scene.build.rebuild import (
            Changes,
            largest_of,
            plan_rebuild,
            rebuild_stepwise,
        )
        from ...scene.layers.complete import made_as
        from ...scene.layers.layer_values import photo_texels
        from ...scene.record import (
            camera_of,
            faces_of_photo,
            find_photos,
            is_a_persons,
            photo_block,
            recall,
        )

        item = self.begin(context)
        if find_photos(item)[0]:
            raise OptionError(
                "Mesh and camera are those of the first photo; choose it in Photos of This Person."
            )
        camera = camera_of(item)  # without it there is nothing to compute for
        if any(block.library or block.override_library for block in (camera, camera.data)):
            raise OptionError("The camera of this photo is linked: make it local first.")
        items = faces_of_photo(item, context.scene)
        person = is_a_persons(photo_block(item), context.scene)
        now = built_with(items, camera, context.scene)
        self._take(now)
        geometry, size = self.geometry(), self.texture_size
        stride = int(self.stride) if int(self.stride) != now.stride else None
        topology = self.topology if self.topology != now.topology else None
        side = None if size in ("as_it_is", str(now.texture_size)) else size
        material = self.material if self.material != now.material else None
        names, recalled = [each.name for each in items], recall(items)
        heads = [is_head(each) for each in items]
        delights = [made_as(each).delight for each in items]
        textures = [photo_texels(each) if side is not None else None for each in items]

        def changes(faces: list[Face]) -> Changes:
            view = geometry(largest_of(faces))
            del view["stride"], view["topology"]
            another = _another_view(view, now, faces)
            if (another or topology is not None) and person:
                raise OptionError(
                    "A face from several photos keeps its cameras and its topology; take the other "
                    "photos away first."
                )
            return Changes(
                stride=stride,
                topology=topology,
                view=SceneOptions(**view) if another else None,
                texture_size=int(side) if side is not None and side != "auto" else side,
                material=material,
            )

        def work() -> RebuildPlan:
            faces = recalled()
            return plan_rebuild(faces, now, changes(faces), textures, heads, delights)

        def exchange(plan: RebuildPlan) -> Iterator[None]:
            if not plan.changes.any:
                tell(self, "INFO", "Nothing was changed: the faces have these options")
                return
            items = [self.again(name) for name in names]
            camera = camera_of(items[0])
            in_object_mode(context)
            yield from rebuild_stepwise(items, camera, plan, context.scene)
            if plan.headless:
                said = headless(plan.headless)
                tell(self, "WARNING", said)
            count = len(plan.faces)
            tell(self, "INFO", counted(count, "Changed 1 face", "Changed {count} faces"))

        return [Step(item.name, work, exchange)]

    def draw(self, context: Any) -> None:
        """The dialog and the redo panel."""
        layout = self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        self.draw_mesh(layout)
        if self._lost and (self.topology, self.stride) != self._before:
            column = layout.column(align=True)
            column.label(text="Another mesh cannot keep:", icon="ERROR")
            for each in self._lost:
                column.label(text=sentence(each), translate=False)
        layout.prop(self, "texture_size")
        layout.prop(self, "material")
        layout.separator()
        self.draw_camera(layout)


def _another_view(view: dict[str, Any], now: BuiltWith, faces: list[Face]) -> bool:
    """Whether options ask for another camera or size than there is."""
    if not now.placed or view["camera"] != now.camera:
        return True
    if abs(view["eye_distance"] - now.eye_distance) > 1e-6:
        return True
    if now.camera == "ortho":
        return False
    focal = view["focal_mm"]
    if focal is None:  # the photo's own lens
        from ...scene.build.rebuild import lens_of

        focal = lens_of(faces)
    return bool(abs(focal - now.focal_mm) > 1e-3)
