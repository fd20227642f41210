"""A disk that fails at a chosen moment: builds the C library that plays it, and works it."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import sys
from pathlib import Path

SOURCE = Path(__file__).resolve().with_suffix(".c")
NOTHING, KILL, FULL, LOCK = range(4)
"""What happens at the chosen moment, see the C file."""


def why_not() -> str:
    """Why there can be no such disk here; empty where there can."""
    if sys.platform != "linux":
        return "LD_PRELOAD is Linux's"
    return "" if shutil.which("cc") else "there is no C compiler"


def build(folder: Path) -> Path:
    """The library, compiled into a folder."""
    library = folder / "faulty_disk.so"
    command = ["cc", "-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o", library, SOURCE, "-ldl"]
    subprocess.run(command, check=True)
    return library


def environment(library: Path, **more: str) -> dict[str, str]:
    """The environment of a process whose disk is such a one."""
    return {**os.environ, "LD_PRELOAD": str(library), **more}


def set_fault(folder: Path, number: int, what: int) -> None:
    """Inside of such a process: count anew, and fail at the operation of this number."""
    ctypes.CDLL(None).fault_set(os.fsencode(folder), ctypes.c_long(number), what)


def operations() -> int:
    """Inside of such a process: how many there were since."""
    count = ctypes.CDLL(None).fault_count
    count.restype = ctypes.c_long
    return int(count())
