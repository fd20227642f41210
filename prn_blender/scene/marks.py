"""The 68 landmarks and the hidden side, shown on a face's mesh in the viewport.

Each is a geometry nodes modifier that renders leave out; that it is there *is* the state, so
undo, saving, duplicating and appending need no help, and a mark follows sculpting and shape keys.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import bpy

from ..core.errors import OptionError
from .names import UV_MAP, VISIBLE

LANDMARKS, VISIBILITY = "landmarks", "visibility"
_LABELS = {LANDMARKS: "PRN Landmarks", VISIBILITY: "PRN Hidden Side"}
_KEY = "prn_marks"
_RADIUS = 0.0015  # metres
# Linear light, as pictures of `core.overlay` have them.
_SEEN, _HIDDEN = (0.061, 0.716, 0.102, 1.0), (0.871, 0.045, 0.045, 1.0)


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
        False takes away whatever nothing else uses.

    Raises
    ------
    PRNError
        The mesh no longer has what the marks are placed by, or its layout is gone.
    """
    modifier = _modifier(item, kind)
    if shown and modifier is None:
        group = _group(item, kind)
        modifier = item.modifiers.new(_LABELS[kind], "NODES")
        modifier.node_group = group
        modifier.show_render = modifier.show_expanded = False
        landmarks = _modifier(item, LANDMARKS)
        if kind == VISIBILITY and landmarks is not None:  # the balls are not to be painted
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
    """The nodes of a kind of mark: one for all faces, or for all of a layout."""
    from .record import layout_of  # which loads OpenCV; the panel only asks what is shown

    mesh = item.data
    if VISIBLE not in mesh.attributes or UV_MAP not in mesh.uv_layers:
        raise OptionError(
            "The mesh of {item!r} has lost what says where its points are in the photo; "
            "Mesh and Camera... makes it anew.",
            item=item.name,
        )
    layout = layout_of(item) if kind == LANDMARKS else None
    mark = {"kind": kind, "layout": layout.sha256 if layout is not None else ""}
    for tree in bpy.data.node_groups:
        if tree.library is None and _KEY in tree and tree[_KEY].to_dict() == mark:
            return tree
    tree = bpy.data.node_groups.new(_LABELS[kind], "GeometryNodeTree")
    tree[_KEY] = mark
    for in_out in ("INPUT", "OUTPUT"):
        tree.interface.new_socket("Geometry", in_out=in_out, socket_type="NodeSocketGeometry")
    pen = _NodeBuilder(tree)
    if layout is None:
        _draw_hidden_side(pen)
    else:
        uv = layout.uv[tuple(layout.landmark_texels.T)]
        _draw_landmarks(pen, [(float(u), float(v), 0.0) for u, v in uv])
    return tree


def _draw_hidden_side(pen: _NodeBuilder) -> None:
    """Faces whose corners the photo does not all show get another material."""
    # As numbers: nodes find the vertex group of that name first, and a face has its mean.
    visible = pen.attribute(VISIBLE, "FLOAT")
    seen = pen.more_than(visible.outputs["Attribute"], 0.999)
    hidden = pen.logic("NIMPLY", visible.outputs["Exists"], seen)
    pen.end(pen.painted(pen.mesh, "PRN Hidden", _HIDDEN, hidden))


def _draw_landmarks(pen: _NodeBuilder, places: list[tuple[float, float, float]]) -> None:
    """A ball on the surface at each place (u, v, 0), green where the photo shows it, else red."""
    place = pen.node("GeometryNodeIndexSwitch", data_type="VECTOR")
    for _ in places[2:]:  # it begins with two
        place.index_switch_items.new()
    for number, value in enumerate(places):
        place.inputs[number + 1].default_value = value
    pen.link(pen.node("GeometryNodeInputIndex").outputs[0], place.inputs[0])

    points = pen.node("GeometryNodePoints")
    points.inputs["Count"].default_value = len(places)
    position = pen.node("GeometryNodeInputPosition").outputs[0]
    at = pen.sampled(position, "FLOAT_VECTOR", place.outputs[0])
    pen.link(at, points.inputs["Position"])
    visible = pen.attribute(VISIBLE, "FLOAT").outputs["Attribute"]
    seen = pen.more_than(pen.sampled(visible, "FLOAT", place.outputs[0]), 0.5)

    ball = pen.node("GeometryNodeMeshIcoSphere")
    ball.inputs["Radius"].default_value, ball.inputs["Subdivisions"].default_value = _RADIUS, 2
    kinds = []
    for name, colour, chosen in (
        ("PRN Seen", _SEEN, seen),
        ("PRN Hidden", _HIDDEN, pen.logic("NOT", seen)),
    ):
        balls = pen.node("GeometryNodeInstanceOnPoints")
        pen.link(points.outputs[0], balls.inputs["Points"])
        pen.link(chosen, balls.inputs["Selection"])
        pen.link(pen.painted(ball.outputs["Mesh"], name, colour), balls.inputs["Instance"])
        real = pen.node("GeometryNodeRealizeInstances")
        pen.link(balls.outputs[0], real.inputs["Geometry"])
        kinds.append(real.outputs[0])
    joined = pen.node("GeometryNodeJoinGeometry")
    # The mesh first: it comes out first. Instances would each be outlined like selected objects.
    for geometry in (*reversed(kinds), pen.mesh):
        pen.link(geometry, joined.inputs[0])
    pen.end(joined.outputs[0])


class _NodeBuilder:
    """Makes and links nodes."""

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
        """What a field has on the mesh at a place in its UV map."""
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
        """Geometry with one of our materials."""
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
    if bpy.app.version < (5, 0, 0):
        material.use_nodes = True  # always so from 5.0 on, and setting it is deprecated
    tree = material.node_tree
    tree.nodes.clear()
    light = tree.nodes.new("ShaderNodeEmission")
    light.inputs["Color"].default_value = colour
    output = tree.nodes.new("ShaderNodeOutputMaterial")
    output.location = (200, 0)
    tree.links.new(light.outputs[0], output.inputs["Surface"])
    material.diffuse_color = colour  # the solid view's
    return material
