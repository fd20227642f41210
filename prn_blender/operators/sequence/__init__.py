"""Buttons for what moves: a face as a person in a movie, or in a person's place there; shape keys.

In: a movie or a file, and the active face or mesh. Out: keys on Blender's objects, through
`scene.animation`; a folder of pictures. Knows nothing of how faces are followed.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from . import animate, live_link, swap_video, transfer

CLASSES = (
    animate.PRN_OT_animate,
    swap_video.PRN_OT_swap_video,
    live_link.PRN_OT_import_live_link,
    transfer.PRN_OT_transfer_expressions,
)
