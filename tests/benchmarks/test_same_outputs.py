"""The comparison of outputs: what is said of arrays, texts and files that differ."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from benchmarks import same_outputs, trees
from benchmarks.sample import astronaut, variants


class Recorded:
    """A worker whose answer is known, with the arrays behind it."""

    def __init__(self, answer: dict[str, str], **arrays: np.ndarray) -> None:
        self.said, self.arrays = answer, arrays

    def begin(self, what: str, **_: Any) -> None:
        pass

    def answer(self) -> dict[str, str]:
        return self.said

    def ask(self, what: str, keys: list[str], folder: str) -> dict[str, str]:
        assert what == "fetch"
        there = {key: f"{folder}/{key}.npy" for key in keys if key in self.arrays}
        for key, path in there.items():
            np.save(path, self.arrays[key])
        return there


def test_what_differs_is_named_with_how_far_it_is_off(tmp_path: Path) -> None:
    map_ = np.arange(8, dtype=np.float32)
    moved = map_ + np.array([0, 0, 0, 0, 0, 0, 0.25, 0], np.float32)
    base = Recorded({"map": "a", "error": "x", "same": "s", "old": "o", "new name": "1"}, map=map_)
    now = Recorded({"map": "b", "error": "y", "same": "s", "more": "m", "new name": "(absent)"})
    now.arrays["map"] = moved
    found = same_outputs.Findings()
    keys = same_outputs.compare((base, now), "reconstruct", found, tmp_path, {})  # type: ignore[arg-type]
    assert keys == ["map", "error", "same", "new name"]
    assert found.count == 3
    assert found.one_sided == ["new name (in the revision)"]
    assert [f"{one.key}: {one.said}" for one in found.differing] == [
        "more: only now",
        "old: only in the revision",
        "map: by up to 0.25 (values to 7), 12.500% of them",
        "error: 'x', now 'y'",
    ]
    assert found.differing[2].most == 0.25


def test_arrays_of_another_shape_or_with_gaps_are_compared(tmp_path: Path) -> None:
    one = np.array([np.nan, 1, 2])
    assert same_outputs.difference(one, one[:2])[0] == "float64 (3,), now float64 (2,)"
    gap = same_outputs.difference(one, np.array([np.nan, np.nan, 5]))
    assert gap == ("by up to 3 (values to 2), 66.667% of them", 3.0)
    flags = np.array([True, False])
    said = "by up to 1 (values to 1), 100.000% of them"
    assert same_outputs.difference(flags, ~flags) == (said, 1.0)


@pytest.mark.parametrize(
    ("name", "base", "now", "said"),
    [
        ("a.obj", b"v 1\nv 2\n", b"v 1\nv 3\n", "line 2: 'v 2', now 'v 3'"),
        ("a.obj", b"v 1\n", b"v 1\nv 3\n", "1 lines, now 2"),
        ("a.glb", b"\xff\x00", b"\xff\x00\x01", "2 bytes, now 3"),
        ("a.png", 10, 13, "by up to 3 (values to 10), 100.000% of them"),
    ],
)
def test_files_are_compared_by_what_they_hold(
    name: str, base: Any, now: Any, said: str, tmp_path: Path
) -> None:
    paths = []
    for folder, content in (("base", base), ("now", now)):
        (tmp_path / folder).mkdir()
        path = tmp_path / folder / name
        if isinstance(content, int):
            cv2.imwrite(str(path), np.full((4, 4, 3), content, np.uint8))
        else:
            path.write_bytes(content)
        paths.append(path)
    assert same_outputs.file_difference(*paths)[0] == said


def test_the_report_says_it_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert same_outputs.report(same_outputs.Findings(5), "old") == 0
    assert capsys.readouterr().out.strip() == "All 5 outputs are the same as in old."
    differing = [
        same_outputs.Difference("photo/0/map", "off", 0.25),
        same_outputs.Difference("photo/1/map", "further off", 0.5),
        same_outputs.Difference("files all/12_pose.txt", "line 1"),
    ]
    assert same_outputs.report(same_outputs.Findings(5, differing), "old") == 1
    printed = capsys.readouterr().out
    assert "DIFFERENT from old: 3 of 5 outputs\n  files .../_pose.txt: 1\n" in printed
    assert "  map: 2, by up to 0.5\n" in printed
    assert "  photo/1/map: further off\n" in printed


def test_without_research_data_the_portrait_comes_in_variants(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PRN_SHARED", str(tmp_path / "nothing"))
    photos = same_outputs.chosen_photos(None, tmp_path)
    assert photos == variants(tmp_path)
    assert photos[-1] == astronaut()
    assert len({path.read_bytes() for path in photos}) == len(photos) == 12
    assert same_outputs.chosen_photos(astronaut().parent, tmp_path)[0].parent == astronaut().parent
    (tmp_path / "empty").mkdir()
    with pytest.raises(trees.TreeError, match="no photos"):
        same_outputs.chosen_photos(tmp_path / "empty", tmp_path)
