"""The house rules as a program: reads the repository's files and says where a rule is broken.

In: a folder with Python files; nothing is imported or run. Out: `Fault`s, each with a file, a line,
the rule and what to do. `rules.py` is the table of rules; `tests/test_structure.py` applies it.
"""
# SPDX-License-Identifier: GPL-3.0-or-later
