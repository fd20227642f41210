"""The rules of the house, in one table: what may import what, how large things may grow.

A new package gets a place in `ORDER`; a rule that hinders is changed here, in a commit that says
why. docs/contributing.md has the rules in prose.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import dataclass

CODE = ("prn_blender", "training", "benchmarks", "scripts", "tests")
"""The folders whose files are read."""

ORDER: dict[str, tuple[str, ...]] = {
    # Folder: its rooms (packages and modules), lowest first. A room imports from rooms to its left
    # and from others in its own column; where a folder has several lines, one of them has to
    # allow the import.
    ".": ("prn_blender | training | benchmarks scripts | tests",),
    "prn_blender": (
        "core translations | scene | batch | interface | operators properties | panels"
        " | preferences | registration | __init__",
        "core | scene | batch | commands | cli | __main__ registration",
    ),
    "prn_blender/core": (
        "errors native choices typed lazy version | files | image | photo | geometry | model | head"
        " | texture | appearance | face | editing sequence | outputs | swap | person | __init__",
    ),
    "prn_blender/scene": (
        "names nodes options stepwise units | images | record mesh | layers marks | build head |"
        " animation result files | exports start_file shot_file transfer_file"
        " | __init__",
    ),
    "training": (
        "npz config geometry raster | graphs | head | layout | population | labels | samples"
        " | identity | network | export | whole_head | check | __main__",
    ),
}

WITHOUT_BLENDER = ("prn_blender/core", "training")
"""Folders that run in any Python."""
BLENDER = ("bpy", "bpy_extras", "mathutils", "gpu", "bmesh", "blf", "idprop", "imbuf", "aud")
"""Modules that only Blender has."""

PACKAGES = ("prn_blender", "training", "benchmarks")
"""Where each folder with modules is a package: `__init__.py` with a docstring."""

CORE = "prn_blender/core"
MAX_CORE_PACKAGES = 14
MAX_CORE_MODULES = 6
"""Directly in core/, `__init__` apart."""
MAX_CORE_LEVELS = 10
"""Packages, and modules beside them, in the longest chain of imports in core/; imports for types
only are not counted."""
MAX_MODULES = 16
"""In one folder, `__init__` apart."""
MAX_LINES = 400
TRANSLATIONS = "prn_blender/translations"
"""The languages in it are dictionaries: as long as they need be, and described by translators."""
MIN_DOCSTRING_LINES = 2


@dataclass(frozen=True)
class Rule:
    """What holds, and what to do where it does not."""

    holds: str
    remedy: str


RULES: dict[str, Rule] = {
    "syntax": Rule(
        "Every file is valid Python.",
        "Correct the line.",
    ),
    "cycle": Rule(
        "Files do not import each other in a circle, and neither do two packages, not even late "
        "(inside a function) or for types only.",
        "Move what both need into a file below both, or hand it over as an argument.",
    ),
    "upward": Rule(
        "A package imports only from those to its left in ORDER (tests/structure/rules.py), not "
        "even late (inside a function) or for types only.",
        "Move what is needed down to where both may import it, or hand it over as an argument.",
    ),
    "unplaced": Rule(
        "Every package and module of a folder in ORDER (tests/structure/rules.py) has a place "
        "in its line.",
        "Put it into a package that is there, or give it a place in ORDER.",
    ),
    "blender": Rule(
        "core/ and training/ run in any Python: they import nothing that only Blender has.",
        "Do it in prn_blender/scene, with arrays from core.",
    ),
    "private": Rule(
        "A name with a leading underscore is used in its own package only. (Tests may look at one "
        "as `module._name`, but import none.)",
        "Use the package's public function, or take the underscore off and give the name a "
        "docstring.",
    ),
    "exports": Rule(
        "In a package's __init__ the lazy table, the imports under TYPE_CHECKING and __all__ name "
        "the same things, and each of them is there.",
        "Make the three agree (prn_blender/core/photo/__init__.py shows how).",
    ),
    "missing": Rule(
        "What is imported is there.",
        "Import it from where it is defined now.",
    ),
    "ignored": Rule(
        "git ignores no file of the program, for what it ignores is missing from every clone.",
        "Rename it, or begin the pattern in .gitignore with a slash.",
    ),
    "docstring": Rule(
        f"Every package has an __init__.py whose docstring says in at least {MIN_DOCSTRING_LINES} "
        "lines what it is for, what comes in and goes out, and what it must not know.",
        "Write it: purpose, In, Out, what it knows nothing of.",
    ),
    "core size": Rule(
        f"core/ has at most {MAX_CORE_PACKAGES} packages and {MAX_CORE_MODULES} modules of its "
        "own.",
        "Put the new one into the package of its field.",
    ),
    "levels": Rule(
        f"The longest chain of imports between packages of core/ has at most {MAX_CORE_LEVELS}.",
        "Let a package at the top of the chain take arrays or a smaller type than it does.",
    ),
    "folder size": Rule(
        f"A folder has at most {MAX_MODULES} modules.",
        "Move those of one field into a package of their own.",
    ),
    "file size": Rule(
        f"A file has at most {MAX_LINES} lines.",
        "Move one of its concerns into a file of its own.",
    ),
}
