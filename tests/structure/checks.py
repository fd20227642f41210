"""Which function watches over which rule."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from . import dependencies, exports, folders
from .faults import Fault
from .rules import CODE
from .source import Repository, read_repository

CHECKS: dict[str, Callable[[Repository], Iterable[Fault]]] = {
    "syntax": folders.syntax_faults,
    "cycle": dependencies.cycle_faults,
    "upward": dependencies.upward_faults,
    "unplaced": dependencies.unplaced_faults,
    "blender": dependencies.blender_faults,
    "private": dependencies.private_faults,
    "exports": exports.export_faults,
    "missing": exports.missing_faults,
    "ignored": folders.ignored_faults,
    "docstring": folders.docstring_faults,
    "core size": folders.core_size_faults,
    "levels": dependencies.level_faults,
    "folder size": folders.folder_faults,
    "file size": folders.file_faults,
}
"""For each key of `RULES` what finds its faults."""


def faults(root: Path, rule: str, repository: Repository | None = None) -> list[Fault]:
    """Where a rule is broken in the files below a folder, in order of place."""
    return sorted(set(CHECKS[rule](repository or read_repository(root, CODE))))
