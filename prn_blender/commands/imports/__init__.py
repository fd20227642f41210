"""`import-model` and `import-head`: what others have made becomes something of the add-on's.

In: arguments. Out: files, and lines on what they are. The work itself is done in `core`.
"""
# SPDX-License-Identifier: GPL-3.0-or-later
