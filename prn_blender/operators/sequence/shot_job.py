"""A shot that is chosen, and followed in parts: what buttons that take a movie have in common."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import hashlib
from collections.abc import Callable, Generator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import bpy
from bpy.props import FloatProperty, IntProperty, StringProperty
from bpy_extras.io_utils import ImportHelper

from ...core.choices import MOVIE_SUFFIXES, PHOTO_SUFFIXES
from ...core.errors import OptionError
from ...interface.jobs import FaceJob, Step, nothing
from ...interface.recent_faces import engine_chooser, reconstructor_of
from ...interface.reporting import tell

if TYPE_CHECKING:
    from ...core.face.face import Face
    from ...core.face.reconstruct import FaceReconstructor
    from ...core.photo.frames import FrameRange, Shot
    from ...core.sequence.performance import Performance

CHUNK = 24
"""Frames of a step: the progress bar moves about once a second."""
SLOW_CHUNK = 4
"""The same where each frame takes long: the bar moves every few seconds."""

Item = TypeVar("Item")
Result = TypeVar("Result")


class Parts(Generic[Item, Result]):
    """A generator that is run in parts by the job's thread, and stopped from the main one.

    Parameters
    ----------
    begin : callable
        Makes the generator, in the job's thread.

    Attributes
    ----------
    result
        What it returned; None until then.
    """

    def __init__(self, begin: Callable[[], Generator[Item, None, Result]]) -> None:
        self._begin = begin
        self._items: Generator[Item, None, Result] | None = None
        self._stopped = False
        self._ended = False
        self.result: Result | None = None

    def run(self, most: int) -> list[Item]:
        """The next items, at most so many; fewer at the end, and where it is stopped."""
        found: list[Item] = []
        if self._items is None and not self._stopped:
            self._items = self._begin()
        while self._items is not None and len(found) < most and not (self._stopped or self._ended):
            try:
                found.append(next(self._items))
            except StopIteration as end:
                self.result, self._ended = end.value, True
        if self._stopped:
            self.close()
        return found

    def stop(self) -> None:
        """Have `run` give up after the item that it is at; from the main thread."""
        self._stopped = True

    def close(self, _: object = None) -> None:
        """Let go of what the generator holds."""
        if self._items is not None:
            self._items.close()


class Following:
    """The frames of a shot, looked at in parts; all of it in the job's thread.

    Parameters
    ----------
    shot : Shot
    wanted : FrameRange
    cache : Path
        What was seen is kept there, for redo and for the next try.
    """

    def __init__(self, shot: Shot, wanted: FrameRange, cache: Path) -> None:
        self._shot, self._wanted, self._cache = shot, wanted, cache
        self._engine = engine_chooser()
        self._reconstructor: FaceReconstructor | None = None
        self.frames = Parts(self._begin)

    def _begin(self) -> Generator[int, None, list[Performance]]:
        from ...core.sequence.follow import follow_stepwise

        return follow_stepwise(self._shot, self.reconstructor, self._wanted, self._cache)

    @property
    def people(self) -> list[Performance] | None:
        """Who is in the shot; None until all of it was looked at."""
        return self.frames.result

    @property
    def reconstructor(self) -> FaceReconstructor:
        """What looks at the frames; in the job's thread."""
        if self._reconstructor is None:
            self._reconstructor = reconstructor_of(self._engine())
        return self._reconstructor

    def person(self, number: int, face: Face) -> Performance:
        """The person asked for, see `ShotJob.person`; after the last frame."""
        assert self.people is not None
        return _chosen(self.people, number, face)

    def last_if_broken(self) -> int | None:
        """The last frame that shows a face, if a movie shows none though it should go on."""
        last = int(max(each.numbers[-1] for each in self.people or ()))
        return last if self._shot.ends_early(last, self._wanted) else None


class ShotJob(FaceJob, ImportHelper):
    """Mix-in for operators that have a movie chosen and follow who is in it."""

    filter_glob: StringProperty(
        default=";".join(f"*{suffix}" for suffix in sorted(MOVIE_SUFFIXES | PHOTO_SUFFIXES)),
        options={"HIDDEN"},
    )
    person: IntProperty(
        name="Person",
        description="Whom the face plays: 1 takes most of the shot; 0 is the one who looks most "
        "like the face",
        default=0,
        min=0,
        soft_max=8,
    )
    first: IntProperty(
        name="First", description="The shot's first frame that is taken", default=1, min=1
    )
    last: IntProperty(
        name="Last", description="The last frame that is taken; 0: to the end", default=0, min=0
    )
    step: IntProperty(
        name="Step",
        description="1 looks at every frame, 2 at every second one, and so on",
        default=1,
        min=1,
        soft_max=8,
    )
    rate: FloatProperty(
        name="Frame Rate",
        description="Frames a second of the shot; 0: what the movie says, and 24 for pictures",
        default=0.0,
        min=0.0,
        soft_max=120.0,
    )

    def invoke(self, context: Any, event: Any) -> set[str]:
        """Choose the movie, unless one was named."""
        if self.properties.is_property_set("filepath") and self.filepath:
            return self.start(context)
        return self.browse(context)

    def shot(self) -> tuple[Shot, FrameRange]:
        """The shot that was chosen, and which of its frames.

        Raises
        ------
        PRNError
            There is none, or an option makes no sense.
        """
        from ...core.photo.frames import FrameRange, open_shot

        if not self.filepath:
            raise OptionError("No movie was chosen.")
        shot = open_shot(Path(bpy.path.abspath(self.filepath)), self.rate or None)
        return shot, FrameRange(self.first, self.last or None, self.step)

    def following_steps(self, shot: Shot, wanted: FrameRange) -> tuple[Following, list[Step]]:
        """What follows the shot, and the steps in which it does."""
        following = Following(shot, wanted, _cache_of(shot.path, wanted, shot.rate))
        return following, part_steps(shot.path.name, following.frames, shot, wanted, CHUNK)

    def tell_of_break(self, following: Following) -> None:
        """Say where a movie seems to break off; nothing of one that does not."""
        last = following.last_if_broken()
        if last is not None:
            tell(
                self,
                "WARNING",
                "The movie shows no face after frame {frame}, or it breaks off there",
                frame=last,
            )

    def draw_shot(self, layout: Any) -> None:
        """The options of the shot, in the file browser's side and the redo panel."""
        layout.prop(self, "person")
        column = layout.column(align=True)
        for name in ("first", "last", "step"):
            column.prop(self, name)
        layout.prop(self, "rate")


def part_steps(
    name: str, parts: Parts[Any, Any], shot: Shot, wanted: FrameRange, chunk: int
) -> list[Step]:
    """Steps of `chunk` frames each, as many as the shot has."""
    total = wanted.count(shot.count) if shot.count else 0
    count = max(1, -(-total // chunk))

    def part(number: int) -> Step:
        most = 2**31 if number == count - 1 else chunk
        label = f"{name} {min((number + 1) * chunk, total) or ''}".strip()
        return Step(label, lambda: parts.run(most), nothing, parts.stop, parts.close)

    return [part(number) for number in range(count)]


def _cache_of(path: Path, wanted: FrameRange, rate: float) -> Path:
    """Where what was seen of a shot is kept while Blender runs."""
    what = f"{path}|{wanted}|{rate}".encode("utf-8", "surrogateescape")
    return Path(bpy.app.tempdir) / f"prn-{hashlib.sha256(what).hexdigest()[:16]}.frames"


def _chosen(people: list[Performance], number: int, face: Face) -> Performance:
    """The person asked for; for 0 the one whose identity is nearest to the face's.

    Raises
    ------
    OptionError
        There is no such person.
    """
    if number > len(people):
        raise OptionError(
            "There is no person {number} in the shot, only {count}.",
            count=len(people),
            number=number,
        )
    if number > 0:
        return people[number - 1]
    told = [each for each in people if each.identity is not None]
    if face.identity is None or len(told) < 2:
        return people[0]
    mine = face.identity
    return min(told, key=lambda each: float(((each.identity - mine) ** 2).sum()))
