"""What a process of a `pool` runs, by its path: see `pool` for what `told` is."""
# SPDX-License-Identifier: GPL-3.0-or-later

import importlib
import runpy
from pathlib import Path
from typing import Any


def main(pipe: Any, package: str, folder: str, work: bytes) -> None:
    """Work until the parent goes."""
    standalone = Path(__file__).parents[1] / "standalone.py"
    runpy.run_path(str(standalone))["have"](package, folder)
    importlib.import_module(f"{package}.batch.engines.pool").serve(pipe, work)


if __name__ == "prn_pool_process":
    main(*globals()["told"])  # given by who runs this
