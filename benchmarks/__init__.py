"""How long things take and how much memory they need: `make bench`."""
# SPDX-License-Identifier: GPL-3.0-or-later
