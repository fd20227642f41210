"""Archives of arrays: read whole, or refused."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest

from prn_blender.core.appearance.feature_likeness import MODEL, read_features
from prn_blender.core.errors import ModelError
from prn_blender.core.files.npz import TooLargeError, unpack_npz
from prn_blender.core.geometry.layout_file import load_uv_layout
from prn_blender.core.model.bundled import models_folder


def packed(**members: bytes | np.ndarray) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            if isinstance(content, np.ndarray):
                one = io.BytesIO()
                np.save(one, content)
                content = one.getvalue()
            archive.writestr(f"{name}.npy", content)
    return stream.getvalue()


def test_arrays_are_read_by_name() -> None:
    data = packed(a=np.eye(2), b=np.arange(3))
    assert {k: v.tolist() for k, v in unpack_npz(data).items()} == {
        "a": [[1, 0], [0, 1]], "b": [0, 1, 2],
    }  # fmt: skip
    assert list(unpack_npz(data, ["b"])) == ["b"]
    with pytest.raises(ValueError):
        unpack_npz(data, ["b", "c"])


@pytest.mark.parametrize("content", [b"", b"no array", bytes(100)])
def test_a_member_that_is_no_array_counts_as_missing(content: bytes) -> None:
    """NumPy hands out its bytes, which have no shape."""
    data = packed(a=np.eye(2), b=content)
    assert list(unpack_npz(data)) == ["a"]
    with pytest.raises(ValueError):
        unpack_npz(data, ["a", "b"])


@pytest.mark.parametrize("data", [b"", b"PK\3\4", packed(a=np.eye(2))[:-9], b"x" * 999])
def test_no_archive_is_a_value_error(data: bytes) -> None:
    with pytest.raises(ValueError):
        unpack_npz(data)


def test_a_bomb_says_what_it_unpacks_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("prn_blender.core.files.npz.MAX_UNPACKED_BYTES", 1000)
    with pytest.raises(TooLargeError) as caught:
        unpack_npz(packed(a=np.zeros(1000)))
    assert caught.value.unpacked > 8000


@pytest.mark.parametrize("lost", ["mask", "canonical", "landmark_texels", "weights", "part_x"])
def test_a_layout_whose_arrays_are_none_is_one_sentence(lost: str, tmp_path: Path) -> None:
    with np.load(models_folder() / "prn_uv_layout.npz") as archive:
        arrays = dict(archive)
    (tmp_path / "a.npz").write_bytes(packed(**{**arrays, lost: b"no array"}))
    if lost in ("weights", "part_x"):  # what may be missing is left out
        assert lost.removeprefix("part_") not in load_uv_layout(tmp_path / "a.npz").parts
        return
    with pytest.raises(ModelError, match=f"has no {lost}"):
        load_uv_layout(tmp_path / "a.npz")


@pytest.mark.parametrize("odd", [np.nan, np.inf, 0.0])
def test_features_with_odd_numbers_are_one_sentence(odd: float, tmp_path: Path) -> None:
    with np.load(models_folder() / MODEL) as archive:
        arrays = {name: archive[name].astype(np.float32) for name in archive.files}
    name = next(name for name in arrays if name.endswith("_spread"))
    arrays[name][0] = odd
    (tmp_path / MODEL).write_bytes(packed(**arrays))
    with pytest.raises(ModelError, match="unexpected shape, type or values"):
        read_features(tmp_path / MODEL)
