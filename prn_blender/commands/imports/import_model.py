"""`import-model`: PRNet's weights, a port's, or any ONNX file become a model of yours."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import argparse
import sys
import textwrap
from pathlib import Path
from typing import Any

from ...core.errors import OptionError
from ...core.model.importer import resfcn
from ...core.model.importer.add import Source, import_model, terms
from ...core.model.importer.foreign import Wrapping
from ...core.model.user_models import ModelStore


def add_parser(commands: Any) -> None:
    """Add the command to the `commands` of an argparse parser."""
    p = commands.add_parser(
        "import-model", help="PRNet's weights, a port's, or any ONNX file become a model of yours"
    )
    p.add_argument(
        "path", metavar="PATH",
        help="a PRNet checkout with its weights, a port's state dict (.pth), or an .onnx file",
    )  # fmt: skip
    p.add_argument("--name", help="what to call it; by default PRNet, or the file's name")
    p.add_argument("--accept-license", action="store_true", help="you read the terms and agree")
    p.add_argument("--license", default="", metavar="TEXT", help="the weights' licence")
    p.add_argument("--use", action="store_true", help="make it the active model")
    p.add_argument("--uv-data", type=Path, metavar="DIR", help="PRNet's folder Data/uv-data")
    p.add_argument("--layout", type=Path, metavar="FILE", help="a UV layout (.npz) instead")
    numbers = p.add_argument_group("what the network's numbers mean (.pth, .onnx)")
    numbers.add_argument(
        "--scale", type=float,
        help=f"crop pixels per unit of the output; {resfcn.POSITION_SCALE} for a state dict; an "
        ".onnx file without it has to follow the contract",
    )  # fmt: skip
    numbers.add_argument("--offset", type=float, default=0.0, help="crop pixels to add (.onnx)")
    numbers.add_argument("--mean", type=float, nargs=3, default=(0.0,) * 3, help="taken off RGB")
    numbers.add_argument("--std", type=float, nargs=3, default=(1.0,) * 3, help="divides RGB")
    numbers.add_argument("--bgr", action="store_true", help="the network wants blue first")
    numbers.add_argument("--output", default="", help="the output that is the position map")
    numbers.add_argument("--activation", choices=resfcn.ACTIVATIONS, default="sigmoid")
    numbers.add_argument("--epsilon", type=float, default=resfcn.BATCH_NORM_EPSILON,
                         help="of batch norm (.pth)")  # fmt: skip
    p.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Import a model once its terms are accepted; returns the exit code."""
    store = ModelStore(options.models)
    source = _source(options)
    _ask(store, str(terms(source)), options.accept_license)
    record = import_model(store, source, options.name or source.default_name)
    if options.use:
        store.activate(record.name)
    print(f"{record.name}: {record.size / 1e6:.1f} MB, sha256 {record.sha256}")
    print(f"in {store.folder}" + (", active" if store.active == record.name else ""))
    return 0


def _source(options: argparse.Namespace) -> Source:
    """The file to import, and what the arguments say about its numbers."""
    path = Path(options.path)
    source = Source(
        path=path,
        uv_data=options.uv_data,
        layout=options.layout,
        license=options.license,
        activation=options.activation,
        epsilon=options.epsilon,
        scale=options.scale or resfcn.POSITION_SCALE,
    )
    if not source.is_onnx or options.scale is None:
        return source
    wrapping = Wrapping(
        options.scale, options.offset, tuple(options.mean), tuple(options.std), options.bgr,
        options.output,
    )  # fmt: skip
    return Source(path, options.uv_data, options.layout, wrapping, options.license)


def _ask(store: ModelStore, text: str, accepted: bool) -> None:
    """Show the terms once; go on only when they are accepted."""
    if store.has_accepted(text):
        return
    print(textwrap.fill(text, 80), file=sys.stderr)
    if not accepted:
        answer = ""
        if sys.stdin is not None and sys.stdin.isatty():
            answer = input("Do you accept these terms? [y/N] ")
        if answer.strip().lower() not in ("y", "yes"):
            raise OptionError(
                "Nothing was imported: the terms above have to be accepted (--accept-license)."
            )
    store.accept(text)
