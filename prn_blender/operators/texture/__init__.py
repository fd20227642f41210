"""What is done with the texture of the active face: a module for each button of the panel.

They take the active face's layers and options, have `scene.layers` and `scene.result` do the work,
mostly as a `LayersJob`, and report. How layers are mixed or a picture is drawn stands there.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from .complete import PRN_OT_complete
from .compositor import PRN_OT_compositor
from .exchange import PRN_OT_edit_externally, PRN_OT_reload
from .fine_detail import PRN_OT_fine_detail
from .paint import PRN_OT_paint
from .part_groups import PRN_OT_part_groups
from .photo_light import PRN_OT_photo_light
from .picture import PRN_OT_apply, PRN_OT_bake

CLASSES = (
    PRN_OT_paint,
    PRN_OT_edit_externally,
    PRN_OT_reload,
    PRN_OT_part_groups,
    PRN_OT_complete,
    PRN_OT_photo_light,
    PRN_OT_fine_detail,
    PRN_OT_bake,
    PRN_OT_apply,
    PRN_OT_compositor,
)
"""In the order in which they are registered."""
