"""Why a swap leaves something as it is: names, words and colours. Loads nothing heavy."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Literal, NamedTuple, get_args

from ..errors import Sentence

Reason = Literal["skin", "hair", "features", "unseen"]
"""Why something stays the target's.

skin: the donor's photo shows something else there (a hard shadow's edge, a burnt spot, a hand).
hair: hair or a hat hangs into the face, or a beard grows there, on either face.
features: something covers eyes, nose or mouth on either face, or they are shut or agape on one.
unseen: the donor's photo does not show it.
"""


class Shown(NamedTuple):
    """How one reason is shown.

    `words`: what stays. `colour`: its name; `rgb`: the colour in pictures, sRGB.
    """

    words: Sentence
    colour: Sentence
    rgb: tuple[int, int, int]


REASONS: dict[Reason, Shown] = {
    "skin": Shown(
        Sentence("hands, shadows and the like on the donor's skin"),
        Sentence("yellow"),
        (255, 205, 0),
    ),
    "hair": Shown(Sentence("hair or a beard"), Sentence("blue"), (40, 130, 255)),
    "features": Shown(Sentence("covered eyes, nose or mouth"), Sentence("red"), (255, 60, 50)),
    "unseen": Shown(
        Sentence("what the donor's photo does not show"), Sentence("purple"), (180, 80, 255)
    ),
}
assert set(REASONS) == set(get_args(Reason))

NOTABLE = 0.01
"""Share of what was to be swapped: less is not seen, nor spoken of."""
