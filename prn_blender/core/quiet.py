"""Keep what C++ libraries print on their own out of our output."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator

STDOUT, STDERR = 1, 2


@contextlib.contextmanager
def quiet(descriptor: int) -> Iterator[None]:
    """Send what is written to a file descriptor nowhere for as long as the block lasts.

    TensorFlow's start and Blender's render progress go there past Python's own streams, and no
    setting of theirs silences all of it.

    Parameters
    ----------
    descriptor : int
        STDOUT or STDERR.
    """
    try:
        (sys.stdout if descriptor == STDOUT else sys.stderr).flush()
        saved = os.dup(descriptor)
    except (OSError, AttributeError):  # a window without a console has none
        yield
        return
    try:
        with open(os.devnull, "wb") as nowhere:  # noqa: PTH123
            os.dup2(nowhere.fileno(), descriptor)
        yield
    finally:
        os.dup2(saved, descriptor)
        os.close(saved)
