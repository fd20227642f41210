"""The file that scenes of many photos begin with."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from prn_blender.scene import start_file

pytestmark = pytest.mark.blender


def test_it_is_made_without_a_word(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Commands print paths alone: scripts read them."""
    monkeypatch.setattr(start_file, "_start_file", start_file._start_file.__wrapped__)
    start_file.new_start_file()
    assert capfd.readouterr().out == ""
