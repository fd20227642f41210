"""A stand-in for Blender's `UILayout` that notes what is drawn on it, and how high it gets."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import bpy

# Blender's own sizes in pixels, at an interface scale of 1: a button, the gap between two (none
# where they are aligned), the gap between the parts of a panel, and its header with its border. As
# measured in a screenshot of Blender 5.2.
BUTTON, GAP, PART_GAP, HEADER = 21.0, 2.5, 6.0, 36.0
SUB_HEADER = 25.0


class Layout:
    """Parts one below the other, or, as a row, beside each other.

    What does not exist in Blender (an operator, an option of one, a property, an icon) cannot be
    drawn.
    """

    def __init__(self, kind: str = "column", gap: float = GAP) -> None:
        self._kind, self._gap = kind, gap
        self._columns = 1
        self._parts: list[Layout | float] = []
        self.drawn: list[tuple[str, str]] = []
        """(what, its name or text) in the order of drawing, of the parts too."""
        self.scale_y = 1.0
        self.use_property_split = self.use_property_decorate = False
        self.enabled = self.active = self.alert = True

    # What panels build of it -------------------------------------------------------------------

    def column(self, align: bool = False, **_: Any) -> Layout:
        return self._part("column", align)

    def row(self, align: bool = False, **_: Any) -> Layout:
        return self._part("row", align)

    def split(self, align: bool = False, **_: Any) -> Layout:
        return self._part("row", align)

    def box(self) -> Layout:
        return self._part("column", align=False)

    def grid_flow(self, columns: int = 1, align: bool = False, **_: Any) -> Layout:
        assert columns > 0, "as many as fit: its height cannot be told"
        grid = self._part("grid", align)
        grid._columns = columns
        return grid

    def label(self, text: str = "", icon: str = "NONE", **_: Any) -> None:
        self._button("label", text, icon)

    def separator(self, factor: float = 1.0, **_: Any) -> None:
        self._parts.append(6 * factor)

    def operator(
        self, name: str, text: str = "", icon: str = "NONE", depress: bool = False, **_: Any
    ) -> Options:
        group, _dot, verb = name.partition(".")
        kind = getattr(getattr(bpy.ops, group), verb).get_rna_type()  # KeyError: there is none
        self._button("operator", name, icon)
        if depress:
            self.drawn.append(("pressed", name))
        return Options(kind)

    def prop(self, data: Any, name: str, icon: str = "NONE", **_: Any) -> None:
        assert name in data.bl_rna.properties, f"{data!r} has no {name}"
        self._button("prop", name, icon)

    def menu(self, name: str, icon: str = "NONE", **_: Any) -> None:
        assert issubclass(getattr(bpy.types, name), bpy.types.Menu)
        self._button("menu", name, icon)

    def progress(self, text: str = "", **_: Any) -> None:
        self._button("progress", text, "NONE")

    def template_icon(self, icon_value: int, scale: float = 1.0) -> None:
        self._parts.append(scale * BUTTON)

    def template_list(
        self, kind: str, name: str, data: Any, items: str, active: Any, index: str, rows: int = 5
    ) -> None:
        drawer = getattr(bpy.types, kind)
        for number, item in enumerate(getattr(data, items)):
            row = Layout("row")
            drawer.draw_item(None, bpy.context, row, data, item, 0, active, index, number)
            self.drawn += row.drawn
        assert index in active.bl_rna.properties
        # Below the lines is a strip to drag it larger.
        self._parts.append((rows + 0.7) * BUTTON)

    # What tests ask ----------------------------------------------------------------------------

    @property
    def height(self) -> float:
        """Pixels from its upper edge to its lower one."""
        heights = [p.height if isinstance(p, Layout) else p for p in self._parts]
        heights = [height for height in heights if height]
        if self._kind == "row":
            total = max(heights, default=0.0)
        else:
            lines = [
                max(heights[first : first + self._columns])
                for first in range(0, len(heights), self._columns)
            ]
            total = sum(lines) + self._gap * max(len(lines) - 1, 0)
        return total * self.scale_y

    def names(self, what: str) -> list[str]:
        """The names, or texts, of all things of a kind."""
        return [name for kind, name in self.drawn if kind == what]

    # -------------------------------------------------------------------------------------------

    def _part(self, kind: str, align: bool) -> Layout:
        part = Layout(kind, 0.0 if align else GAP)
        part.drawn = self.drawn
        self._parts.append(part)
        return part

    def _button(self, kind: str, name: str, icon: str) -> None:
        icons = bpy.types.UILayout.bl_rna.functions["label"].parameters["icon"].enum_items
        assert icon in icons, f"Blender has no icon {icon}"
        self.drawn.append((kind, name))
        self._parts.append(BUTTON)


class Options:
    """The options of an operator's button; those that it does not have cannot be set."""

    def __init__(self, kind: Any) -> None:
        object.__setattr__(self, "_kind", kind)

    def __setattr__(self, name: str, value: object) -> None:
        option = self._kind.properties[name]  # KeyError: it has no such option
        if option.type == "ENUM" and not option.is_enum_flag:
            assert value in option.enum_items


def sidebar(context: Any, closed: tuple[str, ...] = ()) -> dict[str, Layout]:
    """The panels of the tab that would be drawn, by name, each with its header's height in it.

    Parameters
    ----------
    context : bpy.types.Context or as much of one as panels need
    closed : tuple of str
        Panels that the user has closed. Those inside of others begin closed.
    """
    drawn: dict[str, Layout] = {}
    for kind in _panels():
        if hasattr(kind, "poll") and not kind.poll(context):
            continue
        parent = getattr(kind, "bl_parent_id", "")
        if parent and (parent not in drawn or parent in closed):
            continue
        layout = Layout(gap=PART_GAP)
        name = kind.__name__
        if name not in closed and "DEFAULT_CLOSED" not in getattr(kind, "bl_options", ()):
            kind.draw(SimpleNamespace(layout=layout), context)
        if hasattr(kind, "draw_header_preset"):  # in the header, however the panel is
            header = Layout("row")
            kind.draw_header_preset(SimpleNamespace(layout=header), context)
            layout.drawn += header.drawn
        layout._parts.insert(0, SUB_HEADER if parent else HEADER)
        drawn[name] = layout
    return drawn


def _panels() -> Iterator[Any]:
    """All of the tab, each before those inside of it."""
    kinds = [getattr(bpy.types, name) for name in dir(bpy.types) if name.startswith("PRN_PT_")]
    yield from sorted(kinds, key=lambda kind: hasattr(kind, "bl_parent_id"))
