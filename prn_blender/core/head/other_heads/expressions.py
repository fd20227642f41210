"""ARKit's names for the expressions of another head, however its owner has written them."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

_SIDES = {"left": "l", "right": "r"}
_DIRECTIONS = ("jawleft", "jawright", "mouthleft", "mouthright")
"""Where to and not which side."""


def _key(name: str) -> str:
    """A name without case, separators and long words for sides: eyeBlinkLeft is eyeblink.l."""
    plain = "".join(c for c in name.lower() if c.isalnum() or c in "_. -")
    plain = plain.replace(" ", "_").replace("-", "_").replace(".", "_")
    for word, letter in _SIDES.items():
        if plain.endswith(word) and plain.replace("_", "") not in _DIRECTIONS:
            plain = plain.removesuffix(word).rstrip("_") + "_" + letter
    stem, _, side = plain.rpartition("_")
    if side in ("l", "r") and stem:
        return stem.replace("_", "") + "." + side
    return plain.replace("_", "")


def known_moves(
    names: Sequence[str], moves: np.ndarray, wanted: Sequence[str]
) -> tuple[dict[str, np.ndarray], list[int]]:
    """Find the expressions of some names.

    Parameters
    ----------
    names : sequence of str
        As their owner calls them: `browDown_L`, `BrowDownLeft` and `brow-down.left` are one.
    moves : (E, V, 3) float32
    wanted : sequence of str
        ARKit's.

    Returns
    -------
    found : dict of str to (V, 3) float32
        By ARKit's name. Where ARKit has one for both sides and the head has one for each, both
        together.
    others : list of int
        Which of the head's are none of them.
    """
    by_key = {_key(name): number for number, name in reversed(list(enumerate(names)))}
    found: dict[str, np.ndarray] = {}
    used: set[int] = set()
    for name in wanted:
        key = _key(name)
        halves = [by_key[k] for k in (f"{key}.l", f"{key}.r") if k in by_key]
        if key in by_key:
            found[name] = moves[by_key[key]]
            used.add(by_key[key])
        elif len(halves) == 2:
            found[name] = moves[halves].sum(0)
    return found, [k for k in range(len(names)) if k not in used]


def partners(names: Sequence[str]) -> np.ndarray:
    """(E,) int64: the expression that each one becomes in the mirror, by its name."""
    jaw_left, jaw_right, mouth_left, mouth_right = _DIRECTIONS
    directions = {jaw_left: jaw_right, mouth_left: mouth_right}
    directions |= {b: a for a, b in directions.items()}
    keys = {_key(name): number for number, name in enumerate(names)}
    result = np.arange(len(names))
    for number, name in enumerate(names):
        key = _key(name)
        other = directions.get(key)
        if key.endswith((".l", ".r")):
            other = key[:-1] + ("r" if key.endswith(".l") else "l")
        there = keys.get(other or key, number)
        result[number] = there
    # Of two with one key only one can be another's partner.
    alone = result[result] != np.arange(len(names))
    result[alone] = np.flatnonzero(alone)
    return result
