"""Lazy imports for the `__init__` of a package: its public names load their module on first use.

Blender imports the add-on every time it starts. That has to be quick, and it has to work when a
library is missing, so that the add-on can say which one. OpenCV and onnxruntime are
therefore loaded only when a name that needs them is used.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any


def lazily(package: str, names: Mapping[str, tuple[str, ...]]) -> Callable[[str], Any]:
    """Make a module-level `__getattr__` (PEP 562) that imports public names on first use.

    Parameters
    ----------
    package : str
        `__name__` of the package.
    names : mapping of str to tuple of str
        The public names by the module that defines them; modules are relative to the package.

    Returns
    -------
    callable
        Takes a name and returns the object; raises AttributeError for any other name.
    """
    module_of = {name: module for module, group in names.items() for name in group}

    def load(name: str) -> Any:
        if name not in module_of:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        return getattr(import_module(f".{module_of[name]}", package), name)

    return load
