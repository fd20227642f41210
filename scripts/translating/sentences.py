"""Every sentence that an error or a report can say, found in the source."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from .source import error_classes, shown_modules


def sentences() -> Iterator[tuple[str, str, str]]:
    """File of a language's folder, template, and the place where it is said."""
    for name, text, place in _found():
        if isinstance(text, str):
            yield _file(name), text, place


def unfinished() -> list[str]:
    """Places where values are put into a sentence before it can be translated."""
    return [place for _, text, place in _found() if text is None]


def _file(name: str) -> str:
    """By what is called with the text: an error's class, `Sentence`, `counted` or `tell`."""
    if name == "ModelError":
        return "model_errors"
    return "errors" if name in _errors() else "reports"


def _errors() -> set[str]:
    """`error` is called like a class: `read_bounded` is told which one to raise."""
    return {*error_classes(), "error"}


def _found() -> Iterator[tuple[str, str | None, str]]:
    for path, tree in shown_modules():
        known = _constants(tree)
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                if path.name == "reporting.py" and _name(node) == "report":
                    continue  # what `tell` does; nobody else may
                for text in _of_call(node, known):
                    if text is None or re.search(r"[A-Za-z]{2}", re.sub(r"{[^}]*}", "", text)):
                        yield _name(node), text, f"{path}:{node.lineno}"


def _name(call: ast.Call) -> str:
    return str(getattr(call.func, "attr", getattr(call.func, "id", "")))


def _of_call(call: ast.Call, known: dict[str, str]) -> Iterator[str | None]:
    name = _name(call)
    if name == "report":
        yield None
    words = {"Sentence": slice(1), "counted": slice(1, 3), "tell": slice(2, 3)}
    for value in call.args[words.get(name, slice(1 if name in _errors() else 0))]:
        for one in [value.body, value.orelse] if isinstance(value, ast.IfExp) else [value]:
            if isinstance(one, ast.Constant):
                if isinstance(one.value, str):
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
