"""The photo with edits or with another face: as an image, as layers, as a live compositor.

In: face objects with edited layers, donors. Out: the image `NAME Result`, the donor's layers, the
scene `NAME Composite`. Knows nothing of buttons: `operators` calls it in steps, because the work
between reading Blender's data and writing them runs in another thread.
"""
# SPDX-License-Identifier: GPL-3.0-or-later
