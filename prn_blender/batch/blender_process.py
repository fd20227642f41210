"""What a kept Blender process runs: `python blender_process.py`, or `blender --python` of it.

The process that starts it sends requests to its standard input and reads answers from its standard
output, see `blender`. What Blender itself prints there goes nowhere.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

import importlib
import json
import os
import runpy
import signal
import sys


def main() -> None:
    """Say that we are here, and write what is asked for until the other process goes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the business of who started us
    requests = sys.stdin.buffer
    told = json.loads(requests.readline())
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    package = told["package"]
    standalone = os.path.join(told["folder"], "batch", "standalone.py")  # noqa: PTH118
    runpy.run_path(standalone)["have"](package, told["folder"])
    serve = importlib.import_module(f"{package}.batch.blender").serve
    write = importlib.import_module(f"{package}.batch.scene_files").write_scene_files
    # A line of its own, whatever Blender has printed before.
    answers.write(f"\n{told['token']}\n".encode())
    answers.flush()
    serve(requests, answers, write)


if __name__ == "__main__":
    try:
        main()
    except (OSError, EOFError, KeyboardInterrupt):  # the other process is gone
        os._exit(1)
    os._exit(0)  # without Blender's clean-up, see `__main__.leave`
