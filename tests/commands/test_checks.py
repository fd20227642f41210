"""Arguments that no photo could make sense of end with 2, before any photo is read."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import argparse
from pathlib import Path

import pytest
from command_line import complaints

from prn_blender import cli
from prn_blender.commands import checks
from prn_blender.commands.checks import RULES, Rule

INPUTS = {
    "reconstruct": ["none.png"],
    "batch": ["none", "-o", "out"],
    "person": ["none.png"],
    "sequence": ["none.mp4"],
    "swap": ["none.png", "none.png"],
    "render-texture": ["none.png", "none.png", "-o", "out.png"],
    "transfer": ["none.png", "--onto", "none.png"],
    "evaluate": ["none"],
}
ROWS = [
    (rule, command, option)
    for rule in RULES
    for command in rule.commands
    for option in rule.options
]


def parser_of(command: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = (
        cli.make_parser("prn").parse_args([command, *INPUTS[command]]).parser
    )
    return parser


def action_of(command: str, name: str) -> argparse.Action:
    return next(a for a in parser_of(command)._actions if name in a.option_strings)


def given(command: str, text: str) -> list[str]:
    """An option as a user would give it, with a value that is not the default one."""
    name, _, value = text.partition(" ")
    action = action_of(command, name)
    if action.nargs == 0:
        return [name]
    if value and not value.isupper():
        return [name, value]
    if action.nargs == 4:
        return [name, "10", "10", "90", "90"]
    for choice in action.choices or ("64", "0.5", "none.npz"):
        try:
            found = action.type(str(choice)) if action.type else choice
        except (ValueError, argparse.ArgumentTypeError):
            continue
        if found != action.default:
            return [name, str(choice)]
    raise AssertionError(name)


def denied(command: str, text: str) -> list[str]:
    """What makes an option not be so that is so by default."""
    name, _, value = text.partition(" ")
    action = action_of(command, name)
    if not value or str(action.default) != value:
        return []
    return [name, next(str(c) for c in action.choices or () if str(c) != value)]


def run(command: str, *words: str) -> int:
    return cli.main([command, *INPUTS[command], *words])


@pytest.mark.parametrize(
    ("rule", "command", "option"), ROWS, ids=[f"{command} {option}" for _, command, option in ROWS]
)
def test_each_row_is_said_and_what_it_asks_for_helps(
    rule: Rule, command: str, option: str, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(checks, "_VALUES", {})
    monkeypatch.setattr(checks, "RULES", (rule,))
    words = given(command, option)
    if rule.excludes:
        bad, good = [*words, *given(command, rule.excludes)], words
        says = f"{option} and {rule.excludes} exclude each other."
    else:
        # Some result that is none of those needed: without any, the usual one is made.
        other = {"sequence": "--live-link", "transfer": "--json"}.get(command, "--landmarks")
        others = [other] if command in checks._RESULTS else []
        bad = [*words, *others, *(w for need in rule.needs for w in denied(command, need))]
        good = [*words, *given(command, rule.needs[0])]
        needed = " or ".join(rule.needs).replace(" or ", ", ", max(0, len(rule.needs) - 2))
        says = f"{option} does nothing without {needed}."
    options = cli.make_parser("prn").parse_args([command, *INPUTS[command], *good])
    checks.check(options, options.parser)  # says nothing
    assert run(command, *bad) == 2
    (line,) = complaints(capsys)
    assert line == f"prn: {says}"
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("reconstruct a.png --stride 2 --topology head", "--stride and --topology head exclude"),
        ("reconstruct a.png --neutral --topology head", "--neutral and --topology head exclude"),
        ("reconstruct a.png --focal 50", "--focal does nothing without --camera persp."),
        ("person a.png b.png --camera ortho --focal 50", "without --camera persp."),
        ("sequence a.mp4 --camera ortho --focal 50", "without --camera persp."),
        ("reconstruct a.png --obj --material lit", "without --blend, --glb or --render."),
        ("sequence a.mp4 --mouth donor --feather 0.5",
         "--feather, --mouth do nothing without --swap DONOR."),
        ("reconstruct a.png --camera persp --focal 0", "The focal length is 0.0"),
        ("reconstruct a.png --camera persp --focal nan", "The focal length is nan"),
        ("batch a -o b --camera persp --focal 9e9", "The focal length"),
        ("reconstruct a.png --box 0 0 5 5", "each side needs at least 20"),
        ("reconstruct a.png --box 50 50 10 10", "each side needs at least 20"),
        ("reconstruct a.png --box nan 0 9 9", "--box is four numbers"),
        ("reconstruct a.png --head-model none.npz", "none.npz"),
        ("person a.png --head-model none.npz", "none.npz"),
        ("swap a.png b.png --face 0", "--face is counted from 1"),
        ("swap a.png b.png --donor-face -1", "--donor-face is counted from 1"),
        ("swap a.png b.png --texture-size 3", "The texture size is 3"),
        ("render-texture a.png b.png -o c.png --face 0", "counted from 1"),
        ("transfer a.png --onto b.png --onto-face 0", "counted from 1"),
        ("sequence a.mp4 --person 0", "counted from 1"),
        ("batch a -o b --limit nan", "--limit is nan seconds"),
    ],
)  # fmt: skip
def test_what_is_right_for_no_photo_ends_with_2(
    words: str, says: str, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    """There is no such photo, and nobody has looked."""
    monkeypatch.chdir(tmp_path)
    assert cli.main(words.split()) == 2
    (line,) = complaints(capsys)
    assert says in line
    assert not list(tmp_path.iterdir())
