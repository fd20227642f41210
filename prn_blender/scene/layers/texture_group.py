"""The node group in which a face's texture layers meet: its sockets and its formulas.

Blending happens between sRGB values, as painting programs and `core` do it, not in linear light:
so a swap looks the same here as in the picture that `core.swap` writes. `bake` evaluates the same
formulas in numpy; change both together.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import bpy

GROUP = "PRN Face Texture"
KEY = "prn_texture"
_VERSION = 1
_CURVE_KEY = "prn_curve"

# What a node of the group may be set to.
_SETTINGS = (
    "operation",
    "data_type",
    "factor_mode",
    "blend_type",
    "use_clamp",
    "clamp_factor",
    "mute",
)

_COLOUR, _FLOAT = "NodeSocketColor", "NodeSocketFloat"
_NEUTRAL = (0.5, 0.5, 0.5, 1.0)
_BLACK = (0.0, 0.0, 0.0, 1.0)


@dataclass(frozen=True)
class Socket:
    """An input of the node group; a float runs from 0 to 1."""

    name: str
    kind: str
    default: Any
    description: str


PHOTO, VISIBLE = "Photo", "Visible"
COMPLETED, FILL_MASK, HIDDEN_FILL = "Completed", "Fill Mask", "Hidden Fill"
DONOR, DONOR_MATCH, COLOUR_MATCH = "Donor", "Donor Match", "Colour Match"
DONOR_MASK, DONOR_STRENGTH = "Donor Mask", "Donor Strength"
PAINT, PAINT_ALPHA, PAINT_STRENGTH = "Paint", "Paint Alpha", "Paint Strength"
LIT, ROUGHNESS = "Lit", "Roughness"

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
)

ALL = "all"
"""Beside the parts: everything that the donor mask lets through."""


def mix_socket(part: str) -> str:
    """The input that says how much of the donor's part shows."""
    return f"Mix {part}"


def parts_layer(index: int) -> str:
    """The layer that holds the masks of part `index`, one of three in its channels."""
    return f"Parts {index // 3 + 1}"


def texture_group(parts: Sequence[str]) -> bpy.types.NodeTree:
    """The node group, one for all faces whose layouts know the same parts.

    Parameters
    ----------
    parts : sequence of str

    Returns
    -------
    bpy.types.NodeTree
        Inputs as documented in docs/panels/texture.md; outputs Color (linear light), Alpha,
        Edited (where an edit shows) and Surface.
    """
    mark = {"version": _VERSION, "parts": list(parts)}
    for tree in bpy.data.node_groups:
        if tree.get(KEY) is not None and tree[KEY].to_dict() == mark and tree.library is None:
            return tree
    tree = _new_group(parts)
    tree[KEY] = mark
    return tree


def is_changed(tree: bpy.types.NodeTree) -> bool:
    """Whether somebody has made another formula of a texture group's colour or alpha."""
    fresh = _new_group(list(tree[KEY]["parts"]))
    try:
        return _formula(fresh) != _formula(tree)
    finally:
        bpy.data.node_groups.remove(fresh)


def _formula(tree: bpy.types.NodeTree) -> str:
    """What a tree computes as its colour and alpha, whatever its nodes are called."""
    known: dict[str, str] = {}

    def value(socket: bpy.types.NodeSocket) -> str:
        links = [link for link in socket.links if not link.is_muted]
        if not links:
            default: Any = getattr(socket, "default_value", None)
            numbers = list(default) if hasattr(default, "__len__") else [default]
            return str([round(v, 5) if isinstance(v, float) else str(v) for v in numbers])
        output = links[0].from_socket
        node = output.node
        if node.type == "REROUTE":
            return value(node.inputs[0])
        if node.type == "GROUP_INPUT":
            return output.name
        if node.name not in known:
            kind = [getattr(node, key, "") for key in _SETTINGS]
            inner = _formula(node.node_tree) if node.type == "GROUP" and node.node_tree else ""
            text = f"{node.bl_idname} {kind} {inner} {[value(i) for i in node.inputs]}"
            known[node.name] = hashlib.sha256(text.encode()).hexdigest()
        return f"{known[node.name]} {output.identifier}"

    end = next((n for n in tree.nodes if n.type == "GROUP_OUTPUT" and n.is_active_output), None)
    inputs = end.inputs if end is not None else ()
    return str([value(i) for i in inputs if i.type in ("RGBA", "VALUE") and i.name != "Edited"])


def _new_group(parts: Sequence[str]) -> bpy.types.NodeTree:
    """The node group, in the file but not marked as ours."""
    tree = bpy.data.node_groups.new(GROUP, "ShaderNodeTree")
    for socket in (*_INPUTS, *_part_inputs(parts), *_LAST_INPUTS):
        item = tree.interface.new_socket(socket.name, in_out="INPUT", socket_type=socket.kind)
        item.default_value, item.description = socket.default, socket.description
        if socket.kind == _FLOAT:
            item.subtype, item.min_value, item.max_value = "FACTOR", 0.0, 1.0
    for name, kind in (
        ("Color", _COLOUR), ("Alpha", _FLOAT), ("Edited", _FLOAT), ("Surface", "NodeSocketShader")
    ):  # fmt: skip
        tree.interface.new_socket(name, in_out="OUTPUT", socket_type=kind)
    _draw(_NodeBuilder(tree), parts)
    return tree


def _part_inputs(parts: Sequence[str]) -> Iterator[Socket]:
    for first in range(0, len(parts), 3):
        names = ", ".join(parts[first : first + 3])
        yield Socket(parts_layer(first), _COLOUR, _BLACK, f"Masks in red, green and blue: {names}")
    yield Socket(mix_socket(ALL), _FLOAT, 0.0, "The donor's whole texture, within the donor mask")
    for part in parts:
        yield Socket(mix_socket(part), _FLOAT, 0.0, f"How much of the donor's {part} shows")


class _NodeBuilder:
    """Writes formulas as nodes: each method makes a node and returns its output.

    Every change to a tree costs Blender time that grows with the tree: a node is set up with as
    few as possible, and what is needed three times is a group of its own.
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
        """first where the factor, a number or three, is 0; second where it is 1."""
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
        """By channel: high where value > above, else low."""
        # Below it at most 0, above it at least 1; the mix clamps its factor.
        factor = self.vector("CEIL", self.vector("SUBTRACT", value, above))
        return self.mix(factor, low, high)


def _curve(name: str, back: bool) -> bpy.types.NodeTree:
    """IEC 61966-2-1 as a group: linear light to sRGB (as `image.encode_srgb`), or back."""
    for tree in bpy.data.node_groups:
        if tree.get(_CURVE_KEY) == name and tree.library is None:
            return tree
    tree = bpy.data.node_groups.new(f"PRN {name}", "ShaderNodeTree")
    tree.interface.new_socket("Colour", in_out="INPUT", socket_type=_COLOUR)
    tree.interface.new_socket("Colour", in_out="OUTPUT", socket_type=_COLOUR)
    pen = _NodeBuilder(tree)
    value = pen.inputs[0]
    if back:
        high = pen.power(pen.vector("MULTIPLY_ADD", value, 1 / 1.055, 0.055 / 1.055), 2.4)
        result = pen.where(value, 0.04045, high, pen.scale(value, 1 / 12.92))
    else:
        high = pen.vector("MULTIPLY_ADD", pen.power(value, 1 / 2.4), 1.055, -0.055)
        result = pen.where(value, 0.0031308, high, pen.scale(value, 12.92))
    pen.link(result, pen.end.inputs[0])
    tree[_CURVE_KEY] = name
    return tree


def _draw(pen: _NodeBuilder, parts: Sequence[str]) -> None:
    """The formulas of `bake.evaluate`."""
    i = pen.inputs
    to_srgb = _curve("sRGB from Linear", back=False)
    fill = pen.math("MULTIPLY", i[HIDDEN_FILL], i[FILL_MASK])
    colour = pen.mix(fill, pen.group(to_srgb, i[PHOTO]), pen.group(to_srgb, i[COMPLETED]))

    # 2 c (match - 1/2) = 2 c match - c
    strength = i[COLOUR_MATCH]
    shift = pen.scale(i[DONOR_MATCH], pen.math("MULTIPLY", strength, 2.0))
    donor = pen.vector("SUBTRACT", pen.group(to_srgb, i[DONOR]), strength)
    donor = pen.vector("ADD", donor, shift)
    donor = pen.vector("MINIMUM", pen.vector("MAXIMUM", donor, 0.0), 1.0)
    masks: Any = 0.0
    for first in range(0, len(parts), 3):
        mix = pen.node("ShaderNodeCombineXYZ")
        for part, socket in zip(parts[first : first + 3], mix.inputs, strict=False):
            pen.link(i[mix_socket(part)], socket)
        mine = pen.vector("MULTIPLY", mix.outputs[0], i[parts_layer(first)])
        masks = pen.vector("MAXIMUM", masks, mine) if first else mine
    three = pen.node("ShaderNodeSeparateXYZ")
    pen.link((masks,) * 3 if isinstance(masks, float) else masks, three.inputs[0])
    x, y, z = three.outputs
    share = pen.math(
        "MAXIMUM", pen.math("MAXIMUM", x, y), pen.math("MAXIMUM", z, i[mix_socket(ALL)])
    )
    share = pen.math("MULTIPLY", share, pen.math("MULTIPLY", i[DONOR_STRENGTH], i[DONOR_MASK]))
    colour = pen.mix(share, colour, donor)

    paint = pen.math("MULTIPLY", i[PAINT_STRENGTH], i[PAINT_ALPHA])
    colour = pen.mix(paint, colour, pen.group(to_srgb, i[PAINT]))
    colour = pen.group(_curve("Linear from sRGB", back=True), colour)
    above = pen.math("MAXIMUM", share, paint)
    alpha = pen.math("MAXIMUM", pen.math("MAXIMUM", i[VISIBLE], fill), above)
    edited = pen.math("MAXIMUM", pen.math("MULTIPLY", i[VISIBLE], fill), above)

    shadeless = pen.node("ShaderNodeEmission")
    pen.link(colour, shadeless.inputs["Color"])
    lit = pen.node("ShaderNodeBsdfPrincipled")
    pen.link(colour, lit.inputs["Base Color"])
    pen.link(i[ROUGHNESS], lit.inputs["Roughness"])
    surface = pen.node("ShaderNodeMixShader")
    pen.link(i[LIT], surface.inputs[0])
    pen.link(shadeless.outputs[0], surface.inputs[1])
    pen.link(lit.outputs[0], surface.inputs[2])
    pen.end.location = (surface.location[0] + 250, 0)
    pen.link(colour, pen.end.inputs["Color"])
    pen.link(alpha, pen.end.inputs["Alpha"])
    pen.link(edited, pen.end.inputs["Edited"])
    pen.link(surface.outputs[0], pen.end.inputs["Surface"])
