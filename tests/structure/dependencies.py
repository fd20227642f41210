"""The rules about imports: circles, order, Blender, private names, length of chains."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePosixPath

from .faults import Fault
from .rules import BLENDER, CORE, MAX_CORE_LEVELS, ORDER, WITHOUT_BLENDER
from .source import Import, Repository

Graph = Mapping[str, Mapping[str, Import]]
"""For each file (or room) those that it imports, and one import that says so."""


def import_graph(repository: Repository, types: bool = True) -> dict[str, dict[str, Import]]:
    """Which file imports which.

    What a package's `__init__` only passes on (under TYPE_CHECKING, for its lazy table) is no
    import of its own: whoever asks the package for a name is taken to import the file that defines
    it.

    Parameters
    ----------
    repository : Repository
    types : bool
        Whether imports under TYPE_CHECKING count.
    """
    graph: dict[str, dict[str, Import]] = {file.path: {} for file in repository}
    for file in repository:
        for found in file.imports:
            skipped = found.when == "for types" and (file.is_init or not types)
            if found.target and found.target != file.path and not skipped:
                graph[file.path].setdefault(found.target, found)
    return graph


def circles(graph: Graph) -> list[list[str]]:
    """Sets of nodes that reach each other (strongly connected, Tarjan), each sorted."""
    number: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(node: str) -> None:
        number[node] = low[node] = len(number)
        stack.append(node)
        for other in graph.get(node, {}):
            if other not in number:
                visit(other)
            if other in stack:
                low[node] = min(low[node], low[other])
        if low[node] == number[node]:
            at = stack.index(node)
            found.append(sorted(stack[at:]))
            del stack[at:]

    for node in graph:
        if node not in number:
            visit(node)
    return [nodes for nodes in found if len(nodes) > 1]


def way_round(nodes: list[str], graph: Graph) -> list[str]:
    """The shortest circle through the first of some nodes that reach each other."""
    ways = [[nodes[0]]]
    seen = {nodes[0]}
    for way in ways:
        for other in graph[way[-1]]:
            if other == nodes[0]:
                return way
            if other in nodes and other not in seen:
                seen.add(other)
                ways.append([*way, other])
    raise ValueError(f"no circle through {nodes[0]}")


def cycle_faults(repository: Repository) -> Iterator[Fault]:
    """Files, and packages in one column of ORDER, that import each other."""
    graph = import_graph(repository)
    for nodes in circles(graph):
        yield _circle(nodes, graph)
    for folder in ORDER:
        rooms: dict[str, dict[str, Import]] = {}
        source: dict[tuple[str, str], str] = {}
        for path, targets in graph.items():
            for target, found in targets.items():
                mine, other = room(path, folder), room(target, folder)
                if mine and other and mine != other and "__init__" not in (mine, other):
                    rooms.setdefault(mine, {}).setdefault(other, found)
                    source.setdefault((mine, other), path)
        for nodes in circles(rooms):
            # A circle against the order is reported as an upward import.
            way = way_round(nodes, rooms)
            pairs = list(zip(way, [*way[1:], way[0]], strict=True))
            if all(may_import(mine, other, folder) for mine, other in pairs):
                said = "; ".join(
                    f"{mine} imports {other} at {source[mine, other]}:{rooms[mine][other].line}"
                    for mine, other in pairs
                )
                first = source[pairs[0]]
                line = rooms[pairs[0][0]][pairs[0][1]].line
                yield Fault("cycle", first, line, f"two packages need each other: {said}")


def _circle(nodes: list[str], graph: Graph) -> Fault:
    way = way_round(nodes, graph)
    steps = [
        f"{node}:{graph[node][other].line} ({graph[node][other].when})"
        for node, other in zip(way, [*way[1:], way[0]], strict=True)
    ]
    size = f"{len(nodes)} files import each other, such as " if len(nodes) > len(way) else ""
    line = graph[way[0]][(way[1:] + way[:1])[0]].line
    return Fault("cycle", way[0], line, f"{size}{' -> '.join([*steps, way[0]])}")


def room(path: str, folder: str) -> str:
    """The room of a folder that a file is in: a package's name, or a module's; else empty."""
    inside = PurePosixPath(path)
    if folder != ".":
        if not inside.is_relative_to(folder):
            return ""
        inside = inside.relative_to(folder)
    return PurePosixPath(inside.parts[0]).stem


def columns(line: str) -> dict[str, int]:
    """For each room of a line of ORDER its column."""
    return {name: at for at, column in enumerate(line.split("|")) for name in column.split()}


def may_import(mine: str, other: str, folder: str) -> bool:
    """Whether a line of ORDER lets one room import another; unknown rooms are not judged here."""
    lines = [columns(line) for line in ORDER[folder]]
    known = set().union(*lines)
    if mine == other or not {mine, other} <= known:
        return True
    return any(mine in line and other in line and line[other] <= line[mine] for line in lines)


def upward_faults(repository: Repository) -> Iterator[Fault]:
    """Imports against the order of rooms."""
    for file in repository:
        for found in file.imports:
            if not found.target or (file.is_init and found.when == "for types"):
                continue
            for folder in ORDER:
                mine, other = room(file.path, folder), room(found.target, folder)
                if mine and other and not may_import(mine, other, folder):
                    what = f"{found.target} ({found.when})"
                    where = "" if folder == "." else f" in {folder}"
                    yield Fault(
                        "upward",
                        file.path,
                        found.line,
                        f"imports {what}: {other} is not below {mine}{where}",
                    )


def unplaced_faults(repository: Repository) -> Iterator[Fault]:
    """Rooms that ORDER does not know."""
    for folder, lines in ORDER.items():
        known = {name for line in lines for name in columns(line)} | {"__init__"}
        seen: set[str] = set()
        for file in repository:
            name = room(file.path, folder)
            if name and name not in known | seen:
                seen.add(name)
                yield Fault("unplaced", file.path, 1, f"{name} is new in {folder}")


def blender_faults(repository: Repository) -> Iterator[Fault]:
    """Blender's modules where any Python has to do."""
    for folder in WITHOUT_BLENDER:
        for file in repository.under(folder):
            for found in file.imports:
                if found.module.split(".")[0] in BLENDER:
                    yield Fault("blender", file.path, found.line, f"imports {found.module}")


def private_faults(repository: Repository) -> Iterator[Fault]:
    """Names with a leading underscore taken from another package."""
    for file in repository:
        modules: dict[str, str] = {}
        for found in file.imports:
            if not found.target:
                continue
            target = repository.files[found.target]
            foreign = target.folder != file.folder
            parts = [*found.module.split("."), found.name]
            private = next((part for part in parts if _private(part)), None)
            if foreign and private:
                yield Fault("private", file.path, found.line, f"imports {private} of {target.path}")
            if foreign and found.submodule:
                modules[found.alias] = target.path
        for node in ast.walk(file.tree):
            if isinstance(node, ast.Attribute) and _private(node.attr):
                target_path = modules.get(_dotted(node.value))
                if target_path and room(file.path, ".") != "tests":
                    found_name = f"uses {node.attr} of {target_path}"
                    yield Fault("private", file.path, node.lineno, found_name)


def _private(name: str) -> bool:
    return name.startswith("_") and not (name.startswith("__") and name.endswith("__"))


def _dotted(node: ast.expr) -> str:
    """The text of a.b.c, or nothing for any other expression."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        before = _dotted(node.value)
        return f"{before}.{node.attr}" if before else ""
    return ""


def levels(graph: Mapping[str, Iterable[str]]) -> list[str]:
    """The longest chain in which each imports the next; circles are walked once."""
    longest: dict[str, list[str]] = {}

    def chain(node: str, above: frozenset[str]) -> list[str]:
        if node not in longest:
            below = [
                chain(other, above | {node})
                for other in graph.get(node, ())
                if other not in above and other != node
            ]
            longest[node] = [node, *max(below, key=len, default=[])]
        return longest[node]

    return max((chain(node, frozenset()) for node in graph), key=len, default=[])


def level_faults(repository: Repository) -> Iterator[Fault]:
    """A chain of packages in core/ that is too long."""
    graph: dict[str, dict[str, tuple[str, int]]] = {}
    for path, targets in import_graph(repository, types=False).items():
        own = room(path, CORE)
        # The package core/ itself only passes names on.
        if own in ("", "__init__"):
            continue
        for to, found in targets.items():
            other = room(to, CORE)
            if other not in ("", "__init__", own):
                graph.setdefault(own, {}).setdefault(other, (path, found.line))
    way = levels(graph)
    if len(way) > MAX_CORE_LEVELS:
        path, line = graph[way[0]][way[1]]
        yield Fault("levels", path, line, f"{len(way)} packages in a chain: {' -> '.join(way)}")
