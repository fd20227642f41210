"""The command line: `python -m prn_blender`, `blender --command prn`, scripts/reconstruct.py.

It finds the command, runs it and turns errors into one line; what a command does is in `commands`.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from .commands import (
    batch,
    checks,
    evaluate,
    models,
    person,
    reconstruct,
    render_texture,
    sequence,
    sheet,
    streams,
    swap,
    transfer,
)
from .commands.imports import import_head, import_model
from .core.errors import OptionError, PRNError, missing_library
from .core.files.safe import complaint
from .core.model.user_models import default_user_folder

_COMMANDS = (
    reconstruct,
    person,
    batch,
    sequence,
    swap,
    transfer,
    render_texture,
    sheet,
    evaluate,
    import_head,
    import_model,
    models,
)


def main(
    argv: Sequence[str] | None = None,
    prog: str = "python -m prn_blender",
    models_folder: Path | None = None,
) -> int:
    """Run a command.

    Parameters
    ----------
    argv : sequence of str, optional
        Arguments without the program's name; by default those of the process.
    prog : str
        How the program was called, for its help.
    models_folder : Path, optional
        Where the user's models are; by default `default_user_folder`.

    Returns
    -------
    int
        Exit code: 0 all went well, 1 something failed, 2 the arguments make no sense.
    """
    try:
        with streams.guarded():
            return _run(argv, prog, models_folder)
    except streams.OutputGoneError as e:
        streams.complain_of_output(e)
        return 1


def _run(argv: Sequence[str] | None, prog: str, models_folder: Path | None) -> int:
    parser = make_parser(prog)
    parser.set_defaults(models=models_folder or default_user_folder())
    try:
        options = parser.parse_args(argv)
    except SystemExit as e:  # argparse's way to end; Blender has its own
        return int(e.code or 0)
    try:
        checks.check(options, options.parser)
        return int(options.run(options))
    except OptionError as e:  # as argparse's own refusals
        streams.complain(complaint(e))
        return 2
    except (PRNError, OSError, MemoryError) as e:
        streams.complain(complaint(e))
        return 1
    except ImportError as e:  # a library that is loaded only when it is needed
        streams.complain(str(missing_library(e)))
        return 1
    except KeyboardInterrupt:
        streams.complain("stopped.")
        return 130


def make_parser(prog: str) -> argparse.ArgumentParser:
    """What reads the arguments of all commands; the documentation's tests ask it as well."""
    parser = argparse.ArgumentParser(prog=prog, description="A photo of a face becomes a mesh.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for command in _COMMANDS:
        command.add_parser(commands)
    for name, one in commands.choices.items():
        one.set_defaults(command=name, parser=one)
    return parser
