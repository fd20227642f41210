"""The active face: the front view, marks, another mesh, files."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import bpy
from bpy.app.translations import pgettext_iface as iface_

from ..interface.views.occluders import occluders_of
from ..operators.face.adjust import PRN_OT_adjust_on_photo
from ..operators.face.export import PRN_OT_export_head, PRN_OT_mark_asset
from ..operators.face.head import PRN_OT_rig
from ..operators.face.marks import PRN_OT_landmarks, PRN_OT_visibility
from ..operators.face.occluders import PRN_OT_clear_view
from ..operators.face.other_photo import PRN_OT_other_photo, PRN_OT_update_face
from ..operators.face.rebuild import PRN_OT_rebuild
from ..operators.face.view import PRN_OT_front_view, PRN_OT_photo_behind, PRN_OT_photo_view
from ..operators.outputs import PRN_OT_write_outputs
from ..operators.person import PRN_OT_add_photos, PRN_OT_remove_lost_photos
from ..operators.sequence.animate import PRN_OT_animate
from ..operators.sequence.live_link import PRN_OT_import_live_link
from ..operators.sequence.swap_video import PRN_OT_swap_video
from ..operators.sequence.transfer import PRN_OT_transfer_expressions
from ..scene.marks import marks_shown
from ..scene.names import is_face, is_head
from ..scene.record import find_front_pose, find_photos, is_of_older_model
from ..scene.result import photo_behind
from ..translations import CONTEXT


class PRN_PT_face(bpy.types.Panel):
    """The active face: its pose, what the photo shows of it, its numbers as files"""

    bl_label = "Face"
    bl_translation_context = CONTEXT
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "PRN Face"

    @classmethod
    def poll(cls, context: Any) -> bool:
        """Only where there is a face."""
        return is_face(context.active_object)

    def draw_header_preset(self, context: Any) -> None:
        """At the header's right end: which one it is, where a scene has several."""
        self.layout.label(text=context.active_object.name, translate=False)

    def draw(self, context: Any) -> None:
        """Its buttons."""
        column = self.layout.column()
        item = context.active_object
        # Only through a camera: from elsewhere one sees what is in the way.
        space = context.space_data
        through_camera = space is not None and space.region_3d.view_perspective == "CAMERA"
        occluders = occluders_of(context, item) if through_camera else []
        if occluders:
            if len(occluders) == 1:
                text = iface_("In the Way: Hide {name}").format(name=occluders[0].name)
            else:
                text = iface_("In the Way: Hide {count} Objects").format(count=len(occluders))
            column.operator(PRN_OT_clear_view.bl_idname, text=text, icon="HIDE_ON")
        if is_of_older_model(item):
            column.operator(PRN_OT_update_face.bl_idname, icon="FILE_REFRESH")
        turned = find_front_pose(item) is not None
        row = column.row(align=True)
        row.operator(PRN_OT_photo_view.bl_idname, icon="VIEW_CAMERA")
        behind = photo_behind.shows_photo(context.scene)
        row.operator(PRN_OT_photo_behind.bl_idname, text="", icon="RENDER_STILL", depress=behind)
        row.operator(
            PRN_OT_front_view.bl_idname,
            text="Turn Back" if turned else "To the Front",
            icon="LOOP_BACK" if turned else "USER",
        )
        row = column.row(align=True)
        row.operator(PRN_OT_adjust_on_photo.bl_idname, text="Adjust...", icon="STICKY_UVS_LOC")
        for toggle in (PRN_OT_landmarks, PRN_OT_visibility):  # three in a row: no room for icons
            row.operator(toggle.bl_idname, depress=marks_shown(item, toggle.kind))
        row = column.row(align=True)
        split = row.split(factor=0.58, align=True)  # as wide as their words
        split.operator(PRN_OT_rebuild.bl_idname, icon="MESH_GRID")
        split.operator(PRN_OT_write_outputs.bl_idname, text="Write Files...", icon="EXPORT")
        row.menu(PRN_MT_face.bl_idname, text="", icon="DOWNARROW_HLT")


class PRN_MT_face(bpy.types.Menu):
    """Further photos of the person, movement from a video, bones"""

    # In a menu, because the sidebar is full, and who needs these looks for them.
    bl_idname = "PRN_MT_face"
    bl_label = "Photos, Video, Rig"

    def draw(self, context: Any) -> None:
        """Its entries."""
        layout = self.layout
        layout.operator(
            PRN_OT_add_photos.bl_idname, text="Add Photos of This Person...", icon="COMMUNITY"
        )
        if len(find_photos(context.active_object)[1]) > 1:
            layout.operator(PRN_OT_remove_lost_photos.bl_idname, icon="X")
        layout.operator(PRN_OT_other_photo.bl_idname, icon="FILE_IMAGE")
        layout.separator()
        layout.operator(PRN_OT_animate.bl_idname, text="Animate from Video...", icon="ANIM")
        layout.operator(
            PRN_OT_transfer_expressions.bl_idname,
            text="Expression from Photos...",
            icon="SHAPEKEY_DATA",
        )
        layout.operator(PRN_OT_swap_video.bl_idname, text="Swap into Video...", icon="FILE_MOVIE")
        layout.operator(
            PRN_OT_import_live_link.bl_idname, text="Import Live Link CSV...", icon="IMPORT"
        )
        if is_head(context.active_object):
            layout.separator()
            layout.operator(PRN_OT_rig.bl_idname, icon="ARMATURE_DATA")
            layout.operator(PRN_OT_export_head.bl_idname, text="Export Head...", icon="EXPORT")
        layout.separator()
        layout.operator(PRN_OT_mark_asset.bl_idname, icon="ASSET_MANAGER")
