"""The command, see `python -m benchmarks.swap_rules --help`."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import argparse
import os
import sys
import time
from functools import lru_cache
from pathlib import Path

import cv2

from prn_blender.core import Face, FaceReconstructor

from ..swap_sheet import load_face
from . import RULES
from . import __doc__ as about
from .measure import measure_pair
from .pairs import PAIRS
from .record import Record
from .report import table
from .sheets import draw_sheet


def main() -> None:
    """Measure what is not measured yet, then write table, numbers and sheets."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.swap_rules", description=about)
    parser.add_argument(
        "-o", "--output", type=Path, required=True,
        help="folder, made if missing; a run that was stopped goes on, see rules/NAME.json",
    )  # fmt: skip
    parser.add_argument("--rule", action="append", metavar="NAME", help="only this; repeatable")
    parser.add_argument("--pairs", type=int, default=len(PAIRS), metavar="N", help="the first N")
    parser.add_argument("--table", type=Path, metavar="FILE", help="by default OUTPUT/table.md")
    arguments = parser.parse_args()
    unknown = sorted(set(arguments.rule or ()) - set(RULES))
    if unknown:
        parser.error(f"no rule {', '.join(unknown)}; there are {', '.join(RULES)}")
    rules = [RULES[name] for name in arguments.rule or RULES]
    pairs = list(PAIRS)[: arguments.pairs]
    records = {rule.name: Record(arguments.output, rule.name) for rule in rules}
    cv2.setNumThreads(1)  # or the processor's time says less
    reconstructor = FaceReconstructor.load()

    @lru_cache(maxsize=4)
    def load(name: str) -> Face:
        return load_face(reconstructor, name)

    for number, pair in enumerate(pairs, 1):
        missing = [rule for rule in rules if pair not in records[rule.name].changes]
        if missing:
            start = time.process_time()
            target, donor = (load(name) for name in PAIRS[pair])
            whole, found = measure_pair(target, donor, missing)
            for measured in found:
                records[measured.rule.name].add(pair, target, donor, whole, measured)
            spent = time.process_time() - start
            print(f"{number:2} of {len(pairs)}  {pair:20} {spent:5.0f} s", flush=True)
    text = table(rules, {name: record.of(pairs) for name, record in records.items()})
    for rule in rules:
        draw_sheet(arguments.output, rule, records[rule.name].of(pairs))
    place = arguments.table or arguments.output / "table.md"
    place.write_text(text, encoding="utf-8")
    print(text)
    sys.stdout.flush()
    os._exit(0)  # see prn_blender/__main__.py


if __name__ == "__main__":
    main()
