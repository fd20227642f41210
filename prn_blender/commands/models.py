"""`models`: list the models, choose the active one, remove one."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import argparse
from typing import Any

from ..core.model.user_models import ModelStore


def add_parser(commands: Any) -> None:
    """Add the command to the `commands` of an argparse parser."""
    m = commands.add_parser("models", help="list the models, choose the active one")
    group = m.add_mutually_exclusive_group()
    group.add_argument("--use", metavar="NAME", help="make it the active one")
    group.add_argument("--remove", metavar="NAME", help="remove it and its files")
    m.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Change what was asked for, then list the models; returns the exit code."""
    store = ModelStore(options.models)
    if options.use:
        store.activate(options.use)
    if options.remove:
        store.remove(options.remove)
    active = store.active
    for record in (store.record("default"), *store.records()):
        mark = "*" if record.name == active else " "
        print(f"{mark} {record.name}: {record.title} ({store.state(record)})")
        print(f"    licence   {record.license}")
        print(f"    accuracy  {record.accuracy or 'not measured'}")
        print(f"    size      {record.size / 1e6:.1f} MB")
        print(f"    sha256    {record.sha256}")
    return 0
