"""Faces are followed through shots whose truth is known."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from photo_files import write_movie

from benchmarks.measures.made_shots import FIRST_BLINK, Truth, play, speech
from prn_blender.core import Face, FaceReconstructor, Photo
from prn_blender.core.errors import NoFaceError, OutputError
from prn_blender.core.photo.frames import Frame, FrameRange, Shot, open_shot
from prn_blender.core.sequence import Performance, StoppedError, follow_faces
from prn_blender.core.sequence.cuts import CutDetector
from prn_blender.core.sequence.solve import rotation_matrices, rotation_vectors, solve
from prn_blender.core.sequence.tracker import FaceTracker

pytestmark = pytest.mark.once  # long, and about pictures alone

FRAMES = 54
HIDDEN = (32, 36)


@pytest.fixture(scope="module")
def portrait(astronaut: Photo, reconstructor: FaceReconstructor) -> Face:
    photo = Photo.from_pixels(np.ascontiguousarray(astronaut.pixels[:300, 60:430]))
    return reconstructor(photo, max_faces=1)[0]


@pytest.fixture(scope="module")
def made(portrait: Face) -> tuple[list[np.ndarray], list[Truth]]:
    """A shot with speech, a blink, noise, motion blur, and a thing that hides the face."""
    script = replace(speech(FRAMES, seed=1, size=portrait.size), noise=4.0, blur=0.5, hidden=HIDDEN)
    frames, truth = zip(*play(portrait, script), strict=True)
    return list(frames), list(truth)


@pytest.fixture(scope="module")
def movie(
    made: tuple[list[np.ndarray], list[Truth]], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    path = tmp_path_factory.mktemp("shot") / "speech.mp4"
    return write_movie(path, made[0], 30.0)


@pytest.fixture(scope="module")
def followed(movie: Path, reconstructor: FaceReconstructor) -> Performance:
    people = follow_faces(open_shot(movie), reconstructor)
    assert len(people) == 1
    return people[0]


def test_pose_and_expression_follow_the_truth(
    followed: Performance, made: tuple[list[np.ndarray], list[Truth]], portrait: Face
) -> None:
    truth = made[1]
    assert list(followed.numbers) == list(range(1, FRAMES + 1))
    turns = np.array([each.rotation for each in truth])
    away = followed.rotation @ turns.transpose(0, 2, 1)
    u, _, vt = np.linalg.svd(away.mean(axis=0))
    left = rotation_vectors((u @ vt).T @ away)
    assert np.degrees(np.linalg.norm(left, axis=1)).mean() < 2.0
    growth = followed.scale / [each.scale for each in truth]
    assert np.std(growth / growth.mean()) < 0.02
    jaw = speech(FRAMES, seed=1, size=portrait.size).curves["jawOpen"]
    told = np.ones(FRAMES, bool)
    told[HIDDEN[0] : HIDDEN[1]] = False
    assert np.corrcoef(followed.curve("jawOpen")[told], jaw[told])[0, 1] > 0.85
    assert followed.identity is not None


def test_it_rests_while_the_head_does_and_blinks_with_it(followed: Performance) -> None:
    still = rotation_vectors(followed.rotation[0].T @ followed.rotation[:FIRST_BLINK])
    assert np.degrees(still.std(axis=0)).max() < 0.25
    blink = followed.curve("eyeBlinkLeft")
    opened = np.median(blink[:FIRST_BLINK])
    assert blink[FIRST_BLINK : FIRST_BLINK + 3].min() > opened + 0.08
    assert np.abs(blink[[FIRST_BLINK - 2, FIRST_BLINK + 5]] - opened).max() < 0.08


def test_a_face_that_is_hidden_a_moment_is_bridged(followed: Performance) -> None:
    assert followed.starts.sum() == 1
    jump = np.linalg.norm(np.diff(followed.translation[:, [0, 2]], axis=0), axis=1)
    assert jump.max() < 12


def test_work_goes_on_where_it_stopped(
    movie: Path, reconstructor: FaceReconstructor, followed: Performance, tmp_path: Path
) -> None:
    shot, cache = open_shot(movie), tmp_path / "seen"
    done: list[int] = []

    def until_thirty(count: int, total: int) -> bool:
        done.append(count)
        assert total == FRAMES
        return count < 30

    with pytest.raises(StoppedError, match="30 frames"):
        follow_faces(shot, reconstructor, progress=until_thirty, cache=cache)
    data = cache.read_bytes()
    cache.write_bytes(data[:-100])  # and the program was killed while it wrote
    done.clear()
    again = follow_faces(
        shot, reconstructor, progress=lambda n, _: done.append(n) or True, cache=cache
    )
    assert done == list(range(30, FRAMES + 1))
    assert np.allclose(again[0].translation, followed.translation, atol=0.5)
    done.clear()
    whole = follow_faces(
        shot, reconstructor, progress=lambda n, _: done.append(n) or True, cache=cache
    )
    assert not done
    for name in ("numbers", "confidence", "rotation", "translation", "scale", "expression"):
        assert np.array_equal(getattr(whole[0], name), getattr(again[0], name)), name


def test_a_spoilt_cache_is_begun_anew(
    movie: Path, reconstructor: FaceReconstructor, tmp_path: Path
) -> None:
    shot, cache, some = open_shot(movie), tmp_path / "seen", FrameRange(1, 4)
    first = follow_faces(shot, reconstructor, some, cache=cache)
    data = bytearray(cache.read_bytes())
    rng = np.random.default_rng(0)
    for _ in range(4):
        spoilt = data.copy()
        for at in rng.integers(0, len(data), 3):
            spoilt[at] ^= 0xFF
        cache.write_bytes(spoilt)
        again = follow_faces(shot, reconstructor, some, cache=cache)
        assert np.allclose(again[0].translation, first[0].translation, atol=0.5)


def test_a_file_that_is_no_cache_stays(
    movie: Path, reconstructor: FaceReconstructor, tmp_path: Path
) -> None:
    other = tmp_path / "shot.frames"
    other.write_bytes(b"somebody's work")
    with pytest.raises(OutputError, match="stays as it is"):
        follow_faces(open_shot(movie), reconstructor, FrameRange(1, 2), cache=other)
    assert other.read_bytes() == b"somebody's work"


def test_a_range_with_a_step(movie: Path, reconstructor: FaceReconstructor) -> None:
    found = follow_faces(open_shot(movie), reconstructor, FrameRange(3, 15, 4))[0]
    assert list(found.numbers) == [3, 7, 11, 15]
    assert found.seconds == pytest.approx([2 / 30, 6 / 30, 10 / 30, 14 / 30])


def shown(frames: list[np.ndarray], reconstructor: FaceReconstructor) -> list[Performance]:
    tracker = FaceTracker(reconstructor, 30.0)
    seen = [tracker(Frame(k + 1, k / 30, Photo(frame))) for k, frame in enumerate(frames)]
    height, width = frames[0].shape[:2]
    shot = Shot(Path("shot.mp4"), width, height, 30.0, len(frames))
    return solve(shot, seen, tracker.looker)


@pytest.fixture(scope="module")
def two(portrait: Face) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """A frame with two people, and one of each alone."""
    one = portrait.photo.pixels
    other = cv2.resize(one, None, fx=0.7, fy=0.7, interpolation=cv2.INTER_AREA)[:, ::-1]
    other = (other * [0.6, 0.75, 1.0]).astype(np.uint8)
    both = np.full((300, 700, 3), 120, np.uint8)
    both[:, :370] = one
    both[: other.shape[0], 420 : 420 + other.shape[1]] = other
    left, right = both.copy(), both.copy()
    left[:, 380:], right[:, :380] = 60, 190
    yield both, left, right


def test_people_are_told_apart_over_cuts_and_known_when_they_come_back(
    two: tuple[np.ndarray, np.ndarray, np.ndarray], reconstructor: FaceReconstructor
) -> None:
    both, left, right = two
    people = shown([both] * 6 + [left] * 6 + [right] * 6 + [both] * 4, reconstructor)
    assert [list(each.numbers) for each in people] == [
        [*range(1, 13), *range(19, 23)],
        [*range(1, 7), *range(13, 23)],
    ]
    assert [each.person for each in people] == [1, 2]


def test_cuts_are_found_and_motion_is_none(
    made: tuple[list[np.ndarray], list[Truth]], astronaut: Photo
) -> None:
    change = CutDetector()
    assert {change(frame) for frame in made[0][:30]} == {"none"}
    assert change(255 - made[0][30]) == "cut"
    wide = cv2.resize(astronaut.pixels, (1000, 500))
    pan = CutDetector()
    assert {pan(wide[100:400, x : x + 480]) for x in range(0, 520, 47)} <= {"none", "motion"}
    cut = CutDetector()
    cut(wide[100:400, 40:520])
    assert cut(wide[::-1][100:400, 40:520]) == "cut"
    hand = CutDetector()
    still = wide[:300, 300:780].copy()
    hand(still)
    still[:, :220] = (170, 120, 90)
    assert hand(still) == "motion"


@pytest.fixture(scope="module")
def walk(portrait: Face) -> list[np.ndarray]:
    """She is carried out of the picture to the left, before a wall."""
    frames = []
    for k in range(20):
        canvas = np.full((300, 560, 3), 120, np.uint8)
        canvas[:, :, 1] += np.arange(560, dtype=np.uint8)[None] // 8
        x = 100 - 30 * max(0, k - 5)
        there = portrait.photo.pixels[:, max(0, -x) :]
        canvas[:, max(0, x) : max(0, x) + there.shape[1]] = there
        frames.append(canvas)
    return frames


def test_a_face_that_leaves_is_told_from_a_cut(
    walk: list[np.ndarray], reconstructor: FaceReconstructor
) -> None:
    (gone,) = shown(walk, reconstructor)
    assert len(gone) < 20
    assert not gone.enters.any()
    assert np.flatnonzero(gone.leaves).tolist() == [len(gone) - 1]
    (back,) = shown(walk[::-1], reconstructor)
    assert back.numbers[0] > 1
    assert np.flatnonzero(back.enters).tolist() == [0] and not back.leaves.any()
    elsewhere = [np.ascontiguousarray(255 - walk[-1][:, ::-1])] * 4
    (cut,) = shown([*walk[:8], *elsewhere, *walk[:8]], reconstructor)
    assert cut.starts.sum() == 2
    assert not cut.enters.any() and not cut.leaves.any()


def test_a_shot_without_faces_says_so(reconstructor: FaceReconstructor) -> None:
    with pytest.raises(NoFaceError, match="No face was found"):
        shown([np.full((90, 120, 3), 90, np.uint8)] * 4, reconstructor)


def test_rotation_vectors_and_matrices_are_inverse() -> None:
    vectors = np.random.default_rng(0).normal(size=(20, 3)) * 0.8
    vectors[0] = 0
    assert np.allclose(rotation_vectors(rotation_matrices(vectors)), vectors)
