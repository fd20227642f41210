"""The commands of `python -m prn_blender`: a module each, which adds its arguments and runs.

`cli.py` calls `add_parser` of each, then `run` of the one that was asked for. In come arguments and
files; out go files, lines on standard output and an exit code. Errors are raised and not printed,
except those of single photos, after which the others go on (`photos.for_each`). Commands know
nothing of Blender's window; what needs Blender at all is imported where it is asked for.
"""
# SPDX-License-Identifier: GPL-3.0-or-later
