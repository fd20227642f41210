"""The forty pairs on which rules are measured: whole faces, portraits and hard ones.

They are research data beside the repository, see `swap_sheet`; nothing of them is kept in it.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from itertools import chain, zip_longest

from ..swap_sheet import CASES

# Generated portraits, target and donor: all tones of skin, little hair in the face, even light.
_PORTRAITS = (
    ("0834", "2944"), ("0734", "1717"), ("3126", "3488"), ("0442", "0167"), ("1331", "2105"),
    ("2993", "3070"), ("2720", "2791"), ("1841", "0288"), ("3872", "3225"), ("0083", "1870"),
    ("2861", "2713"), ("1091", "1466"), ("0680", "2468"), ("1508", "0221"),
)  # fmt: skip
_PORTRAIT_CASES = ("dark-on-light", "light-on-dark", "smile-on-closed")
PORTRAITS = {name: CASES[name][:2] for name in _PORTRAIT_CASES} | {
    f"portrait-{target}": (f"g/{target}", f"g/{donor}") for target, donor in _PORTRAITS
}
# Of rows of the sheet that show the same, one; and what none of them has.
_TWICE = ("front-on-side", "profile-on-front")
HARD = {
    name: (target, donor)
    for name, (target, donor, parts) in CASES.items()
    if parts == ("face",) and name not in (*_PORTRAIT_CASES, *_TWICE)
} | {
    "grey-donor": ("g/2729", "f/helen_2216480518_1"),
    "grimace": ("g/1911", "f/helen_2212956363_1"),
    "hand-on-mouth": ("g/2993", "f/helen_2195120494_1"),
    "one-covered-eye": ("g/2151", "f/helen_201752783_1"),
    "no-face": ("g/2105", "f/afw_237815567_5"),
}
# One of either in turn: the first few are a mixture, too.
_TURNS = chain.from_iterable(zip_longest(HARD, PORTRAITS))
PAIRS = {name: (HARD | PORTRAITS)[name] for name in _TURNS if name is not None}
"""Name to target and donor, as `swap_sheet.load_face` takes them."""
