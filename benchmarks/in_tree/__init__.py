"""Scripts that run inside a checkout, this one or another, and answer `compare` and `same_outputs`.

In: commands on stdin, one at a time. Out: times, memory, hashes. They know no name of the package
that only one of the two checkouts has; `link` looks such names up in several places.
"""
# SPDX-License-Identifier: GPL-3.0-or-later
