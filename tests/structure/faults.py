"""What is reported: a place, what is there, the rule it breaks, and what to do."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import dataclass

from .rules import RULES


@dataclass(frozen=True, order=True)
class Fault:
    """One place where a rule is broken.

    Attributes
    ----------
    rule : str
        A key of `RULES`.
    path : str
        Relative to the repository.
    line : int
        From 1.
    found : str
        What is there, without a full stop.
    """

    rule: str
    path: str
    line: int
    found: str

    def __str__(self) -> str:
        rule = RULES[self.rule]
        return f"{self.path}:{self.line}: {self.found}. {rule.holds} {rule.remedy}"
