"""What a kept Blender process runs: `python blender_process.py`, or `blender --python` of it.

The process that starts it says on standard input where it waits; see `blender`.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

import json
import os
import signal
import sys


def main() -> None:
    """Connect, and write what is asked for until the other process goes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the business of who started us
    told = json.loads(sys.stdin.readline())
    # The folder of this file is no place to import from: its modules are those of a package.
    here = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120 - as Python has it
    sys.path[:] = [path for path in sys.path if path != here]
    sys.path.extend(path for path in told["path"] if path not in sys.path)
    # By its name, as this file runs outside of the package.
    from prn_blender.batch.blender import serve
    from prn_blender.batch.scene_files import write_scene_files

    serve(int(told["port"]), bytes.fromhex(told["token"]), write_scene_files)


if __name__ == "__main__":
    try:
        main()
    except (OSError, EOFError, KeyboardInterrupt):  # the other process is gone
        os._exit(1)
    os._exit(0)  # without Blender's clean-up, see `__main__.leave`
