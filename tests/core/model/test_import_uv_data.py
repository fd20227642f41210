"""PRNet's UV files as a layout."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import struct
from pathlib import Path

import cv2
import numpy as np
import pytest
from importing import made_up_uv_data, sentence

from prn_blender.core.errors import ModelError
from prn_blender.core.geometry.layout_file import load_uv_layout
from prn_blender.core.model.importer.uv_data import read_uv_data, write_layout


def test_the_real_uv_files_become_a_layout(shared: Path, tmp_path: Path) -> None:
    folder = shared / "data" / "prnet_uv"
    path = tmp_path / "layout.npz"
    path.write_bytes(write_layout(folder))
    layout = load_uv_layout(path)
    mask = cv2.imread(str(folder / "uv_face_mask.png"), cv2.IMREAD_UNCHANGED) > 0
    assert np.array_equal(layout.mask, mask)
    assert len(layout.texels) == 43_867
    points = cv2.imread(str(folder / "uv_kpt_mask.png"), cv2.IMREAD_UNCHANGED) > 0
    assert points[tuple(layout.landmark_texels.T)].all()
    assert layout.eye_distance == pytest.approx(0.063, abs=1e-5)
    eyes = layout.canonical[tuple(layout.landmark_texels[36:48].T)].reshape(2, 6, 3).mean(axis=1)
    assert np.allclose(eyes.mean(axis=0), 0, atol=1e-5)
    assert eyes[1, 0] > eyes[0, 0]  # the subject's left eye on the left
    nose, chin = layout.canonical[tuple(layout.landmark_texels[[30, 8]].T)]
    assert nose[1] < -0.02  # toward -Y
    assert chin[2] < -0.08
    assert layout.outward
    # Back in PRNet's own frame the canonical vertices are the file's.
    source = layout.canonical_source
    assert source is not None
    back = layout.canonical[layout.mask] @ source[:3, :3].T + source[:3, 3]
    assert np.allclose(back, np.load(folder / "canonical_vertices.npy"), atol=1e-4)
    assert (layout.parts["left_eye"].sum(), layout.parts["right_eye"].sum()) == (208, 203)
    assert layout.weights is not None
    assert not layout.weights[~mask].any()
    assert (layout.weights[mask] >= 3).all()
    assert (layout.weights == 16).sum() == 68


def test_every_lattice_triangle_but_one_is_prnet_s(shared: Path, tmp_path: Path) -> None:
    path = tmp_path / "layout.npz"
    path.write_bytes(write_layout(shared / "data" / "prnet_uv"))
    ours = set(map(frozenset, load_uv_layout(path).lattice_triangles.tolist()))
    with np.load(shared / "data" / "prnet_outputs" / "triangles.npz") as arrays:
        theirs = set(map(frozenset, arrays["triangles"].tolist()))
    assert ours - theirs == {frozenset({0, 1, 246})}  # which its file lacks
    assert not theirs - ours


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("face_ind.txt", b"1 2 three", "not a table of numbers"),
        ("face_ind.txt", b"5\n3\n1\n", "do not fit each other"),
        ("face_ind.txt", b"1e300\n", "make no sense"),
        ("uv_kpt_ind.txt", b"1 2 3", "do not fit each other"),
        ("canonical_vertices.npy", b"\x93NUMPY", "damaged"),
        ("canonical_vertices.npy", b"", "empty"),
        ("uv_weight_mask.png", b"no picture", "not a picture"),
        # It claims 30,000 x 30,000 pixels; decoding would take gigabytes.
        (
            "uv_face.png",
            b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"
            + struct.pack(">2I", 30_000, 30_000)
            + b"\x08\x06\0\0\0",
            "not a picture",
        ),
    ],
)
def test_broken_uv_files_are_one_sentence(
    tmp_path: Path, name: str, content: bytes, expected: str
) -> None:
    folder = made_up_uv_data(tmp_path / "uv")
    (folder / name).write_bytes(content)
    with pytest.raises(ModelError) as caught:
        read_uv_data(folder)
    assert expected in sentence(caught)


def test_pickled_uv_files_are_not_opened(tmp_path: Path) -> None:
    folder = made_up_uv_data(tmp_path / "uv")
    np.save(folder / "canonical_vertices.npy", np.array([{}, 1], object), allow_pickle=True)
    with pytest.raises(ModelError):
        read_uv_data(folder)
