"""Operators: what a button or a menu entry does; `prn.NAME` is in the module of its panel's topic.

Each gathers its options, has `core` and `scene` do the work, mostly as a job (`interface.jobs`),
and reports. In come Blender's context, properties and events; out go changed scenes, files and
reports. An operator knows neither the panels that show it nor how another operator works: what two
of them need is in `interface`. The docstring of an operator's class is its tooltip.
"""
# SPDX-License-Identifier: GPL-3.0-or-later
