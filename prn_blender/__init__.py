"""PRN Face: a photo of a face becomes a textured mesh in Blender.

`prn_blender.core` works in any Python; importing this package loads nothing of Blender.
"""
# SPDX-License-Identifier: GPL-3.0-or-later


def register() -> None:
    """Called by Blender when the add-on is enabled."""
    from . import registration

    registration.register()


def unregister() -> None:
    """Called by Blender when the add-on is disabled."""
    from . import registration

    registration.unregister()
