"""`prn.other_photo` and `prn.update_face`: faces that are there, in another photo or newly seen."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import bpy
from bpy.props import IntProperty

from ...core.errors import OptionError, Sentence, counted
from ...interface.face_numbers import chosen_faces
from ...interface.file_browser import PhotoBrowser
from ...interface.jobs import FaceJob, Step
from ...interface.recent_faces import engine_chooser, faces_in_boxes, faces_of_file
from ...interface.reporting import tell, tell_texture_stays
from ...interface.target import in_object_mode
from ...scene.record import find_photos

if TYPE_CHECKING:
    from ...scene.build.other_photo import OtherPhoto


class PRN_OT_other_photo(FaceJob, bpy.types.Operator, PhotoBrowser):
    """Give this face another photo of the person; sculpting, shape keys and layers stay"""

    bl_idname = "prn.other_photo"
    bl_label = "Other Photo..."
    bl_options = {"REGISTER", "UNDO"}

    number: IntProperty(
        name="Face",
        description="Which face of the other photo; the largest is 1",
        default=1,
        min=1,
        max=999,
        options={"SKIP_SAVE"},
    )

    def invoke(self, context: Any, event: Any) -> set[str]:
        """Choose a file, unless one was given."""
        if self.has_path():
            return self.start(context)
        self.start_folder()
        return self.browse(context)

    def steps(self, context: Any) -> list[Step]:
        """Find the face in the other photo, compute what it changes, then change it."""
        from ...scene.build.built_with import built_with
        from ...scene.build.other_photo import exchange_photo, plan_other_photo
        from ...scene.layers.complete import made_as
        from ...scene.layers.detail import remove_detail
        from ...scene.layers.layer_values import photo_texels
        from ...scene.names import is_head
        from ...scene.record import camera_of, recall

        if not self.filepath:
            raise OptionError("No photo was chosen.")
        path, engine, number = Path(bpy.path.abspath(self.filepath)), engine_chooser(), self.number
        item = self.begin(context)
        if len(find_photos(item)[1]) > 1:
            raise _several_photos()
        now = built_with([item], camera_of(item), context.scene)
        recalled, texels, whole = recall([item]), photo_texels(item), is_head(item)
        made = made_as(item)

        def work() -> OtherPhoto:
            found = faces_of_file(path, number > 1, engine())
            (face,) = chosen_faces(found, [number])
            return plan_other_photo(recalled(), [face], now, [texels], [whole], [made])

        def exchange(plan: OtherPhoto) -> None:
            item = self.again()
            in_object_mode(context)
            exchange_photo([item], plan, context.scene)
            said = Sentence("{name!r} is now as {photo} shows it", name=item.name, photo=path.name)
            if remove_detail(item):  # of the photo before
                said = Sentence("{said}; Fine Detail finds its wrinkles and pores", said=said)
            if not plan.replaced:
                tell_texture_stays(self)
            elif plan.stale:
                again = "{said}; Complete Hidden Side makes that side anew"
                tell(self, "INFO", again, said=said)
            else:
                tell(self, "INFO", said)

        return [Step(path.name, work, exchange)]

    def draw(self, context: Any) -> None:
        """The file browser's side and the redo panel."""
        self.layout.use_property_split = True
        self.layout.prop(self, "number")


class PRN_OT_update_face(FaceJob, bpy.types.Operator):
    """Shape this photo's faces as the present model sees them; what you made of them stays"""

    bl_idname = "prn.update_face"
    bl_label = "Update to This Model"
    bl_options = {"REGISTER", "UNDO"}

    def steps(self, context: Any) -> list[Step]:
        """Have the model look where the faces are, then change them."""
        from ...scene.build.built_with import built_with
        from ...scene.build.other_photo import exchange_photo, plan_other_photo
        from ...scene.layers.complete import made_as
        from ...scene.layers.layer_values import photo_texels
        from ...scene.names import is_head
        from ...scene.record import camera_of, faces_of_photo, is_a_persons, photo_block, recall

        item, engine = self.begin(context), engine_chooser()
        items = faces_of_photo(item, context.scene)
        if is_a_persons(photo_block(item), context.scene):
            raise _several_photos()
        now = built_with(items, camera_of(item), context.scene)
        names, recalled = [each.name for each in items], recall(items)
        textures = [photo_texels(each) for each in items]
        heads, made = [is_head(each) for each in items], [made_as(each) for each in items]

        def work() -> OtherPhoto:
            before = recalled()
            boxes = [face.box for face in before]
            after = faces_in_boxes(before[0].photo, boxes, engine())
            return plan_other_photo(before, after, now, textures, heads, made, now.focal_mm)

        def exchange(plan: OtherPhoto) -> None:
            items = [self.again(name) for name in names]
            in_object_mode(context)
            exchange_photo(items, plan, context.scene, photo_block(items[0]))
            tell(self, "INFO", counted(len(items), "Updated 1 face", "Updated {count} faces"))

        return [Step(item.name, work, exchange)]


def _several_photos() -> OptionError:
    return OptionError(
        "A face from several photos keeps its cameras; take the other photos away first."
    )
