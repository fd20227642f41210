"""Panels: they show and start, nothing else."""
# SPDX-License-Identifier: GPL-3.0-or-later
