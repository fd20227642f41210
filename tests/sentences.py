"""Every sentence that an error or a report can say, found in the source."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import prn_blender
from prn_blender.core import errors

PACKAGE = Path(prn_blender.__file__).parent
# The command line speaks English, and nothing of the window calls these.
_COMMAND_LINE = (PACKAGE / "commands", PACKAGE / "cli.py", PACKAGE / "core" / "evaluate.py")
_ERRORS = {
    name
    for name, kind in vars(errors).items()
    if isinstance(kind, type) and issubclass(kind, errors.PRNError)
}
# Called like an error's class: `read_bounded` is told which one to raise.
_ERRORS |= {"error"}


def sentences() -> dict[str, str]:
    """Template to the place where it is first said."""
    return {text: place for text, place in _found() if isinstance(text, str)}


def unfinished() -> list[str]:
    """Places where values are put into a sentence before it can be translated."""
    return [place for text, place in _found() if text is None]


def _found() -> Iterator[tuple[str | None, str]]:
    for path in sorted(PACKAGE.rglob("*.py")):
        if any(path.is_relative_to(other) for other in _COMMAND_LINE):
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        known = _constants(tree)
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                if path.name == "reporting.py" and _name(node) == "report":
                    continue  # what `tell` does; nobody else may
                for text in _of_call(node, known):
                    if text is None or re.search(r"[A-Za-z]{2}", re.sub(r"{[^}]*}", "", text)):
                        yield text, f"{path.relative_to(PACKAGE)}:{node.lineno}"


def _name(call: ast.Call) -> str:
    return str(getattr(call.func, "attr", getattr(call.func, "id", "")))


def _of_call(call: ast.Call, known: dict[str, str]) -> Iterator[str | None]:
    name = _name(call)
    if name == "report":
        yield None
    words = {"Sentence": slice(1), "counted": slice(1, 3), "tell": slice(2, 3)}
    for value in call.args[words.get(name, slice(1 if name in _ERRORS else 0))]:
        for one in [value.body, value.orelse] if isinstance(value, ast.IfExp) else [value]:
            if isinstance(one, ast.Constant):
                yield one.value
            elif isinstance(one, ast.Name) and one.id in known:
                yield known[one.id]
            elif not _is_sentence(one):
                yield None


def _is_sentence(value: ast.expr) -> bool:
    """Another call that is looked at by itself, or a name that such a call was given."""
    if isinstance(value, ast.Call):
        return _name(value) in {"Sentence", "counted"}
    if isinstance(value, ast.Attribute):
        return value.attr == "sentence" or isinstance(value.value, ast.Name)
    return isinstance(value, ast.Name)


def _constants(tree: ast.AST) -> dict[str, str]:
    """Names that a constant text is given to."""
    return {
        target.id: node.value.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        for target in node.targets
        if isinstance(target, ast.Name) and isinstance(node.value.value, str)
    }
