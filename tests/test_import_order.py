"""Which package may import which, read from the source: what is beneath knows nothing above it."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent / "prn_blender"

ALLOWED = {
    "core": set(),
    "translations": {"core"},
    "scene": {"core"},
    "interface": {"core", "scene", "translations"},
    "operators": {"core", "scene", "translations", "interface"},
    "properties": {"core", "scene", "translations", "interface"},
    "panels": {"core", "scene", "translations", "interface", "operators", "properties"},
    "commands": {"core", "scene"},
    "cli": {"core", "commands"},
    "__main__": {"core", "cli"},
}
"""A package or module of the add-on, and the others that it may import. `preferences` and
`registration` put all of them together, and nothing imports those two but `__init__`."""

ABOVE_ALL = {"preferences", "registration", "__init__"}


def modules() -> dict[str, Path]:
    """Every module of the add-on by its dotted name inside of it."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)] = path
    return found


def imports(name: str, path: Path) -> Iterator[tuple[str, str]]:
    """Module and imported name; also inside of functions, but not what only type checkers read."""
    package = name.split(".") if path.stem == "__init__" else name.split(".")[:-1]
    package = [] if name == "__init__" else package
    for node in nodes(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level:
            start = package[: len(package) - node.level + 1]
            module = ".".join([*start, *(node.module or "").split(".")]).strip(".")
            for alias in node.names:
                yield module, alias.name


def nodes(node: ast.AST) -> Iterator[ast.AST]:
    """Everything in a module but what stands under `if TYPE_CHECKING`."""
    for child in ast.iter_child_nodes(node):
        if not (isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test)):
            yield child
            yield from nodes(child)


def test_nothing_imports_what_stands_above_it() -> None:
    upward = []
    for name, path in modules().items():
        room = name.split(".")[0]
        if room in ABOVE_ALL:
            continue
        for module, imported in imports(name, path):
            target = (module or imported).split(".")[0]
            if target != room and target not in ALLOWED[room]:
                upward.append(f"{name} imports {module}.{imported}")
    assert upward == []


def test_every_package_has_its_place() -> None:
    """Or what it imports would not be looked at."""
    assert {name.split(".")[0] for name in modules()} == {*ALLOWED, *ABOVE_ALL}


def test_nothing_private_is_imported_from_another_module() -> None:
    private = [
        f"{name} imports {module}.{imported}"
        for name, path in modules().items()
        for module, imported in imports(name, path)
        if imported.startswith("_")
    ]
    assert private == []


def test_no_module_needs_itself() -> None:
    """A cycle loads, or not, by which of its modules somebody happens to import first."""
    known = modules()
    needs: dict[str, set[str]] = {}
    for name, path in known.items():
        for module, imported in imports(name, path):
            target = f"{module}.{imported}".strip(".")
            target = target if target in known else module
            if target in known and target != name:
                needs.setdefault(name, set()).add(target)
    try:
        list(TopologicalSorter(needs).static_order())
    except CycleError as error:
        raise AssertionError(" needs ".join(error.args[1])) from error
