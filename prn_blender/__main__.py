"""`python -m prn_blender`, and `prn-blender` where the package was installed."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import NoReturn

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
    # Before numpy is loaded. What its library computes differs in the last bit by the number of its
    # threads, so results would depend on the machine's cores; matrices of this size gain nothing.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    try:
        from .cli import main
    except ImportError as e:
        print(f"prn: {missing_library(e)}", file=sys.stderr)
        return 1
    return main(argv, prog)


def leave(code: int) -> NoReturn:
    """End the process with this exit code.

    Where Blender is loaded as a Python module, without its clean-up: that of Blender 4.2 crashes
    once its glTF exporter has run.
    """
    if "bpy" in sys.modules:
        with suppress(OSError, ValueError):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)
    sys.exit(code)


def prn_blender() -> NoReturn:
    """The installed program."""
    leave(program(prog="prn-blender"))


if __name__ == "__main__":
    leave(program())
