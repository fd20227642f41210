"""Arguments of the command line: all commands, with files that are none, and odd values."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import argparse
import contextlib
import io
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from mutations import Random, number, odds, pick, text
from PIL import Image
from samples import portrait, reconstructor
from synthetic import ball_arrays, tiny_model
from verdict import digests

from prn_blender.cli import main, make_parser

from . import Run

_USEFUL = ["--stride", "4", "--texture-size", "32"]
"""What keeps a reconstruction short."""


def arguments(folder: Path) -> Run:
    """A command with its arguments, in a folder with a few files."""
    reconstructor()
    files = _files(folder / "files")
    actions = {name: _actions(parser) for name, parser in _commands().items()}

    def run(rng: Random, folder: Path) -> list[str]:
        shutil.copytree(files, folder / "files")
        return command_said(_argv(rng, actions, folder), folder)

    return run


def command_said(argv: list[str], folder: Path) -> list[str]:
    """What a command says that may read `files` in a folder, and may not change them."""
    (folder / "argv.txt").write_text("\n".join(map(ascii, argv)))
    before = digests(folder / "files")
    said = said_by(lambda: main(argv, prog="x", models_folder=folder / "store"))
    assert digests(folder / "files") == before, "it has changed its inputs"
    return said


def said_by(command: Callable[[], int]) -> list[str]:
    """The sentences of a command; AssertionError where it says anything else, or fails silently."""
    errors, output = io.StringIO(), io.StringIO()
    with contextlib.redirect_stderr(errors), contextlib.redirect_stdout(output):
        code = command()
    said = errors.getvalue()
    assert code in (0, 1, 2), code
    lines = said.split("\n")
    assert lines.pop() == "", said
    if code == 2 and lines[0].startswith("usage: "):  # argparse's own; else it is ours
        assert "error: " in lines[-1], said
        return ["The arguments make no sense."]
    assert code == 0 or lines, "it failed without a word"
    assert all(line.startswith("prn: ") for line in lines if not _is_terms(line)), said
    messages = [line.removeprefix("prn: ") for line in lines if not _is_terms(line)]
    # "left out of ..." and "stopped." begin small, after our name.
    return [message[:1].upper() + message[1:] for message in messages]


def _is_terms(line: str) -> bool:
    """A line of a licence's terms, which are shown wrapped."""
    return not line.startswith("prn: ") and len(line) <= 80


# They look at many pictures: `shots` has arguments of their own for them.
_LEFT_OUT = ("batch", "sequence")


def _commands() -> dict[str, argparse.ArgumentParser]:
    for action in make_parser("x")._actions:
        if isinstance(action, argparse._SubParsersAction):
            return {name: p for name, p in action.choices.items() if name not in _LEFT_OUT}
    raise AssertionError("no commands")


def _actions(parser: argparse.ArgumentParser) -> list[argparse.Action]:
    return [action for action in parser._actions if "-h" not in action.option_strings]


def _files(folder: Path) -> Path:
    """Photos, sound and not, and models: what arguments can name."""
    photos = folder / "photos"
    photos.mkdir(parents=True)
    pixels = portrait()
    Image.fromarray(pixels).save(photos / "me.png")
    Image.fromarray(pixels[:, ::-1]).save(photos / "my twin.jpg", quality=90)
    Image.fromarray(np.full((64, 64, 3), 99, np.uint8)).save(photos / "nobody.png")
    (photos / "damaged.jpg").write_bytes((photos / "my twin.jpg").read_bytes()[:700])
    (photos / "phone.heic").write_bytes(b"\0\0\0\x18ftypheic" + bytes(99))
    (photos / ".hidden.png").write_bytes(b"x")
    (folder / "empty").mkdir()
    (folder / "text.txt").write_text("hello\n")
    (folder / "nothing.png").write_bytes(b"")
    (folder / "me.mat").write_bytes(b"MATLAB 5.0 MAT-file" + bytes(200))
    texture = np.full((32, 32, 4), 255, np.uint8)
    texture[8:24, 8:24] = 200, 30, 30, 255
    Image.fromarray(texture).save(folder / "texture.png")
    np.savez(folder / "ball.npz", **ball_arrays())
    tiny_model(folder / "tiny.onnx")
    landmarks = np.random.default_rng(0).uniform(0, 160, (1, 68, 3))
    np.savez(folder / "photos.npz", name=np.array(["me.png"]), landmarks=landmarks,
             pitch_yaw_roll=np.zeros((1, 3)))  # fmt: skip
    return folder


_SOUND = {
    "photos": "photos/me.png", "target": "photos/me.png", "references": "photos/my twin.jpg",
    "photo": "photos/me.png", "texture": "texture.png", "annotations": "photos.npz",
    "path": "tiny.onnx",
}  # fmt: skip
_OUTPUTS = ("out", "out/", "out/a.png", "out/a.jpg", "out/a.webp", "out/deep/b.png", "out/a.json",
            "files/text.txt/x", "out/" + "y" * 300)  # fmt: skip


def _argv(rng: Random, actions: dict[str, list[argparse.Action]], folder: Path) -> list[str]:
    command = pick(rng, sorted(actions)) if odds(rng, 0.98) else text(rng)
    if command not in actions:
        return [command.replace("\0", "")]
    required: list[str] = []
    optional: list[str] = []
    for action in actions[command]:
        if not action.option_strings:
            count = 1 if action.nargs is None or odds(rng, 0.7) else 2
            required += [_place(rng, action.dest, folder) for _ in range(count)]
        elif action.dest == "output" and command != "import-model":
            optional += [action.option_strings[0], _output(rng, folder)]
        elif odds(rng, 0.12):
            name = pick(rng, action.option_strings)
            optional += [name, *_values(rng, action, folder)]
    if command == "reconstruct":
        optional = [*_USEFUL, *optional]
        # Faces in Blender are another kind's, and take long.
        for flag in ("--blend", "--glb", "--render"):
            while flag in optional and odds(rng, 0.9):
                optional.remove(flag)
        if not any(f in optional for f in ("--json", "--obj", "--landmarks", "--blend")):
            optional.append("--json")
    if command == "swap":
        optional = ["--texture-size", "32", *optional]
    if odds(rng, 0.03):
        optional.append(text(rng))
    # A program's arguments cannot hold a zero byte.
    return [argument.replace("\0", "") for argument in (command, *required, *optional)]


def _place(rng: Random, dest: str, folder: Path) -> str:
    kind = rng.random()
    files = sorted(p for p in (folder / "files").rglob("*"))
    if kind < 0.6:
        return str(folder / "files" / _SOUND[dest])
    if kind < 0.85:
        return str(pick(rng, files))
    if kind < 0.93:
        return str(folder / "files" / text(rng).replace("\0", ""))
    odd = folder / "files" / "photos"
    return str(odd) if odds(rng, 0.5) else str(folder / "gone.png")


def _output(rng: Random, folder: Path) -> str:
    if odds(rng, 0.8):
        return str(folder / pick(rng, _OUTPUTS))
    # Below the folder, whatever the text says: nothing is to be written elsewhere.
    return str(folder / "out" / text(rng).replace("\0", "").replace("..", "_").lstrip("/"))


def _values(rng: Random, action: argparse.Action, folder: Path) -> list[str]:
    if action.nargs == 0:
        return []
    count = action.nargs if isinstance(action.nargs, int) else 1
    if odds(rng, 0.03):
        count += 1

    def one() -> str:
        if action.choices and odds(rng, 0.9):
            return str(pick(rng, list(action.choices)))
        if action.type in (int, float):
            sound: Any = int(rng.integers(0, 4)) if action.type is int else float(rng.random())
            if action.dest == "box":
                sound = float(rng.uniform(0, 160))
            return str(sound if odds(rng, 0.7) else number(rng))
        if action.dest in ("json", "mask", "layout", "uv_data", "dense"):
            if action.dest == "json":
                return _output(rng, folder)
            return _place(rng, "texture", folder)
        if action.dest == "part" and odds(rng, 0.8):
            return pick(rng, ("face", "eyes", "mouth", "nose", "prnet-face"))
        if action.dest == "model" and odds(rng, 0.5):
            return str(folder / "files" / "tiny.onnx")
        return text(rng)

    return [one() for _ in range(count)]
