"""Running the command `reconstruct` in tests."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path

import pytest

from prn_blender.cli import main

FAST = ["--texture-size", "32", "--stride", "4"]


def run(*arguments: str | Path) -> int:
    return main(["reconstruct", *map(str, arguments)])


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def complaints(capsys: pytest.CaptureFixture[str]) -> list[str]:
    """The lines on stderr; each is one of ours."""
    lines = capsys.readouterr().err.split("\n")
    assert lines.pop() == ""
    assert all(line.startswith("prn: ") and line.endswith(".") for line in lines)
    return lines
