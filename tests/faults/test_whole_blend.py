"""A .blend file that was not written to its end does not take the place of the old one."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path

import pytest

bpy = pytest.importorskip("bpy", reason="Blender's Python module is not installed")

from prn_blender.core.errors import OutputError
from prn_blender.scene import files
from prn_blender.scene.files import is_whole_blend, new_file, save_blend


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    new_file()
    # More than one frame of Zstandard.
    text = bpy.data.texts.new("long")
    text.from_string("\n".join(str(number**3) for number in range(200_000)))
    save_blend(tmp_path / "a.blend")
    return tmp_path / "a.blend"


def test_what_blender_saves_is_whole(saved: Path) -> None:
    assert is_whole_blend(saved)
    bpy.ops.wm.save_as_mainfile(filepath=str(saved), compress=False, copy=True)
    assert is_whole_blend(saved)


def test_a_part_of_it_is_not(saved: Path) -> None:
    data = saved.read_bytes()
    for size in (0, 3, 4, 12, len(data) // 2, len(data) - 9, len(data) - 1):
        saved.write_bytes(data[:size])
        assert not is_whole_blend(saved), size
    # The end is there, and what a full disk has not taken is missing before it.
    saved.write_bytes(data[:1000] + data[2000:])
    assert not is_whole_blend(saved)


def test_the_old_file_stays(saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = saved.read_bytes()
    monkeypatch.setattr(files, "is_whole_blend", lambda path: False)
    with pytest.raises(OutputError, match=r'"a\.blend" cannot be written to its end'):
        save_blend(saved)
    assert saved.read_bytes() == before
    assert [path.name for path in saved.parent.iterdir()] == ["a.blend"]
