"""From a shot to what people do in it: the one call that most callers need."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Callable, Generator
from pathlib import Path

from ..errors import PRNError
from ..face.reconstruct import FaceReconstructor
from ..photo.frames import FrameRange, Shot
from .cache import SeenCache
from .performance import Performance
from .solve import solve
from .tracker import MAX_PEOPLE, FaceTracker, Seen


class StoppedError(PRNError):
    """Whoever asked for the work wants it no more; what was seen is in the cache."""


def follow_faces(
    shot: Shot,
    reconstructor: FaceReconstructor,
    wanted: FrameRange | None = None,
    progress: Callable[[int, int], bool] | None = None,
    cache: Path | None = None,
    most: int = MAX_PEOPLE,
) -> list[Performance]:
    """Follow the faces of a shot.

    Parameters
    ----------
    shot : Shot
    reconstructor : FaceReconstructor
    wanted : FrameRange, optional
        By default all frames.
    progress : callable, optional
        Called after each frame with the number of frames that are done, and of all (as many as
        are done, where the movie does not say). Where it returns False, the work ends with a
        `StoppedError`.
    cache : Path, optional
        A file that keeps what was seen: work that was stopped goes on there. One of another shot,
        range or model is begun anew.
    most : int
        People that are followed at once.

    Returns
    -------
    list of Performance
        Who takes most of the shot first.

    Raises
    ------
    NoFaceError
        No frame shows a face.
    PhotoError
        A frame cannot be read.
    ModelError
        A network fails.
    OutputError
        The cache cannot be written, or is another kind of file.
    StoppedError
        `progress` said so.
    """
    wanted = wanted or FrameRange()
    total = wanted.count(shot.count) if shot.count else 0
    steps = follow_stepwise(shot, reconstructor, wanted, cache, most)
    try:
        while True:
            done = next(steps)
            if progress is not None and not progress(done, max(total, done)):
                raise StoppedError("Stopped after {count} frames.", count=done)
    except StopIteration as end:
        people: list[Performance] = end.value
        return people
    finally:
        steps.close()


def follow_stepwise(
    shot: Shot,
    reconstructor: FaceReconstructor,
    wanted: FrameRange,
    cache: Path | None = None,
    most: int = MAX_PEOPLE,
) -> Generator[int, None, list[Performance]]:
    """As `follow_faces`, frame by frame; closed early it leaves the cache for the next time.

    Yields
    ------
    int
        How many frames are done.

    Returns
    -------
    list of Performance
    """
    tracker = FaceTracker(reconstructor, shot.rate / wanted.step, most)
    with SeenCache(cache, shot, wanted, tracker.looker, most) as kept:
        seen: list[Seen] = list(kept.seen)
        tracker.replay(seen)
        start = seen[-1].number + wanted.step if seen else wanted.start
        if not kept.is_whole and (not seen or _is_there(start, wanted, shot)):
            frames = shot.frames(FrameRange(start, wanted.end, wanted.step))
            try:
                for frame in frames:
                    seen.append(tracker(frame))
                    kept.add(seen[-1])
                    yield len(seen)
            finally:
                frames.close()
            kept.finish()
    return solve(shot, seen, tracker.looker)


def _is_there(number: int, wanted: FrameRange, shot: Shot) -> bool:
    last = [n for n in (wanted.end, shot.count or None) if n is not None]
    return not last or number <= min(last)
