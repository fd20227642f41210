"""Configurations and the command line of training."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path

import pytest
from training_parts import (
    WHY,
)

from training.config import load_config

ROOT = Path(__file__).resolve().parents[2]


def test_every_committed_configuration_can_be_read_and_a_misspelt_one_cannot(
    tmp_path: Path,
) -> None:
    for file in (ROOT / "training" / "configs").glob("*.toml"):
        assert load_config(file).train.steps >= 0
    for text, wrong in (
        ("[train]\nstpes = 3", "stpes"),
        ("[train]\nsteps = 'many'", "train.steps"),
        ("[fit]\nidentity_ridge = 1\n[nothing]\n", "nothing"),
    ):
        (tmp_path / "a.toml").write_text(text)
        with pytest.raises(ValueError, match=wrong):
            load_config(tmp_path / "a.toml")


def test_the_command_line_says_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("torch", reason=WHY)
    from training.__main__ import main

    monkeypatch.setenv("PRN_TRAINING_WORK", str(tmp_path))
    assert main(["fit"]) == 1
    error = capsys.readouterr().err.strip()
    assert "head_model.npz" in error
    assert "\n" not in error
    (tmp_path / "a.toml").write_text("[network]\nname = 'resnet'")
    assert main(["train", "--config", str(tmp_path / "b.toml")]) == 2
    (tmp_path / "head_model.npz").touch()
    capsys.readouterr()
    assert main(["head"]) == 0  # done before: nothing to do
    assert "done before" in capsys.readouterr().out
