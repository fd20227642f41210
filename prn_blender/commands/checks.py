"""What arguments make sense, and which go together: said before any photo is read (exit code 2).

`RULES` is the only place that says what does nothing without what, and what excludes what; `cli`
asks it for every command. A rule holds for the commands that it names. What a parser alone can
tell, such as a word that is none of an option's choices, is argparse's.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import argparse
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..core.errors import OptionError, PRNError
from ..core.face.search import MIN_FACE_PIXELS
from ..core.files.safe import complaint
from ..core.geometry.camera import camera_of_size
from ..core.head.head_model import kept_head
from ..core.outputs.options import KINDS
from ..core.texture.unwrap import MAX_SIZE, MIN_SIZE

PHOTO = ("reconstruct", "batch", "person")
"""Commands with the results of `reconstruct`."""


@dataclass(frozen=True)
class Rule:
    """What an option needs, or what it excludes.

    An option is written as a user does: `--camera persp` is that value, `--focal` any value but the
    default one, `--swap DONOR` too.

    Attributes
    ----------
    commands : tuple of str
    options : tuple of str
        For each of them the rule holds.
    needs : tuple of str
        One of these has to be given, or be the default.
    excludes : str
        This one must not be given.
    """

    commands: tuple[str, ...]
    options: tuple[str, ...]
    needs: tuple[str, ...] = ()
    excludes: str = ""


_OF_SWAP = (
    *("--part", "--mask", "--strength", "--feather", "--color-match", "--blend-mode", "--shape"),
    *("--mouth", "--caution", "--gaze", "--texture-size", "--no-mirror", "--fill", "--donor-face"),
)
_SCENES = ("--blend", "--glb", "--render")

RULES = (
    Rule((*PHOTO, "sequence"), ("--focal",), needs=("--camera persp",)),
    Rule(PHOTO, ("--stride", "--neutral"), excludes="--topology head"),
    Rule(PHOTO, ("--topology head",), needs=(*_SCENES, "--head")),
    Rule(PHOTO, ("--material",), needs=_SCENES),
    Rule(PHOTO, ("--neutral",), needs=("--blend", "--glb")),
    Rule(PHOTO, ("--depth-format",), needs=("--depth",)),
    Rule(PHOTO, ("--key-names",), needs=("--head",)),
    Rule(PHOTO, ("--head-model",), needs=(*_SCENES, "--head")),
    Rule(("reconstruct",), ("--box", "--all-faces"), excludes="--mat-boxes"),
    Rule(("reconstruct",), ("--box",), excludes="--all-faces"),
    Rule(("batch",), ("--all-faces",), excludes="--mat-boxes"),
    Rule(("batch",), ("--blender",), needs=_SCENES),
    Rule(("batch",), ("--limit",), excludes="--cluster"),
    Rule(("batch", "evaluate"), ("--chunk",), needs=("--cluster",)),
    Rule(
        ("sequence",),
        ("--topology", "--fewer-keys", "--positions", "--head-model"),
        needs=("--blend",),
    ),
    Rule(("sequence",), ("--camera", "--focal"), needs=("--blend", "--json")),
    Rule(("sequence",), _OF_SWAP, needs=("--swap DONOR",)),
    Rule(("swap", "sequence", "render-texture"), ("--part",), excludes="--mask"),
    Rule(("swap",), ("--topology", "--head-model"), needs=("--blend-file",)),
    Rule(("transfer",), ("--topology", "--turn"), needs=("--blend",)),
    Rule(("transfer",), ("--key-names",), needs=("--glb",)),
)
"""What goes together; `tests/commands/test_checks.py` tries each row."""

_USUAL_RESULT = {
    **dict.fromkeys(PHOTO, ("--blend",)),
    "sequence": ("--json",),
    "transfer": ("--glb",),
}
"""What a command writes where no result is asked for."""
_RESULTS = {
    **dict.fromkeys(PHOTO, ("blend", "glb", "json", "render", "front", *KINDS)),
    "sequence": ("json", "live_link", "blend", "swap"),
    "transfer": ("glb", "json", "blend"),
}
"""The options that ask for results."""


def check(options: argparse.Namespace, parser: argparse.ArgumentParser) -> None:
    """Refuse arguments that no photo could make sense of.

    Parameters
    ----------
    options : argparse.Namespace
        With `command`, its name.
    parser : argparse.ArgumentParser
        The command's: what its options are by default.

    Raises
    ------
    OptionError
    """
    for name, test in _VALUES.items():
        value = getattr(options, name, None)
        if value is not None:
            test(f"--{name.replace('_', '-')}", value)
    asked = _RESULTS.get(options.command, ())
    usual = not any(getattr(options, name) for name in asked)

    def given(text: str) -> bool:
        name, _, value = text.partition(" ")
        dest = destination(parser, name)
        found = getattr(options, dest)
        if value and not value.isupper():
            return str(found) == value
        return bool(found != parser.get_default(dest))

    for rule in RULES:
        if options.command not in rule.commands:
            continue
        idle = [name for name in rule.options if given(name)]
        if idle and rule.excludes and given(rule.excludes):
            raise OptionError(f"{idle[0]} and {rule.excludes} exclude each other.")
        stands = usual and set(rule.needs) & set(_USUAL_RESULT.get(options.command, ()))
        if idle and rule.needs and not stands and not any(map(given, rule.needs)):
            *others, last = rule.needs
            needed = f"{', '.join(others)} or {last}" if others else last
            verb = "do" if len(idle) > 1 else "does"
            raise OptionError(f"{', '.join(idle)} {verb} nothing without {needed}.")


def destination(parser: argparse.ArgumentParser, option: str) -> str:
    """The name under which argparse keeps an option's value."""
    return str(next(a.dest for a in parser._actions if option in a.option_strings))


def _focal(option: str, value: float) -> None:
    camera_of_size((1000, 1000), 1.0, "persp", value)


def _boxes(option: str, value: list[list[float]]) -> None:
    for box in value:
        text = " ".join(f"{v:g}" for v in box)
        if not all(map(math.isfinite, box)):
            raise OptionError(f"--box is four numbers, x0 y0 x1 y1, in pixels; found {text}.")
        width, height = box[2] - box[0], box[3] - box[1]
        if min(width, height) < MIN_FACE_PIXELS:
            raise OptionError(
                f"The box {text} is {width:g} x {height:g} pixels; each side needs at least "
                f"{MIN_FACE_PIXELS:g} (x0 y0 is the upper left corner)."
            )


def _head(option: str, value: Path) -> None:
    try:
        kept_head(value)
    except PRNError as e:
        raise OptionError(complaint(e)) from e


def _counted(option: str, value: int) -> None:
    if value < 1:
        raise OptionError(f"{option} is counted from 1; there is no {value}.")


def _texture(option: str, value: Any) -> None:
    if value != "auto" and not MIN_SIZE <= value <= MAX_SIZE:
        raise OptionError(f"The texture size is {value}; it can be {MIN_SIZE} to {MAX_SIZE}.")


def _seconds(option: str, value: float) -> None:
    if not value > 0:  # NaN fails this too
        raise OptionError(f"{option} is {value:g} seconds; it has to be more than 0.")


_VALUES: Mapping[str, Callable[[str, Any], None]] = {
    "focal": _focal,
    "box": _boxes,
    "head_model": _head,
    "face": _counted,
    "donor_face": _counted,
    "onto_face": _counted,
    "person": _counted,
    "texture_size": _texture,
    "limit": _seconds,
}
"""Tests of values, by what argparse calls the option."""
