"""Every text of the interface, found where Blender finds it."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import bpy

PACKAGE = Path(__file__).resolve().parent.parent / "prn_blender"
# Blender's own, which it translates itself, and what nobody sees.
_BLENDERS = {
    "File Path",
    "Filepath used for importing the file",
    "directory",
    "files",
    "filter_glob",
}
_NOT_WORDS = {"", "X", "PRN", "OpenEXR", "NumPy", "PNG", "PRNet", "Poisson", "SHA-256"}


def registered_texts() -> set[str]:
    """Names and descriptions of operators, their options, panels and properties."""
    texts: set[str] = set()
    for name in dir(bpy.ops.prn):
        kind = getattr(bpy.ops.prn, name).get_rna_type()
        texts |= {kind.name, kind.description}
        own = (p for p in kind.properties if p.identifier != "rna_type")
        texts |= set(_of_properties(own))
    for name in dir(bpy.types):
        kind = getattr(bpy.types, name)
        if not name.startswith("PRN_") or name.startswith("PRN_OT_"):
            continue
        texts.add(getattr(kind, "bl_label", ""))
        if name.startswith("PRN_PT_"):
            texts.add(kind.bl_rna.description)
        texts |= set(
            _of_properties(_own_properties(kind.bl_rna.properties, kind.__base__.__name__))
        )
    # Property groups and preferences are not among Blender's types by name.
    for parent in (bpy.types.PropertyGroup, bpy.types.AddonPreferences):
        for kind in parent.__subclasses__():
            if kind.__module__.startswith(PACKAGE.name) and kind.is_registered:
                texts |= set(
                    _of_properties(_own_properties(kind.bl_rna.properties, parent.__name__))
                )
    for name in ("Material", "Scene", "Object", "WindowManager"):
        added = getattr(bpy.types, name).bl_rna.properties
        texts |= set(_of_properties(p for p in added if p.identifier.startswith("prn_")))
    return {text for text in texts if _is_text(text)}


def written_texts() -> set[str]:
    """Constants in the source that layouts, polls, `iface_` and `tip_` are given."""
    texts: set[str] = set()
    for folder in ("operators", "panels"):
        for path in (PACKAGE / folder).glob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call):
                    texts |= set(_of_call(node))
    return {text for text in texts if _is_text(text)}


def _of_call(call: ast.Call) -> Iterator[str]:
    name = getattr(call.func, "attr", getattr(call.func, "id", ""))
    values = [k.value for k in call.keywords if k.arg in {"text", "message"}]
    if name in {"poll_message_set", "iface_", "tip_"}:
        values += call.args
    for value in values:
        for node in [value.body, value.orelse] if isinstance(value, ast.IfExp) else [value]:
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value


def _own_properties(properties: object, parent: str) -> Iterator[bpy.types.Property]:
    """Those that the add-on has defined, not what every panel or list has."""
    inherited = {p.identifier for p in getattr(bpy.types, parent).bl_rna.properties}
    for prop in properties:  # type: ignore[attr-defined]
        if prop.identifier not in inherited:
            yield prop


def _of_properties(properties: Iterator[bpy.types.Property]) -> Iterator[str]:
    for prop in properties:
        yield prop.name
        yield prop.description
        if prop.type == "ENUM":
            for item in prop.enum_items_static:
                yield item.name
                yield item.description


def _is_text(text: str) -> bool:
    return text not in _NOT_WORDS | _BLENDERS and not re.fullmatch(
        r"[\W\d]*|\d+ x \d+ pixels", text
    )
