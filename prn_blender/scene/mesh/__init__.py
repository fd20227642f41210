"""The mesh of a face: its numbers, the data-block built from them, and its shape keys.

In: a `Face` and its placement in front of the camera, a layout. Out: meshes with UV map and
attributes, and for each vertex of any mesh, sculpted or subdivided ones too, the texel it lies on.
Knows nothing of the photo's image, of materials or of cameras.
"""
# SPDX-License-Identifier: GPL-3.0-or-later
