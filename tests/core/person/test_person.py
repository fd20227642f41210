"""Several photos of one person: what is shared, what goes in and out, who is left out."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from prn_blender.core import Face, FaceReconstructor, Photo
from prn_blender.core.errors import ModelError, NoFaceError, OptionError
from prn_blender.core.face.likeness import Likeness
from prn_blender.core.person import Person, quality_of
from prn_blender.core.person.same_person import SIDE, read_people, strangers

pytestmark = pytest.mark.once  # long, and about pictures alone


@pytest.fixture(scope="module")
def likeness(reconstructor: FaceReconstructor) -> Likeness:
    assert reconstructor.likeness is not None
    return reconstructor.likeness


@pytest.fixture(scope="module")
def photos(astronaut: Photo) -> list[Photo]:
    """The same person: as she is, darker and smaller, turned in the picture's plane."""
    pixels = astronaut.pixels
    small = cv2.resize(pixels, None, fx=0.8, fy=0.8, interpolation=cv2.INTER_AREA)
    turn = cv2.getRotationMatrix2D((220, 120), 12, 1.0)
    leaning = cv2.warpAffine(pixels, turn, pixels.shape[1::-1], borderMode=cv2.BORDER_REFLECT)
    dark = (small * 0.6).astype(np.uint8)
    return [astronaut, Photo.from_pixels(dark), Photo.from_pixels(leaning)]


@pytest.fixture(scope="module")
def person(photos: list[Photo], reconstructor: FaceReconstructor) -> Person:
    return Person.from_photos(photos, reconstructor)


def test_identity_is_shared_and_the_picture_stays(person: Person) -> None:
    assert len(person.faces) == 3 and not person.left_out
    for own, alone in zip(person.faces, person.found, strict=True):
        assert np.array_equal(own.identity, person.identity)
        assert np.array_equal(own.position_map[..., :2], alone.position_map[..., :2])
        assert np.isfinite(own.position_map[own.layout.mask]).all()
    linear = person.faces[2].neutral
    assert np.allclose(person.neutral, linear + person.beyond)
    assert 0 < np.abs(person.beyond).max() < 0.02  # metres
    apart = [np.linalg.norm(face.identity - person.identity) for face in person.found]
    between = np.linalg.norm(person.found[0].identity - person.found[1].identity)
    assert max(apart) < 2 * between + 1


def test_adding_and_taking_away_undo_each_other(
    person: Person, photos: list[Photo], reconstructor: FaceReconstructor
) -> None:
    two = Person.from_photos(photos[:2], reconstructor)
    three = two.with_photo(photos[2], reconstructor)
    assert np.array_equal(three.identity, person.identity)
    assert np.array_equal(three.without(2).identity, two.identity)
    assert not np.array_equal(three.identity, two.identity)
    first = three.without(1).without(1)
    assert np.array_equal(first.identity, three.found[0].identity)
    with pytest.raises(OptionError, match="cannot be taken away"):
        first.without(0)


def test_what_is_known_of_photos_is_taken_along(
    person: Person, photos: list[Photo], reconstructor: FaceReconstructor
) -> None:
    two = Person.from_photos(photos[:2], reconstructor)
    assert two.beyond.any()  # now its photos are laid onto each other
    three = two.with_photo(photos[2], reconstructor)
    assert np.allclose(three.neutral, person.neutral, atol=1e-6)
    apart = np.abs(three.texture(128).astype(int) - person.texture(128))
    assert apart.max() <= 1


def test_a_photo_given_twice_counts_once(
    person: Person, photos: list[Photo], reconstructor: FaceReconstructor
) -> None:
    twice = Person.from_photos([*photos, photos[1]], reconstructor, keep_all=True)
    assert np.array_equal(twice.identity, person.identity)
    (left,) = twice.left_out
    assert left.number == 3 and "before" in str(left.reason)
    assert replace(twice, first=3).copies == (1,)


def test_the_order_of_photos_does_not_matter(person: Person) -> None:
    other = Person(person.found[::-1], person.likeness)
    assert np.allclose(other.identity, person.identity, atol=1e-4)


def test_bad_photos_count_less(face: Face) -> None:
    soft = replace(face, photo=Photo(cv2.GaussianBlur(face.photo.pixels, (0, 0), 3)))
    assert quality_of(face).weight > 0.3
    assert quality_of(soft).weight < 0.2 * quality_of(face).weight


def test_a_bad_photo_moves_the_person_less_than_a_good_one(face: Face, likeness: Likeness) -> None:
    told = face.coefficients["identity"]
    odd = replace(face, coefficients={**face.coefficients, "identity": told + 1})
    good, bad = (likeness.together([face, odd], [1.0, w])[0].identity for w in (1.0, 0.1))
    alone = likeness.together([face], [1.0])[0].identity
    assert np.linalg.norm(bad - alone) < 0.4 * np.linalg.norm(good - alone)


def test_one_photo_says_what_it_says_alone(face: Face, likeness: Likeness) -> None:
    (again,) = likeness.together([face], [1.0])
    assert np.abs(again.identity - face.identity).max() < 0.15
    assert Person((face,), likeness).faces == (face,)


@pytest.mark.parametrize("foreign", [[4], [0], [1, 3]])
def test_strangers_are_found(foreign: list[int]) -> None:
    alike = np.full((6, 6), 0.55)
    alike[foreign], alike[:, foreign] = 0.05, 0.05
    assert sorted(strangers(alike)) == foreign


def test_nobody_is_a_stranger_among_alike_or_two() -> None:
    assert strangers(np.full((5, 5), 0.5)) == []
    assert strangers(np.full((2, 2), -0.5)) == []
    assert len(strangers(np.eye(5))) < 3  # fewer than half, whoever they are


def test_photos_without_a_face_are_named(
    photos: list[Photo], reconstructor: FaceReconstructor, tmp_path: Path
) -> None:
    empty = Photo.from_pixels(np.full((200, 200, 3), 90, np.uint8))
    missing = tmp_path / "gone.jpg"
    some = Person.from_photos([photos[0], empty, missing], reconstructor)
    assert [p.name for p in some.left_out] == ["photo", "gone.jpg"]
    assert "No face" in str(some.left_out[0].reason)
    with pytest.raises(NoFaceError):
        Person.from_photos([empty], reconstructor)
    with pytest.raises(OptionError, match="0 photos"):
        Person.from_photos([], reconstructor)


def test_a_model_without_identity_is_refused(photos: list[Photo]) -> None:
    plain = FaceReconstructor.load(likeness=False)
    with pytest.raises(ModelError, match="does not tell whose face"):
        Person.from_photos(photos[:1], plain)


def test_the_head_is_merged(person: Person) -> None:
    head = person.head
    assert head is not None
    own = person.faces[person.reference].head
    assert own is not None
    assert np.array_equal(head.expression, own.expression)
    sure = own.seen > 0.99
    apart = np.linalg.norm(head.vertices - own.vertices, axis=1)
    assert sure.any() and apart[sure].max() < 1e-4  # metres
    assert (head.seen >= own.seen).all()
    painted = person.painted(64)
    assert painted.head is head and len(painted.texture()) == 64


def test_damaged_people_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "same_person.npz"
    path.write_bytes(b"no archive")
    with pytest.raises(ModelError, match="damaged"):
        read_people(path)
    np.savez(path, mean=np.zeros(5), whitening=np.eye(4), pattern=np.zeros((SIDE, SIDE)))
    with pytest.raises(ModelError, match="unexpected shape"):
        read_people(path)
