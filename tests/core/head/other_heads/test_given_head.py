"""Files of other heads: what is read of them, and one sentence for each that makes no sense."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest

from prn_blender.core.errors import ModelError
from prn_blender.core.head.other_heads import read_given_head
from prn_blender.core.head.other_heads.expressions import known_moves, partners
from prn_blender.core.head.other_heads.obj_file import read_obj

SQUARE = "v 0 0 0\nv 1 0 0\nv 1 1 0\nv 0 1 0\n"


def folder_of(tmp_path: Path, **files: str) -> Path:
    for name, text in files.items():
        (tmp_path / f"{name}.obj").write_text(text)
    return tmp_path


def test_faces_of_any_size_and_negative_numbers(tmp_path: Path) -> None:
    text = SQUARE + "v 2 2 2\nvt 0 0\nvt 1 0\nvt 1 1\n"
    text += "o Head\ng left\nusemtl Skin\nf 1/1 2/2 3/3\nusemtl Eye\nf -5/1 -4/2 -3/3 -2/1 -1/2\n"
    (tmp_path / "a.obj").write_text(text)
    mesh = read_obj(tmp_path / "a.obj")
    assert mesh.quads.tolist() == [[0, 1, 2, -1], [0, 1, 2, 3], [0, 3, 4, -1]]
    assert mesh.uv is not None and mesh.uv.shape == (3, 4, 2)
    assert mesh.labels == ("head left skin", "head left eye")
    assert mesh.label.tolist() == [0, 1, 1]


def test_a_folder_is_sorted_by_its_names(tmp_path: Path) -> None:
    moved = SQUARE.replace("1 1 0", "1 1 5") + "f 1 2 3 4\n"
    folder = folder_of(tmp_path, my_neutral=SQUARE + "f 1 2 3 4\n", identity01=moved, jawOpen=moved)
    given = read_given_head(folder)
    assert given.identity_names == ("identity01",) and given.move_names == ("jawOpen",)
    assert given.moves[0, 2].tolist() == [0, 0, 5]
    assert given.landmarks is None


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({}, "holds no .obj files"),
        ({"a": SQUARE + "f 1 2 3\n", "b": SQUARE + "f 1 2 3\n"}, "needs one file of the head"),
        ({"jawOpen": SQUARE + "f 1 2 3\n"}, "needs one file of the head"),
        ({"browDown_L": SQUARE + "f 1 2 3\n"}, "needs one file of the head"),
        ({"identity_02": SQUARE + "f 1 2 3\n"}, "needs one file of the head"),
        ({"neutral": SQUARE}, "has no faces"),
        ({"neutral": "v 0 0 nan\nv 1 0 0\nv 1 1 0\nf 1 2 3\n"}, "not finite"),
        ({"neutral": "v 0 0 a\nv 1 0 0\nv 1 1 0\nf 1 2 3\n"}, "no numbers"),
        ({"neutral": "v 0 0\nf 1 1 1\n"}, "no numbers"),
        ({"neutral": SQUARE + "f 1 2 9\n"}, "are not there"),
        ({"neutral": SQUARE + "f 1 2 x\n"}, "whole numbers"),
        ({"neutral": SQUARE + "f 1 2\n"}, "2 corners"),
        ({"neutral": SQUARE + "f 1 2 99999999999999999999\n"}, "whole numbers"),
        (
            {"neutral": SQUARE + "f 1 2 3\n", "jawOpen": SQUARE + "v 0 0 0\nf 1 2 3\n"},
            "another topology",
        ),
        ({"neutral": SQUARE + "f 1 2 3\n", "jawOpen": SQUARE + "f 1 3 2\n"}, "another topology"),
    ],
)
def test_a_folder_that_makes_no_sense(tmp_path: Path, files: dict[str, str], said: str) -> None:
    with pytest.raises(ModelError, match=said):
        read_given_head(folder_of(tmp_path, **files))


@pytest.mark.parametrize("text", ["1 2 3", "x " * 68, "9999 " * 68, "-1 " * 68])
def test_landmarks_that_make_no_sense(tmp_path: Path, text: str) -> None:
    folder_of(tmp_path, neutral=SQUARE + "f 1 2 3 4\n")
    (tmp_path / "landmarks.txt").write_text(text)
    with pytest.raises(ModelError, match="68 vertices"):
        read_given_head(tmp_path)


def test_arrays_are_read_and_never_unpickled(tmp_path: Path) -> None:
    points, quads = np.zeros((4, 3)), np.array([[0, 1, 2, 3]])
    good = tmp_path / "good.npz"
    np.savez(good, points=points, quads=quads, moves=np.ones((1, 4, 3)), move_names=["smile"])
    assert read_given_head(good).move_names == ("smile",)
    bad = {
        "objects": {"points": np.array([{}], object), "quads": quads},
        "nan": {"points": points * np.nan, "quads": quads},
        "outside": {"points": points, "quads": quads + 4},
        "missing": {"points": points},
        "moves": {"points": points, "quads": quads, "moves": np.zeros((1, 3, 3))},
    }
    for name, arrays in bad.items():
        np.savez(tmp_path / f"{name}.npz", **arrays)
        with pytest.raises(ModelError, match="is no head"):
            read_given_head(tmp_path / f"{name}.npz")
    (tmp_path / "pickle.npz").write_bytes(pickle.dumps([1]))
    with pytest.raises(ModelError, match="is no head"):
        read_given_head(tmp_path / "pickle.npz")


def test_names_of_expressions_are_found_however_they_are_written() -> None:
    wanted = ("browDownLeft", "browInnerUp", "jawLeft", "jawOpen")
    names = ("BrowDown_L", "brow-inner-up.left", "browInnerUpRight", "jaw_left", "Wink")
    moves = np.arange(5.0).reshape(5, 1, 1) + np.zeros((5, 2, 3))
    found, others = known_moves(names, moves, wanted)
    assert {name: float(move[0, 0]) for name, move in found.items()} == {
        "browDownLeft": 0.0,
        "browInnerUp": 3.0,
        "jawLeft": 3.0,
    }
    assert others == [1, 2, 4]
    assert partners(("a_L", "a_R", "jawLeft", "jawRight", "b_L")).tolist() == [1, 0, 3, 2, 4]
