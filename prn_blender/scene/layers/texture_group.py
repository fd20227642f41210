"""The node group in which a face's texture layers meet: its sockets and its formulas.

It blends sRGB values, as painting programs and `core` do, and not linear light: so a swap looks the
same here as in the picture that `core.swap` makes. `bake` evaluates the same formulas in numpy;
change both together.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import bpy

from ..names import UV_MAP

GROUP = "PRN Face Texture"
"""Name of the group."""

KEY = "prn_texture"
"""The custom property by which the group is known: its version and the names of its parts."""

VERSION = 3
"""Of the group's sockets and formulas: a group of another version is not used for new faces, and is
renewed where a face is changed (`group_version`).

2 has the skin around the face, for whole heads; 3 has fine detail.
"""

_CURVE_KEY = "prn_curve"
"""The custom property by which the groups that convert colours are known."""

_COLOUR = "NodeSocketColor"
_FLOAT = "NodeSocketFloat"

_NEUTRAL = (0.5, 0.5, 0.5, 1.0)
"""The colour of a donor match that changes nothing."""

_BLACK = (0.0, 0.0, 0.0, 1.0)

_LEVEL = (0.5, 0.5, 1.0, 1.0)
"""The colour of a normal map that changes nothing."""


@dataclass(frozen=True)
class Socket:
    """An input of the node group; its description is its tooltip. Floats run from 0 to 1.

    `since` is the first version of the group that has it.
    """

    name: str
    kind: str
    default: Any
    description: str
    since: int = 1


PHOTO, VISIBLE = "Photo", "Visible"
COMPLETED, FILL_MASK, HIDDEN_FILL = "Completed", "Fill Mask", "Hidden Fill"
DONOR, DONOR_MATCH, COLOUR_MATCH = "Donor", "Donor Match", "Colour Match"
DONOR_MASK, DONOR_STRENGTH = "Donor Mask", "Donor Strength"
PAINT, PAINT_ALPHA, PAINT_STRENGTH = "Paint", "Paint Alpha", "Paint Strength"
LIT, ROUGHNESS = "Lit", "Roughness"
SKIN, FACE_SHOWN, FACE_INSIDE = "Skin", "Face Shown", "Face Inside"
DETAIL, DETAIL_STRENGTH = "Detail", "Detail Strength"

_INPUTS = (
    Socket(PHOTO, _COLOUR, _BLACK, "The photo, unwrapped"),
    Socket(VISIBLE, _FLOAT, 1.0, "1 where the photo shows the face; the photo texture's alpha"),
    Socket(COMPLETED, _COLOUR, _BLACK, "The texture with its hidden side filled in"),
    Socket(FILL_MASK, _FLOAT, 1.0, "White where the completed texture shows; paint it"),
    Socket(HIDDEN_FILL, _FLOAT, 0.0, "How much of the completed texture shows"),
    Socket(DONOR, _COLOUR, _BLACK, "Another face's texture"),
    Socket(DONOR_MATCH, _COLOUR, _NEUTRAL,
           "What makes the donor's colours fit in: added to it, grey adds nothing"),
    Socket(COLOUR_MATCH, _FLOAT, 1.0, "How far the donor's colours are made to fit in"),
    Socket(DONOR_MASK, _FLOAT, 1.0, "White where the donor may show; paint it"),
    Socket(DONOR_STRENGTH, _FLOAT, 0.0, "How much of the donor shows, in all parts"),
)  # fmt: skip
_LAST_INPUTS = (
    Socket(PAINT, _COLOUR, _BLACK, "What was painted, on top of everything"),
    Socket(PAINT_ALPHA, _FLOAT, 0.0, "Where it was painted; the paint layer's alpha"),
    Socket(PAINT_STRENGTH, _FLOAT, 1.0, "How much of the paint layer shows"),
    Socket(LIT, _FLOAT, 0.0, "0 as photographed, 1 lit by the scene"),
    Socket(ROUGHNESS, _FLOAT, 0.6, "Of the lit skin"),
    Socket(SKIN, _COLOUR, _BLACK, "Of a whole head: its colour around the face", 2),
    Socket(FACE_SHOWN, _FLOAT, 1.0, "How much of the face shows, and not the skin around it", 2),
    Socket(FACE_INSIDE, _FLOAT, 1.0,
           "How much shows of what is filled in or comes from a donor", 2),
    Socket(DETAIL, _COLOUR, _LEVEL, "Normal map of wrinkles and pores, where the skin is lit", 3),
    Socket(DETAIL_STRENGTH, _FLOAT, 1.0,
           "How strongly wrinkles and pores shade the lit skin", 3),
)  # fmt: skip

ALL = "all"
"""What stands in place of a part's name for the whole donor, as far as the donor mask allows."""


def mix_socket(part: str) -> str:
    """The input that says how much of a part of the donor shows."""
    return f"Mix {part}"


def parts_layer(index: int) -> str:
    """The layer with the mask of part number `index` in one of its three channels."""
    return f"Parts {index // 3 + 1}"


def texture_group(parts: Sequence[str]) -> bpy.types.NodeTree:
    """The node group for faces whose layouts have these parts: the one in the file, or a new one.

    Parameters
    ----------
    parts : sequence of str
        Names of the parts of a donor that can be mixed.

    Returns
    -------
    bpy.types.NodeTree
        Inputs as documented in docs/panels/texture.md; outputs Color (linear light), Alpha,
        Edited (where an edit shows) and Surface.
    """
    mark = mark_of(parts)
    for tree in bpy.data.node_groups:
        if tree.get(KEY) is not None and tree[KEY].to_dict() == mark and tree.library is None:
            return tree
    tree = new_group(parts)
    tree[KEY] = mark
    return tree


def mark_of(parts: Sequence[str]) -> dict[str, Any]:
    """What the custom property `KEY` of a group of today is."""
    return {"version": VERSION, "parts": list(parts)}


def new_group(parts: Sequence[str], version: int = VERSION) -> bpy.types.NodeTree:
    """A new node group without the custom property that marks it as ours.

    Parameters
    ----------
    parts : sequence of str
        See `texture_group`.
    version : int
        Such as that version of the add-on's groups.
    """
    tree = bpy.data.node_groups.new(GROUP, "ShaderNodeTree")
    for socket in sockets(parts, version):
        add_input(tree, socket)
    for name, kind in (
        ("Color", _COLOUR), ("Alpha", _FLOAT), ("Edited", _FLOAT), ("Surface", "NodeSocketShader")
    ):  # fmt: skip
        tree.interface.new_socket(name, in_out="OUTPUT", socket_type=kind)
    build_formulas(tree, parts, version)
    return tree


def sockets(parts: Sequence[str], version: int = VERSION) -> list[Socket]:
    """The inputs of a version's groups, in their order."""
    every = (*_INPUTS, *_part_inputs(parts), *_LAST_INPUTS)
    return [socket for socket in every if socket.since <= version]


def add_input(tree: bpy.types.NodeTree, socket: Socket) -> None:
    """Give a group an input, after those that it has."""
    item = tree.interface.new_socket(socket.name, in_out="INPUT", socket_type=socket.kind)
    item.default_value, item.description = socket.default, socket.description
    if socket.kind == _FLOAT:
        item.subtype, item.min_value, item.max_value = "FACTOR", 0.0, 1.0


def _part_inputs(parts: Sequence[str]) -> Iterator[Socket]:
    for first in range(0, len(parts), 3):
        names = ", ".join(parts[first : first + 3])
        yield Socket(parts_layer(first), _COLOUR, _BLACK, f"Masks in red, green and blue: {names}")
    yield Socket(mix_socket(ALL), _FLOAT, 0.0, "The donor's whole texture, within the donor mask")
    for part in parts:
        yield Socket(mix_socket(part), _FLOAT, 0.0, f"How much of the donor's {part} shows")


class _NodeBuilder:
    """Builds formulas out of nodes: each method adds a node and returns its output.

    Each change to a tree takes Blender time that grows with the tree. So nodes are set up with as
    few changes as possible, and what is needed three times is a group of its own.
    """

    def __init__(self, tree: bpy.types.NodeTree) -> None:
        self.tree = tree
        start = tree.nodes.new("NodeGroupInput")
        self.end = tree.nodes.new("NodeGroupOutput")
        self.inputs = start.outputs
        self._count = 0

    def node(self, kind: str, operation: str | None = None) -> bpy.types.Node:
        node = self.tree.nodes.new(kind)
        if operation is not None:
            node.operation = operation
        node.hide = True
        node.location = (220 + 180 * (self._count // 6), -60 * (self._count % 6))
        self._count += 1
        return node

    def link(self, value: Any, socket: bpy.types.NodeSocket) -> None:
        """A link from another output, or a constant."""
        if isinstance(value, bpy.types.NodeSocket):
            self.tree.links.new(value, socket)
        else:
            socket.default_value = value

    def math(self, operation: str, *values: Any) -> bpy.types.NodeSocket:
        node = self.node("ShaderNodeMath", operation)
        for value, socket in zip(values, node.inputs, strict=False):
            self.link(value, socket)
        return node.outputs[0]

    def vector(self, operation: str, *values: Any) -> bpy.types.NodeSocket:
        node = self.node("ShaderNodeVectorMath", operation)
        for value, socket in zip(values, node.inputs, strict=False):
            self.link((value,) * 3 if isinstance(value, float) else value, socket)
        return node.outputs["Vector"]

    def scale(self, vector: Any, factor: Any) -> bpy.types.NodeSocket:
        node = self.node("ShaderNodeVectorMath", "SCALE")
        self.link(vector, node.inputs[0])
        self.link(factor, node.inputs["Scale"])
        return node.outputs["Vector"]

    def power(self, colour: Any, exponent: float) -> bpy.types.NodeSocket:
        node = self.node("ShaderNodeGamma")
        self.link(colour, node.inputs["Color"])
        node.inputs["Gamma"].default_value = exponent
        return node.outputs["Color"]

    def group(self, tree: bpy.types.NodeTree, value: Any) -> bpy.types.NodeSocket:
        node = self.node("ShaderNodeGroup")
        node.node_tree = tree
        self.link(value, node.inputs[0])
        return node.outputs[0]

    def mix(self, factor: Any, first: Any, second: Any) -> bpy.types.NodeSocket:
        """From `first` at factor 0 to `second` at factor 1; the factor is a number or a vector."""
        node = self.node("ShaderNodeMix")
        node.data_type = "VECTOR"
        by_channel = isinstance(factor, bpy.types.NodeSocket) and factor.type == "VECTOR"
        if by_channel:
            node.factor_mode = "NON_UNIFORM"
        sockets = {socket.identifier: socket for socket in node.inputs}
        self.link(factor, sockets["Factor_Vector" if by_channel else "Factor_Float"])
        self.link(first, sockets["A_Vector"])
        self.link(second, sockets["B_Vector"])
        return next(s for s in node.outputs if s.identifier == "Result_Vector")

    def where(self, value: Any, above: float, high: Any, low: Any) -> bpy.types.NodeSocket:
        """For each channel `high` where the value is above a limit, else `low`."""
        # Rounding up gives at most 0 up to the limit and at least 1 above; the mix clamps that.
        factor = self.vector("CEIL", self.vector("SUBTRACT", value, above))
        return self.mix(factor, low, high)


def _curve(name: str, back: bool) -> bpy.types.NodeTree:
    """A node group from linear light to sRGB (IEC 61966-2-1, as `image.encode_srgb`), or back."""
    for tree in bpy.data.node_groups:
        if tree.get(_CURVE_KEY) == name and tree.library is None:
            return tree
    tree = bpy.data.node_groups.new(f"PRN {name}", "ShaderNodeTree")
    tree.interface.new_socket("Colour", in_out="INPUT", socket_type=_COLOUR)
    tree.interface.new_socket("Colour", in_out="OUTPUT", socket_type=_COLOUR)
    nodes = _NodeBuilder(tree)
    value = nodes.inputs[0]
    if back:
        high = nodes.power(nodes.vector("MULTIPLY_ADD", value, 1 / 1.055, 0.055 / 1.055), 2.4)
        result = nodes.where(value, 0.04045, high, nodes.scale(value, 1 / 12.92))
    else:
        high = nodes.vector("MULTIPLY_ADD", nodes.power(value, 1 / 2.4), 1.055, -0.055)
        result = nodes.where(value, 0.0031308, high, nodes.scale(value, 12.92))
    nodes.link(result, nodes.end.inputs[0])
    tree[_CURVE_KEY] = name
    return tree


def build_formulas(tree: bpy.types.NodeTree, parts: Sequence[str], version: int = VERSION) -> None:
    """Build the formulas of `bake.evaluate` as nodes, into a group with its sockets and no node.

    Those of an earlier version serve to see whether an artist has changed a group since.
    """
    nodes = _NodeBuilder(tree)
    i = nodes.inputs
    to_srgb = _curve("sRGB from Linear", back=False)
    fill = nodes.math("MULTIPLY", i[HIDDEN_FILL], i[FILL_MASK])
    colour = nodes.mix(fill, nodes.group(to_srgb, i[PHOTO]), nodes.group(to_srgb, i[COMPLETED]))

    # donor + 2 c (match - 1/2), where c is the strength, is (donor - c) + 2 c match.
    strength = i[COLOUR_MATCH]
    shift = nodes.scale(i[DONOR_MATCH], nodes.math("MULTIPLY", strength, 2.0))
    donor = nodes.vector("SUBTRACT", nodes.group(to_srgb, i[DONOR]), strength)
    donor = nodes.vector("ADD", donor, shift)
    donor = nodes.vector("MINIMUM", nodes.vector("MAXIMUM", donor, 0.0), 1.0)
    masks: Any = 0.0
    for first in range(0, len(parts), 3):
        mix = nodes.node("ShaderNodeCombineXYZ")
        for part, socket in zip(parts[first : first + 3], mix.inputs, strict=False):
            nodes.link(i[mix_socket(part)], socket)
        mine = nodes.vector("MULTIPLY", mix.outputs[0], i[parts_layer(first)])
        masks = nodes.vector("MAXIMUM", masks, mine) if first else mine
    three = nodes.node("ShaderNodeSeparateXYZ")
    nodes.link((masks,) * 3 if isinstance(masks, float) else masks, three.inputs[0])
    x, y, z = three.outputs
    share = nodes.math(
        "MAXIMUM", nodes.math("MAXIMUM", x, y), nodes.math("MAXIMUM", z, i[mix_socket(ALL)])
    )
    share = nodes.math("MULTIPLY", share, nodes.math("MULTIPLY", i[DONOR_STRENGTH], i[DONOR_MASK]))
    colour = nodes.mix(share, colour, donor)

    paint = nodes.math("MULTIPLY", i[PAINT_STRENGTH], i[PAINT_ALPHA])
    colour = nodes.mix(paint, colour, nodes.group(to_srgb, i[PAINT]))
    around = None
    if version >= 2:
        edits = nodes.math("MULTIPLY", nodes.math("MAXIMUM", fill, share), i[FACE_INSIDE])
        shown = nodes.math("MAXIMUM", nodes.math("MAXIMUM", i[FACE_SHOWN], edits), paint)
        around = nodes.mix(shown, nodes.group(to_srgb, i[SKIN]), colour)
        around = nodes.group(_curve("Linear from sRGB", back=True), around)
    colour = nodes.group(_curve("Linear from sRGB", back=True), colour)
    around = around or colour
    above = nodes.math("MAXIMUM", share, paint)
    alpha = nodes.math("MAXIMUM", nodes.math("MAXIMUM", i[VISIBLE], fill), above)
    edited = nodes.math("MAXIMUM", nodes.math("MULTIPLY", i[VISIBLE], fill), above)

    shadeless = nodes.node("ShaderNodeEmission")
    nodes.link(around, shadeless.inputs["Color"])
    lit = nodes.node("ShaderNodeBsdfPrincipled")
    nodes.link(around, lit.inputs["Base Color"])
    nodes.link(i[ROUGHNESS], lit.inputs["Roughness"])
    if version >= 3:
        detail = nodes.node("ShaderNodeNormalMap")
        detail.uv_map = UV_MAP
        nodes.link(i[DETAIL], detail.inputs["Color"])
        nodes.link(i[DETAIL_STRENGTH], detail.inputs["Strength"])
        nodes.link(detail.outputs["Normal"], lit.inputs["Normal"])
    surface = nodes.node("ShaderNodeMixShader")
    nodes.link(i[LIT], surface.inputs[0])
    nodes.link(shadeless.outputs[0], surface.inputs[1])
    nodes.link(lit.outputs[0], surface.inputs[2])
    nodes.end.location = (surface.location[0] + 250, 0)
    nodes.link(colour, nodes.end.inputs["Color"])
    nodes.link(alpha, nodes.end.inputs["Alpha"])
    nodes.link(edited, nodes.end.inputs["Edited"])
    nodes.link(surface.outputs[0], nodes.end.inputs["Surface"])
