"""A shot: the frames of a movie file, or of a folder of pictures, one after the other.

Frames are decoded in a thread of their own, a few ahead of whoever takes them, and given up as
soon as they were taken: memory is the same for ten frames and for ten thousand.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import math
import os
import queue
import re
import threading
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from ..choices import PHOTO_SUFFIXES
from ..errors import OptionError, PhotoError
from ..files.safe import reason, shown
from .movie import MAX_FRAMES, Movie, open_movie
from .photo import Photo, read_photo

DEFAULT_RATE = 24.0
"""Frames a second of a folder of pictures, where nobody says: Blender's default, and cinema's."""
_RATES = (0.1, 1000.0)
"""Bounds of a frame rate that a user gives."""
_AHEAD = 2
"""Frames that are decoded ahead: enough to hide the decoder behind the network."""
_T = TypeVar("_T")
_NUMBER = re.compile(r"(\d+)")


@dataclass(frozen=True)
class FrameRange:
    """Which frames of a shot are taken.

    Attributes
    ----------
    start : int
        The first one, counted from 1 as Blender and players do.
    end : int or None
        The last one that may be taken; None for the shot's last.
    step : int
        Every how manieth.
    """

    start: int = 1
    end: int | None = None
    step: int = 1

    def __post_init__(self) -> None:
        """Check them.

        Raises
        ------
        OptionError
            There can be no such frames.
        """
        if self.start < 1:
            raise OptionError(
                "The first frame is {start}; frames are counted from 1.", start=self.start
            )
        if self.end is not None and self.end < self.start:
            raise OptionError(
                "The last frame, {end}, comes before the first one, {start}.",
                end=self.end,
                start=self.start,
            )
        if self.step < 1:
            raise OptionError("The step is {step}; it has to be at least 1.", step=self.step)

    def count(self, total: int) -> int:
        """How many frames of a shot of `total` frames these are."""
        last = total if self.end is None else min(self.end, total)
        return len(range(self.start, last + 1, self.step))


@dataclass(frozen=True, eq=False)
class Frame:
    """One frame of a shot.

    Attributes
    ----------
    number : int
        Counted from 1 in the shot, whatever the range and step.
    seconds : float
        Its time after the shot's first frame. In a movie of a variable frame rate this, and not
        the number, says when it is seen.
    photo : Photo
    """

    number: int
    seconds: float
    photo: Photo


@dataclass(frozen=True, eq=False)
class Shot:
    """A movie file or a folder of pictures that was opened.

    Attributes
    ----------
    path : Path
    width, height : int
        Of its upright frames, pixels.
    rate : float
        Frames a second.
    count : int
        Frames; 0 where a movie does not say.
    movie : Movie or None
        None for a folder.
    pictures : tuple of Path
        Those of a folder, in natural order; empty for a movie.
    """

    path: Path
    width: int
    height: int
    rate: float
    count: int
    movie: Movie | None = None
    pictures: tuple[Path, ...] = ()

    @property
    def name(self) -> str:
        """What results are named after."""
        return self.path.name if self.movie is None else self.path.stem

    def frames(self, wanted: FrameRange | None = None) -> Generator[Frame, None, None]:
        """Read frames; a movie that breaks off ends there, see `ends_early`.

        Parameters
        ----------
        wanted : FrameRange, optional
            By default all.

        Yields
        ------
        Frame

        Raises
        ------
        PhotoError
            A picture cannot be read, or has another size than the first one; or there is no
            frame in that range.
        """
        wanted = wanted or FrameRange()
        if self.count and wanted.start > self.count:
            raise PhotoError(
                "{path} has {count} frames; there is no frame {start}.",
                path=shown(self.path),
                count=self.count,
                start=wanted.start,
            )
        return ahead(self._movie_frames(wanted) if self.movie else self._pictures(wanted))

    def ends_early(self, last: int, wanted: FrameRange) -> bool:
        """Whether a movie broke off: `last` is the number of the last frame that it gave.

        Files count a few frames more than they show, so that a hundredth does not matter.
        """
        end = min(wanted.end or self.count, self.count)
        return self.movie is not None and last < end - wanted.step - max(2, self.count // 100)

    def _movie_frames(self, wanted: FrameRange) -> Generator[Frame, None, None]:
        assert self.movie is not None
        frames = self.movie.frames(wanted.start - 1, wanted.end, wanted.step)
        # Of a rate that the user gave the frames' own times know nothing.
        own = math.isclose(self.rate, self.movie.rate)
        for index, seconds, pixels in frames:
            when = seconds if own else index / self.rate
            yield Frame(index + 1, when, Photo(pixels, name=self.name))

    def _pictures(self, wanted: FrameRange) -> Generator[Frame, None, None]:
        end = self.count if wanted.end is None else min(wanted.end, self.count)
        for number in range(wanted.start, end + 1, wanted.step):
            path = self.pictures[number - 1]
            photo = read_photo(path)
            if (photo.width, photo.height) != (self.width, self.height):
                raise PhotoError(
                    "{path} has {width} x {height} pixels, and the shot's first picture "
                    "{first_width} x {first_height}; all pictures of a shot have one size.",
                    path=shown(path),
                    width=photo.width,
                    height=photo.height,
                    first_width=self.width,
                    first_height=self.height,
                )
            yield Frame(number, (number - 1) / self.rate, photo)


def open_shot(path: str | os.PathLike[str], rate: float | None = None) -> Shot:
    """Open a movie file or a folder of pictures.

    Parameters
    ----------
    path : path-like
        A movie; a folder, whose pictures are taken in natural order (`frame_9` before
        `frame_10`); or one picture of such a folder.
    rate : float, optional
        Frames a second; by default what the movie says, and `DEFAULT_RATE` for pictures.

    Returns
    -------
    Shot

    Raises
    ------
    PhotoError
        There is no such movie, or no picture in the folder; it is damaged or too large.
    OptionError
        The rate makes no sense.
    """
    path = Path(path)
    if rate is not None and not _RATES[0] <= rate <= _RATES[1]:
        raise OptionError(
            "The frame rate is {rate}; it can be {low} to {high} frames a second.",
            rate=rate,
            low=_RATES[0],
            high=_RATES[1],
        )
    try:
        is_folder = path.is_dir()
    except (OSError, ValueError):  # a name that is too long, or has a null byte
        is_folder = False
    if not is_folder and path.suffix.lower() in PHOTO_SUFFIXES:
        path, is_folder = path.parent, True
    if is_folder:
        pictures = pictures_of(path)
        first = read_photo(pictures[0])
        return Shot(
            path, first.width, first.height, rate or DEFAULT_RATE, len(pictures), None, pictures
        )
    movie = open_movie(path)
    return Shot(path, movie.width, movie.height, rate or movie.rate, movie.count, movie)


def natural_key(name: str) -> list[tuple[int, str]]:
    """What names are sorted by so that numbers in them count: `frame_9` before `frame_10`.

    Names that differ in zeros at the front only, `1` and `01`, keep an order of their own.
    """
    key = [
        (int(part), "") if part.isdecimal() else (-1, part.casefold())
        for part in _NUMBER.split(name)
        if part
    ]
    return [*key, (-2, name)]


def pictures_of(folder: Path) -> tuple[Path, ...]:
    """The pictures of a folder in natural order; hidden files are other programs' notes."""
    try:
        with os.scandir(folder) as entries:
            names = [
                entry.name
                for entry in entries
                if not entry.name.startswith(".")
                and Path(entry.name).suffix.lower() in PHOTO_SUFFIXES
            ]
    except OSError as e:
        raise PhotoError(
            "The folder {folder} cannot be read: {why}.", folder=shown(folder), why=reason(e)
        ) from e
    if not names:
        raise PhotoError("There is no photo in the folder {folder}.", folder=shown(folder))
    if len(names) > MAX_FRAMES:
        raise PhotoError(
            "The folder {folder} has {count} pictures; the limit is {limit}.",
            folder=shown(folder),
            count=len(names),
            limit=MAX_FRAMES,
        )
    return tuple(folder / name for name in sorted(names, key=natural_key))


def ahead(items: Generator[_T, None, None]) -> Generator[_T, None, None]:
    """Take items in a thread, two of them in advance; it ends when the generator is closed."""
    ready: queue.Queue[_T | BaseException | None] = queue.Queue(_AHEAD)
    closed = threading.Event()

    def put(item: _T | BaseException | None) -> bool:
        while not closed.is_set():
            try:
                ready.put(item, timeout=0.1)
            except queue.Full:
                continue
            return True
        return False

    def decode() -> None:
        try:
            for item in items:
                if not put(item):
                    return
            put(None)
        except BaseException as e:  # whoever takes the frames gets it
            put(e)
        finally:
            items.close()

    thread = threading.Thread(target=decode, name="prn-frames", daemon=True)
    thread.start()
    try:
        while (item := ready.get()) is not None:
            if isinstance(item, BaseException):
                raise item
            yield item
    finally:
        closed.set()
        thread.join()
