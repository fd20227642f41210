"""Image data-blocks: made from arrays and image files, and read back as arrays.

In: uint8 or float arrays, encoded image files, a `Photo`. Out: packed data-blocks, and their
pixels, for other threads too. Knows nothing of faces, meshes or materials.
"""
# SPDX-License-Identifier: GPL-3.0-or-later
