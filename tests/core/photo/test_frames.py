"""Shots: movies and folders of pictures, frame by frame."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest
from photo_files import grey_frames, number_of, write_movie
from PIL import Image

from prn_blender.core.errors import OptionError, PhotoError
from prn_blender.core.photo.frames import FrameRange, natural_key, open_shot
from prn_blender.core.photo.movie import open_movie


@pytest.fixture(scope="module")
def movie(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_movie(tmp_path_factory.mktemp("movie") / "shot.mp4", grey_frames(40))


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pictures")
    for number, frame in enumerate(grey_frames(12)):
        Image.fromarray(frame).save(folder / f"frame_{number}.png")
    (folder / ".hidden.png").write_bytes(b"another program's note")
    (folder / "notes.txt").write_text("no picture")
    return folder


def numbers(path: Path, wanted: FrameRange | None = None) -> list[int]:
    return [number_of(frame.photo.pixels) for frame in open_shot(path).frames(wanted)]


def test_a_movie_gives_its_frames_with_their_times(movie: Path) -> None:
    shot = open_shot(movie)
    assert (shot.width, shot.height, shot.rate, shot.count) == (96, 64, 25.0, 40)
    frames = list(shot.frames())
    assert [number_of(f.photo.pixels) for f in frames] == list(range(40))
    assert [f.number for f in frames] == list(range(1, 41))
    assert [f.seconds for f in frames] == pytest.approx([k / 25 for k in range(40)])
    assert frames[0].photo.pixels[:20, :30].max() < 20  # its black quarter is at the upper left


@pytest.mark.parametrize("kind", ["movie", "pictures"])
def test_a_range_and_a_step_take_exactly_those(kind: str, movie: Path, pictures: Path) -> None:
    path = movie if kind == "movie" else pictures
    assert numbers(path, FrameRange(3, 9)) == list(range(2, 9))
    assert numbers(path, FrameRange(2, 11, 4)) == [1, 5, 9]
    last = 40 if kind == "movie" else 12
    assert numbers(path, FrameRange(last - 1, 1000)) == [last - 2, last - 1]
    assert FrameRange(2, 11, 4).count(last) == 3


def test_pictures_come_in_natural_order(pictures: Path) -> None:
    shot = open_shot(pictures / "frame_5.png")  # any of them names its folder
    assert shot.count == 12
    assert [number_of(f.photo.pixels) for f in shot.frames()] == list(range(12))
    assert sorted(["a10", "a9", "A1", "b2", "a09"], key=natural_key) == [
        "A1", "a09", "a9", "a10", "b2",
    ]  # fmt: skip


def test_a_rate_of_the_users_counts(movie: Path, pictures: Path) -> None:
    assert [f.seconds for f in open_shot(movie, 50).frames(FrameRange(1, 3))] == [0, 0.02, 0.04]
    assert [f.seconds for f in open_shot(pictures, 12).frames(FrameRange(1, 2))] == [0, 1 / 12]
    assert open_shot(pictures).rate == 24
    with pytest.raises(OptionError, match="frame rate is 0"):
        open_shot(movie, 0)


def test_a_movie_that_is_stored_on_its_side_stands_upright(movie: Path, tmp_path: Path) -> None:
    data = bytearray(movie.read_bytes())
    # ISO/IEC 14496-12, 8.3.2: the track header's matrix, 40 bytes after its version and flags.
    at = data.index(b"tkhd") + 4 + 4 + 36 - 4 + 4
    turned = [0, 0x10000, 0, -0x10000 & 0xFFFFFFFF, 0, 0, 0, 0, 0x40000000]
    data[at : at + 36] = b"".join(value.to_bytes(4, "big") for value in turned)
    path = tmp_path / "turned.mp4"
    path.write_bytes(bytes(data))
    shot = open_shot(path)
    assert (shot.width, shot.height) == (64, 96)
    frame = next(iter(shot.frames()))
    assert frame.photo.pixels[:40, 40:].max() < 20  # clockwise: now at the upper right


def test_a_movie_that_breaks_off_gives_what_is_there(tmp_path: Path) -> None:
    path = write_movie(tmp_path / "whole.avi", grey_frames(40))
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    shot, wanted = open_shot(path), FrameRange()
    last = [f.number for f in shot.frames(wanted)][-1]
    assert 5 < last < 35
    assert shot.ends_early(last, wanted)
    assert not shot.ends_early(39, wanted)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1:9/a.ts\n", "no movie of a kind"),
        (b"ffconcat version 1.0\nfile /etc/passwd\n", "no movie of a kind"),
        (b"", "no movie of a kind"),
        (b"\0\0\0\x18ftypisom" + bytes(3000), "damaged"),
        (b"RIFF\x10\0\0\0AVI LIST" + b"\xff" * 3000, "damaged"),
        (b"\x1a\x45\xdf\xa3" + bytes(range(256)) * 20, "damaged"),
        ((b"\x47" + bytes(187)) * 40, "damaged"),
    ],
)
def test_what_is_no_movie_gets_one_sentence(tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(content)
    with pytest.raises(PhotoError, match=says):
        open_movie(path)


def test_damaged_frames_raise_nothing_else(movie: Path, tmp_path: Path) -> None:
    data = bytearray(movie.read_bytes())
    rng = np.random.default_rng(0)
    path = tmp_path / "spoilt.mp4"
    for _ in range(10):
        spoilt = bytearray(data)
        for at in rng.integers(40, len(data), 30):
            spoilt[at] = rng.integers(256)
        path.write_bytes(bytes(spoilt))
        try:
            assert len(list(open_shot(path).frames())) <= 60
        except PhotoError as e:
            assert "\n" not in str(e)


def test_bad_input_is_told_in_one_sentence(movie: Path, pictures: Path, tmp_path: Path) -> None:
    with pytest.raises(PhotoError, match="does not exist"):
        open_shot(tmp_path / "nothing.mp4")
    with pytest.raises(PhotoError, match="no photo in the folder"):
        open_shot(tmp_path)
    with pytest.raises(PhotoError, match="there is no frame 41"):
        next(iter(open_shot(movie).frames(FrameRange(41))))
    for start, end, step in ((0, None, 1), (5, 4, 1), (1, None, 0)):
        with pytest.raises(OptionError):
            FrameRange(start, end, step)
    Image.fromarray(grey_frames(1, 80)[0]).save(tmp_path / "1.png")
    Image.fromarray(grey_frames(1, 96)[0]).save(tmp_path / "2.png")
    with pytest.raises(PhotoError, match=r"80 x 64.*one size"):
        list(open_shot(tmp_path).frames())


def test_giving_up_ends_the_decoder(movie: Path) -> None:
    frames = open_shot(movie).frames()
    next(frames)
    assert any(t.name == "prn-frames" for t in threading.enumerate())
    frames.close()  # type: ignore[attr-defined]
    assert not any(t.name == "prn-frames" for t in threading.enumerate())
