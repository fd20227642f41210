"""The examples in README and docs/: commands (indented or fenced) and blocks of Python."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
FIRST_WORDS = re.compile(
    r"(?:\S*/)?(?:python[\d.]*|pip|prn-blender|blender|make|git|apt-get|sha256sum)\s"
)
"""What a line has to begin with to be a command; formulas and lists are indented, too."""


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, and what is in it."""

    language: str
    text: str


def pages() -> list[Path]:
    """Every page that a user may read."""
    found = [ROOT / "README.md", ROOT / "models" / "README.md", ROOT / "training" / "README.md"]
    return [*found, *sorted((ROOT / "docs").rglob("*.md"))]


def blocks(text: str) -> list[Block]:
    """The fenced blocks of a page."""
    return [Block(*m) for m in re.findall(r"^```(\w*)\n(.*?)^```", text, re.DOTALL | re.MULTILINE)]


def commands(text: str) -> list[str]:
    """The commands of a page, in their order, without comments; `a && b` is two."""
    shells = {"bash", "sh", "shell", "console"}
    lines = []
    language: str | None = None
    for line in text.splitlines():
        if line.startswith("```"):
            language = line[3:] if language is None else None
        elif (language is None and line.startswith("    ")) or language in shells:
            lines.append(line.strip())
    found = []
    for line in lines:
        if FIRST_WORDS.match(line):
            bare = re.sub(r"\s#\s.*$", "", line)
            found += [" ".join(part.split()) for part in bare.split(" && ")]
    return found


def words(command: str) -> list[str]:
    """A command's words; `PHOTO...` is one photo."""
    return [re.sub(r"(?<=[A-Z])\.\.\.$", "", word) for word in shlex.split(command)]
