"""The version: the one place that has it.

pyproject.toml reads it here for the wheel, scripts/build_extension.py for the extension's manifest,
results carry it. docs/releasing.md says when it changes.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

PROGRAM = "PRN Face"
"""What the add-on is called in results; the manifest has the same name."""
VERSION = "0.1.0"
"""Of the add-on and the wheel: major.minor.patch, as Blender's extensions have it."""
