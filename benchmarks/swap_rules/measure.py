"""Swap a pair with every rule, then without one at a time, and measure what that changes."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import dataclasses
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from prn_blender.core import Face
from prn_blender.core.swap import pipeline
from prn_blender.core.swap.options import SwapOptions
from prn_blender.core.swap.result import SwapResult
from prn_blender.core.texture.fragments import Fragments

from .switch import Patch, Rule, applied, clocked, compared, switched_off

# The smallest texture: an eighth less time, and of the photos' pixels a seventh of a per cent more
# than two levels away, as the donor's photo itself is looked up wherever it shows the place.
OPTIONS = SwapOptions(texture_size=256)
# Levels of 255 from which on a pixel is another; from which on one sees it.
OTHER, SEEN = 2, 8
# Share of the face's box that has to be another for a pair to count as changed.
CHANGED = 0.001
# Rules between two swaps with all of them, and swaps of which the median time counts.
_BETWEEN = 10
_TIMED = 3


@dataclass(frozen=True)
class Change:
    """What is different in one pair without a rule.

    Attributes
    ----------
    mean, most : float
        Levels: of each pixel in the target's box that channel which differs most; their mean,
        and the largest.
    other, seen : float
        0..1: share of those pixels that differ by more than `OTHER`, by more than `SEEN`.
    used : float
        By how much more of what was wanted is swapped, -1..1, see `SwapResult.used`.
    warning : tuple of str
        What the swap says with the rule, and without it.
    ms : float
        Processor time of the rule's code, see `Rule.runs`.
    failed : str
        Why there is no picture without the rule; all else is 0 then.
    """

    mean: float = 0.0
    most: int = 0
    other: float = 0.0
    seen: float = 0.0
    used: float = 0.0
    warning: tuple[str, str] = ("", "")
    ms: float = 0.0
    failed: str = ""

    @property
    def is_one(self) -> bool:
        """Whether the pair counts as changed."""
        return self.other > CHANGED


@dataclass(frozen=True, eq=False)
class Measured:
    """One pair without one rule.

    Attributes
    ----------
    rule : Rule
    change : Change
    picture : (H, W, 3) uint8 or None
        Without the rule.
    """

    rule: Rule
    change: Change
    picture: np.ndarray | None


def measure_pair(
    target: Face, donor: Face, rules: Sequence[Rule]
) -> tuple[np.ndarray, list[Measured]]:
    """The picture (H, W, 3) uint8 with all rules, and what changes without each.

    Raises
    ------
    RuntimeError
        With all rules back, another picture comes out: a rule was not switched on again.
    """
    functions = [rule for rule in rules if all(patch.is_function for patch in rule.off)]
    with applied(_seen_once()):
        faces = _fresh(target, donor)
        with compared(patch for rule in functions for patch in rule.off) as different:
            whole = pipeline.swap(*faces, OPTIONS)
        times = _times(target, donor, rules)
        # Whose functions answer as if they were switched off, or are not asked.
        idle = {rule for rule in functions if not different.intersection(rule.off)}
        found: list[Measured] = []
        for number, rule in enumerate(rules, 1):
            without: SwapResult | None = whole
            failed = ""
            if rule not in idle:
                try:
                    with switched_off(rule):
                        anew = _fresh(target, donor) if rule.is_for_faces else faces
                        without = pipeline.swap(*anew, OPTIONS)
                except Exception as e:  # to delete such a rule, code around it has to change, too
                    without, failed = None, f"{type(e).__name__}: {e}"
            if without is None:
                found.append(Measured(rule, Change(failed=failed, ms=times[rule.name]), None))
            else:
                change = _change(target, whole, without, times[rule.name])
                found.append(Measured(rule, change, without.picture))
            if number % _BETWEEN == 0 or number == len(rules):
                again = pipeline.swap(*_fresh(target, donor), OPTIONS)
                if not np.array_equal(again.picture, whole.picture):
                    raise RuntimeError(f"the swap is not what it was before {rule.name}")
    return whole.picture, found


def _times(target: Face, donor: Face, rules: Sequence[Rule]) -> dict[str, float]:
    """Milliseconds of processor time that the code of each rule takes.

    On a busy machine the time of a whole swap varies by more than most rules take.
    """
    runs: list[dict[str, float]] = []
    for _ in range(_TIMED):
        with clocked(place for rule in rules for place in rule.code) as spent:
            pipeline.swap(*_fresh(target, donor), OPTIONS)
        runs.append({r.name: 1000 * sum(spent[place] for place in r.code) for r in rules})
    return {r.name: statistics.median(run[r.name] for run in runs) for r in rules}


def _change(target: Face, whole: SwapResult, without: SwapResult, ms: float) -> Change:
    box = face_box(target)
    apart = np.abs(whole.picture[box].astype(int) - without.picture[box]).max(axis=-1)
    return Change(
        mean=float(apart.mean()),
        most=int(apart.max()),
        other=float((apart > OTHER).mean()),
        seen=float((apart > SEEN).mean()),
        used=without.used - whole.used,
        warning=(str(whole.warning or ""), str(without.warning or "")),
        ms=ms,
    )


def face_box(face: Face, margin: float = 0.0) -> tuple[slice, slice]:
    """Rows and columns of the photo that show a face, and a margin around, share of its side."""
    low, high = face.vertices[:, :2].min(axis=0), face.vertices[:, :2].max(axis=0)
    around = margin * (high - low).max()
    low = (low - around).round().astype(int).clip(0)
    high = (high + around).round().astype(int)
    return (
        slice(low[1], min(high[1], face.photo.height)),
        slice(low[0], min(high[0], face.photo.width)),
    )


def _fresh(*faces: Face) -> tuple[Face, Face]:
    """Both faces without anything derived from their colours: rules may have had a part in it."""
    target, donor = (dataclasses.replace(face) for face in faces)
    for again, face in zip((target, donor), faces, strict=True):
        again.__dict__["geometry"] = face.geometry
    return target, donor


def _seen_once() -> Patch:
    """What the camera sees of a mask is kept: a quarter of a swap, and no rule is in it."""
    known: dict[tuple[int, bytes], Fragments] = {}

    def wrap(rasterize: Any) -> Any:
        def kept(face: Any, texels: np.ndarray, positions: Any, margin: float) -> Fragments:
            key = id(face), np.packbits(texels).tobytes()
            if key not in known:
                known[key] = rasterize(face, texels, positions, margin=margin)
            return known[key]

        return kept

    return Patch(pipeline, "rasterize_face", wrap=wrap)
