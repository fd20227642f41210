"""Every text of the interface, found where Blender finds it."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from typing import Any

import bpy

from .source import PACKAGE, shown_modules

# Blender's own, which it translates itself, and what nobody sees.
_BLENDERS = {
    "File Path",
    "Filepath used for importing the file",
    "directory",
    "files",
    "filter_glob",
}
_NOT_WORDS = {"", "X", "PRN", "OpenEXR", "NumPy", "PNG", "PRNet", "Poisson", "SHA-256"}
# Given to a function, a text is a tooltip: what `poll_message_set` says is shown in one.
_TOOLTIPS = {"poll_message_set", "tip_"}

Found = tuple[str, str, str]
"""File of a language's folder, text, place in the code."""


def interface_texts() -> Iterator[Found]:
    """What the registered add-on shows, and what its source gives to layouts and look-ups."""
    yield from registered_texts()
    yield from (found for found in _written() if _is_text(found[1]))


def registered_texts() -> Iterator[Found]:
    """What Blender knows of the add-on's classes and properties."""
    yield from (found for found in _registered() if _is_text(found[1]))


def _registered() -> Iterator[Found]:
    """Names and descriptions of operators, their options, panels and properties."""
    for name in dir(bpy.ops.prn):
        kind = getattr(bpy.ops.prn, name).get_rna_type()
        place = f"bpy.ops.prn.{name}"
        yield "labels", kind.name, place
        yield "tooltips", kind.description, place
        yield from _of_properties((p for p in kind.properties if p.identifier != "rna_type"), place)
    for name in dir(bpy.types):
        kind = getattr(bpy.types, name)
        if not name.startswith("PRN_") or name.startswith("PRN_OT_"):
            continue
        yield "labels", getattr(kind, "bl_label", ""), name
        if name.startswith("PRN_PT_"):
            yield "tooltips", kind.bl_rna.description, name
        yield from _of_properties(_own_properties(kind, kind.__base__), name)
    # Property groups and preferences are not among Blender's types by name.
    for parent in (bpy.types.PropertyGroup, bpy.types.AddonPreferences):
        for kind in parent.__subclasses__():
            if kind.__module__.startswith(PACKAGE.name) and kind.is_registered:
                yield from _of_properties(_own_properties(kind, parent), kind.__name__)
    for name in ("Material", "Scene", "Object", "WindowManager"):
        added = getattr(bpy.types, name).bl_rna.properties
        yield from _of_properties((p for p in added if p.identifier.startswith("prn_")), name)


def _written() -> Iterator[Found]:
    """Constants in the source that layouts, polls, `iface_` and `tip_` are given."""
    for path, tree in shown_modules():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                for file, text in _of_call(node):
                    yield file, text, f"{path}:{node.lineno}"


def _of_call(call: ast.Call) -> Iterator[tuple[str, str]]:
    name = getattr(call.func, "attr", getattr(call.func, "id", ""))
    values = [k.value for k in call.keywords if k.arg in {"text", "message"}]
    if name in {"iface_", *_TOOLTIPS}:
        values += call.args
    for value in values:
        for node in [value.body, value.orelse] if isinstance(value, ast.IfExp) else [value]:
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield "tooltips" if name in _TOOLTIPS else "labels", node.value


def _own_properties(kind: Any, parent: type) -> Iterator[bpy.types.Property]:
    """Those that the add-on has defined, not what every panel or list has."""
    inherited = {p.identifier for p in getattr(bpy.types, parent.__name__).bl_rna.properties}
    for prop in kind.bl_rna.properties:
        if prop.identifier not in inherited:
            yield prop


def _of_properties(properties: Iterable[bpy.types.Property], owner: str) -> Iterator[Found]:
    for prop in properties:
        place = f"{owner}.{prop.identifier}"
        yield "labels", prop.name, place
        yield "tooltips", prop.description, place
        if prop.type == "ENUM":
            for item in prop.enum_items_static:
                yield "labels", item.name, place
                yield "tooltips", item.description, place


def _is_text(text: str) -> bool:
    return text not in _NOT_WORDS | _BLENDERS and not re.fullmatch(
        r"[\W\d]*|\d+ x \d+ pixels", text
    )
