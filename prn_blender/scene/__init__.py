"""Blender data from faces. Builds and links data-blocks; no operators, no interface."""
# SPDX-License-Identifier: GPL-3.0-or-later

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .build import FaceScene, SceneOptions, build_scene

__all__ = ["FaceScene", "SceneOptions", "build_scene"]


def __getattr__(name: str) -> Any:
    """Load the building of scenes when it is asked for: panels need names and layers only."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(".build", __name__), name)
