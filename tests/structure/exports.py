"""The rules about names: what a package's `__init__` offers, and that what is imported is there."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

from .faults import Fault
from .rules import CODE
from .source import File, Repository, bound_names, for_types, imported_from, module_file

Names = dict[str, tuple[str, int]]
"""For each name the module it is said to come from, and the line that says so."""


@dataclass
class Offer:
    """What an `__init__` says that it has, in each of three places."""

    lazy: Names | None = None
    typed: Names = field(default_factory=dict)
    all: Names | None = None
    at_once: set[str] = field(default_factory=set)
    unreadable: int = 0
    """The line of a table that cannot be read without running it."""


def offer_of(file: File) -> Offer:
    """Read an `__init__`."""
    offer = Offer()
    for node in file.tree.body:
        if isinstance(node, ast.If) and for_types(node.test):
            for inner in node.body:
                if isinstance(inner, ast.ImportFrom):
                    for alias in inner.names:
                        module = "." * inner.level + (inner.module or "")
                        offer.typed[alias.asname or alias.name] = module, inner.lineno
            continue
        offer.at_once |= bound_names([node])
        if bound_names([node]) == {"__all__"}:
            offer.all = _listed(getattr(node, "value", None), "", offer)
        for call in ast.walk(node):
            if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "lazily":
                offer.lazy = _table(call, offer)
    return offer


def _table(call: ast.Call, offer: Offer) -> Names:
    names: Names = {}
    table = call.args[1] if len(call.args) > 1 else None
    if not isinstance(table, ast.Dict):
        offer.unreadable = call.lineno
        return names
    for key, value in zip(table.keys, table.values, strict=True):
        if isinstance(key, ast.Constant) and isinstance(key.value, str):
            names |= _listed(value, f".{key.value}", offer)
        else:
            offer.unreadable = call.lineno
    return names


def _listed(node: ast.expr | None, module: str, offer: Offer) -> Names:
    """The strings in a literal tuple or list."""
    names: Names = {}
    for item in node.elts if isinstance(node, ast.Tuple | ast.List) else [None]:
        if isinstance(item, ast.Constant) and isinstance(item.value, str):
            names[item.value] = module, item.lineno
        else:
            offer.unreadable = getattr(item or node, "lineno", 1)
    return names


def export_faults(repository: Repository) -> Iterator[Fault]:
    """Packages whose three lists disagree, or that offer what is not there."""
    for file in repository:
        if file.is_init:
            for line, found in _disagreements(file, repository):
                yield Fault("exports", file.path, line, found)


def _disagreements(file: File, repository: Repository) -> Iterator[tuple[int, str]]:
    offer = offer_of(file)
    if offer.unreadable:
        yield offer.unreadable, "a list of names is not written out as strings"
        return
    lazy = offer.lazy or {}
    if offer.lazy is not None:
        for name, (module, line) in lazy.items():
            if offer.typed.get(name, ("",))[0] != module:
                yield line, f"{name} of {module} is in the lazy table, not under TYPE_CHECKING"
            if name not in (offer.all or {}):
                yield line, f"{name} is in the lazy table, not in __all__"
        for name, (module, line) in offer.typed.items():
            if lazy.get(name, ("",))[0] != module:
                yield line, f"{name} of {module} is under TYPE_CHECKING, not in the lazy table"
    for name, (_, line) in (offer.all or {}).items():
        if name not in lazy and name not in offer.at_once:
            yield line, f"{name} is in __all__, but nothing brings it"
    for name, (module, line) in lazy.items():
        target = module_file(module, file, repository)
        if target is None:
            yield line, f"there is no module {module}"
        elif not has(target, name, repository):
            yield line, f"{target} has no {name}"


def has(path: str, name: str, repository: Repository) -> bool:
    """Whether a file has a name: bound at its top level, or in its lazy table."""
    file = repository.files[path]
    if file.error or name in file.bound or "*" in file.bound:
        return True
    return name in (offer_of(file).lazy or {}) or name in (
        "__path__",
        "__file__",
        "__name__",
        "__doc__",
    )


def missing_faults(repository: Repository) -> Iterator[Fault]:
    """Imports of modules and names that are not there, in all files."""
    for file in repository:
        yield from missing_names(file, repository)


def missing_names(file: File, repository: Repository) -> Iterator[Fault]:
    """Imports of modules and names that are not there, in one file."""
    for found in file.imports:
        if found.target is None:
            if found.module.startswith(".") or found.module.split(".")[0] in CODE:
                said = f"there is no {imported_from(found)}"
                yield Fault("missing", file.path, found.line, said)
        elif (
            found.name not in ("", "*")
            and not found.submodule
            and not has(found.target, found.name, repository)
        ):
            said = f"{found.target} has no {found.name}"
            yield Fault("missing", file.path, found.line, said)
