"""Panels of the sidebar tab "PRN Face": they show what is, and start operators.

In comes Blender's context; out go buttons, sliders and pictures. A panel changes nothing, waits for
nothing (what takes long to find out is a `BackgroundAnswers`) and knows of an operator only its
name. The docstring of a panel's class is its tooltip, as for operators; the tooltips of sliders are
in `properties.py`, those of menus in `interface/choices.py`.
"""
# SPDX-License-Identifier: GPL-3.0-or-later
