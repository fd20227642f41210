"""The site builds, its links work, and it speaks of everything there is."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from prn_blender.cli import make_parser

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"


def test_the_site_builds_without_a_broken_link(tmp_path: Path) -> None:
    pytest.importorskip("mkdocs", reason="mkdocs is not installed")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(tmp_path)],
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    page = (tmp_path / "api.html").read_text(encoding="utf-8")
    assert "position_map" in page
    # Nothing is fetched from elsewhere when the pages are read.
    assert not re.findall(r'<(?:script|link)[^>]+(?:src|href)="https?://', page)


def commands() -> dict[str, argparse.ArgumentParser]:
    for action in make_parser("x")._actions:
        if isinstance(action, argparse._SubParsersAction):
            return dict(action.choices)
    raise AssertionError("no commands")


def test_every_command_is_documented() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in DOCS.rglob("*.md"))
    assert [name for name in commands() if f"prn_blender {name}" not in text] == []


def test_every_option_in_the_docs_exists() -> None:
    known = {"--background", "--python", "--command", "--help", "--repo", "--enable"}
    for command in commands().values():
        known |= set(command._option_string_actions)
    pages = [ROOT / "README.md", DOCS / "headless.md", DOCS / "troubleshooting.md"]
    for page in pages:
        found = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", page.read_text(encoding="utf-8")))
        assert found <= known, page
