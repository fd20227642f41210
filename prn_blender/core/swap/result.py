"""What a swap gives, and what it has to say about how well it went."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ..errors import Sentence, listed
from ..image.patch import RenderedFace
from ..typed import Mask, Matte, Pixels, PositionMap, Texture
from .caution import LeftOut
from .paint import DonorPaint
from .reasons import NOTABLE, REASONS

ENOUGH = 0.91
"""Share of what is swapped that a donor's photo has to show.

Faces turned by less than 50 degrees show that much of what another shows from the front."""
# Share of what was to be swapped: where less is, eyes are missing or most of the skin.
_LITTLE = 0.3
_FEATURES = {
    "eyes": Sentence("the eyes"), "nose": Sentence("the nose"), "mouth": Sentence("the mouth"),
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class SwapResult:
    """What a swap gives.

    Attributes
    ----------
    picture : (H, W, 3) uint8 sRGB
        The photo with the swap.
    mask : (M, M) float32
        Where the donor is used, in UV space.
    rendered : RenderedFace
        The donor as the photo's camera sees it, before blending; with the matte.
    positions : (S, S, 3) float32
        The geometry it was drawn on; the target's own unless the donor's shape was asked for.
    paint : DonorPaint
        The donor's texture before its colours are matched.
    kept : (h, w) float32 or None
        0..1: how far the mask may show at the pixels it covers. Less than 1 where the target's
        teeth stay, which have no place in UV space. None: 1 everywhere.
    seen : float
        0..1: how much of what is swapped the donor's photo shows well, on this or the other half
        of its face; see `warning`.
    used : float
        0..1: how much of what was to be swapped is; hair, beards, glasses and what is no skin
        are not.
    stay : tuple of str
        Of "eyes", "nose", "mouth" those that stay the target's, as one of the photos does not
        show them.
    left_out : tuple of LeftOut
        What stays the target's, reason by reason; what several reasons take counts for the first.
    aside : float
        Degrees that the donor looks to the side, where that is too far; else 0.
    """

    picture: Pixels
    mask: Mask
    rendered: RenderedFace
    positions: PositionMap
    paint: DonorPaint
    kept: Matte | None
    seen: float
    used: float
    stay: tuple[str, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    aside: float = 0.0

    @property
    def warning(self) -> Sentence | None:
        """A sentence if less is swapped than was asked for, or if it may look wrong."""
        reasons = {one.reason for one in self.left_out}
        if self.seen < ENOUGH:
            rest = Sentence("stays as it is" if "unseen" in reasons else "is guessed")
            return Sentence(
                "The donor's photo shows only {seen:.0%} of what is swapped; the rest {rest}. "
                "One that is turned like this face, or less, does better.",
                seen=self.seen,
                rest=rest,
            )
        if self.used < _LITTLE:
            return Sentence(
                "Only {used:.0%} of what was to be swapped is. The rest stays as it is: {reasons}. "
                "Less caution swaps it, too.",
                used=self.used,
                reasons=listed([REASONS[one.reason].words for one in self.largest_left_out]),
            )
        if self.stay:
            return Sentence(
                "Something covers what is to be swapped, on this face or the donor's: glasses, "
                "hair, a hand, a shadow. What stays as it is: {names}. Less caution swaps it, too.",
                names=listed([_FEATURES[feature] for feature in self.stay]),
            )
        if self.aside > 0:
            return Sentence(
                "The donor looks {angle:.0f} degrees to the side: eyes and nose may be smeared. "
                "One that is turned like this face, or less, does better.",
                angle=self.aside,
            )
        return None

    @property
    def largest_left_out(self) -> list[LeftOut]:
        """What is left out and can be seen, the largest first."""
        seen = [one for one in self.left_out if one.share >= NOTABLE]
        return sorted(seen, key=lambda one: -one.share)

    @cached_property
    def texture(self) -> Texture:
        """(N, N, 4) uint8 sRGB: the donor's texture, completed and matched, for the target."""
        return self.paint.matched()

    @property
    def matte(self) -> np.ndarray:
        """(H, W) uint8 of the whole photo."""
        return self.rendered.full_matte(self.picture.shape[1], self.picture.shape[0])
