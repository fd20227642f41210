"""Reads the repository's files: their imports, and which file each name comes from."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Literal

When = Literal["at once", "late", "for types"]
"""When an import happens: as the file is loaded, inside a function, under `if TYPE_CHECKING`."""


@dataclass(frozen=True)
class Import:
    """One imported name, and where it is defined.

    Attributes
    ----------
    target : str or None
        The file, relative to the repository; None for a module from elsewhere.
    module : str
        As written, for a relative import with its dots.
    name : str
        What is imported from the module; empty for `import module`.
    alias : str
        The name it has in this file.
    submodule : bool
        The name is a module or package, not something inside of one.
    """

    target: str | None
    module: str
    name: str
    alias: str
    line: int
    when: When
    submodule: bool


@dataclass
class File:
    """One Python file, parsed."""

    path: str
    """Relative to the repository, with slashes."""
    text: str
    tree: ast.Module
    error: SyntaxError | None = None
    imports: list[Import] = field(default_factory=list)

    @property
    def folder(self) -> str:
        return str(PurePosixPath(self.path).parent)

    @property
    def is_init(self) -> bool:
        return PurePosixPath(self.path).name == "__init__.py"

    @cached_property
    def bound(self) -> set[str]:
        """Names that the file binds at its top level, whichever way."""
        return bound_names(self.tree.body)


@dataclass
class Repository:
    """All files, with their imports resolved."""

    root: Path
    files: dict[str, File]

    def __iter__(self) -> Iterator[File]:
        return iter(self.files.values())

    def under(self, folder: str) -> list[File]:
        """The files in a folder and the folders in it."""
        return [file for file in self if file.path.startswith(f"{folder}/")]


def read_repository(root: Path, folders: tuple[str, ...]) -> Repository:
    """Parse every Python file in some folders of a repository.

    Parameters
    ----------
    root : Path
    folders : tuple of str
        Relative to root; one that is missing is no error.

    Returns
    -------
    Repository
        A file that is no Python has an `error` and no imports.
    """
    files = {}
    for folder in folders:
        for path in sorted((root / folder).rglob("*.py")):
            name = path.relative_to(root).as_posix()
            text = path.read_text(encoding="utf-8")
            try:
                files[name] = File(name, text, ast.parse(text))
            except SyntaxError as e:
                files[name] = File(name, text, ast.Module([], []), e)
    repository = Repository(root, files)
    for file in repository:
        file.imports = list(imports_of(file, repository))
    return repository


def imports_of(file: File, repository: Repository) -> Iterator[Import]:
    """A file's imports, in no particular order."""
    for node, when in _walk(file.tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                target = _absolute(alias.name, file, repository)
                shown = alias.asname or alias.name
                yield Import(target, alias.name, "", shown, node.lineno, when, True)
        elif isinstance(node, ast.ImportFrom):
            written = "." * node.level + (node.module or "")
            for alias in node.names:
                target, submodule = _from(written, alias.name, file, repository)
                shown = alias.asname or alias.name
                yield Import(target, written, alias.name, shown, node.lineno, when, submodule)
        elif isinstance(node, ast.Call):
            module = _imported_by_call(node)
            if module:
                target = module_file(module, file, repository)
                yield Import(target, module, "", module, node.lineno, when, True)


def _imported_by_call(node: ast.Call) -> str | None:
    """The module in `import_module("x")` and `importlib.import_module(".x", __package__)`."""
    called = (
        node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    )
    if called not in ("import_module", "__import__") or not node.args:
        return None
    first = node.args[0]
    return first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else None


def _walk(tree: ast.Module) -> Iterator[tuple[ast.AST, When]]:
    """Every node of a file, in no particular order, and when what it says happens."""
    waiting: list[tuple[ast.AST, When]] = [(tree, "at once")]
    while waiting:
        node, when = waiting.pop()
        yield node, when
        inside: When = when
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            inside = "late" if when == "at once" else when
        elif isinstance(node, ast.If) and for_types(node.test):
            inside = "for types"
        for name, value in ast.iter_fields(node):
            at = inside if name == "body" else when
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, ast.AST):
                    waiting.append((child, at))


def for_types(test: ast.expr) -> bool:
    """Whether a condition is TYPE_CHECKING or typing.TYPE_CHECKING."""
    last = test.attr if isinstance(test, ast.Attribute) else getattr(test, "id", "")
    return last == "TYPE_CHECKING"


def _file_of(dotted: str, folder: str, repository: Repository) -> str | None:
    """The file of module a.b.c, looked for below a folder."""
    parts = dotted.split(".")
    place = PurePosixPath(folder, *parts)
    for path in (place.with_suffix(".py"), place / "__init__.py"):
        if str(path) in repository.files:
            return str(path)
    return None


def _absolute(dotted: str, file: File, repository: Repository) -> str | None:
    """The file of an absolute import.

    Besides the repository, Python looks into the folder of a script or of a test, which is no
    package: there `import x` is the file beside it.
    """
    for start in (PurePosixPath("."), *PurePosixPath(file.path).parents):
        if str(start / "__init__.py") in repository.files:
            continue
        found = _file_of(dotted, str(start), repository)
        if found:
            return found
    return None


def module_file(written: str, file: File, repository: Repository) -> str | None:
    """The file of a module, absolute or with leading dots."""
    dotted = written.lstrip(".")
    level = len(written) - len(dotted)
    if not level:
        return _absolute(dotted, file, repository)
    folder = PurePosixPath(file.path).parents[level - 1]
    if not dotted:
        path = str(folder / "__init__.py")
        return path if path in repository.files else None
    return _file_of(dotted, str(folder), repository)


def _from(written: str, name: str, file: File, repository: Repository) -> tuple[str | None, bool]:
    """The file that `from written import name` gets the name from, and whether it is a module."""
    dotted = f"{written}{name}" if written.endswith(".") else f"{written}.{name}"
    inner = module_file(dotted, file, repository)
    if inner and inner != file.path:
        return inner, True
    outer = module_file(written, file, repository)
    if outer and PurePosixPath(outer).name == "__init__.py":
        return defining(outer, name, repository) or outer, False
    return outer, False


def defining(init: str, name: str, repository: Repository) -> str | None:
    """The file from which a package's `__init__` has a name, through other packages if need be."""
    package = repository.files[init]
    for node, _ in _walk(package.tree):
        if not isinstance(node, ast.ImportFrom):
            continue
        for alias in node.names:
            if (alias.asname or alias.name) != name:
                continue
            written = "." * node.level + (node.module or "")
            target = module_file(written, package, repository)
            if target and target != init and PurePosixPath(target).name == "__init__.py":
                return defining(target, alias.name, repository) or target
            return target
    return None


def imported_from(found: Import) -> str:
    """An import as one reads it: module, or module and name."""
    if not found.name:
        return found.module
    between = "" if found.module.endswith(".") else "."
    return f"{found.module}{between}{found.name}"


def bound_names(body: list[ast.stmt]) -> set[str]:
    """Names that statements bind at the top level of their file, whichever way."""
    return {name for node in _top_level(body) for name in _names(node)}


def _top_level(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Statements of a file's top level, those under `if`, `try` and `with` among them."""
    for node in body:
        yield node
        for inner in ("body", "orelse", "finalbody"):
            if isinstance(node, ast.If | ast.Try | ast.With | ast.For):
                yield from _top_level(getattr(node, inner, []))
        if isinstance(node, ast.Try):
            for handler in node.handlers:
                yield from _top_level(handler.body)


def _names(node: ast.stmt) -> Iterator[str]:
    """What a statement binds."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield node.name
    elif isinstance(node, ast.Import):
        yield from (alias.asname or alias.name.split(".")[0] for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        yield from (alias.asname or alias.name for alias in node.names)
    else:
        targets = [*getattr(node, "targets", []), getattr(node, "target", None)]
        for target in targets:
            if target is not None:
                yield from (n.id for n in ast.walk(target) if isinstance(n, ast.Name))
