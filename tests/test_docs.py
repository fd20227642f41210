"""The site builds, its links work, and it speaks of everything there is."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import argparse
import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from structure import exports, rules, source

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
    known |= {"--no-deps", "--force-reinstall"}  # of pip
    for command in commands().values():
        known |= set(command._option_string_actions)
    pages = [ROOT / "README.md", DOCS / "headless.md", DOCS / "troubleshooting.md"]
    for page in pages:
        found = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", page.read_text(encoding="utf-8")))
        assert found <= known, page


# What the pages say of the code ------------------------------------------------------------------


@pytest.fixture(scope="module")
def repository() -> source.Repository:
    return source.read_repository(ROOT, rules.CODE)


def pages() -> list[Path]:
    found = [ROOT / "README.md", ROOT / "models" / "README.md", ROOT / "training" / "README.md"]
    return [*found, *sorted(DOCS.rglob("*.md"))]


def named_paths(text: str) -> set[str]:
    """Files and folders of the repository that a page names in code: `core/photo/photo.py`."""
    return set(re.findall(r"`([a-z_]+/[\w./]*)`", text))


def named_objects(text: str) -> set[str]:
    """Names of the package that a page has in code: `core.photo.read_photo`."""
    rooms = "core|scene|interface|operators|panels|commands|translations"
    return set(re.findall(rf"`((?:prn_blender\.)?(?:{rooms})(?:\.\w+)+)`", text))


def is_there(name: str, repository: source.Repository) -> bool:
    """Whether a dotted name is a module, or something that a module or class has."""
    parts = name.removeprefix("prn_blender.").split(".")
    for count in range(len(parts), 0, -1):
        folder = Path("prn_blender", *parts[:count])
        for path in (f"{folder}.py", f"{folder}/__init__.py"):
            if path in repository.files:
                return count == len(parts) or exports.has(path, parts[count], repository)
    return False


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_what_a_page_names_is_there(page: Path, repository: source.Repository) -> None:
    text = page.read_text(encoding="utf-8")
    # Folders that are made, not kept.
    made = ("build/", "dist/", "out/", "textures/", "wheels/")
    starts = (ROOT, ROOT / "prn_blender", page.parent)
    gone = [
        path
        for path in named_paths(text)
        if not path.startswith(made) and not any((start / path).exists() for start in starts)
    ]
    gone += [name for name in named_objects(text) if not is_there(name, repository)]
    for number, block in enumerate(re.findall(r"```python\n(.*?)```", text, re.DOTALL)):
        example = source.File(f"{page.name}-{number}", block, ast.parse(block))
        example.imports = list(source.imports_of(example, repository))
        gone += [fault.found for fault in exports.missing_names(example, repository)]
    assert gone == []


def test_names_that_are_gone_are_found(repository: source.Repository) -> None:
    text = "`core/photo.py` and `core.photo.reed_photo`, `core.errors.PRNError`, `a/b`"
    assert named_paths(text) == {"core/photo.py", "a/b"}
    assert [name for name in named_objects(text) if not is_there(name, repository)] == [
        "core.photo.reed_photo"
    ]
    block = "from prn_blender.core.swap import swop\n"
    example = source.File("page", block, ast.parse(block))
    example.imports = list(source.imports_of(example, repository))
    (fault,) = exports.missing_names(example, repository)
    assert fault.found == "prn_blender/core/swap/__init__.py has no swop"


def test_the_commands_of_the_pages_are_there() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z][\w.-]*(?: [a-z][\w.-]*)*):", makefile, re.MULTILINE))
    known = {target for line in targets for target in line.split()}
    for page in pages():
        text = page.read_text(encoding="utf-8")
        used = set(re.findall(r"(?:^    |`)make ([a-z][\w.-]*)", text, re.MULTILINE))
        assert used <= known, page
        for module in re.findall(r"python -m (benchmarks[\w.]*)", text):
            path = ROOT.joinpath(*module.split("."))
            assert path.is_dir() or path.with_suffix(".py").is_file(), (page, module)


def test_the_tree_for_newcomers_has_every_package() -> None:
    text = (DOCS / "contributing.md").read_text(encoding="utf-8")
    tree = text.split("## The tree")[1].split("```")[1]
    package, core = ROOT / "prn_blender", ROOT / "prn_blender" / "core"
    starts = (ROOT, package, core, package / "scene", package / "interface", core / "model")
    named = set(re.findall(r"(\w+)/", tree))
    assert [name for name in named if not any((start / name).is_dir() for start in starts)] == []
    there = {path.parent.name for start in (package, core) for path in start.glob("*/__init__.py")}
    assert there - named == set()
    assert len(text.splitlines()) < 160
