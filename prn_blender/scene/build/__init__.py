"""Faces of a photo as a collection: meshes, material, camera; built, built anew, adjusted.

In: the `Face`s of one photo and `SceneOptions`. Out: `FaceScene`, the objects that were built.
Everything that takes long is computed before Blender's data are touched (`prepared`, `plan_...`),
so that a job can do it in another thread. Knows nothing of edits, swaps or files.
"""
# SPDX-License-Identifier: GPL-3.0-or-later
