"""Through the photo's camera, also in renders; or the face turned to the front."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import bpy
from mathutils import Matrix

from ...interface.reporting import reports_errors, tell
from ...interface.target import OnFace
from ...interface.views.free_region import fit_camera
from ...interface.views.occluders import others_hidden, show_only
from ...scene.names import FRONT_POSE
from ...scene.record import find_camera, find_front_pose


class PRN_OT_photo_view(OnFace, bpy.types.Operator):
    """Look through this photo's camera and render with it; faces turned to the front turn back"""

    bl_idname = "prn.photo_view"
    bl_label = "Photo View"
    bl_options = {"REGISTER", "UNDO"}

    @reports_errors
    def execute(self, context: Any) -> set[str]:
        """Choose the camera, look through it."""
        from ...scene.build.camera import match_render, view_notice, wants_match
        from ...scene.record import bring_back, camera_of, photo_size_of

        item, scene = context.active_object, context.scene
        camera = camera_of(item)
        bring_back(camera, item)
        # A face that looks to the front would stand before itself in the photo.
        for face in {item, *(o for o in scene.objects if find_camera(o) == camera)}:
            _turn_back(face)
        scene.camera = camera
        hid = show_only(context, camera)
        if hid:
            said = others_hidden(hid)
            tell(self, "INFO", said)
        if wants_match(scene):
            match_render(scene, *photo_size_of(item))
            if (notice := view_notice(scene)) is not None:
                tell(self, "WARNING", notice)
        space = context.space_data
        if space is not None and space.type == "VIEW_3D":
            space.region_3d.view_perspective = "CAMERA"
            fit_camera(context.area, *photo_size_of(item))
        return {"FINISHED"}


class PRN_OT_photo_behind(OnFace, bpy.types.Operator):
    """Show the photo behind the face in renders, too, or no longer"""

    bl_idname = "prn.photo_behind"
    bl_label = "Photo in Renders"
    bl_options = {"REGISTER", "UNDO"}

    @reports_errors
    def execute(self, context: Any) -> set[str]:
        """Switch; says what else a render does not share with the camera view."""
        from ...scene.record import bring_back, camera_of, photo_block
        from ...scene.result.photo_behind import put_photo_behind, shows_photo, take_photo_away

        item, scene = context.active_object, context.scene
        if shows_photo(scene):
            take_photo_away(scene)
            tell(self, "INFO", "Renders show no photo")
            return {"FINISHED"}
        photo, camera = photo_block(item), camera_of(item)
        bring_back(camera, item)
        put_photo_behind(scene, photo)
        if scene.camera != camera:
            said = "Renders show the photo, but through another camera: Photo View sets the photo's"
            tell(self, "WARNING", said)
        else:
            tell(self, "INFO", "Renders show the photo behind the face")
        return {"FINISHED"}


def _turn_back(item: bpy.types.Object) -> bool:
    """Give a face that is turned to the front its pose again; whether it was turned."""
    pose = find_front_pose(item)
    if pose is None:
        return False
    item.matrix_basis = pose
    del item[FRONT_POSE]
    return True


class PRN_OT_front_view(OnFace, bpy.types.Operator):
    """Turn the active face to the front, or back to its pose in the photo"""

    bl_idname = "prn.front_view"
    bl_label = "Turn to the Front"
    bl_options = {"REGISTER", "UNDO"}

    @reports_errors
    def execute(self, context: Any) -> set[str]:
        """Clear the rotation and remember it; or restore it."""
        item = context.active_object
        if not _turn_back(item):
            place, _, scale = item.matrix_basis.decompose()
            item[FRONT_POSE] = [value for row in item.matrix_basis for value in row]
            item.matrix_basis = Matrix.LocRotScale(place, None, scale)
        return {"FINISHED"}
