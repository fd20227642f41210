"""Reconstruct faces in Blender without a window, from a checkout of this repository:

blender --background --python scripts/reconstruct.py -- PHOTO... -o DIR --blend

Blender has to find the libraries that pyproject.toml names, as it does where the extension is
installed; there `blender --command prn reconstruct PHOTO...` does the same.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

import sys
import traceback
from pathlib import Path

# Only here: the installed extension imports its own modules relatively.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))


def run() -> int:
    """Do it; whatever happens, the exit code tells: Blender itself would end with 0."""
    try:
        from prn_blender.__main__ import program

        arguments = sys.argv[sys.argv.index("--") + 1 :] if "--" in sys.argv else []
        name = "blender --background --python scripts/reconstruct.py --"
        return program(["reconstruct", *arguments], name)
    except Exception:
        traceback.print_exc()
        return 1


code = run()
if code:
    sys.exit(code)
