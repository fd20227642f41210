"""`import-head` from the command line."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path

import pytest

from prn_blender.cli import main


def test_a_folder_without_a_head_is_said(
    one_model: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["import-head", str(tmp_path), "-o", str(tmp_path / "head.npz")]) == 1
    assert "holds no .obj files" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_head_is_said(
    one_model: pytest.MonkeyPatch,
    photo_path: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "head.npz").write_bytes(b"no head")
    arguments = ["reconstruct", str(photo_path), "-o", str(tmp_path), "--head"]
    assert main([*arguments, "--head-model", str(tmp_path / "head.npz")]) == 2
    assert "damaged or not an .npz file" in capsys.readouterr().err
