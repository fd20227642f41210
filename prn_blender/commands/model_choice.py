"""Which model a command works with: the arguments of all commands that need one."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import argparse
import hashlib
from pathlib import Path
from typing import Any

from ..core.errors import ModelError, Sentence
from ..core.face.reconstruct import FaceReconstructor
from ..core.files.safe import read_bounded
from ..core.head.head_model import kept_head
from ..core.model.bundled import DEFAULT_MODEL, models_folder
from ..core.model.network import MAX_FILE_BYTES
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


def add_head_argument(parser: Any) -> None:
    """Add `--head-model`."""
    parser.add_argument(
        "--head-model", type=Path, metavar="HEAD.npz",
        help="what whole heads are made of: a file of import-head; by default the add-on's head",
    )  # fmt: skip


def load(options: argparse.Namespace) -> FaceReconstructor:
    """Open the model that was asked for, else the active one."""
    model = ModelStore(options.models).resolve(options.model)
    path = getattr(options, "head_model", None)
    head = None if path is None else kept_head(path)
    return FaceReconstructor.load(model, look_again=not options.one_look, head=head)


def file_and_digest(options: argparse.Namespace) -> tuple[str, str]:
    """The .onnx file of that model, for other processes to open, and its sha256.

    Raises
    ------
    ModelError
        There is no such model, or it cannot be read.
    """
    model = ModelStore(options.models).resolve(options.model)
    path = model or models_folder() / DEFAULT_MODEL
    data = read_bounded(path, MAX_FILE_BYTES, Sentence("model"), ModelError)
    return str(model.absolute()) if model else "", hashlib.sha256(data).hexdigest()
