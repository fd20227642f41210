"""The rules about single files and folders: that they are kept, described and not too large."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from pathlib import PurePosixPath

from .faults import Fault
from .rules import (
    CORE,
    MAX_CORE_MODULES,
    MAX_CORE_PACKAGES,
    MAX_LINES,
    MAX_MODULES,
    MIN_DOCSTRING_LINES,
    PACKAGES,
    TRANSLATIONS,
)
from .source import Repository


def syntax_faults(repository: Repository) -> Iterator[Fault]:
    """Files that are no Python."""
    for file in repository:
        if file.error:
            yield Fault("syntax", file.path, file.error.lineno or 1, file.error.msg)


def ignored_faults(repository: Repository) -> Iterator[Fault]:
    """Files that git would not add; none where there is no git."""
    listed = "\n".join(file.path for file in repository)
    try:
        done = subprocess.run(
            ["git", "check-ignore", "--no-index", "--verbose", "--stdin"],
            cwd=repository.root,
            input=listed,
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError:
        return
    for line in done.stdout.splitlines():
        pattern, _, path = line.partition("\t")
        yield Fault("ignored", path, 1, f"git ignores it ({pattern})")


def folders(repository: Repository) -> dict[str, list[str]]:
    """For each folder its modules, `__init__` apart."""
    found: dict[str, list[str]] = {}
    for file in repository:
        modules = found.setdefault(file.folder, [])
        if not file.is_init:
            modules.append(PurePosixPath(file.path).name)
    return found


def docstring_faults(repository: Repository) -> Iterator[Fault]:
    """Packages without a description."""
    for folder in folders(repository):
        if folder.startswith(f"{TRANSLATIONS}/"):
            continue
        init = repository.files.get(f"{folder}/__init__.py")
        if init is None:
            if folder.split("/")[0] in PACKAGES:
                yield Fault("docstring", f"{folder}/__init__.py", 1, "there is no such file")
            continue
        text = ast.get_docstring(init.tree) or ""
        lines = [line for line in text.splitlines() if line.strip()]
        if "TODO" in text:
            yield Fault("docstring", init.path, 1, "the docstring still says TODO")
        elif len(lines) < MIN_DOCSTRING_LINES:
            yield Fault("docstring", init.path, 1, f"lines in the docstring: {len(lines)}")


def core_size_faults(repository: Repository) -> Iterator[Fault]:
    """Too many things directly in core/."""
    inside = folders(repository)
    packages = sorted(
        {name[len(CORE) + 1 :].split("/")[0] for name in inside if name.startswith(f"{CORE}/")}
    )
    init = f"{CORE}/__init__.py"
    if len(packages) > MAX_CORE_PACKAGES:
        said = f"{len(packages)} packages: {', '.join(packages)}"
        yield Fault("core size", init, 1, said)
    modules = inside.get(CORE, [])
    if len(modules) > MAX_CORE_MODULES:
        said = f"{len(modules)} modules: {', '.join(modules)}"
        yield Fault("core size", init, 1, said)


def folder_faults(repository: Repository) -> Iterator[Fault]:
    """Folders that hold too much to be read at a glance."""
    for folder, modules in folders(repository).items():
        if len(modules) > MAX_MODULES:
            yield Fault("folder size", f"{folder}/{modules[-1]}", 1, f"{len(modules)} modules")


def file_faults(repository: Repository) -> Iterator[Fault]:
    """Files that hold too much."""
    for file in repository:
        lines = len(file.text.splitlines())
        if lines > MAX_LINES and not file.path.startswith(f"{TRANSLATIONS}/"):
            yield Fault("file size", file.path, MAX_LINES + 1, f"{lines} lines")
