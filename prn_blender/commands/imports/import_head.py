"""`import-head`: the meshes of another head become a topology that photos can be put on."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from ...core.face.other_heads import bring_head
from ...core.head import bundled_head
from ...core.head.other_heads import write_head, write_tables
from .. import model_choice
from ..photos import say


def add_parser(commands: Any) -> None:
    """Add the command to the `commands` of an argparse parser."""
    p = commands.add_parser(
        "import-head", help="the meshes of another head become one that photos can be put on"
    )
    p.add_argument(
        "path", metavar="FOLDER|FILE",
        help="a folder with neutral.obj and, of the same topology, identity*.obj and expressions "
        "by their names; landmarks.txt may name the vertices of the 68 landmarks; or an .npz",
    )  # fmt: skip
    p.add_argument("-o", "--output", type=Path, required=True, metavar="HEAD.npz")
    p.add_argument(
        "--table", type=Path, metavar="FILE.npz",
        help="which place of the UV layout is which place of that head, and the other way round",
    )  # fmt: skip
    model_choice.add_argument(p)
    p.set_defaults(run=run, head_model=None)


def run(options: argparse.Namespace) -> int:
    """Import a head; returns the exit code."""
    reconstructor = model_choice.load(options)
    found = bring_head(Path(options.path), reconstructor)
    write_head(found.model, options.output)
    say(options.output)
    if options.table is not None:
        write_tables(found, bundled_head(), reconstructor.layout, options.table)
        say(options.table)
    model = found.model
    print(
        f"{model.name}: {model.count} vertices, {len(found.own_expressions)} of ARKit's "
        f"expressions of its own"
    )
    for sentence in found.left_out:
        print(sentence)
    return 0
