"""What is swapped in a shot, and in which colours: decided at a few frames, changing slowly.

Decisions of single frames flicker. All of them lie in UV space (`SwapPlan`), where a texel is the
same place of the face in every frame; so they are made every fifth of a second, and mixed between.
Some are made once: which features stay the target's, and the donor's texture.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ...choices import TextureSize
from ...editing.completion import CompletionOptions
from ...face.face import Face
from ...image.tone_curve import ToneCurve
from ...photo.frames import FrameRange
from ...sequence.steady_faces import Target
from ...typed import TexelMask, Texture
from ..donor import Donor, DonorTexture, PhotoDonor, without_teeth
from ..openings import between_lips, shows_teeth
from ..options import SwapOptions
from ..paint import DonorPaint
from ..pipeline import SwapPlan, features_that_stay, plan_swap
from .seam import seam_of

# Seconds between two plans: light on a head that turns changes more slowly.
_EVERY = 0.2


class ShotDonor(PhotoDonor):
    """A donor whose texture is made once for a whole shot.

    Parameters
    ----------
    face : Face
    reference : Face
        The target in the frame that shows it best.
    size, completion
        As in `PhotoDonor.unwrapped`.
    """

    def __init__(
        self, face: Face, reference: Face, size: TextureSize, completion: CompletionOptions
    ) -> None:
        super().__init__(face)
        texture = super().unwrapped(reference, size, completion, close_mouth=False)
        # A smile's teeth would show on the lips whenever the target closes them.
        self._smiles = shows_teeth(face.geometry)
        if self._smiles:
            texture = without_teeth(texture, face.layout)
        self._pixels = texture.pixels

    def unwrapped(
        self, target: Face, size: TextureSize, completion: CompletionOptions, close_mouth: bool
    ) -> DonorTexture:
        """The texture that was made; what of the photo is used is up to the target's light."""
        clear, unspoilt = self.used_for(target)
        if self._smiles:
            lips = 1 - between_lips(target.layout)
            clear, unspoilt = clear * lips, unspoilt * lips
        return DonorTexture(self._pixels, clear, unspoilt)


def key_every(rate: float, wanted: FrameRange) -> int:
    """How many of a shot's frames lie between two at which plans are made.

    They are counted from the range's first one. So whoever goes on after a break, at one of them,
    gets the frames of a run without a break.

    Parameters
    ----------
    rate : float
        Frames a second of the shot.
    wanted : FrameRange
    """
    return max(1, round(_EVERY * rate / wanted.step)) * wanted.step


@dataclass(frozen=True, eq=False)
class ShotPlanner:
    """Plans the swaps of a shot.

    Attributes
    ----------
    donor : Donor
    options : SwapOptions
    features : mapping of str to (S, S) bool
        Those that stay the target's all through the shot.
    reference : SwapPlan
        Of the frame that shows the target best.
    """

    donor: Donor
    options: SwapOptions
    features: Mapping[str, TexelMask]
    reference: SwapPlan

    @classmethod
    def of(
        cls, samples: Sequence[Face], donor: Face | Texture | Donor, options: SwapOptions
    ) -> ShotPlanner:
        """Decide what stays the same all through a shot.

        Parameters
        ----------
        samples : sequence of Face
            The target in a few frames, the one that shows it best first.
        donor : Face or texture
        options : SwapOptions

        Raises
        ------
        OptionError
            An option makes no sense, or donor and target have different layouts.
        """
        best = samples[0]
        if isinstance(donor, Face):
            PhotoDonor(donor).check(best.layout, options.shape)
            donor = ShotDonor(donor, best, options.texture_size, options.completion)
        plans = [plan_swap(face, donor, options) for face in samples]
        found = [features_that_stay(f, p) for f, p in zip(samples, plans, strict=True)]
        features: dict[str, TexelMask] = {}
        for name in {name for each in found for name in each}:
            where = [each[name] for each in found if name in each]
            # Lids that blink, or a blurred frame, are no glasses.
            if 2 * len(where) > len(found):
                features[name] = np.any(where, axis=0)
        reference = plan_swap(best, donor, options, features)
        return cls(plans[0].donor, options, features, reference)

    def plan(self, target: Face) -> SwapPlan:
        """Plan the swap of one frame; what has to be the same in all of them is."""
        found = plan_swap(target, self.donor, self.options, self.features)
        paint, same = found.paint, self.reference.paint
        # Whether a photo is grey, and too dark to tell colours, are questions of the shot.
        colours = paint.colours if paint.colours is not None else same.colours
        paint = replace(
            paint, toning=same.toning, colourless=same.colourless, noise=same.noise, colours=colours
        )
        found = replace(found, paint=paint)
        return replace(found, seam=seam_of(target, found))

    def planned(
        self, targets: Iterable[Target], is_key: Callable[[Target], bool]
    ) -> Iterator[tuple[Target, SwapPlan | None]]:
        """Plan frame after frame: at some of them, and in between as a mixture.

        Parameters
        ----------
        targets : iterable of Target
        is_key : callable
            Whether a plan is made at a frame, see `key_every`; at others where it has to be.

        Yields
        ------
        target : Target
        plan : SwapPlan or None
            None where the frame does not show the face.
        """
        last: SwapPlan | None = None
        waiting: list[tuple[Target, Face]] = []

        def mixed(is_new: bool = False) -> Iterator[tuple[Target, SwapPlan | None]]:
            nonlocal last
            if not waiting:
                return
            # The last frames before a face is lost tell badly what it looks like.
            new = self.plan(waiting[-1][1]) if is_new or last is None else last
            for number, (each, _) in enumerate(waiting, 1):
                plan = new if last is None else between(last, new, number / len(waiting))
                yield each, plan
            last = new
            waiting.clear()

        for target in targets:
            if target.face is None or target.begins:
                yield from mixed()
            if target.begins:
                last = None
            if target.face is None:
                yield target, None
                continue
            waiting.append((target, target.face))
            if last is None or is_key(target):
                yield from mixed(is_new=True)
        yield from mixed()


def between(one: SwapPlan, other: SwapPlan, share: float) -> SwapPlan:
    """Mix two plans of one shot.

    Parameters
    ----------
    one, other : SwapPlan
        By one planner.
    share : float
        0..1: how much of it is `other`.
    """

    def mix(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        return np.asarray(a + np.float32(share) * (b - a), np.float32)

    def either(a: np.ndarray | None, b: np.ndarray | None) -> np.ndarray | None:
        if a is None or b is None:
            return b if a is None else a
        return mix(a, b)

    if share >= 1:
        return other
    p, q = one.paint, other.paint
    match = either(_curve(p), _curve(q))
    texture = replace(
        p.texture,
        clear=mix(p.texture.clear, q.texture.clear),
        unspoilt=mix(p.texture.unspoilt, q.texture.unspoilt),
    )
    paint = replace(
        p,
        texture=texture,
        match=None if match is None else ToneCurve(match),
        colours=either(p.colours, q.colours),
        contrast=either(_contrast(p, q), _contrast(q, p)),
    )
    return replace(
        one,
        mask=mix(one.mask, other.mask),
        paint=paint,
        skin=either(one.skin, other.skin),
        seam=either(one.seam, other.seam),
        seen=one.seen + share * (other.seen - one.seen),
        used=one.used + share * (other.used - one.used),
    )


def _curve(paint: DonorPaint) -> np.ndarray | None:
    return None if paint.match is None else paint.match.values


def _contrast(paint: DonorPaint, beside: DonorPaint) -> np.ndarray | None:
    """The contrast that is left; as values where a plan beside it has less than all of it."""
    if paint.contrast is not None or beside.contrast is None:
        return paint.contrast
    whole = beside.contrast.copy()
    whole[..., 3] = 1
    return whole
