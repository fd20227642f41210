"""The whole head of a face as files have it: colours, the texture in its own UV tile, glTF.

In: `Face`, the head that was fitted to it, a texture of the face. Out: the colours of skin, hair
and eyes, the head's texture, which surfaces it has, a GLB file. Knows nothing of Blender.
"""
# SPDX-License-Identifier: GPL-3.0-or-later
