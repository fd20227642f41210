"""How good things come out: heads, textures, several photos of a person, shots.

In: photos, or faces with known truth that are drawn here. Out: tables on the screen and pictures to
look at. What is measured in every training is in `training.check`.
"""
# SPDX-License-Identifier: GPL-3.0-or-later
