"""Arrays of numbers in .mat files: as SciPy reads them, and one sentence where they are damaged."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest

from prn_blender.core.errors import OptionError
from prn_blender.core.files.mat5 import parse_mat
from prn_blender.core.files.matlab import read_mat

scipy_io = pytest.importorskip("scipy.io", reason="SciPy is not installed")


def written(compressed: bool, **arrays: object) -> bytes:
    stream = io.BytesIO()
    scipy_io.savemat(stream, arrays, do_compression=compressed)
    return stream.getvalue()


@pytest.mark.parametrize("compressed", [True, False])
@pytest.mark.parametrize("kind", ["f4", "f8", "i1", "u2", "i4", "u8", "?"])
def test_numbers_are_those_that_scipy_has_written(kind: str, compressed: bool) -> None:
    values = (np.arange(24).reshape(2, 3, 4) % 100).astype(kind)
    data = written(compressed, other="a text", x=values, one=np.array([[3]], kind), z={"a": 1})
    found = parse_mat(data, ("x", "one"))
    assert np.array_equal(found["x"], values)
    assert found["x"].dtype == np.float64
    assert found["one"].tolist() == [[float(np.array(3, kind))]]


def test_what_is_no_array_of_real_numbers_is_not_found(tmp_path: Path) -> None:
    data = written(True, text="x", odd=np.array([1j]), group={"a": 1}, x=np.eye(2))
    assert list(parse_mat(data, ("text", "odd", "group", "x", "missing"))) == ["x"]
    (tmp_path / "a.mat").write_bytes(data)
    with pytest.raises(OptionError, match="does not hold all of these as numbers: x, text"):
        read_mat(tmp_path / "a.mat", "x", "text")


@pytest.mark.parametrize("compressed", [True, False])
def test_damaged_files_are_refused_or_read(compressed: bool) -> None:
    """SciPy's own reader crashes on some of these."""
    data = written(compressed, pt3d_68=np.arange(204.0).reshape(3, 68), Pose_Para=np.zeros((1, 7)))
    rng = np.random.default_rng(0)
    refused = 0
    for number in range(2000):
        odd = bytearray(data)
        for _ in range(rng.integers(1, 4)):
            odd[rng.integers(len(odd))] = rng.integers(256)
        try:
            parse_mat(bytes(odd[: rng.integers(len(odd))] if number % 3 == 0 else odd),
                      ("pt3d_68", "Pose_Para"))  # fmt: skip
        except ValueError:
            refused += 1
    assert refused > 500


def test_a_variable_that_unpacks_to_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    data = written(True, x=np.zeros((100, 1000)))
    assert len(parse_mat(data, ("x",))["x"]) == 100
    monkeypatch.setattr("prn_blender.core.files.mat5.MAX_UNPACKED_BYTES", 10_000)
    with pytest.raises(ValueError, match="too large"):
        parse_mat(data, ("x",))
