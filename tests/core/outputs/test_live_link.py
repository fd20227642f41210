"""Live Link Face's CSV: written, read back, and read as the app and others write it."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from synthetic import rotation

from prn_blender.core.errors import PhotoError
from prn_blender.core.outputs.live_link import (
    SHAPES,
    FaceCurves,
    head_rotations,
    head_turns,
    read_live_link,
    write_live_link,
)


def curves(count: int = 70, rate: float = 29.97) -> FaceCurves:
    rng = np.random.default_rng(0)
    turns = rng.uniform(-0.5, 0.5, (count, 3))
    return FaceCurves(np.arange(count) / rate, rng.uniform(0, 1, (count, 52)), turns, rate)


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    wrote = curves()
    write_live_link(tmp_path / "a.csv", wrote)
    read = read_live_link(tmp_path / "a.csv")
    assert read.rate == 30
    assert np.allclose(read.expression, wrote.expression, atol=1e-9)
    assert np.allclose(read.head, wrote.head, atol=1e-9)
    assert np.abs(read.seconds - wrote.seconds).max() < 0.002


def test_the_head_line_is_the_apps(tmp_path: Path) -> None:
    write_live_link(tmp_path / "a.csv", curves(3))
    head, first, *_ = (tmp_path / "a.csv").read_text().splitlines()
    titles = head.split(",")
    assert titles[:4] == ["Timecode", "BlendShapeCount", "EyeBlinkLeft", "EyeLookDownLeft"]
    assert titles[-9:-6] == ["HeadYaw", "HeadPitch", "HeadRoll"]
    assert len(titles) == 2 + 61
    assert first.split(",")[:2] == ["00:00:00:00.000", "61"]


def test_every_frame_has_a_timecode_of_its_own(tmp_path: Path) -> None:
    for rate in (23.976, 24.0, 25.0, 29.97, 59.94, 60.0):
        write_live_link(tmp_path / "a.csv", curves(200, rate))
        codes = [line.split(",")[0] for line in (tmp_path / "a.csv").read_text().splitlines()[1:]]
        assert codes == sorted(set(codes))
        assert max(float(code.split(":")[3]) for code in codes) < round(rate)


def test_columns_are_found_by_name_whatever_their_order(tmp_path: Path) -> None:
    path = tmp_path / "other.csv"
    path.write_text(
        "\ufeffHeadYaw,jawopen,Timecode,Note\r\n"
        "0.1,0.5,10:00:00:58.500,x\r\n0.2,1.5,10:00:00:59.500,x\r\n0.3,-1,10:00:01:00.500,y\r\n",
        encoding="utf-8",
    )
    read = read_live_link(path)
    assert read.rate == 60
    assert np.allclose(read.seconds, [0, 1 / 60, 2 / 60])
    assert read.curve("jawOpen").tolist() == [0.5, 1.0, 0.0]
    assert read.head[:, 0].tolist() == [0.1, 0.2, 0.3]
    assert not read.curve("eyeBlinkLeft").any()


def test_rows_without_timecodes_are_frames(tmp_path: Path) -> None:
    path = tmp_path / "frames.csv"
    path.write_text("Timecode,JawOpen\n1,0.5\n2,0.6\n")
    assert read_live_link(path).seconds.tolist() == [0, 1 / 60]
    assert read_live_link(path, 30).seconds.tolist() == [0, 1 / 30]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "empty"),
        ("a,b,c\n1,2,3\n", "no Live Link Face file"),
        ("Timecode,JawOpen\n", "no rows"),
        ("Timecode,JawOpen\n00:00:00:00,\x00\n", "row 2"),
        ("Timecode,JawOpen\n00:00:00:00,0.1\n00:00:00:01\n", "row 3"),
        ("Timecode,JawOpen\n00:00:00:00,nan\n", "no face has"),
        ("Timecode,JawOpen\n00:00:00:00,1e300\n", "no face has"),
        ("Timecode,JawOpen\n" + "0," * 2**16, "row 2"),
        ("JawOpen," * 2**16, "no Live Link Face file"),
    ],
)
def test_bad_files_get_one_sentence(tmp_path: Path, content: str, says: str) -> None:
    path = tmp_path / "bad.csv"
    path.write_text(content)
    with pytest.raises(PhotoError, match=says):
        read_live_link(path)
    path.write_bytes(b"\xff\xfe\x00binary")
    with pytest.raises(PhotoError):
        read_live_link(path)


def test_turns_have_the_signs_that_the_module_says() -> None:
    # Of a face that looks along -Y: about +Z to the subject's left, about +X down.
    assert np.allclose(head_turns(rotation("z", 20)[None]), np.radians([[20, 0, 0]]))
    assert np.allclose(head_turns(rotation("x", 20)[None]), np.radians([[0, 20, 0]]))
    assert np.allclose(head_turns(rotation("y", -20)[None]), np.radians([[0, 0, 20]]))
    turns = np.random.default_rng(0).uniform(-1, 1, (20, 3))
    assert np.allclose(head_turns(head_rotations(turns)), turns)


def test_there_are_the_52_names_of_the_model(reconstructor: object) -> None:
    names = reconstructor.network.info.expression_names  # type: ignore[attr-defined]
    assert sorted(SHAPES) == sorted(names)
