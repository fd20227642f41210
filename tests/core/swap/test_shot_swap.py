"""Another face in a shot: steady, whole, and the same after a break."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from benchmarks.measures.made_shots import Truth, play, speech
from benchmarks.measures.shot_swaps import looked_up, texels_to_compare
from prn_blender.core import Face, FaceReconstructor, Photo
from prn_blender.core.errors import OptionError, OutputError
from prn_blender.core.photo.frames import FrameRange, Shot, open_shot
from prn_blender.core.photo.photo import write_image
from prn_blender.core.sequence import Performance, follow_faces
from prn_blender.core.sequence.steady_faces import steady_faces, strengths
from prn_blender.core.swap import SwapOptions, swap
from prn_blender.core.swap.pipeline import plan_swap
from prn_blender.core.swap.shot.frame_files import FrameFiles, digest_of
from prn_blender.core.swap.shot.plans import between
from prn_blender.core.swap.shot.shot_swap import swap_shot

pytestmark = pytest.mark.once  # long, and about pictures alone

FRAMES = 13
HIDDEN = [9, 10]
OPTIONS = SwapOptions(texture_size=128, gaze="target")


@pytest.fixture(scope="module")
def portrait(astronaut: Photo, reconstructor: FaceReconstructor) -> Face:
    photo = Photo.from_pixels(np.ascontiguousarray(astronaut.pixels[:300, 60:430]))
    return reconstructor(photo, max_faces=1)[0]


@pytest.fixture(scope="module")
def donor(astronaut: Photo, reconstructor: FaceReconstructor) -> Face:
    """The other side of her face, in a cooler light."""
    cool = (cv2.flip(astronaut.pixels[:300, 60:430], 1) * [0.75, 0.9, 1.0]).astype(np.uint8)
    return reconstructor(Photo.from_pixels(cool), max_faces=1)[0]


@pytest.fixture(scope="module")
def made(portrait: Face) -> tuple[list[np.ndarray], list[Truth]]:
    """She rests, under noise."""
    script = replace(speech(FRAMES, seed=1, size=portrait.size), noise=4.0)
    frames, truth = zip(*play(portrait, script), strict=True)
    return list(frames), list(truth)


@pytest.fixture(scope="module")
def shot(
    made: tuple[list[np.ndarray], list[Truth]], tmp_path_factory: pytest.TempPathFactory
) -> Shot:
    folder = tmp_path_factory.mktemp("shot")
    for number, pixels in enumerate(made[0], 1):
        write_image(folder / f"{number:04d}.png", pixels)
    return open_shot(folder, 30.0)


@pytest.fixture(scope="module")
def person(shot: Shot, reconstructor: FaceReconstructor) -> Performance:
    """Two of the frames are said not to show her."""
    found = follow_faces(shot, reconstructor)[0]
    measured = found.measured.copy()
    measured[HIDDEN] = False
    return replace(found, measured=measured)


@pytest.fixture(scope="module")
def swapped(
    shot: Shot, person: Performance, donor: Face, reconstructor: FaceReconstructor
) -> list[np.ndarray]:
    frames = swap_shot(shot, person, donor, reconstructor, OPTIONS)
    return [picture for _, picture, _ in frames]


def test_faces_are_swapped_and_the_rest_of_each_frame_stays(
    swapped: list[np.ndarray], made: tuple[list[np.ndarray], list[Truth]], person: Performance
) -> None:
    assert len(swapped) == FRAMES
    for number, (before, after, truth) in enumerate(zip(*made[:1], swapped, made[1], strict=True)):
        changed = (before != after).any(axis=-1)
        x, y = truth.landmarks[30, :2].astype(int)  # the tip of the nose
        if person.measured[number]:
            assert changed[y - 3 : y + 4, x - 3 : x + 4].mean() > 0.5
        assert not changed[:5].any()
        assert not changed[:, :40].any()


def test_frames_that_do_not_show_the_face_are_left(
    swapped: list[np.ndarray], made: tuple[list[np.ndarray], list[Truth]]
) -> None:
    changes = [
        np.abs(after.astype(int) - before).mean()
        for before, after in zip(made[0], swapped, strict=True)
    ]
    assert changes[HIDDEN[0]] == changes[HIDDEN[1]] == 0
    assert 0 < changes[HIDDEN[0] - 1] < 0.6 * changes[HIDDEN[0] - 4]  # it fades
    assert changes[HIDDEN[0] - 1] < changes[HIDDEN[0] - 2] < changes[HIDDEN[0] - 3]


def test_a_face_at_rest_does_not_flicker(
    swapped: list[np.ndarray],
    made: tuple[list[np.ndarray], list[Truth]],
    portrait: Face,
    donor: Face,
    reconstructor: FaceReconstructor,
) -> None:
    texels, frames = texels_to_compare(portrait), range(1, 6)

    def flicker(pictures: Iterator[np.ndarray]) -> float:
        seen = zip(pictures, (made[1][k].positions for k in frames), strict=True)
        colours = np.stack([looked_up(picture, places, texels) for picture, places in seen])
        return float(np.median(np.diff(colours, 2, axis=0).std(axis=0)))

    def alone() -> Iterator[np.ndarray]:
        for k in frames:
            face = reconstructor(Photo.from_pixels(made[0][k]), max_faces=1)[0]
            yield swap(face, donor, OPTIONS).picture

    shot = flicker(swapped[k] for k in frames)
    assert shot < 0.5 * flicker(alone())
    assert shot < 0.5 * flicker(made[0][k] for k in frames)  # less than the noise it replaces


def test_it_goes_on_after_a_break_as_if_there_had_been_none(
    shot: Shot,
    person: Performance,
    donor: Face,
    reconstructor: FaceReconstructor,
    swapped: list[np.ndarray],
) -> None:
    missing = 9
    rest = {
        frame.number: picture
        for frame, picture, _ in swap_shot(
            shot, person, donor, reconstructor, OPTIONS, resume_at=missing
        )
    }
    assert min(rest) <= missing
    for number, picture in rest.items():
        assert np.array_equal(picture, swapped[number - 1]), number


def test_lids_that_move_are_not_averaged(portrait: Face, reconstructor: FaceReconstructor) -> None:
    script = speech(24, seed=1, size=portrait.size)  # without noise; it blinks from frame 20 on
    frames = [pixels for pixels, _ in play(portrait, script)][18:]
    shot = _Frames(frames)
    person = follow_faces(shot, reconstructor)[0]  # type: ignore[arg-type]
    opened = [
        np.ptp(target.face.landmarks[36:48, 1])
        for target in steady_faces(shot.frames(), person, reconstructor)  # type: ignore[arg-type]
        if target.face is not None
    ]
    raw = [
        np.ptp(reconstructor(Photo.from_pixels(p), max_faces=1)[0].landmarks[36:48, 1])
        for p in frames
    ]
    assert min(opened) < min(raw) + 0.15 * (max(raw) - min(raw))


def test_a_swap_fades_where_the_face_leaves_and_not_at_cuts(person: Performance) -> None:
    count = len(person)
    starts, leaves, enters = np.zeros((3, count), bool)
    starts[[0, 6]] = True
    shown = replace(person, measured=np.ones(count, bool), starts=starts)
    none = replace(shown, leaves=leaves, enters=enters)
    assert strengths(none).tolist() == [1.0] * count  # a cut between frames 6 and 7
    leaves[5], enters[6] = True, True
    lost = strengths(replace(shown, leaves=leaves, enters=enters))
    assert lost[3:9] == pytest.approx([1, 2 / 3, 1 / 3, 1 / 3, 2 / 3, 1])
    assert lost[[0, count - 1]].tolist() == [1, 1]


class _Frames:
    """A shot in memory."""

    path, rate, movie, pictures = Path("shot"), 30.0, None, ()

    def __init__(self, frames: list[np.ndarray]) -> None:
        self._frames, self.count = frames, len(frames)
        self.height, self.width = frames[0].shape[:2]

    def frames(self, wanted: FrameRange | None = None) -> Iterator[object]:
        from prn_blender.core.photo.frames import Frame

        wanted = wanted or FrameRange()
        for number in range(wanted.start, (wanted.end or self.count) + 1, wanted.step):
            pixels = self._frames[number - 1]
            yield Frame(number, number / self.rate, Photo.from_pixels(pixels))


def test_plans_are_mixed_even_where_one_knows_less(portrait: Face, donor: Face) -> None:
    plan = plan_swap(portrait, donor, OPTIONS)
    paint = replace(plan.paint, match=None, contrast=None, colours=None)
    poor = replace(plan, paint=paint, skin=None, mask=np.zeros_like(plan.mask))
    half = between(plan, poor, 0.5)
    assert half.mask == pytest.approx(plan.mask / 2)
    assert half.paint.match is not None
    assert plan.paint.match is not None
    assert half.paint.match.values == pytest.approx(plan.paint.match.values)
    assert between(plan, poor, 1.0) is poor


def test_somebody_elses_pictures_stay(
    shot: Shot, person: Performance, donor: Face, tmp_path: Path
) -> None:
    (tmp_path / "me_0003.png").write_bytes(b"mine")  # any frame's, not only the first one's
    made_of = digest_of(shot, person, donor, OPTIONS, "model")
    with pytest.raises(OutputError, match="there already"):
        FrameFiles(tmp_path, "me", shot, FrameRange(), made_of)
    assert (tmp_path / "me_0003.png").read_bytes() == b"mine"


def test_only_pictures_of_frames_are_written_anew(
    shot: Shot, person: Performance, donor: Face, tmp_path: Path
) -> None:
    FrameFiles(tmp_path, "me", shot, FrameRange(), "before")
    for name in ("me_0001.png", "me_final.png", "me_0001_retouched.png", "me_2_0001.png"):
        (tmp_path / name).write_bytes(b"")
    FrameFiles(tmp_path, "me", shot, FrameRange(), "now")
    left = sorted(path.name for path in tmp_path.iterdir())
    assert left == ["me_0001_retouched.png", "me_2_0001.png", "me_final.png", "swap.json"]


def test_the_folder_of_the_frames_themselves_is_refused(tmp_path: Path) -> None:
    for number in (1, 2):
        Image.new("RGB", (64, 64)).save(tmp_path / f"a_{number}.png")
    with pytest.raises(OutputError, match="frames of the shot itself"):
        FrameFiles(tmp_path, "me", open_shot(tmp_path), FrameRange(), "now")
    assert len(list(tmp_path.iterdir())) == 2


def test_other_options_begin_anew_and_the_same_go_on(
    shot: Shot, person: Performance, donor: Face, tmp_path: Path
) -> None:
    def files(options: SwapOptions) -> FrameFiles:
        made_of = digest_of(shot, person, donor, options, "model")
        return FrameFiles(tmp_path / "out", "me", shot, FrameRange(2, None, 2), made_of)

    first = files(OPTIONS)
    assert first.first_missing(6) == 2
    frame = next(iter(shot.frames(FrameRange(2, 2))))
    assert first.write(frame, frame.photo.pixels).name == "me_0002.png"
    assert files(OPTIONS).first_missing(6) == 4
    assert files(replace(OPTIONS, strength=0.5)).first_missing(6) == 2


def test_a_texture_of_another_layout_is_refused(
    shot: Shot, person: Performance, reconstructor: FaceReconstructor
) -> None:
    with pytest.raises(OptionError):
        next(swap_shot(shot, person, np.zeros((10, 20, 3), np.uint8), reconstructor, OPTIONS))
