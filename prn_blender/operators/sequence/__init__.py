"""Buttons for what moves: a face as a person in a movie, shape keys as a Live Link Face file says.

In: a movie or a file, and the active face or mesh. Out: keys on Blender's objects, through
`scene.animation`. Knows nothing of how faces are followed.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from . import animate, live_link

CLASSES = (animate.PRN_OT_animate, live_link.PRN_OT_import_live_link)
