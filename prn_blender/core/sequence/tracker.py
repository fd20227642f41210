"""Follow faces from frame to frame: several people, cuts, short losses, people who come back.

A face that was seen is looked for where it was going, so that the detector runs seldom: at the
first frame, after cuts, where somebody is lost, and once a second for those who come in.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from ..face.confidence import MIN_AGREEMENT
from ..face.face_box import FaceBox, overlap
from ..face.reconstruct import FaceReconstructor
from ..face.search import MIN_FACE_PIXELS
from ..photo.crop import crop_around_points
from ..photo.frames import Frame
from ..photo.photo import Photo
from .cuts import CutDetector
from .observation import FaceLooker, Observation

MAX_PEOPLE = 16
"""People that are followed at once, the largest ones: each takes some 15 ms of every frame."""
# Seconds: how often newcomers are looked for; how often the detector says whether what is followed
# is a face; how long a face is looked for where it was lost.
_SEARCH, _VERIFY, _KEEP = 1.0, 0.5, 0.6
# Frames between two searches where somebody is lost, or nobody is there.
_SEARCH_LOST = 5
# The detector's score from which on what is followed is a face. Less than what finds one: a face
# that was one half a second ago still is, turned away or half hidden.
_STILL_A_FACE = 0.3
# Faces that overlap by more are one; whose middles are nearer, in sizes of the face, also.
_SAME_PLACE = 0.5
_NEAR = 0.8
# What a size may change by from one frame to the next, as a factor; more is a wrong look.
_GROWTH = 1.35
# Two looks at one person differ by so much, squared and by the precision of identity, for each
# coefficient: 0.17 in the median of different days' photos (LFW), 0.34 in the 95th percentile; two
# people 0.31 and 0.14 to 0.54.
_IDENTITY = 0.25
# Levels, root mean square, by which thumbnails of one person in one shot differ.
_LOOK = 35.0
# Sum of both, each over the value above, up to which a person who comes in is known again.
_KNOWN = 2.0


@dataclass(frozen=True, eq=False)
class Seen:
    """What was seen in one frame.

    Attributes
    ----------
    number : int
        The frame's, counted from 1.
    seconds : float
        The frame's time.
    is_cut : bool
        Whether a cut lies before this frame, as far as pictures tell.
    people : tuple of int
        Who was seen: numbers counted from 0 in the order in which they came in.
    observations : tuple of Observation
        Of each of them.
    """

    number: int
    seconds: float
    is_cut: bool
    people: tuple[int, ...]
    observations: tuple[Observation, ...]


@dataclass
class _Person:
    """Somebody who is, or was, followed."""

    identity: np.ndarray
    look: np.ndarray
    weight: float
    last: Observation
    before: Observation | None
    followed: bool = True
    lost: int = 0
    since: int = 0  # frames since the detector was last asked

    def learn(self, found: Observation) -> None:
        """Take one more look into the means by which the person is known again."""
        weight = found.confidence
        total = self.weight + weight
        self.identity = self.identity + (found.identity - self.identity) * (weight / total)
        self.look = self.look + (found.look - self.look) * (weight / total)
        self.weight = total


class FaceTracker:
    """Follows the faces of a shot.

    Parameters
    ----------
    reconstructor : FaceReconstructor
    rate : float
        Frames a second, of those that are given.
    most : int
        People that are followed at once.
    """

    def __init__(
        self, reconstructor: FaceReconstructor, rate: float, most: int = MAX_PEOPLE
    ) -> None:
        self._reconstructor, self._most = reconstructor, most
        shape = reconstructor.shape
        self.looker = FaceLooker(reconstructor.network, reconstructor.layout, shape)
        self._precision = None if shape is None else shape.precision.astype(np.float64)
        self._search, self._verify, self._keep = (
            max(1, round(seconds * rate)) for seconds in (_SEARCH, _VERIFY, _KEEP)
        )
        self._cuts = CutDetector()
        self._people: list[_Person] = []
        self._count = 0
        self._searched = 0

    def __call__(self, frame: Frame) -> Seen:
        """Look at the next frame.

        Raises
        ------
        ModelError
            A network fails.
        """
        photo = frame.photo
        change = self._cuts(photo.pixels)
        is_cut = change == "cut"
        found = {} if is_cut else self._followed(photo)
        if is_cut:
            self._let_go(range(len(self._people)))
        # Who moves so fast that it looks like a cut may be anywhere.
        if self._has_to_search(change != "none", found):
            self._searched = self._count
            found |= self._search_for_others(photo, found, is_cut)
        people = tuple(sorted(found))
        seen = Seen(
            frame.number, frame.seconds, is_cut, people, tuple(found[index] for index in people)
        )
        self._note(seen)
        return seen

    def replay(self, seen: Iterable[Seen]) -> None:
        """Go on after frames that were looked at before."""
        for each in seen:
            if each.is_cut:
                self._let_go(range(len(self._people)))
            self._note(each)
        self._searched = self._count

    def _note(self, seen: Seen) -> None:
        """Remember who was seen in a frame, and who was not."""
        self._count += 1
        for index, found in zip(seen.people, seen.observations, strict=True):
            if index == len(self._people):
                look = found.look.astype(np.float64)
                identity = found.identity.astype(np.float64)
                self._people.append(_Person(identity, look, 1e-6, found, None))
            person = self._people[index]
            near = person.followed and person.lost == 0 and person.weight > 1e-6
            person.last, person.before = found, person.last if near else None
            person.followed, person.lost = True, 0
            person.learn(found)
        for index, person in enumerate(self._people):
            if person.followed and index not in seen.people:
                person.lost += 1
                person.before = None
                if person.lost > self._keep:
                    self._let_go([index])

    def _let_go(self, people: Iterable[int]) -> None:
        for index in people:
            self._people[index].followed = False
            self._people[index].lost = 0

    def _followed(self, photo: Photo) -> dict[int, Observation]:
        """Those who are where they were going."""
        going = [index for index, person in enumerate(self._people) if person.followed]
        crops = [self.looker.next_crop(self._people[i].last, self._people[i].before) for i in going]
        found: dict[int, Observation] = {}
        for index, seen in zip(going, self.looker(photo, crops), strict=True):
            person = self._people[index]
            growth = seen.size / max(person.last.size, 1e-6)
            usual = 1 / _GROWTH < growth < _GROWTH
            if usual and _is_face(seen, photo) and not _is_among(seen, found.values()):
                found[index] = seen
        return self._verified(photo, found)

    def _verified(self, photo: Photo, found: dict[int, Observation]) -> dict[int, Observation]:
        """Without what the detector, asked now and then, does not take for a face."""
        ask = []
        for index in found:
            person = self._people[index]
            person.since += 1
            if person.since >= self._verify or person.lost:
                person.since = 0
                ask.append(index)
        if not ask:
            return found
        scale = self.looker.network.info.crop_scale
        ways = self._reconstructor.detector.both_ways(
            photo,
            [(crop_around_points(found[i].landmarks, scale), found[i].lean) for i in ask],
        )
        wrong = {i for i, way in zip(ask, ways, strict=True) if way.upright < _STILL_A_FACE}
        return {index: seen for index, seen in found.items() if index not in wrong}

    def _has_to_search(self, has_changed: bool, found: dict[int, Observation]) -> bool:
        since = self._count - self._searched
        if has_changed or self._count == 0 or since >= self._search:
            return True
        is_lost = any(p.followed and i not in found for i, p in enumerate(self._people))
        return (is_lost or not found) and since >= _SEARCH_LOST

    def _search_for_others(
        self, photo: Photo, found: dict[int, Observation], is_cut: bool
    ) -> dict[int, Observation]:
        """Ask the detector, and tell who they are whom it finds beside those who are followed."""
        known = [FaceBox(*seen.box) for seen in found.values()]
        boxes = [
            box
            for box in self._reconstructor.detector(photo)
            if all(overlap(box, other) < _SAME_PLACE for other in known)
        ]
        faces = self._reconstructor.among(photo, boxes)
        scale = self.looker.network.info.crop_scale
        crops = [crop_around_points(face.landmarks, scale) for face in faces]
        others: list[Observation] = []
        for seen in self.looker(photo, crops[: max(0, self._most - len(found))]):
            if _is_face(seen, photo) and not _is_among(seen, [*found.values(), *others]):
                others.append(seen)
        return self._named(others, found, is_cut)

    def _named(
        self, others: list[Observation], found: dict[int, Observation], is_cut: bool
    ) -> dict[int, Observation]:
        """Whom faces belong to that were not followed: the most alike first, else newcomers."""
        away = [i for i in range(len(self._people)) if i not in found]
        pairs = sorted(
            (self._difference(self._people[i], seen, is_cut), i, k)
            for i in away
            for k, seen in enumerate(others)
        )
        named: dict[int, Observation] = {}
        taken: set[int] = set()
        for difference, index, k in pairs:
            if difference < _KNOWN and index not in named and k not in taken:
                named[index] = others[k]
                taken.add(k)
        new = (seen for k, seen in enumerate(others) if k not in taken)
        return named | {len(self._people) + n: seen for n, seen in enumerate(new)}

    def _difference(self, person: _Person, seen: Observation, is_cut: bool) -> float:
        """How unlike a person somebody looks; less where one was lost and the other found."""
        apart = float(np.linalg.norm(seen.centre - person.last.centre))
        growth = seen.size / max(person.last.size, 1e-6)
        if person.followed and not is_cut and apart < _NEAR * seen.size:
            return 0.0 if 1 / _GROWTH < growth < _GROWTH else 0.5
        look = float(np.sqrt(((person.look - seen.look) ** 2).mean())) / _LOOK
        if self._precision is None:
            return 2 * look
        away = person.identity - seen.identity
        return look + float(away @ self._precision @ away) / len(away) / _IDENTITY


def _is_face(seen: Observation, photo: Photo) -> bool:
    """Whether both looks agree about a face that is large enough and lies in the photo."""
    x, y = seen.centre
    inside = 0 <= x < photo.width and 0 <= y < photo.height
    return inside and seen.confidence >= MIN_AGREEMENT and seen.size >= MIN_FACE_PIXELS


def _is_among(seen: Observation, others: Iterable[Observation]) -> bool:
    box = FaceBox(*seen.box)
    return any(overlap(box, FaceBox(*other.box)) >= _SAME_PLACE for other in others)
