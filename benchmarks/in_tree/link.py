"""What the programs of this folder share: they take orders, and find names in any tree.

They run as scripts with one tree's package, old or new. So they import nothing but the standard
library, each other, and names that every tree has; `find` looks up what has moved.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import dataclasses
import json
import os
import sys
import traceback
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

_SHARED = ("Photo", "UVLayout", "Crop")
"""Classes whose objects are the same for every face derived anew: their caches stay."""


class MissingError(Exception):
    """This tree has no such thing."""


def find(name: str, *modules: str) -> Any:
    """A name of the package, from the first of some modules that has it.

    Parameters
    ----------
    name : str
    *modules : str
        Relative to prn_blender, newest first: "core.image.blend", "core.blend".

    Raises
    ------
    MissingError
    """
    for module in modules:
        try:
            return getattr(import_module(f"prn_blender.{module}"), name)
        except (ModuleNotFoundError, AttributeError):
            continue
    raise MissingError(f"{name} is in none of {', '.join(modules)}")


def fresh(face: Any) -> Any:
    """A face of which nothing is derived yet: neither by it nor by a part of it."""
    parts = {}
    for part in dataclasses.fields(face):
        value = getattr(face, part.name)
        whole = dataclasses.is_dataclass(value) and type(value).__name__ not in _SHARED
        if part.init:
            parts[part.name] = fresh(value) if whole else value
    return dataclasses.replace(face, **parts)


def seen(face: Any) -> Any:
    """A face as reconstruction leaves it for its texture: what the photo shows is known."""
    again = fresh(face)
    _ = again.visibility
    return again


def serve(commands: Mapping[str, Callable[..., Any]]) -> None:
    """Take orders from standard input, one JSON object a line, until it ends.

    Standard output is kept for the answers: what libraries print goes to standard error.
    """
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    _check_package()
    for line in sys.stdin:
        order = json.loads(line)
        try:
            answer = {"result": commands[order["do"]](**order["with"])}
        except Exception as e:
            traceback.print_exc()
            answer = {"error": f"{order['do']}: {type(e).__name__}: {e}"}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()
    answers.close()
    os._exit(0)  # see prn_blender/__main__.py


def _check_package() -> None:
    """An environment where the project is installed has the package in another folder, too."""
    import prn_blender

    found = Path(prn_blender.__file__).resolve().parent.parent
    if found != Path.cwd().resolve():
        sys.exit(f"{Path.cwd()} was to be measured, but Python imports {found}")
