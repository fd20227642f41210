"""Odd inputs of all kinds, in children with limits: none may crash, hang, or end in a traceback.

    python tests/fuzz/run.py                          # some 1,500 inputs
    python tests/fuzz/run.py --minutes 60 --seed 7    # as many as an hour allows
    python tests/fuzz/run.py --seed 7 --only layouts:123

A failure is a crash, a hang, more than 2 GB, a half-written file, a changed scene, or a message
that is not a sentence. Its files are kept, and `--only` tries it again: an input follows from
the seed, its kind and its number alone. `docs/fuzzing.md` says more.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import argparse
import itertools
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "helpers"), str(HERE.parents[1])]

import kinds
from crew import Failure, Tally, try_inputs

_INPUTS = 1500


def parse_arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seed", type=int, help="by default another one each time")
    amount = parser.add_mutually_exclusive_group()
    amount.add_argument("--minutes", type=float, help="go on for so long")
    amount.add_argument("--inputs", type=int, default=_INPUTS, help="try so many, of all kinds")
    amount.add_argument("--only", metavar="KIND:NUMBER", help="try this one again")
    parser.add_argument("--kind", action="append", choices=sorted(kinds.KINDS), help="only these")
    parser.add_argument("--jobs", type=int, default=2, help="children side by side")
    parser.add_argument("--sentences", action="store_true", help="print what was said")
    parser.add_argument("--kept", type=Path, default=Path("out/fuzz"), metavar="DIR",
                        help="where the files of failing inputs go")  # fmt: skip
    return parser.parse_args(arguments)


def shares(inputs: int, names: Sequence[str]) -> dict[str, int]:
    """How many inputs of each kind, in the proportion of their weights."""
    total = sum(kinds.KINDS[name].weight for name in names)
    return {name: max(1, round(inputs * kinds.KINDS[name].weight / total)) for name in names}


def counter(count: int) -> Callable[[], int | None]:
    """Numbers from 0 on, so many."""
    left = iter(range(count))
    return lambda: next(left, None)


def until(deadline: float) -> Callable[[], int | None]:
    """Numbers from 0 on, until a time of `time.monotonic`."""
    left = itertools.count()
    return lambda: next(left) if time.monotonic() < deadline else None


def report(name: str, tally: Tally, sentences: bool) -> None:
    print(
        f"{name:<12}{tally.count:>7} inputs {tally.accepted:>7} accepted {tally.refused:>7} "
        f"refused {len(tally.failures):>4} failed {tally.seconds:>7.0f} s, "
        f"slowest {tally.slowest:.1f} s",
        flush=True,
    )
    alike: dict[str, list[Failure]] = {}
    for failure in tally.failures:
        alike.setdefault(failure.place, []).append(failure)
    for first, *others in alike.values():
        print(f"  FAILED {first.kind}:{first.number}, kept in {first.folder}")
        print("    " + "\n    ".join(first.what.strip().splitlines()[-12:]))
        if others:
            print(f"    So did {', '.join(str(failure.number) for failure in others)}.")
    if sentences:
        print("  " + "\n  ".join(sorted(tally.sentences)))


def main(arguments: Sequence[str] | None = None) -> int:
    options = parse_arguments(arguments)
    seed = options.seed if options.seed is not None else time.time_ns() % 2**31
    print(f"seed {seed}", flush=True)
    names = options.kind or kinds.available()
    if options.only:
        name, _, number = options.only.partition(":")
        one = iter([int(number)])
        tallies = {name: try_inputs(name, seed, lambda: next(one, None), 1, options.kept)}
        report(name, tallies[name], sentences=True)
    else:
        amounts, tallies = shares(options.inputs, names), {}
        total = sum(kinds.KINDS[name].weight for name in names)
        for name in names:
            numbers = counter(amounts[name])
            if options.minutes:
                share = 60 * options.minutes * kinds.KINDS[name].weight / total
                numbers = until(time.monotonic() + share)
            tallies[name] = try_inputs(name, seed, numbers, options.jobs, options.kept)
            report(name, tallies[name], options.sentences)
    failed = sum(len(tally.failures) for tally in tallies.values())
    print(f"{sum(tally.count for tally in tallies.values())} inputs, {failed} failed; seed {seed}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
