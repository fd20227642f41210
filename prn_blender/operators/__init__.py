"""Operators: gather options, call core and scene, report."""
# SPDX-License-Identifier: GPL-3.0-or-later
