"""For scripts in other processes: our package, under the name that it has where they came from.

In Blender it is `bl_ext.REPOSITORY.prn_face`, which no other Python knows. This file is run by its
path and imports nothing of ours.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import importlib.util
import sys
import types
from pathlib import Path


def have(package: str, folder: str) -> None:
    """Import the package from the folder it lies in, whatever else this Python has by its name.

    Two processes of one run with two versions of it would give results of neither.
    """
    if package in sys.modules:
        return
    above = package.split(".")[:-1]
    for count in range(len(above)):
        name = ".".join(above[: count + 1])
        if name not in sys.modules:
            sys.modules[name] = types.ModuleType(name)
            sys.modules[name].__path__ = []  # a package, in which nothing else is found
    spec = importlib.util.spec_from_file_location(
        package, Path(folder) / "__init__.py", submodule_search_locations=[folder]
    )
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[package] = module
    spec.loader.exec_module(module)
