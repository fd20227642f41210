"""Packages that name their public parts without loading them.

Blender imports the add-on at every start: that must be quick, and must work when a library is
missing, so that the add-on can say which. OpenCV, onnxruntime and MediaPipe are therefore loaded
with the first name that needs them.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any


def lazily(package: str, names: Mapping[str, tuple[str, ...]]) -> Callable[[str], Any]:
    """A module's `__getattr__` (PEP 562) that imports a public name when it is first used.

    Parameters
    ----------
    package : str
        `__name__` of the package.
    names : mapping of str to tuple of str
        For each module of the package, relative to it, the public names it defines.

    Returns
    -------
    callable
        From a name to the object; AttributeError for any other name.
    """
    module_of = {name: module for module, group in names.items() for name in group}

    def load(name: str) -> Any:
        if name not in module_of:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        return getattr(import_module(f".{module_of[name]}", package), name)

    return load
