"""The meshes of a head as its owner has them: a folder of OBJ files, or arrays in an .npz."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ...choices import KEY_NAMES
from ...errors import ModelError, Sentence
from ...files.npz import unpack_npz
from ...files.safe import plain, read_bounded, shown
from ..head_model import bundled_head
from ..key_names import key_name
from .obj_file import MAX_FACES, MAX_FILE_BYTES, MAX_VERTICES, read_obj, read_obj_points

MAX_FILES = 512
"""Files of a folder that are read: identities and expressions."""
LANDMARKS = 68
"""As many as iBUG's scheme has."""
_MAX_VALUES = 256 * 2**20 // 4
"""Numbers of all identities and expressions together: 256 MB of them in single precision."""
_NEUTRAL = re.compile(r"(.*[_\- ])?neutral([_\- ].*)?", re.IGNORECASE)
_IDENTITY = re.compile(r"id(entity)?[_\- ]?\d*([_\- ].*)?", re.IGNORECASE)
_LANDMARK_FILES = ("landmarks.json", "landmarks.txt")
_MAX_NAME = 60
"""Characters of an expression's name: Blender's shape keys have at most 63."""


@dataclass(frozen=True, eq=False)
class GivenHead:
    """A head of V vertices and Q faces, in its own axes and unit.

    Attributes
    ----------
    name : str
    points : (V, 3) float64
        Without expression.
    quads : (Q, 4) int64
        Vertices of each face, -1 in the last place of triangles.
    uv : (Q, 4, 2) float32 or None
        Of its corners.
    label : (Q,) int64
        Which of `labels` each face has.
    labels : tuple of str
        What faces are called, lower case.
    identity : (N, V, 3) float32
        What each of its people adds.
    identity_names : tuple of str
    moves : (E, V, 3) float32
        What each of its expressions adds.
    move_names : tuple of str
    landmarks : (68,) int64 or None
        Vertices of the landmarks; None where nobody told.
    """

    name: str
    points: np.ndarray
    quads: np.ndarray
    uv: np.ndarray | None
    label: np.ndarray
    labels: tuple[str, ...]
    identity: np.ndarray
    identity_names: tuple[str, ...]
    moves: np.ndarray
    move_names: tuple[str, ...]
    landmarks: np.ndarray | None


def read_given_head(path: Path) -> GivenHead:
    """Read a folder of OBJ files, or an .npz.

    Parameters
    ----------
    path : Path
        A folder with `neutral.obj`, or `NAME_neutral.obj`; files called `identity...` are people,
        and every other one is the expression that it is called after. `landmarks.json` or
        `landmarks.txt` may name the vertices of the 68 landmarks, counted from 0. Or an `.npz`, see
        docs/head.md.

    Raises
    ------
    ModelError
        It is missing or damaged, or its meshes do not fit each other.
    """
    if path.is_dir():
        return _read_folder(path)
    return _read_npz(path)


def _read_folder(folder: Path) -> GivenHead:
    files = sorted(p for p in folder.iterdir() if p.suffix.lower() == ".obj")
    if not files:
        raise ModelError("{path} holds no .obj files.", path=shown(folder))
    if len(files) > MAX_FILES:
        raise ModelError(
            "{path} holds {count} .obj files; at most {most} are read.",
            path=shown(folder),
            count=len(files),
            most=MAX_FILES,
        )
    neutrals = [p for p in files if _NEUTRAL.fullmatch(p.stem)]
    if len(neutrals) != 1 and (len(files) > 1 or _is_other(files[0].stem)):
        raise ModelError(
            "{path} needs one file of the head without expression, called neutral.obj; {count} "
            "are called so.",
            path=shown(folder),
            count=len(neutrals),
        )
    neutral = neutrals[0] if neutrals else files[0]
    mesh = read_obj(neutral)
    others = [p for p in files if p != neutral]
    _check_size(folder, len(mesh.points), len(others))
    offsets: list[list[np.ndarray]] = [[], []]
    names: list[list[str]] = [[], []]
    for file in others:
        kind = 0 if _IDENTITY.fullmatch(file.stem) else 1
        points = read_obj_points(file, mesh, neutral)
        offsets[kind].append((points - mesh.points).astype(np.float32))
        names[kind].append(plain(file.stem)[:_MAX_NAME])
    people, moves = (np.array(of, np.float32).reshape(-1, len(mesh.points), 3) for of in offsets)
    return GivenHead(
        plain(folder.resolve().name), mesh.points, mesh.quads, mesh.uv, mesh.label, mesh.labels,
        people, tuple(names[0]), moves, tuple(names[1]), _landmark_file(folder, len(mesh.points)),
    )  # fmt: skip


def _is_other(name: str) -> bool:
    """Whether a file says by its name that it is not the head without expression."""
    expressions = {
        key_name(each, style) for each in bundled_head().move_names for style in KEY_NAMES
    }
    return bool(_IDENTITY.fullmatch(name)) or name in expressions


def _landmark_file(folder: Path, count: int) -> np.ndarray | None:
    """The vertices that a folder names as landmarks; None if it names none."""
    path = next((folder / n for n in _LANDMARK_FILES if (folder / n).exists()), None)
    if path is None:
        return None
    text = read_bounded(path, 2**16, Sentence("list of landmarks"), ModelError)
    try:
        found = json.loads(text) if path.suffix == ".json" else text.replace(b",", b" ").split()
        numbers = np.array([int(n) for n in found], np.int64)
    except (ValueError, TypeError, OverflowError, RecursionError) as e:
        raise _no_landmarks(path) from e
    if numbers.shape != (LANDMARKS,) or numbers.min() < 0 or numbers.max() >= count:
        raise _no_landmarks(path)
    return numbers


def _no_landmarks(path: Path) -> ModelError:
    return ModelError(
        "{path} has to list the numbers of 68 vertices, counted from 0, in the order of iBUG's "
        "landmarks.",
        path=shown(path),
    )


def _read_npz(path: Path) -> GivenHead:
    """Arrays `points` and `quads`; the others may be missing."""
    data = read_bounded(path, 4 * MAX_FILE_BYTES, Sentence("head"), ModelError)
    try:
        found = unpack_npz(data)
        return _given(path, found)
    except (ValueError, TypeError, KeyError, IndexError) as e:
        raise ModelError(
            "{path} is no head: it needs the arrays points (V, 3) and quads (Q, 3 or 4), and what "
            "else it has must fit them.",
            path=shown(path),
        ) from e


def _given(path: Path, found: dict[str, np.ndarray]) -> GivenHead:
    points = _floats(found["points"], np.float64, (None, 3))
    quads = found["quads"]
    if quads.dtype.kind not in "iu" or quads.ndim != 2 or quads.shape[1] not in (3, 4):
        raise ValueError("quads")
    if len(points) > MAX_VERTICES or not 0 < len(quads) <= MAX_FACES:
        raise ValueError("size")
    quads = quads.astype(np.int64)
    if quads.shape[1] == 3:
        quads = np.c_[quads, np.full(len(quads), -1)]
    if quads.max() >= len(points) or quads.min() < -1 or (quads[:, :3] < 0).any():
        raise ValueError("quads")
    count = len(points)
    uv = _floats(found["uv"], np.float32, (len(quads), 4, 2)) if "uv" in found else None
    people = _floats(found.get("identity", np.zeros((0, count, 3))), np.float32, (None, count, 3))
    moves = _floats(found.get("moves", np.zeros((0, count, 3))), np.float32, (None, count, 3))
    _check_size(path, count, len(people) + len(moves))
    names = tuple(plain(str(n))[:_MAX_NAME] for n in found.get("move_names", ()))
    if len(names) != len(moves) or len(set(names)) < len(names):
        raise ValueError("move_names")
    labels = tuple(plain(str(n)).lower() for n in found.get("part_names", ()))
    label = found.get("part", np.zeros(len(quads), np.int64)).astype(np.int64)
    if label.shape != (len(quads),) or (
        labels and not 0 <= label.min() <= label.max() < len(labels)
    ):
        raise ValueError("part")
    marks = found.get("landmarks")
    if marks is not None:
        marks = marks.astype(np.int64)
        if marks.shape != (LANDMARKS,) or not 0 <= marks.min() <= marks.max() < count:
            raise ValueError("landmarks")
    numbered = tuple(f"identity{k}" for k in range(len(people)))
    return GivenHead(
        plain(path.stem), points, quads, uv, label, labels, people, numbered, moves, names, marks
    )


def _floats(
    values: np.ndarray, kind: type[np.floating], shape: tuple[int | None, ...]
) -> np.ndarray:
    """Finite numbers of a shape; ValueError otherwise."""
    if values.dtype.kind not in "fiu" or values.ndim != len(shape):
        raise ValueError("type")
    if any(n is not None and n != m for n, m in zip(shape, values.shape, strict=True)):
        raise ValueError("shape")
    values = values.astype(kind)
    if not np.isfinite(values).all():
        raise ValueError("not finite")
    return values


def _check_size(path: Path, vertices: int, shapes: int) -> None:
    if vertices * 3 * shapes > _MAX_VALUES:
        raise ModelError(
            "{path} has {shapes} shapes of {vertices} vertices, more than fit into memory here; "
            "leave some out.",
            path=shown(path),
            shapes=shapes,
            vertices=vertices,
        )
