"""Reads and writes the files of a language's folder without running them."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import ast
import json
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

WIDTH = 100
HEAD = '''"""{note}"""
# SPDX-License-Identifier: GPL-3.0-or-later

TEXTS = {{
{entries}}}  # fmt: skip
'''


class Entry(NamedTuple):
    """A line of a dictionary TEXTS."""

    english: str
    translated: str
    line: int


class DamagedFileError(Exception):
    """A file of a language that is no dictionary of texts."""


def order(english: str) -> tuple[str, str]:
    """The key that a file is sorted by: as in a printed dictionary, whatever the case."""
    return english.casefold(), english


def read_file(path: Path) -> tuple[str, list[Entry]]:
    """The note at the top, and the entries in the order in which they stand there.

    Raises
    ------
    DamagedFileError
        With the line, and what is wrong with it.
    """
    try:
        tree = ast.parse(path.read_text(encoding="utf-8"))
    except (SyntaxError, ValueError) as e:
        raise DamagedFileError(f"cannot be read: {e}") from e
    texts = [
        node.value
        for node in tree.body
        if isinstance(node, ast.Assign | ast.AnnAssign)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Name) and target.id == "TEXTS"
    ]
    if len(texts) != 1 or not isinstance(texts[0], ast.Dict):
        raise DamagedFileError("has to have one dictionary, TEXTS = {...}")
    entries = []
    for key, value in zip(texts[0].keys, texts[0].values, strict=True):
        english, translated = getattr(key, "value", None), getattr(value, "value", None)
        if key is None or not isinstance(english, str) or not isinstance(translated, str):
            raise DamagedFileError(f"line {value.lineno}: expected two texts")
        entries.append(Entry(english, translated, key.lineno))
    return ast.get_docstring(tree) or "", entries


def file_text(note: str, texts: dict[str, str]) -> str:
    """A file with these texts, sorted, in lines that are not too long."""
    entries = "".join(_entry(english, texts[english]) for english in sorted(texts, key=order))
    return HEAD.format(note=note, entries=entries)


def _entry(english: str, translated: str) -> str:
    line = f"    {_quoted(english)}: {_quoted(translated)},\n"
    if _width(line.rstrip()) <= WIDTH:
        return line
    return f"{_lines(english, 4)}:\n{_lines(translated, 8)},\n"


def _lines(text: str, indent: int) -> str:
    """String literals that Python joins, each on a line of its own."""
    return "\n".join(" " * indent + piece for piece in _pieces(text, WIDTH - indent - 1))


def _pieces(text: str, room: int) -> Iterator[str]:
    while _width(_quoted(text)) > room:
        end = len(text)
        while _width(_quoted(text[:end])) > room:
            end -= 1
        end = text.rfind(" ", 0, end) + 1 or end  # languages without spaces break anywhere
        yield _quoted(text[:end])
        text = text[end:]
    yield _quoted(text)


def _quoted(text: str) -> str:
    if '"' in text and not set(text) & {"'", "\\", "\n"}:
        return f"'{text}'"
    return json.dumps(text, ensure_ascii=False)


def _width(line: str) -> int:
    """Chinese and the like take two columns a letter."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in line)
