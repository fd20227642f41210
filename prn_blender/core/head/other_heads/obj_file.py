"""Wavefront OBJ: vertices, faces, UV, and what the faces are called."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ...errors import ModelError, Sentence
from ...files.safe import read_bounded, shown

MAX_FILE_BYTES = 64 * 2**20
"""Largest OBJ file that is read: a head of the most vertices has half of that."""
MAX_VERTICES = 100_000
"""A head's bases take about 2 kB a vertex in memory."""
MAX_FACES = 200_000
"""Twice the vertices, as triangles have."""
MAX_CORNERS = 64
"""Of one face; more are no head's, and it is cut into as many triangles."""
_NAMED = (b"o", b"g", b"usemtl")


@dataclass(frozen=True, eq=False)
class ObjMesh:
    """What a file has.

    Attributes
    ----------
    points : (V, 3) float64
        In the file's own axes and unit.
    quads : (Q, 4) int64
        Vertices of each face; -1 in the last place makes a triangle. Larger faces are cut.
    uv : (Q, 4, 2) float32 or None
        Of the faces' corners; None where a face has none.
    label : (Q,) int64
        Which of `labels` each face has.
    labels : tuple of str
        Names of object, group and material, joined by spaces, lower case.
    written : bytes
        The lines of the faces as they stand in the file.
    """

    points: np.ndarray
    quads: np.ndarray
    uv: np.ndarray | None
    label: np.ndarray
    labels: tuple[str, ...]
    written: bytes


def read_obj(path: Path) -> ObjMesh:
    """Read an OBJ file.

    Raises
    ------
    ModelError
        It is missing, too large, damaged, or has no faces.
    """
    lines = _lines(path)
    points = _numbers(path, lines, b"v", 3)
    places = _numbers(path, lines, b"vt", 2)
    faces, label, labels = _faces(path, lines)
    if not faces:
        raise ModelError("{path} has no faces; export the head as a mesh.", path=shown(path))
    corners, of_face = _cut(path, faces)
    vertex, uv = corners[..., 0], corners[..., 1]
    if vertex.max() > len(points) or -vertex.min() > len(points) or (vertex == 0).any():
        raise ModelError(
            "{path} has faces whose vertices are not there; export it again.", path=shown(path)
        )
    quads = np.where(vertex < 0, len(points) + vertex, vertex - 1)
    # The last corner of a triangle is that before it once more.
    triangle = (corners[:, 3] == corners[:, 2]).all(1)
    quads[triangle, 3] = -1
    at: np.ndarray | None = None
    if len(places) and (uv != 0).all() and uv.max() <= len(places) and -uv.min() <= len(places):
        at = places[np.where(uv < 0, len(places) + uv, uv - 1)].astype(np.float32)
    return ObjMesh(points, quads, at, label[of_face], labels, _written(lines))


def read_obj_points(path: Path, like: ObjMesh, named: Path) -> np.ndarray:
    """Read the vertices of a further file of a folder.

    Parameters
    ----------
    path : Path
    like : ObjMesh
        Whose vertices it has to have, in the same order.
    named : Path
        The file of that one, for the message.

    Returns
    -------
    (V, 3) float64

    Raises
    ------
    ModelError
        It is damaged, or has another topology.
    """
    lines = _lines(path)
    points = _numbers(path, lines, b"v", 3)
    same, written = len(points) == len(like.points), _written(lines)
    if same and written and written != like.written:
        faces, _, _ = _faces(path, lines)
        corners, _ = _cut(path, faces)
        vertex = corners[..., 0]
        quads = np.where(vertex < 0, len(points) + vertex, vertex - 1)
        quads[(corners[:, 3] == corners[:, 2]).all(1), 3] = -1
        same = np.array_equal(quads, like.quads)
    if not same:
        raise ModelError(
            "{path} has another topology than {other}: {count} vertices instead of {expected}, or "
            "other faces; all files of a folder need the same vertices in the same order.",
            path=shown(path),
            other=shown(named),
            count=len(points),
            expected=len(like.points),
        )
    return points


def _lines(path: Path) -> list[bytes]:
    data = read_bounded(path, MAX_FILE_BYTES, Sentence("head"), ModelError)
    return data.replace(b"\\\r\n", b" ").replace(b"\\\n", b" ").splitlines()


def _written(lines: list[bytes]) -> bytes:
    """The lines of all faces."""
    return b"\n".join(line for line in lines if line.startswith((b"f ", b"f\t")))


def _numbers(path: Path, lines: list[bytes], key: bytes, count: int) -> np.ndarray:
    """(n, count) float64: the first numbers of all lines that begin with a word."""
    begins = (key + b" ", key + b"\t")
    rows = [line for line in lines if line.startswith(begins)]
    if len(rows) > (MAX_VERTICES if key == b"v" else 4 * MAX_FACES):
        raise _too_many(path)
    words = b" ".join(rows).split()
    wide = len(words) // max(len(rows), 1)
    try:
        if (
            len(words) == wide * len(rows)
            and words[:: max(wide, 1)] == [key] * len(rows)
            and wide > count
        ):
            flat = np.array(words).reshape(len(rows), wide)[:, 1 : 1 + count]
        else:  # lines of several lengths
            flat = np.array([line.split()[1 : 1 + count] for line in rows], dtype=object)
        found = flat.astype(np.float64).reshape(len(rows), count)
    except (ValueError, TypeError) as e:
        raise ModelError(
            "{path} has a line of coordinates that are no numbers; export it again.",
            path=shown(path),
        ) from e
    if not np.isfinite(found).all() or np.abs(found).max(initial=0) > 1e9:
        raise ModelError(
            "{path} has coordinates that are not finite; export it again.", path=shown(path)
        )
    return found


def _faces(path: Path, lines: list[bytes]) -> tuple[list[list[bytes]], np.ndarray, tuple[str, ...]]:
    """The corners of each face as they stand there, and the faces' names."""
    faces: list[list[bytes]] = []
    names = dict.fromkeys(_NAMED, b"")
    labels: dict[str, int] = {}
    label: list[int] = []
    now = 0
    for line in lines:
        words = line.split()
        if not words:
            continue
        if words[0] == b"f":
            if not 3 <= len(words) - 1 <= MAX_CORNERS:
                raise ModelError(
                    "{path} has a face with {count} corners; 3 to {most} are read.",
                    path=shown(path),
                    count=len(words) - 1,
                    most=MAX_CORNERS,
                )
            if not label or now < 0:
                text = b" ".join(names[key] for key in _NAMED).decode("utf-8", "replace")
                now = labels.setdefault(text.lower().strip()[:200], len(labels))
            faces.append(words[1:])
            label.append(now)
            if len(faces) > MAX_FACES:
                raise _too_many(path)
        elif words[0] in names:
            names[words[0]], now = b" ".join(words[1:]), -1
    return faces, np.array(label, np.int64), tuple(labels)


def _cut(path: Path, faces: list[list[bytes]]) -> tuple[np.ndarray, np.ndarray]:
    """Faces as quads: corners (Q, 4, 2) of vertex and UV, counted as in the file, and which face
    each is of; a triangle's last corner is that before it."""
    sizes = np.array([len(face) for face in faces])
    try:
        flat = np.array(
            [
                (int(parts[0]), int(parts[1]) if len(parts) > 1 and parts[1] else 0)
                for face in faces
                for parts in (corner.split(b"/") for corner in face)
            ],
            np.int64,
        )
    except (ValueError, OverflowError) as e:
        raise ModelError(
            "{path} has a face that is not made of whole numbers; export it again.",
            path=shown(path),
        ) from e
    starts = np.cumsum(sizes) - sizes
    found, of_face = [], []
    for size in np.unique(sizes):
        mine = np.flatnonzero(sizes == size)
        for k in range(1, int(size) - 1, 2):
            corner = [0, k, k + 1, min(k + 2, int(size) - 1)]
            found.append(flat[starts[mine][:, None] + corner])
            of_face.append(mine)
    of = np.concatenate(of_face)
    order = np.argsort(of, kind="stable")
    return np.concatenate(found)[order], of[order]


def _too_many(path: Path) -> ModelError:
    return ModelError(
        "{path} has more than {vertices} vertices or {faces} faces, the limit for a head.",
        path=shown(path),
        vertices=MAX_VERTICES,
        faces=MAX_FACES,
    )
