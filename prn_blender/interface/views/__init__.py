"""3D views: how a photo is drawn over one, how one shows a new face, and what stands before a face.

In come areas, regions, objects and Blender's undo; out come pixels and positions, changed views and
objects that are hidden. Nothing here knows how a face is built or changed, or what a panel shows.
"""
# SPDX-License-Identifier: GPL-3.0-or-later
