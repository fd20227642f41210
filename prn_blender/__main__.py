"""`python -m prn_blender`."""
# SPDX-License-Identifier: GPL-3.0-or-later

import os
import sys

from .core.errors import missing_library

try:
    from .cli import main
except ImportError as e:
    sys.exit(f"prn: {missing_library(e)}")

code = main()
sys.stdout.flush()
sys.stderr.flush()
# Not sys.exit: with Blender's module and MediaPipe in one process, their C++ clean-up waits for
# each other half a minute once Blender's glTF exporter has run, and then aborts.
os._exit(code)
