"""Which model a command works with: the arguments of all commands that need one."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import argparse
from typing import Any

from ..core.face.reconstruct import FaceReconstructor
from ..core.model.user_models import ModelStore


def add_argument(parser: Any) -> None:
    """Add `--model` and `--one-look`."""
    parser.add_argument(
        "--model", metavar="NAME|FILE",
        help="a model of yours by its name, or another .onnx with its UV layout beside it; "
        "by default the active one (see `models`)",
    )  # fmt: skip
    parser.add_argument(
        "--one-look", action="store_true",
        help="do not let a second network look at lids and lips again (faster)",
    )  # fmt: skip


def load(options: argparse.Namespace) -> FaceReconstructor:
    """Open the model that was asked for, else the active one."""
    model = ModelStore(options.models).resolve(options.model)
    return FaceReconstructor.load(model, look_again=not options.one_look)
