"""Heads of others: the meshes that are brought, and the files that they become."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import io
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
from mutations import Random, arrays, damaged, npz, number, odds, pick, swollen_npz, text
from samples import faces
from synthetic import write_folder

from prn_blender.core.head.face_shape import FaceShape
from prn_blender.core.head.head_model import HeadModel
from prn_blender.core.head.other_heads import read_given_head
from prn_blender.core.head.other_heads.head_file import write_head
from prn_blender.core.head.whole_head import check_fits
from prn_blender.core.model.bundled import models_folder

from . import Run

_SIDE = 12
"""Vertices along each side of the meshes: 144 are read as a hundred thousand are."""


def given_heads(folder: Path) -> Run:
    """Folders of OBJ files and arrays, as another head's owner may have them."""
    sound = folder / "sound"
    points, quads = _sheet()
    rng = np.random.default_rng(0)
    meshes = {name: points + rng.normal(0, 0.01, points.shape)
              for name in ("neutral", "identity1", "jaw_open", "browDownLeft")}  # fmt: skip
    write_folder(sound, meshes, quads.tolist(), ["Head"] * len(quads))
    (sound / "landmarks.txt").write_text(" ".join(map(str, range(68))))
    packed = {
        "points": points, "quads": quads, "uv": rng.random((len(quads), 4, 2), np.float32),
        "identity": rng.normal(0, 1, (2, *points.shape)), "landmarks": np.arange(68),
        "moves": rng.normal(0, 1, (2, *points.shape)), "move_names": np.array(["a", "b"]),
        "part": np.zeros(len(quads), np.int64), "part_names": np.array(["Head"]),
    }  # fmt: skip

    def run(rng: Random, folder: Path) -> list[str]:
        if odds(rng, 0.4):
            path = folder / "a.npz"
            path.write_bytes(
                npz(arrays(rng, packed)) if odds(rng, 0.6)
                else swollen_npz(rng, packed) if odds(rng, 0.5) else damaged(rng, npz(packed))
            )  # fmt: skip
        else:
            path = folder / "head"
            shutil.copytree(sound, path)
            for _ in range(int(rng.integers(1, 3))):
                _damage(rng, path)
        head = read_given_head(path)
        assert head.quads.min() >= -1 and head.quads.max() < len(head.points)
        for values in (head.points, head.identity, head.moves):
            assert np.isfinite(values).all()
        assert len(head.moves) == len(head.move_names)
        return []

    return run


def _sheet() -> tuple[np.ndarray, np.ndarray]:
    """A bent sheet: points (V, 3) and quads (Q, 4)."""
    x, y = np.meshgrid(*[np.linspace(-1, 1, _SIDE)] * 2)
    points = np.stack([x, y, x**2 + y**2], -1).reshape(-1, 3)
    first = (np.arange(_SIDE - 1)[:, None] * _SIDE + np.arange(_SIDE - 1)).ravel()
    return points, np.stack([first, first + 1, first + _SIDE + 1, first + _SIDE], 1)


def _damage(rng: Random, folder: Path) -> None:
    """Change one file of the folder, or its name."""
    files = sorted(folder.iterdir())
    if not files:
        return
    path = pick(rng, files)
    kind = rng.random()
    if path.is_dir():
        return
    if kind < 0.35:
        path.write_bytes(damaged(rng, path.read_bytes()))
    elif kind < 0.7:
        lines = path.read_text(errors="replace").splitlines() or [""]
        for _ in range(int(2 ** rng.uniform(0, 5))):
            at = int(rng.integers(len(lines)))
            words = lines[at].split() or ["f"]
            odd = pick(rng, (str(number(rng)), f"{number(rng)}/{number(rng)}", text(rng), "-1"))
            words[int(rng.integers(len(words)))] = odd
            lines[at] = " ".join(words) if odds(rng, 0.9) else " ".join(words * 40)
        path.write_text("\n".join(lines), errors="replace")
    elif kind < 0.8:
        path.unlink()
    elif kind < 0.9:
        name = text(rng).replace("/", "_").replace("\0", "")[:80]
        path.rename(folder / f"{name}{pick(rng, ('.obj', '.OBJ', '_neutral.obj', '.txt'))}")
    else:
        path.unlink()
        path.mkdir()


def head_files(folder: Path) -> Run:
    """Files of the contract; a face that gets such a head has to come out of it whole."""
    bundled = models_folder() / "head.npz"
    content = bundled.read_bytes()
    with np.load(io.BytesIO(content)) as archive:
        sound = dict(archive)
    face, _ = faces()
    shape = FaceShape.beside(models_folder(), face.layout)

    def run(rng: Random, folder: Path) -> list[str]:
        path = folder / "head.npz"
        path.write_bytes(
            npz(arrays(rng, sound)) if odds(rng, 0.6)
            else swollen_npz(rng, sound) if odds(rng, 0.4) else damaged(rng, content)
        )  # fmt: skip
        model = HeadModel.load(path)
        check_fits(model, face.layout, shape)
        out = folder / "out"
        out.mkdir()
        if odds(rng, 0.3):
            write_head(model, out / "again.npz")
        head = replace(face, head_model=model).head
        assert head is not None and np.isfinite(head.vertices).all()
        return []

    return run
