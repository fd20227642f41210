"""How long things take, how much memory they need, and whether outputs stay the same.

In: the program's public names, a sample photo, and an older revision to compare with. Out: tables
on the screen; nothing is kept. Nothing here is imported by the add-on.
"""
# SPDX-License-Identifier: GPL-3.0-or-later
