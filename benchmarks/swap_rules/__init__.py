"""`python -m benchmarks.swap_rules -o DIR`: what each rule of the swap is worth.

Forty pairs are swapped with one rule switched off at a time: what changes, by how much, and what
of the processor's time is saved. `switch` says what a rule is; `what_stays`, `donor_rules`,
`skin_rules` and `colour_rules` are the rules; `pairs` are the photos; `measure` and `report` do
the rest.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from .colour_rules import COLOUR_RULES
from .donor_rules import DONOR_RULES
from .skin_rules import SKIN_RULES
from .what_stays import STAYING_RULES

RULES = {rule.name: rule for rule in (*STAYING_RULES, *DONOR_RULES, *SKIN_RULES, *COLOUR_RULES)}
