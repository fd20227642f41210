"""The option that curves which a sequence makes have in common."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from bpy.props import BoolProperty


class FewerKeys:
    """Mix-in of operators that make curves."""

    reduce: BoolProperty(
        name="Fewer Keys",
        description="Leave out keys that straight lines between the others replace",
        default=False,
    )
