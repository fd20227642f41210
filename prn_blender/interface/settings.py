"""The add-on's preferences and the folder of the user's models, wherever Blender keeps them."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import bpy

if TYPE_CHECKING:
    from ..core.model.user_models import ModelStore

PACKAGE = __package__.rpartition(".")[0]
"""The add-on's name in Blender: prn_blender, or inside an extension bl_ext.REPOSITORY.prn_face."""


def model_store() -> ModelStore:
    """The user's models: in the extension's own folder, or outside of an extension the system's."""
    from ..core.model.user_models import ModelStore, default_user_folder

    if not PACKAGE.startswith("bl_ext."):
        return ModelStore(default_user_folder())
    return ModelStore(Path(bpy.utils.extension_path_user(PACKAGE, path="models", create=False)))


def preferences() -> Any:
    """The add-on's preferences (`PRN_Preferences`); None where it is not enabled, as in tests."""
    addon = bpy.context.preferences.addons.get(PACKAGE)
    return addon.preferences if addon else None


def other_python() -> str:
    """The Python that the user named for what Blender's own cannot do, or an empty string."""
    settings = preferences()
    return str(settings.python) if settings else ""
