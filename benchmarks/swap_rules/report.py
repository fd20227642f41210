"""The table: what each rule is worth, the one that changes most first."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence

from .constants import all_numbers, numbers_in_no_rule, numbers_of
from .measure import Change
from .pairs import HARD
from .switch import Rule

_HEAD = (
    "| rule | what it does | numbers | pairs | levels | seen | swapped | warnings | ms |\n"
    "| --- | --- | ---: | ---: | ---: | --- | ---: | ---: | ---: |\n"
)


def table(rules: Sequence[Rule], changes: Mapping[str, Mapping[str, Change]]) -> str:
    """A Markdown table of rules, and where the numbers are that no rule holds.

    Parameters
    ----------
    rules : sequence of Rule
    changes : mapping of rule name to mapping of pair to Change
    """
    measured = [rule for rule in rules if changes[rule.name]]
    measured.sort(key=lambda rule: -worth(changes[rule.name]))
    lines = [_line(rule, changes[rule.name]) for rule in measured]
    total = sum(all_numbers().values())
    rest = numbers_in_no_rule(rules)
    where = ", ".join(f"{module} {count}" for module, count in rest.items())
    return (
        _HEAD
        + "".join(lines)
        + f"\n{total} numbers, {total - sum(rest.values())} of them in these rules; "
        + f"the others: {where}.\n"
    )


def worth(changes: Mapping[str, Change]) -> float:
    """Levels by which the faces of all pairs change, on average."""
    return statistics.fmean(change.mean for change in changes.values())


def _line(rule: Rule, changes: Mapping[str, Change]) -> str:
    changed = {pair: change for pair, change in changes.items() if change.is_one}
    hard = sum(pair in HARD for pair in changed)
    seen = "-"
    if changed:
        shares = {pair: change.seen for pair, change in changed.items()}
        most = max(shares, key=lambda pair: shares[pair])
        mean = statistics.fmean(shares.values())
        seen = f"{mean:.1%}; {shares[most]:.0%} {most}" if shares[most] >= 0.005 else f"{mean:.1%}"
    used = 100 * statistics.fmean(change.used for change in changes.values())
    failed = sum(bool(change.failed) for change in changes.values())
    pairs = f"{hard} + {len(changed) - hard}" + (f" ({failed} fail)" if failed else "")
    cells = (
        f"`{rule.name}`", rule.does, sum(numbers_of(rule).values()), pairs,
        f"{worth(changes):.2f}", seen, f"{used:+.1f}" if abs(used) >= 0.05 else "0",
        _warnings(changes), _time(rule, changes),
    )  # fmt: skip
    return f"| {' | '.join(map(str, cells))} |\n"


def _warnings(changes: Mapping[str, Change]) -> str:
    """How many come, go and change without the rule."""
    both = [change.warning for change in changes.values() if change.warning[0] != change.warning[1]]
    come, go = sum(not old for old, _ in both), sum(not new for _, new in both)
    other = len(both) - come - go
    told = [f"{sign}{n}" for sign, n in (("+", come), ("−", go), ("~", other)) if n]
    return " ".join(told) or "0"


def _time(rule: Rule, changes: Mapping[str, Change]) -> str:
    """Median of what the rule's code takes; nothing if it is only a number."""
    if not rule.code:
        return ""
    return f"{statistics.median(change.ms for change in changes.values()):.0f}"
