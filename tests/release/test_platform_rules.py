"""The rules of Blender's platform for extensions: the manifest, the code, the wheels."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from script import script

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "prn_blender"
build_extension = script("build_extension")
NETWORK_MODULES = {"ftplib", "http", "requests", "smtplib", "socket", "urllib3", "urllib.request"}


# --- The manifest ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def manifest() -> dict:
    return tomllib.loads((ROOT / "blender_manifest.toml").read_text(encoding="utf-8"))


def test_manifest_texts_fit_the_platform(manifest: dict) -> None:
    for text in (manifest["tagline"], *manifest["permissions"].values()):
        assert 0 < len(text) <= 64
        assert text[-1].isalnum(), f"no closing stop: {text}"


def test_manifest_identity(manifest: dict) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert manifest["id"] == "prn_face"
    assert manifest["license"][0] == "SPDX:GPL-3.0-or-later"
    assert project["license"] == "GPL-3.0-or-later"
    assert manifest["blender_version_min"] == "4.2.0"


def test_manifest_asks_for_what_the_code_uses(manifest: dict) -> None:
    uses = {
        "clipboard": any("clipboard" in name for path in sources() for name in names(path)),
        "files": True,
        "network": any(
            within(name, NETWORK_MODULES) for path in sources() for name in imports(path)
        ),
    }
    assert set(manifest["permissions"]) == {name for name, used in uses.items() if used}


def test_manifest_has_a_website(manifest: dict) -> None:
    assert re.fullmatch(r"https://[a-z0-9.-]+/\S*", manifest["website"])


# --- The code --------------------------------------------------------------------------------


def sources() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def imports(path: Path) -> Iterator[str]:
    """The dotted name of each absolute import in a file."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield node.module or ""
            yield from (f"{node.module or ''}.{a.name}" for a in node.names)


@cache
def names(path: Path) -> frozenset[str]:
    """Every dotted name that the code of a file mentions."""
    nodes = list(ast.walk(tree_of(path)))
    dotted = {ast.unparse(node) for node in nodes if isinstance(node, ast.Attribute)}
    return frozenset(dotted.union(node.id for node in nodes if isinstance(node, ast.Name)))


def within(name: str, modules: set[str]) -> bool:
    return any(name == module or name.startswith(module + ".") for module in modules)


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_code_keeps_the_platforms_rules(path: Path) -> None:
    absolute = set(imports(path))
    # As an extension the package is called bl_ext.<repository>.prn_face.
    assert not {name for name in absolute if within(name, {"prn_blender"})}
    # Network only with the user's consent (bpy.app.online_access), which nothing here asks for.
    assert not {name for name in absolute if within(name, NETWORK_MODULES)}
    assert not {name for name in absolute if within(name, {"pip", "ensurepip", "site"})}
    assert not {name for name in names(path) | absolute if within(name, {"sys.path"})}


# --- The wheels ------------------------------------------------------------------------------


@pytest.mark.parametrize("target", build_extension.all_targets(), ids=str)
def test_lock_fits_the_pins(target: object) -> None:
    wheels = build_extension.locked_wheels(target)
    assert len({wheel.filename for wheel in wheels}) == len(wheels)
    for wheel in wheels:
        tags = wheel.filename.removesuffix(".whl").split("-")[-1].split(".")
        assert set(tags) & {"any", *target.tags}, wheel.filename
        assert not wheel.filename.startswith("numpy-"), "numpy is Blender's own"


def test_every_wheel_has_a_reason() -> None:
    data = build_extension.read_wheels_file()
    for entry in (*data["wheels"].values(), *data["exceptions"]):
        assert entry["reason"]
