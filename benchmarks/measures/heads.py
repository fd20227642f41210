"""How well whole heads fit photos: `python -m benchmarks.measures.heads PHOTO...`

Of each photo's largest face: distance of the head from the position map, with and without the
photo's details; the angle between faces where face and skull are joined, against that on the skull;
pairs of triangles that pass through each other, as the photo shows it, without expression and with
each expression alone at full strength; how far lids lie off the eyeballs; times of the fit and of
making Blender's data.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np

from prn_blender.core import Face, FaceReconstructor
from prn_blender.core.head import Head, HeadModel
from prn_blender.core.head.eyeballs import eyeballs, sphere
from prn_blender.core.head.whole_head import surface

_MM = 1000.0
_JOIN = 4
"""Edges on either side of where heads end to follow position maps: so far reaches the join."""


def measure(face: Face) -> dict[str, float]:
    """Figures of a face's head.

    Returns
    -------
    dict
        `seen_mm`, `plain_mm`: mean distance to the map where the photo shows the face, with and
        without details. `join_deg`, `skull_deg`: 99th percentiles of the angle between faces.
        `crossings`, `neutral_crossings`: pairs of triangles; `keys_crossing`: how many expressions
        have more of them than there are without, `key_crossings`: how many more the worst has.
        `lid_mm`: least distance of the lids'
        margins from the eyeballs; `gap_mm`: the greatest as the photo shows them, `neutral_gap_mm`:
        without expression. `ms`: time of the processor for the fit; `data_ms`: for mesh,
        54 shape keys, materials and camera in Blender, once everything is computed.

    Raises
    ------
    ValueError
        The face has no head.
    """
    face.geometry.visibility, face.pose  # noqa: B018 - computed before the clock starts
    began = time.process_time()
    head = face.head
    took = time.process_time() - began
    if head is None:
        raise ValueError("the model does not tell identity")
    model, shown = head.model, head.model.shown
    target = surface(face.geometry, model)
    row, column = np.clip(np.rint(model.texel[shown]).astype(int), 0, face.layout.size - 1).T[::-1]
    visible = face.visibility[row, column] & (model.follow[shown] > 0)
    apart = [
        np.linalg.norm(points[shown] - target, axis=1)[visible].mean() * _MM
        for points in (head.vertices, head.shape(head.expression, 0))
    ]
    join, skull = creases(head)
    lids = []
    for eye in eyeballs(model):
        middle, radius = sphere(head.neutral[eye.ball])
        away = np.stack([head.vertices, head.neutral])[:, eye.margin] - middle
        lids.append(np.linalg.norm(away, axis=2) - radius)
    neutral = crossings(model, head.neutral)
    more = [crossings(model, head.neutral + move) - neutral for move in head.moves]
    return {
        "seen_mm": float(apart[0]),
        "plain_mm": float(apart[1]),
        "join_deg": join,
        "skull_deg": skull,
        "crossings": crossings(model, head.vertices),
        "neutral_crossings": neutral,
        "keys_crossing": sum(count > 0 for count in more),
        "key_crossings": max(more),
        "lid_mm": float(np.min(lids)) * _MM,
        "gap_mm": float(np.max(np.array(lids)[:, 0])) * _MM,
        "neutral_gap_mm": float(np.max(np.array(lids)[:, 1])) * _MM,
        "ms": took * _MM,
        "data_ms": blender_data(face) * _MM,
    }


def blender_data(face: Face) -> float:
    """Seconds of the processor in which Blender's data of a whole head are made."""
    from prn_blender.scene import SceneOptions
    from prn_blender.scene.build import build_stepwise, prepare
    from prn_blender.scene.files import new_file
    from prn_blender.scene.stepwise import at_once

    new_file()
    prepared = prepare([face], SceneOptions(topology="head"))
    prepared.wait()
    began = time.process_time()
    at_once(build_stepwise(prepared))
    return time.process_time() - began


def near_join(model: HeadModel) -> np.ndarray:
    """(V,) bool: vertices around the places where a head ends to follow position maps."""
    a, b, starts, _ = model.neighbours
    near = a[starts]
    follows, outside = model.follow > 0, np.ones(model.count, bool)
    outside[model.of_part("eye_sockets", "mouth_bag")] = False
    found = np.zeros(model.count, bool)
    found[a[(follows[a] != follows[b]) & outside[a] & outside[b]]] = True
    for _ in range(_JOIN - 1):
        found[near] |= np.logical_or.reduceat(found[b], starts)
    return found


def creases(head: Head) -> tuple[float, float]:
    """99th percentiles, in degrees, of the angle between neighbouring faces: join and skull."""
    model = head.model
    quads = model.quads[model.part == model.part_names.index("skin")]
    corners = head.vertices[quads].astype(np.float64)
    normal = np.cross(corners[:, 2] - corners[:, 0], corners[:, 3] - corners[:, 1])
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    ends = np.sort(np.concatenate([quads[:, [k, (k + 1) % 4]] for k in range(4)]), 1)
    owner = np.tile(np.arange(len(quads)), 4)
    order = np.lexsort(ends.T)
    ends, owner = ends[order], owner[order]
    pair = np.flatnonzero((ends[1:] == ends[:-1]).all(1))
    cosine = (normal[owner[pair]] * normal[owner[pair + 1]]).sum(1)
    angle = np.degrees(np.arccos(np.clip(cosine, -1, 1)))
    ears = (model.groups["left_ear"] | model.groups["right_ear"])[ends[pair]].any(1)
    near, still = near_join(model)[ends[pair]].all(1), (model.follow[ends[pair]] == 0).all(1)
    join, skull = near & ~ears, still & ~near & ~ears
    return float(np.percentile(angle[join], 99)), float(np.percentile(angle[skull], 99))


def crossings(model: HeadModel, vertices: np.ndarray) -> int:
    """Pairs of the skin's triangles that pass through each other, without ears."""
    from mathutils.bvhtree import BVHTree

    triangles = model.triangles[np.repeat(model.part == model.part_names.index("skin"), 2)]
    tree = BVHTree.FromPolygons(
        vertices.astype(float).tolist(), triangles.tolist(), all_triangles=True, epsilon=0.0
    )
    pairs = np.array(tree.overlap(tree), int).reshape(-1, 2)
    pairs = pairs[pairs[:, 0] < pairs[:, 1]]
    a, b = triangles[pairs[:, 0]], triangles[pairs[:, 1]]
    apart = ~(a[:, :, None] == b[:, None, :]).any((1, 2))
    ears = (model.groups["left_ear"] | model.groups["right_ear"])[a].any(1)
    return int((apart & ~ears).sum())


def main() -> None:
    """Print a table, a photo in each row, and the means."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("photos", nargs="+", type=Path)
    reconstructor = FaceReconstructor.load()
    rows = []
    for photo in parser.parse_args().photos:
        for face in reconstructor(photo, max_faces=1):
            rows.append(measure(face))
            if len(rows) == 1:
                print("photo", *rows[0])
            print(photo.name, *(f"{value:.2f}" for value in rows[-1].values()), flush=True)
    for name, values in (("mean", np.mean), ("worst", np.max), ("median", np.median)):
        found = [float(values([row[key] for row in rows])) for key in rows[0]]
        print(name, *(f"{value:.2f}" for value in found))


if __name__ == "__main__":
    import bpy  # noqa: F401 - mathutils comes with it

    main()
