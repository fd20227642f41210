"""`python -m benchmarks.compare REVISION`: is the working tree slower than a revision, or larger?

Both trees are timed in one run, step by step in turn, so that a machine that is slow for a while is
slow for both. What looks worse is measured once more, and only the second time counts: of many
steps some look worse by chance. On a machine that others keep busy the time that passes says
little; there the processors' time is compared instead.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from .sample import astronaut, donor_photo, large_photo
from .timing import peak_memory
from .trees import TreeError, Worker, two_workers

ROUNDS = 7
LIMIT = 0.05
"""What counts as worse: this part more time, or memory, than the revision."""
_ENOUGH = 200.0
"""Milliseconds for which a step is repeated within a round; the fastest run counts."""
_MOST = 30
_MEMORY_ROUNDS = 3
_AGREE = 0.75
MEMORY = {"reconstruct": "memory, 12 megapixels to a face", "swap": "memory, a swap in them"}


@dataclass(frozen=True)
class Compared:
    """One line of the table.

    Attributes
    ----------
    base, now : list of float
        One value for each round, milliseconds or mebibytes.
    """

    what: str
    unit: str
    base: list[float]
    now: list[float]

    @property
    def ratios(self) -> list[float]:
        """One for each round: both numbers were measured at about the same time."""
        return [now / base for base, now in zip(self.base, self.now, strict=True)]

    @property
    def ratio(self) -> float:
        """Median of the rounds' ratios."""
        return statistics.median(self.ratios)

    @property
    def worse(self) -> bool:
        """Whether it is more than the limit allows, beyond what a busy machine makes of it.

        Most rounds have to agree that it is more at all, and so have the least disturbed rounds of
        both sides, by half of the limit.
        """
        more = sum(ratio > 1 for ratio in self.ratios) >= _AGREE * len(self.ratios)
        least = min(self.now) > min(self.base) * (1 + LIMIT / 2)
        return self.ratio > 1 + LIMIT and more and least

    def line(self, note: str = "") -> str:
        """As a row of the table."""
        base, now = statistics.median(self.base), statistics.median(self.now)
        return f"| {self.what} | {base:.1f} | {now:.1f} | {self.unit} | {self.ratio:.3f} | {note} |"


Measure = Callable[[str], float]


def compared(what: str, unit: str, sides: tuple[Measure, Measure], rounds: int) -> Compared:
    """Measure both sides in turn; who begins changes from round to round.

    Parameters
    ----------
    what : str
        Given to the measures, and the line's name.
    unit : str
    sides : two callables
        Base and now: from `what` to a number.
    rounds : int
    """
    values: tuple[list[float], list[float]] = ([], [])
    for number in range(rounds):
        for side in (0, 1) if number % 2 == 0 else (1, 0):
            values[side].append(sides[side](what))
    return Compared(what, unit, *values)


def judged(
    whats: Sequence[str],
    unit: str,
    sides: tuple[Measure, Measure],
    rounds: int,
    say: Callable[[str], None],
) -> list[Compared]:
    """Compare several things, those that look worse twice.

    Parameters
    ----------
    whats, unit, sides, rounds
        See `compared`.
    say : callable
        Takes each line of the table.

    Returns
    -------
    list of Compared
        What is worse the second time, too.
    """
    worse = []
    for what in whats:
        line = compared(what, unit, sides, rounds)
        say(line.line("looks worse, measured again:" if line.worse else ""))
        if line.worse:
            line = compared(what, unit, sides, rounds)
            say(line.line("**worse**" if line.worse else "no"))
            if line.worse:
                worse.append(line)
    return worse


def times_of(step: str, base: Worker, now: Worker) -> int:
    """Warm both trees up, and say how often a step is run in a round."""
    took = max(side.ask("measure", step=step, times=1)["wall"] for side in (base, now))
    return max(1, min(_MOST, round(_ENOUGH / took)))


def timed(worker: Worker, clock: str, times: int) -> Measure:
    """Milliseconds that a step takes in a worker's tree: the fastest of some runs."""
    return lambda step: worker.ask("measure", step=step, times=times)[clock]


def peak(worker: Worker, photo: Path, donor: Path) -> Measure:
    """Peak memory of a process in a worker's tree, from a line of `MEMORY`."""

    def measure(what: str) -> float:
        (does,) = (key for key, name in MEMORY.items() if name == what)
        photos = (photo, donor) if does == "swap" else (photo,)
        try:
            return peak_memory(does, *photos, tree=worker.tree, environment=worker.environment)
        except subprocess.CalledProcessError as e:
            raise TreeError(f"{worker.name}: {what} failed (see above).") from e

    return measure


def compare(
    base: Worker, now: Worker, folder: Path, clock: str, only: str, rounds: int
) -> list[Compared]:
    """Print the table; return what is worse.

    Parameters
    ----------
    base, now : Worker
    folder : Path
        For the sample photos and what is made of them.
    clock : {"wall", "processor"}
        Which time counts.
    only : str
        Part of the names of what is measured; empty for all.
    rounds : int
    """
    photo, donor = large_photo(folder), donor_photo(folder)
    files = {"photo": str(photo), "donor": str(donor), "small": str(astronaut())}
    for side, name in ((base, "base"), (now, "now")):
        (folder / name).mkdir()
        side.begin("prepare", **files, folder=str(folder / name))
    there = [side.answer() for side in (base, now)]
    for side, what in zip((base, now), there, strict=True):
        for missing in what["missing"]:
            print(f"Not measured, for {side.name} has not all of it: {missing}")
    steps = [step for step in there[1]["steps"] if step in there[0]["steps"] and only in step]
    print(f"\n| step | {base.name} | now | | ratio | |\n| --- | ---: | ---: | --- | ---: | --- |")

    def say(line: str) -> None:
        print(line, flush=True)

    worse = []
    for step in steps:
        times = times_of(step, base, now)
        sides = timed(base, clock, times), timed(now, clock, times)
        worse += judged([step], "ms", sides, rounds, say)
    sides = peak(base, photo, donor), peak(now, photo, donor)
    names = [name for name in MEMORY.values() if only in name]
    worse += judged(names, "MB", sides, min(rounds, _MEMORY_ROUNDS), say)
    return worse


def main(arguments: Sequence[str] | None = None) -> int:
    """Compare; 0 when nothing is worse, 1 when something is, 2 when it cannot be compared."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("revision", help="a commit: HEAD~3, a branch, a hash")
    parser.add_argument("--only", default="", metavar="WORDS", help="steps with this in their name")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"by default {ROUNDS}")
    parser.add_argument(
        "--clock",
        choices=("wall", "processor"),
        help="which time counts; by default the one that passes, on a busy machine the processors'",
    )
    options = parser.parse_args(arguments)
    if options.rounds < 1:
        parser.error("--rounds has to be at least 1")
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    busy = load > (os.cpu_count() or 1)
    clock = options.clock or ("processor" if busy else "wall")
    if busy:
        print(f"The machine is busy (load {load:.1f}): compared is {clock} time, and uncertain.")
    try:
        with (
            tempfile.TemporaryDirectory() as folder,
            two_workers(options.revision, "steps.py") as (
                base,
                now,
            ),
        ):
            worse = compare(base, now, Path(folder), clock, options.only, options.rounds)
    except TreeError as e:
        print(f"benchmarks: {e}", file=sys.stderr)
        return 2
    if not worse:
        print(f"\nNothing is worse than {options.revision} by more than {LIMIT:.0%}.")
        return 0
    said = ", ".join(f"{line.what.strip()} ({100 * (line.ratio - 1):+.0f} %)" for line in worse)
    print(f"\nWORSE than {options.revision} by more than {LIMIT:.0%}: {said}")
    return 1


if __name__ == "__main__":
    sys.exit(main())
