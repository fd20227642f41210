"""The commands of `python -m prn_blender`: each adds its arguments to the parser and runs."""
# SPDX-License-Identifier: GPL-3.0-or-later
