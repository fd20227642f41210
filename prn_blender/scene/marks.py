"""Marks on a face's mesh in the viewport: the 68 landmarks, and the side that the photo hides.

Each kind of mark is a geometry nodes modifier that renders leave out. Marks are shown if the
modifier is there, and nothing else stores that: so undo, saving, duplicating and appending need no
help, and marks follow sculpting and shape keys.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import bpy

from ..core.errors import OptionError
from .names import UV_MAP, VISIBLE, is_head
from .nodes import empty_tree

LANDMARKS = "landmarks"
VISIBILITY = "visibility"
"""The kinds of marks."""

_LABELS = {LANDMARKS: "PRN Landmarks", VISIBILITY: "PRN Hidden Side"}
"""Names of their modifiers and node groups."""

_KEY = "prn_marks"
"""The custom property by which our node groups and materials are known; names are the user's."""

_RADIUS = 0.0015
"""Of a landmark's ball, metres."""

_SEEN = (0.061, 0.716, 0.102, 1.0)
_HIDDEN = (0.871, 0.045, 0.045, 1.0)
"""Green and red in linear light: the colours that `core.outputs.overlay` draws."""

_WHOLLY_VISIBLE = 0.999
"""The attribute `visible` of a polygon is the mean of its corners', which are 0 or 1."""


def marks_shown(item: bpy.types.Object, kind: str) -> bool:
    """Whether a face object shows its landmarks, or its hidden side."""
    return _modifier(item, kind) is not None


def show_marks(item: bpy.types.Object, kind: str, shown: bool) -> None:
    """Show or hide marks.

    Parameters
    ----------
    item : bpy.types.Object
        A face.
    kind : {"landmarks", "visibility"}
    shown : bool
        False removes the modifier, and its node group and materials if nothing else uses them.

    Raises
    ------
    PRNError
        The mesh has lost the attributes that marks are placed by, or its layout is gone.
    """
    modifier = _modifier(item, kind)
    if shown and modifier is None:
        group = _group(item, kind)
        modifier = item.modifiers.new(_LABELS[kind], "NODES")
        modifier.node_group = group
        modifier.show_render = modifier.show_expanded = False
        landmarks = _modifier(item, LANDMARKS)
        if kind == VISIBILITY and landmarks is not None:
            # Before the landmarks, or it would colour their balls.
            modifiers = item.modifiers
            modifiers.move(len(modifiers) - 1, modifiers.find(landmarks.name))
    elif not shown and modifier is not None:
        group = modifier.node_group
        item.modifiers.remove(modifier)
        _remove_unused(group)


def _modifier(item: bpy.types.Object, kind: str) -> bpy.types.Modifier | None:
    for modifier in item.modifiers:
        if modifier.type == "NODES" and modifier.node_group is not None:
            mark = modifier.node_group.get(_KEY)
            if mark is not None and mark["kind"] == kind:
                return modifier
    return None


def _remove_unused(group: bpy.types.NodeTree) -> None:
    if group.users or group.library is not None:
        return
    materials = [n.inputs["Material"].default_value for n in group.nodes if "Material" in n.inputs]
    bpy.data.node_groups.remove(group)
    for material in materials:
        if material is not None and material.users == 0:
            bpy.data.materials.remove(material)


def _group(item: bpy.types.Object, kind: str) -> bpy.types.NodeTree:
    """The node group of a kind of mark; faces share it, of landmarks those of one layout."""
    # Not at the top: it loads OpenCV, and panels import this module when Blender starts.
    from .record import layout_of
    from .record.storage import find_field

    mesh = item.data
    if VISIBLE not in mesh.attributes or UV_MAP not in mesh.uv_layers:
        raise OptionError(
            "The mesh of {item!r} has lost what says where its points are in the photo; "
            "Mesh and Camera... makes it anew.",
            item=item.name,
        )
    layout = layout_of(item) if kind == LANDMARKS else None
    mark = {"kind": kind, "layout": layout.sha256 if layout is not None else ""}
    if layout is not None and is_head(item):
        mark["topology"] = f"head {find_field(item, 'head_sha256') or ''}".strip()
    for tree in bpy.data.node_groups:
        if tree.library is None and _KEY in tree and tree[_KEY].to_dict() == mark:
            return tree
    tree = bpy.data.node_groups.new(_LABELS[kind], "GeometryNodeTree")
    tree[_KEY] = mark
    for in_out in ("INPUT", "OUTPUT"):
        tree.interface.new_socket("Geometry", in_out=in_out, socket_type="NodeSocketGeometry")
    nodes = _NodeBuilder(tree)
    if layout is None:
        _build_hidden_side(nodes)
    else:
        uv = layout.uv[tuple(layout.landmark_texels.T)]
        if is_head(item):
            from .mesh.head_data import nearest_on_head
            from .record.known_head import head_model_of

            uv = nearest_on_head(head_model_of(item, layout), uv)
        _build_landmarks(nodes, [(float(u), float(v), 0.0) for u, v in uv])
    return tree


def _build_hidden_side(nodes: _NodeBuilder) -> None:
    """Give polygons with a corner that the photo does not show another material."""
    # Read as a float, because nodes find the vertex group of the same name first.
    visible = nodes.attribute(VISIBLE, "FLOAT")
    seen = nodes.more_than(visible.outputs["Attribute"], _WHOLLY_VISIBLE)
    hidden = nodes.logic("NIMPLY", visible.outputs["Exists"], seen)
    nodes.end(nodes.painted(nodes.mesh, "PRN Hidden", _HIDDEN, hidden))


def _build_landmarks(nodes: _NodeBuilder, places: list[tuple[float, float, float]]) -> None:
    """Put a ball on the surface at each UV (u, v, 0): green where the photo shows it, else red."""
    place = nodes.node("GeometryNodeIndexSwitch", data_type="VECTOR")
    for _ in places[2:]:  # a new node has two
        place.index_switch_items.new()
    for number, value in enumerate(places):
        place.inputs[number + 1].default_value = value
    nodes.link(nodes.node("GeometryNodeInputIndex").outputs[0], place.inputs[0])

    points = nodes.node("GeometryNodePoints")
    points.inputs["Count"].default_value = len(places)
    position = nodes.node("GeometryNodeInputPosition").outputs[0]
    at = nodes.sampled(position, "FLOAT_VECTOR", place.outputs[0])
    nodes.link(at, points.inputs["Position"])
    visible = nodes.attribute(VISIBLE, "FLOAT").outputs["Attribute"]
    seen = nodes.more_than(nodes.sampled(visible, "FLOAT", place.outputs[0]), 0.5)

    ball = nodes.node("GeometryNodeMeshIcoSphere")
    ball.inputs["Radius"].default_value, ball.inputs["Subdivisions"].default_value = _RADIUS, 2
    kinds = []
    for name, colour, chosen in (
        ("PRN Seen", _SEEN, seen),
        ("PRN Hidden", _HIDDEN, nodes.logic("NOT", seen)),
    ):
        balls = nodes.node("GeometryNodeInstanceOnPoints")
        nodes.link(points.outputs[0], balls.inputs["Points"])
        nodes.link(chosen, balls.inputs["Selection"])
        nodes.link(nodes.painted(ball.outputs["Mesh"], name, colour), balls.inputs["Instance"])
        real = nodes.node("GeometryNodeRealizeInstances")
        nodes.link(balls.outputs[0], real.inputs["Geometry"])
        kinds.append(real.outputs[0])
    joined = nodes.node("GeometryNodeJoinGeometry")
    # What is linked last comes out first, so the mesh keeps its vertex numbers. The balls are real
    # geometry, because Blender would outline each instance like a selected object.
    for geometry in (*reversed(kinds), nodes.mesh):
        nodes.link(geometry, joined.inputs[0])
    nodes.end(joined.outputs[0])


class _NodeBuilder:
    """Adds nodes to a tree and links them."""

    def __init__(self, tree: bpy.types.NodeTree) -> None:
        self.tree = tree
        self._count = 0
        self.mesh = self.node("NodeGroupInput").outputs[0]

    def node(self, kind: str, **options: str) -> bpy.types.Node:
        node = self.tree.nodes.new(kind)
        for name, value in options.items():
            setattr(node, name, value)
        node.hide = True
        node.location = (200 * (self._count // 5), -60 * (self._count % 5))
        self._count += 1
        return node

    def link(self, value: bpy.types.NodeSocket, socket: bpy.types.NodeSocket) -> None:
        self.tree.links.new(value, socket)

    def end(self, geometry: bpy.types.NodeSocket) -> None:
        self.link(geometry, self.node("NodeGroupOutput").inputs[0])

    def attribute(self, name: str, kind: str) -> bpy.types.Node:
        node = self.node("GeometryNodeInputNamedAttribute", data_type=kind)
        node.inputs["Name"].default_value = name
        return node

    def logic(self, operation: str, *values: bpy.types.NodeSocket) -> bpy.types.NodeSocket:
        node = self.node("FunctionNodeBooleanMath", operation=operation)
        for value, socket in zip(values, node.inputs, strict=False):
            self.link(value, socket)
        return node.outputs[0]

    def more_than(self, value: bpy.types.NodeSocket, limit: float) -> bpy.types.NodeSocket:
        node = self.node("FunctionNodeCompare", operation="GREATER_THAN")
        self.link(value, node.inputs[0])
        node.inputs[1].default_value = limit
        return node.outputs[0]

    def sampled(
        self, value: bpy.types.NodeSocket, kind: str, place: bpy.types.NodeSocket
    ) -> bpy.types.NodeSocket:
        """The value of a field on the mesh, at a place in its UV map."""
        node = self.node("GeometryNodeSampleUVSurface", data_type=kind)
        uv = self.attribute(UV_MAP, "FLOAT_VECTOR").outputs["Attribute"]
        sockets = {socket.identifier: socket for socket in node.inputs}
        self.link(self.mesh, sockets["Mesh"])
        self.link(value, sockets["Value"])
        self.link(uv, sockets["Source UV Map"])
        self.link(place, sockets["Sample UV"])
        return node.outputs["Value"]

    def painted(
        self,
        geometry: bpy.types.NodeSocket,
        name: str,
        colour: tuple[float, float, float, float],
        selection: bpy.types.NodeSocket | None = None,
    ) -> bpy.types.NodeSocket:
        """Geometry, or a selection of it, with one of our materials."""
        node = self.node("GeometryNodeSetMaterial")
        self.link(geometry, node.inputs["Geometry"])
        if selection is not None:
            self.link(selection, node.inputs["Selection"])
        node.inputs["Material"].default_value = _material(name, colour)
        return node.outputs[0]


def _material(name: str, colour: tuple[float, float, float, float]) -> bpy.types.Material:
    for material in bpy.data.materials:
        if material.library is None and material.get(_KEY) == name:
            return material
    material = bpy.data.materials.new(name)
    material[_KEY] = name
    tree = empty_tree(material)
    light = tree.nodes.new("ShaderNodeEmission")
    light.inputs["Color"].default_value = colour
    output = tree.nodes.new("ShaderNodeOutputMaterial")
    output.location = (200, 0)
    tree.links.new(light.outputs[0], output.inputs["Surface"])
    material.diffuse_color = colour  # the solid view's
    return material
