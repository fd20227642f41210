"""Animation: what a person does in a shot, as keys on Blender's objects that can be edited.

In: arrays over time (a `Performance`, `FaceCurves`) and objects. Out: actions with F-curves on the
head, the camera and shape keys, and a camera with the movie behind. Knows nothing of how faces are
followed, or of operators.
"""
# SPDX-License-Identifier: GPL-3.0-or-later
