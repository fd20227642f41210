"""What a translation needs: the English texts in the code, and what a language makes of them."""
# SPDX-License-Identifier: GPL-3.0-or-later
