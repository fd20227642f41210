"""What was made by hand on one mesh of a layout, brought onto another mesh of the same layout.

A whole head is a mesh of the layout, too: of what lies beyond it, nothing is carried.

Two meshes of a face need have no vertex in common, but each of their vertices lies somewhere on the
layout. So values of one mesh's vertices become a map of the layout's texels (`texel_map`), and the
other mesh looks its own up there (`sampled`). Sculpting is carried as moves away from the mesh as
it was built, so that a denser mesh gets the photo's detail and the sculpting.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

import bmesh
import bpy
import cv2
import numpy as np

from ...core.errors import Sentence
from ...core.geometry.lattice import nearest_inside
from ...core.geometry.rasterize import barycentric, rasterize
from ...core.geometry.uv_layout import UVLayout
from ..names import HEAD_UV, PHOTO_POSITION, POSITION_CACHE, UV_MAP, VISIBLE, is_head
from ..record.known_head import head_model_of
from .mesh import on_layout, stop_positions, texel_of_vertices, uv_of_vertices

_UNMOVED = 1e-6
"""Metres: vertices that lie this close to where they were built were not moved."""

_OURS = {PHOTO_POSITION, VISIBLE, "position", "photo_color"}
"""Attributes of vertices that each mesh gets anew."""

_SMOOTH = {"FLOAT": ("value", 1), "FLOAT_VECTOR": ("vector", 3), "FLOAT2": ("vector", 2),
           "FLOAT_COLOR": ("color", 4), "BYTE_COLOR": ("color", 4)}  # fmt: skip
_STEPPED = {"INT": ("value", np.int32), "BOOLEAN": ("value", bool)}

_KEY_FIELDS = ("slider_min", "slider_max", "value", "mute", "vertex_group", "interpolation")


def texel_map(mesh: bpy.types.Mesh, layout: UVLayout, values: np.ndarray) -> np.ndarray:
    """Values of a mesh's vertices as a map of the layout's texels.

    Parameters
    ----------
    mesh : bpy.types.Mesh
        Of a face: sculpted, cut, subdivided, of any density.
    layout : UVLayout
    values : (n, k) float
        Of its vertices.

    Returns
    -------
    (S, S, k) float32
        Interpolated within the mesh's triangles; where there is no mesh, of the nearest texel.

    Raises
    ------
    OptionError
        The mesh has lost its UV map.
    """
    size = layout.size
    points, triangles, _ = _on_layout(mesh, size)
    raster = rasterize(points, triangles, size, size)
    weights = barycentric(points, triangles, raster)
    covered = raster.triangle >= 0
    found = np.zeros((size, size, values.shape[1]), np.float32)
    corners = triangles[raster.triangle[covered]]
    for corner in range(3):
        found[covered] += weights[:, corner, None] * values[corners[:, corner]]
    return _continued(found, covered)


def sampled(values: np.ndarray, uv: np.ndarray) -> np.ndarray:
    """Values of a map of texels (S, S, k) at UVs (n, 2), between texels too: (n, k) float32.

    k is at most 4.
    """
    size = len(values)
    at = ((uv * [1, -1] + [0, 1]) * size - 0.5).astype(np.float32)
    # In rows of 1024, because OpenCV's pictures have at most 32767 rows.
    columns = 1024
    padded = np.zeros((-(-len(at) // columns) * columns, 2), np.float32)
    padded[: len(at)] = at
    found = cv2.remap(
        np.ascontiguousarray(values, np.float32),
        padded.reshape(-1, columns, 2),
        None,
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return np.asarray(found).reshape(-1, values.shape[2])[: len(at)]


def coordinates(elements: bpy.types.bpy_prop_collection) -> np.ndarray:
    """(n, 3) float32: where vertices, or the points of a shape key, are."""
    values = np.empty(len(elements) * 3, np.float32)
    elements.foreach_get("co", values)
    return values.reshape(-1, 3)


def move(item: bpy.types.Object, moves: np.ndarray) -> None:
    """Move all vertices of a face, and with them its shape keys, by (n, 3) metres."""
    mesh = item.data
    keys = mesh.shape_keys.key_blocks if mesh.shape_keys is not None else ()
    for elements in (mesh.vertices, *(key.data for key in keys)):
        moved = (coordinates(elements) + moves).astype(np.float32)
        elements.foreach_set("co", moved.ravel())
    mesh.update()


def carry(
    item: bpy.types.Object,
    mesh: bpy.types.Mesh,
    layout: UVLayout,
    built: np.ndarray | None,
    spread: Callable[[np.ndarray], np.ndarray] = lambda moves: moves,
    left: Collection[str] = (),
    own: Callable[[], None] = lambda: None,
) -> None:
    """Give a face another mesh, with everything that was made by hand on the one it has.

    Sculpting, shape keys and their animation, vertex groups with their weights, attributes of
    vertices and faces (masks, face sets), materials and custom properties are carried; what is not
    is said by `what_is_lost`.

    Parameters
    ----------
    item : bpy.types.Object
        It keeps its transform, modifiers, children and so on.
    mesh : bpy.types.Mesh
        As built, with no shape keys nor vertex groups yet; another mesh of the same layout.
    layout : UVLayout
    built : (S, S, 3) float32, (n, 3) float32 or None
        Where each texel, or each vertex, of the present mesh was built, metres in the mesh's frame:
        its vertices have moved away from there as far as they were sculpted. None: nobody knows.
    spread : callable
        What moves of the layout's vertices (n, 3), 0 of others, do to all vertices of the new mesh.
    left : collection of str
        Shape keys and vertex groups that belong to the present mesh, and are not carried.
    own : callable
        Adds the shape keys that belong to the new mesh, when the object has it. Keys of the same
        names are not carried; what animates them animates the new ones.
    """
    stop_positions(item, len(mesh.vertices))
    old = item.data
    uv, texel = uv_of_vertices(mesh), texel_of_vertices(mesh, layout)
    keys = old.shape_keys
    rest = coordinates(keys.reference_key.data if keys is not None else old.vertices)
    if built is None or (built.ndim == 2 and len(built) != len(rest)):
        sculpted = np.zeros_like(rest)
    else:
        sculpted = rest - (built if built.ndim == 2 else sampled(built, uv_of_vertices(old)))
        sculpted *= on_layout(uv_of_vertices(old))[:, None]
    base = coordinates(mesh.vertices)

    def moved(moves: np.ndarray) -> np.ndarray:
        return spread(_sampled_each(texel_map(old, layout, moves), uv))

    if np.abs(sculpted).max(initial=0) > _UNMOVED:
        base = base + moved(sculpted)
        mesh.vertices.foreach_set("co", np.ascontiguousarray(base, np.float32).ravel())
    _carry_attributes(old, mesh, layout, texel, uv)
    for material in old.materials:
        mesh.materials.append(material)
    for name, value in old.items():  # its record is written already
        if name not in mesh:
            mesh[name] = value
    groups = [(group.name, group.lock_weight) for group in item.vertex_groups]
    kept = [k for k, (name, _) in enumerate(groups) if name not in left]
    active = item.vertex_groups.active.name if item.vertex_groups.active is not None else ""
    held = _weights(old, len(groups))[:, kept]
    weights = _sampled_each(texel_map(old, layout, held), uv) if kept else None
    groups = [groups[k] for k in kept]
    shown = item.active_shape_key_index
    item.data = mesh
    for name, locked in groups:
        item.vertex_groups.new(name=name).lock_weight = locked
    if weights is not None:
        if active in item.vertex_groups:  # to set None would crash Blender
            item.vertex_groups.active = item.vertex_groups[active]
        _set_weights(mesh, weights)
    own()
    if keys is not None and any(_is_made_by_hand(key, left) for key in keys.key_blocks):
        _carry_keys(item, keys, base, moved, left)
        item.active_shape_key_index = min(shown, len(mesh.shape_keys.key_blocks) - 1)
    mesh.update()


def what_is_lost(item: bpy.types.Object, layout: UVLayout, stride: int) -> list[Sentence]:
    """What `carry` cannot bring onto another mesh; empty where it is nothing.

    Parameters
    ----------
    item : bpy.types.Object
    layout : UVLayout
    stride : int
        That its mesh was built with.
    """
    mesh, lost = item.data, []
    if (len(mesh.vertices), len(mesh.polygons)) not in _sizes(item, layout, stride):
        lost.append(Sentence("points and faces that were added or deleted"))
    if is_head(item):
        lost.append(Sentence("the head's expressions, with their animation"))
    if any(layer.name not in (UV_MAP, HEAD_UV) for layer in mesh.uv_layers):
        lost.append(Sentence("further UV maps"))
    if any(a.domain == "CORNER" for a in mesh.color_attributes):
        lost.append(Sentence("colours of face corners"))
    if any(a.domain == "EDGE" and not a.name.startswith(".") for a in mesh.attributes):
        lost.append(Sentence("marks on edges"))
    for modifier in item.modifiers:
        if modifier.type == "MULTIRES" and modifier.total_levels:
            lost.append(Sentence("the sculpting of the modifier {name}", name=modifier.name))
        elif getattr(modifier, "is_bound", getattr(modifier, "is_bind", False)):
            lost.append(Sentence("what {name} is bound to: bind it again", name=modifier.name))
        elif modifier.type == "MESH_CACHE" and modifier.name == POSITION_CACHE:
            lost.append(Sentence("its position cache: animate it again"))
        elif modifier.type == "HOOK":
            lost.append(Sentence("the points of the hook {name}", name=modifier.name))
    return lost


def _sizes(item: bpy.types.Object, layout: UVLayout, stride: int) -> list[tuple[int, int]]:
    """How many vertices and faces a mesh of a face has, in this version and in earlier ones."""
    head = head_model_of(item, layout)
    if head is not None:
        return [(head.count, len(head.quads))]
    texels, faces = layout.mesh(stride)
    return [(len(texels), len(faces)), layout.stepped_sizes(stride)]


def _on_layout(mesh: bpy.types.Mesh, size: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The vertices as points (n, 3) of the layout in texels, the triangles (k, 3) that lie on it,
    and the polygon of each (k,)."""
    uv = uv_of_vertices(mesh)
    points = np.zeros((len(uv), 3), np.float32)
    points[:, :2] = (uv * [1, -1] + [0, 1]) * size - 0.5
    mesh.calc_loop_triangles()
    count = len(mesh.loop_triangles)
    triangles, corners = np.empty(3 * count, np.int32), np.empty(3 * count, np.int32)
    polygons = np.empty(count, np.int32)
    mesh.loop_triangles.foreach_get("vertices", triangles)
    mesh.loop_triangles.foreach_get("loops", corners)
    mesh.loop_triangles.foreach_get("polygon_index", polygons)
    of_corners = np.empty(2 * len(mesh.loops), np.float32)
    mesh.uv_layers[UV_MAP].uv.foreach_get("vector", of_corners)
    on = on_layout(of_corners.reshape(-1, 2))[corners].reshape(-1, 3).all(axis=1)
    return points, triangles.reshape(-1, 3)[on], polygons[on]


def _continued(values: np.ndarray, covered: np.ndarray) -> np.ndarray:
    """A map (S, S, k) whose texels that are not covered (S, S) have the nearest one's value."""
    if covered.all() or not covered.any():
        return values
    flat = values.reshape(-1, values.shape[2])
    return flat[nearest_inside(covered)].reshape(values.shape)


def _weights(mesh: bpy.types.Mesh, count: int) -> np.ndarray:
    """(n, count) float32: the weight of each vertex in each vertex group."""
    result = np.zeros((len(mesh.vertices), count), np.float32)
    work = bmesh.new()
    try:
        work.from_mesh(mesh)
        layer = work.verts.layers.deform.active
        if layer is not None:
            for vertex in work.verts:
                for group, weight in vertex[layer].items():
                    if group < count:
                        result[vertex.index, group] = weight
    finally:
        work.free()
    return result


def _sampled_each(values: np.ndarray, uv: np.ndarray) -> np.ndarray:
    """As `sampled`, of any number of channels: OpenCV takes four at once. 0 beyond the layout."""
    parts = [sampled(values[..., k : k + 4], uv) for k in range(0, values.shape[2], 4)]
    found = np.concatenate([p.reshape(len(uv), -1) for p in parts], axis=1)
    return np.asarray(found * on_layout(uv)[:, None])


def _set_weights(mesh: bpy.types.Mesh, weights: np.ndarray) -> None:
    """Write weights (n, groups); 0 is no weight at all."""
    work = bmesh.new()
    try:
        work.from_mesh(mesh)
        layer = work.verts.layers.deform.verify()
        work.verts.ensure_lookup_table()
        for group in range(weights.shape[1]):
            for index in np.flatnonzero(weights[:, group] > 0).tolist():
                work.verts[index][layer][group] = float(weights[index, group])
        work.to_mesh(mesh)
    finally:
        work.free()


def _carry_attributes(
    old: bpy.types.Mesh, mesh: bpy.types.Mesh, layout: UVLayout, texel: np.ndarray, uv: np.ndarray
) -> None:
    """Attributes of vertices and faces: smooth ones are interpolated, others taken from nearby."""
    nearest = _nearest(old, layout)
    for attribute in list(old.attributes):
        name, kind, domain = attribute.name, attribute.data_type, attribute.domain
        if name in _OURS or domain not in ("POINT", "FACE") or name in mesh.attributes:
            continue
        if name.startswith(".") and not name.startswith(".sculpt"):
            continue  # selections and what else Blender itself keeps there
        smooth = domain == "POINT" and kind in _SMOOTH
        if not smooth and kind not in _STEPPED and (domain, kind) != ("FACE", "FLOAT"):
            continue
        if smooth:
            field, width = _SMOOTH[kind]
            values: Any = np.empty(len(attribute.data) * width, np.float32)
            attribute.data.foreach_get(field, values)
            new = _sampled_each(texel_map(old, layout, values.reshape(-1, width)), uv)
        else:
            field, number = _STEPPED.get(kind, ("value", np.float32))
            values = np.empty(len(attribute.data), number)
            attribute.data.foreach_get(field, values)
            vertex, face = nearest
            where = texel if domain == "POINT" else texel[_first_corners(mesh)]
            new = values[(vertex if domain == "POINT" else face)[where]]
        added = mesh.attributes.new(name, kind, domain)
        added.data.foreach_set(field, np.ascontiguousarray(new).ravel())


def _nearest(mesh: bpy.types.Mesh, layout: UVLayout) -> tuple[np.ndarray, np.ndarray]:
    """For each texel, flat, the nearest vertex and the face that it lies on."""
    size = layout.size
    points, triangles, polygons = _on_layout(mesh, size)
    raster = rasterize(points, triangles, size, size)
    covered = raster.triangle >= 0
    found = np.zeros((size, size, 2), np.int64)
    corner = barycentric(points, triangles, raster).argmax(axis=1)
    seen = raster.triangle[covered]
    found[covered] = np.stack([triangles[seen, corner], polygons[seen]], axis=-1)
    vertex, face = np.moveaxis(_continued(found, covered), -1, 0)
    return vertex.ravel(), face.ravel()


def _first_corners(mesh: bpy.types.Mesh) -> np.ndarray:
    """(m,) int32: a vertex of each face."""
    starts = np.empty(len(mesh.polygons), np.int32)
    mesh.polygons.foreach_get("loop_start", starts)
    corner = np.empty(len(mesh.loops), np.int32)
    mesh.attributes[".corner_vert"].data.foreach_get("value", corner)
    return corner[starts]


def _is_made_by_hand(key: bpy.types.ShapeKey, left: Collection[str]) -> bool:
    """Whether a shape key is neither left behind nor the one that others are relative to."""
    return key.name not in left and key != key.id_data.reference_key


def _carry_keys(
    item: bpy.types.Object,
    keys: bpy.types.Key,
    base: np.ndarray,
    moved: Callable[[np.ndarray], np.ndarray],
    left: Collection[str],
) -> None:
    """Shape keys: each moves the new vertices as it has moved the old ones."""
    reference = keys.reference_key
    rest = coordinates(reference.data)
    there = item.data.shape_keys
    carried = [key for key in keys.key_blocks if key.name not in left or key == reference]
    if there is not None:
        carried.remove(reference)
        carried = [key for key in carried if key.name not in there.key_blocks]
    for key in carried:
        new = item.shape_key_add(name=key.name, from_mix=False)
        points = base + moved(coordinates(key.data) - rest)
        new.data.foreach_set("co", np.ascontiguousarray(points, np.float32).ravel())
    fresh = item.data.shape_keys
    fresh.use_relative, fresh.eval_time = keys.use_relative, keys.eval_time
    for key in carried:
        new = fresh.key_blocks[key.name]
        for field in _KEY_FIELDS:
            setattr(new, field, getattr(key, field))
        new.relative_key = fresh.key_blocks.get(key.relative_key.name) or fresh.reference_key
    had = keys.animation_data
    if had is None:
        return
    has = fresh.animation_data_create()
    has.action = had.action
    if had.action is not None and hasattr(has, "action_slot"):
        has.action_slot = had.action_slot
    for driver in had.drivers:
        has.drivers.from_existing(src_driver=driver)
