"""Files of layouts, and hostile files that are none."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from synthetic import ball_arrays

from prn_blender.core.errors import ModelError
from prn_blender.core.geometry.layout_file import load_uv_layout


def saved(path: Path, **changes: Any) -> Path:
    arrays = {**ball_arrays(), **changes}
    np.savez_compressed(path, **{k: v for k, v in arrays.items() if v is not None})
    return path


def refused(path: Path) -> str:
    with pytest.raises(ModelError) as caught:
        load_uv_layout(path)
    message = str(caught.value)
    assert "\n" not in message
    assert len(message) < 300
    assert path.name in message
    return message


def test_a_layout_file_reads_back(tmp_path: Path) -> None:
    part = np.zeros((32, 32), bool)
    part[3:5, 6:9] = True
    weights = np.full((32, 32), 3.0, np.float32)
    path = saved(tmp_path / "a.npz", part_left_eye=part, weights=weights, part_odd=np.ones(3))
    layout = load_uv_layout(path)
    arrays = ball_arrays()
    assert layout.name == "ball"
    assert layout.size == 32
    assert np.array_equal(layout.canonical, arrays["canonical"])
    assert np.array_equal(layout.landmark_texels, arrays["landmark_texels"])
    assert set(layout.parts) == {"left_eye"}
    assert np.array_equal(layout.parts["left_eye"], part)
    assert layout.weights is not None
    assert len(layout.sha256) == 64


class Evil:
    """Unpickling this writes a file."""

    def __init__(self, path: str) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return open, (self.path, "w")


def test_a_pickle_is_refused_unopened(tmp_path: Path) -> None:
    trap = tmp_path / "executed"
    objects = np.empty((32, 32), object)
    objects[0, 0] = Evil(str(trap))
    np.savez(tmp_path / "a.npz", **{**ball_arrays(), "mask": objects})
    assert "damaged or not an .npz file" in refused(tmp_path / "a.npz")
    assert not trap.exists()


def test_a_bare_pickle_is_refused_unopened(tmp_path: Path) -> None:
    trap = tmp_path / "executed"
    np.save(tmp_path / "a.npy", np.array([Evil(str(trap))], object), allow_pickle=True)
    refused(tmp_path / "a.npy")
    assert not trap.exists()


def test_a_zip_bomb_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("prn_blender.core.files.npz.MAX_UNPACKED_BYTES", 10 * 2**20)
    with zipfile.ZipFile(tmp_path / "a.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        for i in range(6):
            archive.writestr(f"{i}.npy", bytes(2 * 2**20))
    assert (tmp_path / "a.npz").stat().st_size < 2**17
    assert "unpacks to 12 MB" in refused(tmp_path / "a.npz")


def test_an_array_that_promises_terabytes_is_refused(tmp_path: Path) -> None:
    stream = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        stream, {"descr": "<f8", "fortran_order": False, "shape": (10**6, 10**7)}
    )
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        archive.writestr("mask.npy", stream.getvalue())
    assert "damaged" in refused(tmp_path / "a.npz")


@pytest.mark.parametrize("keep", [0, 10, 0.5, 0.99])
def test_a_truncated_file_is_refused(tmp_path: Path, keep: float) -> None:
    path = saved(tmp_path / "a.npz")
    data = path.read_bytes()
    path.write_bytes(data[: int(keep if keep >= 1 else keep * len(data))])
    refused(path)


@pytest.mark.parametrize("seed", range(4))
def test_a_damaged_file_is_refused_or_still_a_layout(tmp_path: Path, seed: int) -> None:
    path = saved(tmp_path / "a.npz")
    whole = path.read_bytes()
    noise = np.random.default_rng(seed)
    for _ in range(15):
        data = bytearray(whole)
        for at in noise.integers(0, len(data), 3):
            data[at] = noise.integers(256)
        path.write_bytes(data)
        try:
            assert load_uv_layout(path).size == 32
        except ModelError as e:
            assert "\n" not in str(e)


def outside() -> np.ndarray:
    mask = np.ones((32, 32), bool)
    mask[tuple(ball_arrays()["landmark_texels"][20])] = False
    return mask


def landmarks(value: int) -> np.ndarray:
    texels = ball_arrays()["landmark_texels"]
    texels[67, 1] = value
    return texels


def speckled() -> np.ndarray:
    mask = np.zeros((32, 32), bool)
    mask[tuple(ball_arrays()["landmark_texels"].T)] = True
    return mask


WRONG: dict[str, dict[str, Any]] = {
    "no mask": {"mask": None},
    "no landmarks": {"landmark_texels": None},
    "flat mask": {"mask": np.ones(1024, bool)},
    "oblong mask": {"mask": np.ones((32, 16), bool)},
    "mask of text": {"mask": np.full((32, 32), "yes")},
    "tiny": {"mask": np.ones((2, 2), bool)},
    "67 landmarks": {"landmark_texels": ball_arrays()["landmark_texels"][:67]},
    "broken landmarks": {"landmark_texels": ball_arrays()["landmark_texels"] + 0.5},
    "landmark beyond": {"landmark_texels": landmarks(32)},
    "landmark negative": {"landmark_texels": landmarks(-1)},
    "landmark outside the mask": {"mask": outside()},
    "nothing inside": {"mask": np.zeros((32, 32), bool)},
    "canonical of another size": {"canonical": np.zeros((16, 16, 3), np.float32)},
    "canonical of whole numbers": {"canonical": np.zeros((32, 32, 3), int)},
    "canonical not finite": {"canonical": ball_arrays()["canonical"] * np.float32(np.nan)},
    "canonical immense": {"canonical": ball_arrays()["canonical"].astype(float) * 1e200},
    "all in one place": {"canonical": np.zeros((32, 32, 3), np.float32)},
    "speckled mask": {"mask": speckled()},
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_arrays_are_refused(tmp_path: Path, case: str) -> None:
    refused(saved(tmp_path / "a.npz", **WRONG[case]))


def test_parts_and_weights_of_odd_types_are_left_out(tmp_path: Path) -> None:
    text = np.full((32, 32), "x")
    layout = load_uv_layout(saved(tmp_path / "a.npz", part_odd=text, weights=text))
    assert layout.parts == {}
    assert layout.weights is None


def test_a_name_of_many_lines_becomes_one(tmp_path: Path) -> None:
    layout = load_uv_layout(saved(tmp_path / "a.npz", name=np.array("two\nlines" * 100)))
    assert "\n" not in layout.name
    assert len(layout.name) <= 80


@pytest.mark.parametrize("name", ["missing.npz", "folder"])
def test_what_is_no_file_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder").mkdir()
    refused(tmp_path / name)
