"""The packages of training form an order: each imports only from those before it."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import ast
from graphlib import TopologicalSorter
from pathlib import Path

TRAINING = Path(__file__).resolve().parents[2] / "training"
ORDER = [
    *("npz", "config", "geometry", "raster"),
    *("graphs", "head", "layout", "labels", "samples", "network", "export", "check"),
    "__main__",
]


def imports(file: Path) -> set[str]:
    """Modules of training that a file imports anywhere in it: `head.head_model`, `config`, ..."""
    package = file.parent.relative_to(TRAINING.parent).parts
    found = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        names: list[str] = []
        if isinstance(node, ast.ImportFrom):
            base = [*package[: len(package) - node.level + 1]] if node.level else []
            base += node.module.split(".") if node.module else []
            names = [".".join([*base, alias.name]) for alias in node.names]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        for name in names:
            parts = name.split(".")
            if parts[0] != TRAINING.name:
                continue
            while parts and not TRAINING.parent.joinpath(*parts).with_suffix(".py").is_file():
                parts.pop()  # what is imported from a module
            found.add(".".join(parts[1:]))
    return found


def test_packages_import_only_from_those_before_them() -> None:
    graph = {}
    for file in TRAINING.rglob("*.py"):
        module = ".".join(file.relative_to(TRAINING).with_suffix("").parts)
        graph[module] = imports(file)
        if module == "__init__":
            assert not graph[module]
            continue
        rank = ORDER.index(module.split(".")[0])
        for other in graph[module]:
            assert ORDER.index(other.split(".")[0]) <= rank, f"{module} imports {other}"
    assert len(graph) > 30
    assert "head.head_model" in graph["layout.chart"]
    tuple(TopologicalSorter(graph).static_order())  # raises where files import each other


def test_what_runs_in_mediapipe_s_own_environment_imports_nothing_of_training() -> None:
    assert imports(TRAINING / "labels" / "face_mesh.py") == set()


def test_every_package_says_what_it_is_for() -> None:
    for file in TRAINING.glob("*/__init__.py"):
        text = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8")))
        assert text and "In:" in text and "Out:" in text, file.parent.name
