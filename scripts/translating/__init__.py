"""What a translation needs: the English texts in the code, and what a language makes of them.

In: the source files of `prn_blender` and a language's folder. Out: lists of texts, a language's
files, and their faults. Runs no Blender; only reading the interface's texts asks for `bpy`.
"""
# SPDX-License-Identifier: GPL-3.0-or-later
