"""PRN Face: a photo of a face becomes a textured mesh in Blender.

Each package imports only from those before it: `core` (photos and arrays, in any Python), `scene`
(Blender's data), `interface` (what buttons and panels share), `operators`, `panels`. Beside them
are `commands` and `cli` (the command line) and `translations`; `registration` tells Blender of all.
Importing this package loads nothing of Blender.
"""
# SPDX-License-Identifier: GPL-3.0-or-later


def register() -> None:
    """Called by Blender when the add-on is enabled."""
    from . import registration

    registration.register()


def glTF2_pre_export_callback(_: dict[str, object]) -> None:  # noqa: N802 (Blender's name)
    """Called by Blender's glTF exporter when it begins: edits of this moment are exported, too."""
    from .interface.exported_texture import finish_now

    finish_now(missing=True)


def unregister() -> None:
    """Called by Blender when the add-on is disabled."""
    from . import registration

    registration.unregister()
