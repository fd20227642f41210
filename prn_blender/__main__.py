"""`python -m prn_blender`."""
# SPDX-License-Identifier: GPL-3.0-or-later

import sys

from .core.errors import missing_library

try:
    from .cli import main
except ImportError as e:
    sys.exit(f"prn: {missing_library(e)}")

sys.exit(main())
