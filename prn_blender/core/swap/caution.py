"""What a swap leaves as the target's, for which reason, and how much caution that takes."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..errors import OptionError
from ..face.face import Face
from ..image.filters import ramp
from ..texture.masks import shrink_mask
from ..typed import Mask
from .reasons import REASONS, Reason

# The least caution with which something stays for a reason. Less caution gives up first what costs
# least when it was a mistake: spots of skin, then hair, then covered features, and in the end what
# nothing but a guess can fill.
_LEAST: dict[Reason, float] = {"skin": 0.75, "hair": 0.75, "features": 0.5, "unseen": 0.25}
# Skin is a matter of degree: from its least caution to full caution more and more of it stays.
_FULL = 1.0
# Share of a texel: less is rounding.
_NOTABLE = 0.01


def stays(reason: Reason, caution: float) -> float:
    """How far something stays the target's for a reason, 0..1.

    Parameters
    ----------
    reason : str
        One of `REASONS`.
    caution : float
        0..1: with 0 nothing stays, with 1 all that might be wrong.
    """
    least = _LEAST[reason]
    if reason == "skin":
        return ramp(caution, (least, _FULL))
    return float(caution >= least)


def check_caution(caution: float) -> None:
    """Refuse a caution that is not 0 to 1 with an OptionError."""
    if not 0 <= caution <= 1:
        raise OptionError("The caution is {caution}; it can be 0 to 1.", caution=caution)


@dataclass(frozen=True, eq=False)
class LeftOut:
    """What stays the target's for one reason.

    Attributes
    ----------
    reason : str
        One of `REASONS`.
    mask : (M, M) float32
        0..1, in UV space: how much of what was to be swapped is not.
    share : float
        0..1: of all that was to be swapped, where the target's photo shows it.
    """

    reason: Reason
    mask: Mask
    share: float


class Showing:
    """The mask of a swap while one reason after the other takes from it.

    Parameters
    ----------
    target : Face
    wanted : (M, M) float32
        What was asked for.

    Attributes
    ----------
    mask : (M, M) float32
        What is left.
    """

    def __init__(self, target: Face, wanted: Mask) -> None:
        self._target = target
        self._taken: dict[Reason, Mask] = {}
        self.wanted = self.mask = wanted

    def leave_out(self, reason: Reason, mask: Mask) -> None:
        """Go on with less: `mask` (M, M) float32 is what is left now."""
        taken = (self.mask - mask).clip(0)
        self._taken[reason] = self._taken.get(reason, np.float32(0)) + taken
        self.mask = mask

    @property
    def used(self) -> float:
        """How much of what was wanted is left, where the target shows; 1 where nothing was."""
        return 1.0 if self._weight(self.wanted) == 0 else self._share(self.mask)

    @property
    def left_out(self) -> tuple[LeftOut, ...]:
        """What was taken, in the order of `REASONS`."""
        return tuple(
            LeftOut(reason, self._taken[reason], self._share(self._taken[reason]))
            for reason in REASONS
            if reason in self._taken and float(self._taken[reason].max()) > _NOTABLE
        )

    def _share(self, mask: Mask) -> float:
        return self._weight(mask) / max(self._weight(self.wanted), 1e-6)

    def _weight(self, mask: Mask) -> float:
        target = self._target
        return float((shrink_mask(mask, target.layout.size) * target.visibility).sum())
