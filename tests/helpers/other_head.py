"""Heads of others for tests: meshes written as a folder of OBJ files."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from prn_blender.core.geometry.uv_layout import UVLayout
from prn_blender.core.head.head_model import HeadModel
from prn_blender.core.head.other_heads.register import landmarks_on


def write_folder(
    folder: Path,
    meshes: Mapping[str, np.ndarray],
    faces: Sequence[Sequence[int]],
    labels: Sequence[str],
    uv: tuple[np.ndarray, Sequence[Sequence[int]]] | None = None,
) -> None:
    """Write meshes of one topology, with materials, and UV by their numbers at each corner."""
    folder.mkdir(exist_ok=True)
    lines, now = [], None
    for number, (face, label) in enumerate(zip(faces, labels, strict=True)):
        if label != now:
            lines.append(f"usemtl {label}")
            now = label
        if uv is None:
            corners = [f"{vertex + 1}" for vertex in face]
        else:
            corners = [f"{v + 1}/{t + 1}" for v, t in zip(face, uv[1][number], strict=True)]
        lines.append("f " + " ".join(corners))
    places = "" if uv is None else "".join(f"vt {u:.6f} {v:.6f}\n" for u, v in uv[0])
    end = places + "\n".join(lines) + "\n"
    for name, points in meshes.items():
        text = "".join(f"v {x:.6f} {y:.6f} {z:.6f}\n" for x, y, z in points)
        (folder / f"{name}.obj").write_text(text + end)


def write_synthetic(folder: Path, ours: HeadModel, layout: UVLayout, seed: int = 3) -> np.ndarray:
    """Write a person of our own head as another topology, of which the truth is known.

    Vertices come in another order, in centimetres with y up and away from the origin, all faces are
    triangles, and there is one expression, `jaw_open`, besides the eyes', lashes' and teeth's
    absence.

    Returns
    -------
    (V,) int64
        Our vertex of each of its own.
    """
    rng = np.random.default_rng(seed)
    identity = np.zeros(len(ours.modes), np.float32)
    identity[:12] = rng.normal(0, 0.8, 12)
    kept = ours.of_part("skin", "mouth_bag")
    order = rng.permutation(kept)
    number = np.full(ours.count, -1)
    number[order] = np.arange(len(order))
    parts = [ours.part_names.index(name) for name in ("skin", "mouth_bag")]
    mine = np.isin(ours.part, parts)
    triangles = number[ours.triangles[np.repeat(mine, 2)]]
    labels = np.repeat(np.where(ours.part[mine] == parts[0], "Head", "MouthSocket"), 2)

    def placed(points: np.ndarray) -> np.ndarray:
        x, y, z = (100 * points[order]).T
        return np.stack([x + 5, z + 160, -y], 1)

    neutral = ours.vertices(identity)
    jaw = ours.moves[ours.move_names.index("jawOpen")]
    marks = landmarks_on(ours, layout)
    nearest = marks.corners[np.arange(68), marks.bary.argmax(1)]
    meshes = {"neutral": placed(neutral), "jaw_open": placed(neutral + 0.9 * jaw)}
    write_folder(folder, meshes, triangles.tolist(), labels.tolist())
    (folder / "landmarks.txt").write_text(" ".join(map(str, number[nearest])))
    return order
