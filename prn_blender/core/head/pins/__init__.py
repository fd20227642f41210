"""A head whose places are pinned to points of a photo.

In: a face's stance and linear head, the places that have pins. Out: the system of equations whose
answer is the least change of identity, expression, pose and surface that takes each place to its
pin. Knows nothing of `Face`, of how pins are set, or of what keeps a surface from folding.
"""
# SPDX-License-Identifier: GPL-3.0-or-later
