"""What is done with the active face itself: its view, its mesh, its photo, its rig, its export.

They take the active face and options, have `scene.build` and `scene.head` do the work, mostly as a
`FaceJob`, and report. What is done with its texture is in `operators.texture`.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from .adjust import CLASSES as ADJUST
from .export import PRN_OT_export_head, PRN_OT_mark_asset
from .head import PRN_OT_rig
from .marks import PRN_OT_landmarks, PRN_OT_visibility
from .occluders import PRN_OT_clear_view
from .other_photo import PRN_OT_other_photo, PRN_OT_update_face
from .rebuild import PRN_OT_rebuild
from .view import PRN_OT_front_view, PRN_OT_photo_behind, PRN_OT_photo_view

CLASSES = (
    PRN_OT_other_photo,
    PRN_OT_update_face,
    PRN_OT_rebuild,
    *ADJUST,
    PRN_OT_rig,
    PRN_OT_export_head,
    PRN_OT_mark_asset,
    PRN_OT_landmarks,
    PRN_OT_visibility,
    PRN_OT_clear_view,
    PRN_OT_photo_view,
    PRN_OT_front_view,
    PRN_OT_photo_behind,
)
"""In the order in which they are registered."""
