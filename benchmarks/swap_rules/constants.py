"""How many numbers are set by hand at the top of the modules that make a swap."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import ast
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from .switch import Rule

CORE = Path(__file__).resolve().parents[2] / "prn_blender" / "core"
# What a swap and completion are made of; of the other packages, modules that serve little else.
PACKAGES = ("swap", "editing", "appearance")
MODULES = ("image.blend", "image.filters", "image.sharpness", "image.tone_curve", "texture.render")


def numbers_of(rule: Rule) -> dict[tuple[str, str], int]:
    """How many numbers each of a rule's constants has, by module and name.

    Raises
    ------
    KeyError
        There is no such constant (any more).
    """
    found = {}
    for line in rule.holds:
        module, names = line.split(": ")
        for name in names.split():
            found[module, name] = constants_in(module)[name]
    return found


def all_numbers() -> dict[tuple[str, str], int]:
    """As `numbers_of`, of all modules that make a swap."""
    modules = [
        f"{package}.{path.stem}"
        for package in PACKAGES
        for path in sorted((CORE / package).glob("*.py"))
    ]
    return {
        (module, name): count
        for module in (*modules, *MODULES)
        for name, count in constants_in(module).items()
    }


def numbers_in_no_rule(rules: Iterable[Rule]) -> dict[str, int]:
    """By module, how many of `all_numbers` no rule holds."""
    held = {key for rule in rules for key in numbers_of(rule)}
    left: dict[str, int] = {}
    for (module, name), count in all_numbers().items():
        if (module, name) not in held:
            left[module] = left.get(module, 0) + count
    return left


@lru_cache
def constants_in(module: str) -> dict[str, int]:
    """Numbers written in each assignment at the top of a module of the core."""
    source = (CORE / f"{module.replace('.', '/')}.py").read_text(encoding="utf-8")
    found = {}
    for statement in ast.parse(source).body:
        if isinstance(statement, ast.Assign):
            target, value = statement.targets[0], statement.value
        elif isinstance(statement, ast.AnnAssign) and statement.value is not None:
            target, value = statement.target, statement.value
        else:
            continue
        count = sum(_is_number(node) for node in ast.walk(value))
        if count and isinstance(target, ast.Name):
            found[target.id] = count
    return found


def _is_number(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Constant)
        and isinstance(node.value, int | float)
        and not isinstance(node.value, bool)
    )
