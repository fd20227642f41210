"""Other processes have the package that they were started from, under its name."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CODE = """
import importlib, runpy, sys
script, package, folder = sys.argv[1:]
runpy.run_path(script)["have"](package, folder)
print(importlib.import_module(package + ".core.version").__file__)
"""


@pytest.mark.parametrize("package", ["prn_blender", "bl_ext.somewhere.prn_face"])
def test_another_version_that_is_installed_is_not_taken(package: str, tmp_path: Path) -> None:
    other = tmp_path / "prn_blender" / "core"
    other.mkdir(parents=True)
    for place in (other.parent / "__init__.py", other / "__init__.py", other / "version.py"):
        place.write_text("")
    folder = ROOT / "prn_blender"
    done = subprocess.run(
        [sys.executable, "-P", "-c", CODE, folder / "batch" / "standalone.py", package, folder],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stdout.strip() == str(folder / "core" / "version.py"), done.stderr
