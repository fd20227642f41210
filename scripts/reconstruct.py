"""Reconstruct faces in Blender without a window, from a checkout of this repository:

blender --background --python scripts/reconstruct.py -- PHOTO... -o DIR --blend

With the extension installed, `blender --command prn reconstruct PHOTO...` does the same.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

import sys
from pathlib import Path

# Only here: the installed extension imports its own modules relatively.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from prn_blender.cli import main

arguments = sys.argv[sys.argv.index("--") + 1 :] if "--" in sys.argv else []
name = "blender --background --python scripts/reconstruct.py --"
code = main(["reconstruct", *arguments], prog=name)
if code:
    sys.exit(code)
