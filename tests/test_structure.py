"""The repository keeps the rules of its house, and each rule finds what breaks it.

`tests/structure/rules.py` has the rules, in one table.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from structure import checks, dependencies, rules, source
from structure.faults import Fault

ROOT = Path(__file__).resolve().parent.parent

# A small house that keeps every rule ------------------------------------------------------------

ABOUT = '"""What it is for.\n\nIn: this. Out: that.\n"""\n'
LAZY = (
    ABOUT
    + """
from typing import TYPE_CHECKING
from ..lazy import lazily
if TYPE_CHECKING:
    from .photo import Photo, read_photo
__all__ = ["Photo", "read_photo"]
__getattr__ = lazily(__name__, {"photo": ("Photo", "read_photo")})
"""
)
HOUSE = {
    "prn_blender/__init__.py": ABOUT + "def register():\n    from . import registration\n",
    "prn_blender/registration.py": "import bpy\nfrom . import cli\nfrom .panels import sidebar\n",
    "prn_blender/cli.py": "from .commands import swap\n",
    "prn_blender/commands/__init__.py": ABOUT,
    "prn_blender/commands/swap.py": "from ..core.face import Face\nfrom ..scene import names\n",
    "prn_blender/core/__init__.py": ABOUT + "from .errors import PRNError\n",
    "prn_blender/core/errors.py": "class PRNError(Exception): pass\n",
    "prn_blender/core/lazy.py": "def lazily(package, names): ...\n",
    "prn_blender/core/photo/__init__.py": LAZY,
    "prn_blender/core/photo/photo.py": (
        "from ..errors import PRNError\nclass Photo: pass\ndef read_photo(): ...\n_LIMIT = 80\n"
    ),
    "prn_blender/core/face/__init__.py": (
        LAZY.replace("photo import Photo, read_photo", "face import Face")
        .replace('["Photo", "read_photo"]', '["Face"]')
        .replace('{"photo": ("Photo", "read_photo")}', '{"face": ("Face",)}')
    ),
    "prn_blender/core/face/face.py": "from ..photo import Photo\nclass Face: pass\n_HALF = 2\n",
    "prn_blender/scene/__init__.py": ABOUT,
    "prn_blender/scene/names.py": "import bpy\n",
    "prn_blender/scene/images/__init__.py": ABOUT,
    "prn_blender/scene/images/image.py": "import bpy\nfrom .. import names\n",
    "prn_blender/scene/mesh/__init__.py": ABOUT,
    "prn_blender/scene/mesh/mesh.py": "from ..images import image\n",
    "prn_blender/interface/__init__.py": ABOUT,
    "prn_blender/interface/jobs.py": "from ..core.photo.photo import read_photo\n",
    "prn_blender/panels/__init__.py": ABOUT,
    "prn_blender/panels/sidebar.py": "from ..interface import jobs\n",
    "training/__init__.py": ABOUT,
    "training/config.py": "import tomllib\n",
    "scripts/demo.py": "import names_of_demos\nfrom prn_blender.core.face import Face\n",
    "scripts/names_of_demos.py": "",
    "tests/test_face.py": "from prn_blender.core.face import face\nassert face._HALF\n",
}


def build(root: Path, changes: dict[str, str]) -> Path:
    for name, text in {**HOUSE, **changes}.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root


def many(folder: str, count: int) -> dict[str, str]:
    return {f"{folder}/module_{number}.py": "" for number in range(count)}


def chain(folder: str, count: int) -> dict[str, str]:
    """Packages of which each imports the next."""
    files = {f"{folder}/step_{number}/__init__.py": ABOUT for number in range(count)}
    for number in range(count - 1):
        files[f"{folder}/step_{number}/work.py"] = f"from ..step_{number + 1} import work\n"
    return {**files, f"{folder}/step_{count - 1}/work.py": ""}


# For each rule: what is changed in the house, and where that is found ----------------------------

FACE = "prn_blender/core/face/face.py"
PHOTO = "prn_blender/core/photo/photo.py"
PHOTO_INIT = "prn_blender/core/photo/__init__.py"
COMMAND = "prn_blender/commands/swap.py"
BROKEN: list[tuple[str, dict[str, str], str, str]] = [
    ("syntax", {FACE: "x = 1\nclass :\n"}, f"{FACE}:2", "invalid syntax"),
    (
        "cycle",
        {
            FACE: "from .box import Box\n",
            "prn_blender/core/face/box.py": "from .face import Face\n",
        },
        "prn_blender/core/face/box.py:1",
        "face.py:1 (at once) -> prn_blender/core/face/box.py",
    ),
    (
        "cycle",  # through the package's lazy table, inside a function, and for types only
        {
            FACE: "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from .box import Box\n",
            "prn_blender/core/face/box.py": "def box():\n    from . import Face\n",
        },
        "prn_blender/core/face/box.py:2",
        "(late) -> prn_blender/core/face/face.py:3 (for types)",
    ),
    (
        "cycle",  # two packages side by side, though no file imports itself in a circle
        {
            "prn_blender/scene/record/__init__.py": ABOUT,
            "prn_blender/scene/record/read.py": "",
            "prn_blender/scene/record/write.py": "from ..mesh.data import corners\n",
            "prn_blender/scene/mesh/data.py": "corners = 4\n",
            "prn_blender/scene/mesh/mesh.py": "x = 1\nfrom ..record import read\n",
        },
        "prn_blender/scene/mesh/mesh.py:2",
        "two packages need each other",
    ),
    ("upward", {PHOTO: "\nfrom ..face import Face\n"}, f"{PHOTO}:2", "face is not below photo"),
    (
        "upward",
        {PHOTO: "def f():\n    from ..face.face import Face\n"},
        f"{PHOTO}:2",
        "face.py (late)",
    ),
    (
        "upward",
        {PHOTO: "import typing\nif typing.TYPE_CHECKING:\n    from ..face.face import Face\n"},
        f"{PHOTO}:3",
        "face.py (for types)",
    ),
    (
        "upward",
        {PHOTO: "from importlib import import_module\nimport_module('..face.face', __package__)\n"},
        f"{PHOTO}:2",
        "face is not below photo",
    ),
    ("upward", {FACE: "from ...scene import names\n"}, f"{FACE}:1", "scene is not below core"),
    ("upward", {FACE: "import prn_blender.scene.names\n"}, f"{FACE}:1", "scene is not below core"),
    (
        "upward",
        {COMMAND: "from ..interface import jobs\n"},
        f"{COMMAND}:1",
        "interface is not below commands",
    ),
    (
        "upward",
        {"prn_blender/panels/sidebar.py": "from ..commands import swap\n"},
        "prn_blender/panels/sidebar.py:1",
        "commands is not below panels",
    ),
    (
        "upward",
        {"prn_blender/scene/names.py": "from .mesh import mesh\n"},
        "prn_blender/scene/names.py:1",
        "mesh is not below names in prn_blender/scene",
    ),
    (
        "upward",
        {FACE: "import training.config\n"},
        f"{FACE}:1",
        "training is not below prn_blender",
    ),
    (
        "unplaced",
        {"prn_blender/core/voice/__init__.py": ABOUT},
        "prn_blender/core/voice/__init__.py:1",
        "voice is new in prn_blender/core",
    ),
    ("blender", {FACE: "def f():\n    import bpy.types\n"}, f"{FACE}:2", "imports bpy.types"),
    (
        "blender",
        {"training/config.py": "from mathutils import Vector\n"},
        "training/config.py:1",
        "imports mathutils",
    ),
    ("private", {FACE: "from ..photo.photo import _LIMIT\n"}, f"{FACE}:1", "imports _LIMIT"),
    ("private", {FACE: "from ..photo import photo\nphoto._LIMIT\n"}, f"{FACE}:2", "uses _LIMIT"),
    (
        "private",
        {FACE: "import prn_blender.core.photo.photo\nprn_blender.core.photo.photo._LIMIT\n"},
        f"{FACE}:2",
        "uses _LIMIT",
    ),
    (
        "private",
        {"tests/test_face.py": "from prn_blender.core.face.face import _HALF\n"},
        "tests/test_face.py:1",
        "imports _HALF",
    ),
    (
        "exports",
        {PHOTO_INIT: LAZY.replace("import Photo, read_photo", "import Photo")},
        f"{PHOTO_INIT}:11",
        "read_photo of .photo is in the lazy table, not under TYPE_CHECKING",
    ),
    (
        "exports",
        {PHOTO_INIT: LAZY.replace('("Photo", "read_photo")', '("Photo",)')},
        f"{PHOTO_INIT}:9",
        "read_photo of .photo is under TYPE_CHECKING, not in the lazy table",
    ),
    (
        "exports",
        {PHOTO_INIT: LAZY.replace('__all__ = ["Photo", ', "__all__ = [")},
        f"{PHOTO_INIT}:11",
        "Photo is in the lazy table, not in __all__",
    ),
    (
        "exports",
        {PHOTO_INIT: LAZY.replace('__all__ = ["Photo", ', '__all__ = ["Photo", "Film", ')},
        f"{PHOTO_INIT}:10",
        "Film is in __all__, but nothing brings it",
    ),
    (
        "exports",
        {PHOTO: "class Photo: pass\n"},
        f"{PHOTO_INIT}:11",
        "photo.py has no read_photo",
    ),
    (
        "exports",
        {PHOTO_INIT: LAZY.replace('{"photo":', '{"film":').replace(".photo", ".film")},
        f"{PHOTO_INIT}:11",
        "there is no module .film",
    ),
    (
        "exports",
        {PHOTO_INIT: LAZY.replace('{"photo": ("Photo", "read_photo")}', "TABLE")},
        f"{PHOTO_INIT}:11",
        "not written out",
    ),
    (
        "missing",
        {FACE: "from ..photo.film import Film\nFace = 1\n"},
        f"{FACE}:1",
        "no ..photo.film.Film",
    ),
    ("missing", {FACE: "from ..photo import Film\nFace = 1\n"}, f"{FACE}:1", "has no Film"),
    (
        "missing",
        {"scripts/demo.py": "def f():\n    import prn_blender.core.film\n"},
        "scripts/demo.py:2",
        "there is no prn_blender.core.film",
    ),
    (
        "ignored",
        {".gitignore": "build/\n", "prn_blender/scene/build/mesh.py": ""},
        "prn_blender/scene/build/mesh.py:1",
        "git ignores it (.gitignore:1:build/)",
    ),
    (
        "docstring",
        {PHOTO_INIT: LAZY.replace("What it is for.\n\n", "TODO\n")},
        f"{PHOTO_INIT}:1",
        "still says TODO",
    ),
    ("docstring", {PHOTO_INIT: '"""One line."""\n'}, f"{PHOTO_INIT}:1", "in the docstring: 1"),
    (
        "docstring",
        {"prn_blender/core/head/head.py": ""},
        "prn_blender/core/head/__init__.py:1",
        "there is no such file",
    ),
    (
        "core size",
        {f"prn_blender/core/package_{n}/__init__.py": ABOUT for n in range(13)},
        "prn_blender/core/__init__.py:1",
        "15 packages: face, package_0",
    ),
    (
        "core size",
        many("prn_blender/core", 5),
        "prn_blender/core/__init__.py:1",
        "7 modules: errors.py, lazy.py",
    ),
    (
        "levels",
        chain("prn_blender/core", 11),
        "prn_blender/core/step_0/work.py:1",
        "11 packages in a chain: step_0 -> step_1",
    ),
    ("folder size", many("tests", 16), "tests/test_face.py:1", "17 modules"),
    ("file size", {FACE: "x = 1\n" * 401}, f"{FACE}:401", "401 lines"),
]


@pytest.mark.parametrize(
    ("rule", "changes", "place", "found"),
    BROKEN,
    ids=[f"{number}-{rule}" for number, (rule, *_) in enumerate(BROKEN)],
)
def test_what_breaks_a_rule_is_found(
    rule: str, changes: dict[str, str], place: str, found: str, tmp_path: Path
) -> None:
    subprocess.run(["git", "init", "--quiet", str(tmp_path)], check=True)
    faults = checks.faults(build(tmp_path, changes), rule)
    said = "\n".join(map(str, faults))
    assert said.startswith(f"{place}: "), said
    assert found in said
    # What holds, and what to do, stand with every fault.
    assert said.count(rules.RULES[rule].holds) == said.count(rules.RULES[rule].remedy) >= 1


def test_every_rule_is_watched_over_and_seen_to_fail() -> None:
    assert list(checks.CHECKS) == list(rules.RULES)
    assert {rule for rule, *_ in BROKEN} == set(rules.RULES)


@pytest.mark.parametrize("rule", rules.RULES)
def test_a_house_that_keeps_the_rules_has_no_faults(rule: str, tmp_path: Path) -> None:
    just_right = {
        **many("prn_blender/panels", 15),
        "prn_blender/translations/__init__.py": ABOUT + "TEXT = ''\n" * 500,
        # For types only: no level more.
        PHOTO: "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n"
        "    from ..lazy import lazily\nclass Photo: pass\ndef read_photo(): ...\n",
    }
    assert checks.faults(build(tmp_path, just_right), rule) == []


def test_a_name_comes_from_the_file_that_defines_it(tmp_path: Path) -> None:
    house = source.read_repository(build(tmp_path, {}), rules.CODE)
    graph = dependencies.import_graph(house)
    assert set(graph[FACE]) == {PHOTO}
    assert set(graph["prn_blender/commands/swap.py"]) == {FACE, "prn_blender/scene/names.py"}
    assert set(graph["scripts/demo.py"]) == {FACE, "scripts/names_of_demos.py"}
    assert set(graph[PHOTO_INIT]) == {"prn_blender/core/lazy.py"}


def test_a_fault_tells_a_newcomer_what_to_do() -> None:
    said = str(Fault("folder size", "prn_blender/core/face/x.py", 1, "17 modules"))
    assert said == (
        "prn_blender/core/face/x.py:1: 17 modules. A folder has at most 16 modules. "
        "Move those of one field into a package of their own."
    )


# The repository itself ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def repository() -> source.Repository:
    return source.read_repository(ROOT, rules.CODE)


@pytest.mark.parametrize("rule", rules.RULES)
def test_the_repository_keeps_the_rule(rule: str, repository: source.Repository) -> None:
    found = checks.faults(ROOT, rule, repository)
    if found:
        pytest.fail("\n".join(map(str, found)), pytrace=False)
