"""The add-on's source, read without running it, wherever in the package a module is."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent.parent / "prn_blender"
TRANSLATIONS = PACKAGE / "translations"
# The command line speaks English, and nothing of the window calls these.
_COMMAND_LINE = {"annotations", "batch", "commands", "cli", "evaluate"}


@cache
def shown_modules() -> list[tuple[Path, ast.Module]]:
    """Modules whose texts somebody sees in Blender's window: paths in the package, and syntax."""
    modules = []
    for path in sorted(PACKAGE.rglob("*.py")):
        inside = path.relative_to(PACKAGE)
        names = set(inside.with_suffix("").parts)
        if not names & _COMMAND_LINE and not path.is_relative_to(TRANSLATIONS):
            modules.append((inside, ast.parse(path.read_text(encoding="utf-8"))))
    return modules


@cache
def error_classes() -> set[str]:
    """PRNError and what derives from it."""
    names = {"PRNError"}
    classes = [
        node
        for _, tree in shown_modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
    ]
    while more := {
        kind.name
        for kind in classes
        if kind.name not in names
        and any(getattr(base, "attr", getattr(base, "id", "")) in names for base in kind.bases)
    }:
        names |= more
    return names
