"""Another face in a shot: the one call that most callers need."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace

from ...face.face import Face
from ...face.reconstruct import FaceReconstructor
from ...photo.frames import Frame, FrameRange, Shot, ahead
from ...sequence.best_faces import best_faces
from ...sequence.performance import Performance
from ...sequence.steady_faces import Target, steady_faces
from ...typed import Pixels, Texture
from ..options import SwapOptions
from ..pipeline import draw_swap
from ..result import SwapResult
from .plans import ShotPlanner, key_every

# Frames that are looked at before all others, to decide what is the same in all.
_SAMPLES = 5


def swap_shot(
    shot: Shot,
    performance: Performance,
    donor: Face | Texture,
    reconstructor: FaceReconstructor,
    options: SwapOptions | None = None,
    wanted: FrameRange | None = None,
    resume_at: int | None = None,
) -> Generator[tuple[Frame, Pixels, SwapResult | None], None, None]:
    """Put a donor's face into the frames of a shot.

    Parameters
    ----------
    shot : Shot
    performance : Performance
        Of the person in the shot whose face is replaced, see `sequence.follow_faces`.
    donor : Face or (N, N, 3 or 4) uint8
        A face, or a texture in the layout of the reconstructor's model.
    reconstructor : FaceReconstructor
    options : SwapOptions, optional
        With mouth "auto" the target's own teeth show in every frame: whoever speaks opens and
        closes it all the time. By default the gaze is the target's, too.
    wanted : FrameRange, optional
        Those that `performance` was made of; by default all frames.
    resume_at : int, optional
        The first frame that is still missing after a break: this one and what comes after it is
        drawn as it would have been. A few frames before it may come again.

    Yields
    ------
    frame : Frame
    picture : (H, W, 3) uint8
        The frame's own where it does not show the person.
    result : SwapResult or None
        None there.

    Raises
    ------
    OptionError
        An option makes no sense, or donor and model have different layouts; or no frame shows the
        person.
    PhotoError
        A frame cannot be read.
    ModelError
        The network fails.
    """
    options = options or SwapOptions(gaze="target")
    if options.mouth == "auto":
        options = replace(options, mouth="target")
    samples = best_faces(shot, performance, reconstructor, _SAMPLES)
    planner = ShotPlanner.of(samples, donor, options)
    wanted = wanted or FrameRange()
    every, first = key_every(shot.rate, wanted), wanted.start
    left, key = wanted, first
    if resume_at is not None and resume_at > first + every:
        # The plan before the missing frame, and the frame before that, which steadies it.
        key = first + (resume_at - first) // every * every
        left = FrameRange(key - wanted.step, wanted.end, wanted.step)
    targets = ahead(_faces(shot, performance, reconstructor, left))
    try:
        planned = planner.planned(targets, lambda t: (t.frame.number - first) % every == 0)
        for target, plan in planned:
            if target.frame.number < key:
                continue
            if plan is None or target.face is None:
                yield target.frame, target.frame.photo.pixels, None
                continue
            strength = options.strength * target.strength
            plan = replace(
                plan,
                options=replace(options, strength=strength),
                paint=replace(plan.paint, target=target.face),
            )
            result = draw_swap(target.face, plan)
            yield target.frame, result.picture, result
    finally:
        targets.close()


def _faces(
    shot: Shot,
    performance: Performance,
    reconstructor: FaceReconstructor,
    wanted: FrameRange,
) -> Generator[Target, None, None]:
    frames = shot.frames(wanted)
    try:
        yield from steady_faces(frames, performance, reconstructor)
    finally:
        frames.close()
