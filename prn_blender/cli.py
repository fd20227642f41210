"""The command line: `python -m prn_blender`, `blender --command prn`, scripts/reconstruct.py."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from .commands import evaluate, reconstruct, render_texture, sheet, swap
from .core.errors import PRNError

_COMMANDS = (reconstruct, swap, render_texture, sheet, evaluate)


def main(argv: Sequence[str] | None = None, prog: str = "python -m prn_blender") -> int:
    """Run a command.

    Parameters
    ----------
    argv : sequence of str, optional
        Arguments without the program's name; by default those of the process.
    prog : str
        How the program was called, for its help.

    Returns
    -------
    int
        Exit code: 0 all went well, 1 something failed, 2 the arguments make no sense.
    """
    parser = _parser(prog)
    try:
        options = parser.parse_args(argv)
    except SystemExit as e:  # argparse's way to end; Blender has its own
        return int(e.code or 0)
    try:
        return int(options.run(options))
    except PRNError as e:
        print(f"prn: {e}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("prn: stopped.", file=sys.stderr)
        return 130


def _parser(prog: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=prog, description="A photo of a face becomes a mesh.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for command in _COMMANDS:
        command.add_parser(commands)
    return parser
