"""`python -m prn_blender`, and `prn-blender` where the package was installed."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from contextlib import suppress

from .core.errors import missing_library


def program(argv: Sequence[str] | None = None, prog: str = "python -m prn_blender") -> int:
    """Run a command even where libraries are missing: then it says which.

    Parameters
    ----------
    argv, prog
        As for `cli.main`.

    Returns
    -------
    int
        The exit code.
    """
    try:
        from .cli import main
    except ImportError as e:
        print(f"prn: {missing_library(e)}", file=sys.stderr)
        return 1
    return main(argv, prog)


def prn_blender() -> int:
    """The installed program."""
    return program(prog="prn-blender")


if __name__ == "__main__":
    code = program()
    if "bpy" in sys.modules:
        # Blender 4.2's module crashes in its clean-up once its glTF exporter has run.
        with suppress(OSError, ValueError):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)
    sys.exit(code)
