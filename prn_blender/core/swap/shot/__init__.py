"""Another face in place of one person's in all frames of a shot, without flicker.

In: a `Shot`, the `Performance` of the person, a donor, `SwapOptions`. Out: a picture of each frame.
`sequence.steady_faces` has the face in each frame; `plans` decides at a few of them what is swapped
and in which colours, and lets that change slowly between; `shot_swap` draws. Knows nothing of files
or of Blender.
"""
# SPDX-License-Identifier: GPL-3.0-or-later
