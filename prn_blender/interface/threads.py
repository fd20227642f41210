"""Threads that work behind the window without making it slow."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import contextlib
import ctypes
import os
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

_NICER = 10
"""Added to the thread's nice value on Linux: about a tenth of the processor where both want it."""

_TURN = 0.0005
"""Seconds that Python runs in one thread before another one gets its turn; usually 0.005."""

_BELOW_NORMAL = -1
"""Windows' THREAD_PRIORITY_BELOW_NORMAL."""

_UTILITY = 0x11
"""macOS' QOS_CLASS_UTILITY: long work that the user is aware of but does not wait for."""


def background_thread(name: str) -> ThreadPoolExecutor:
    """One thread that leaves the processor to the window where both want it.

    With two cores, drawing and a photo that is worked on would share them like equals, and the
    window draw half as often; this way the photo waits. On Linux the same goes for threads that
    libraries start from it.
    """
    return ThreadPoolExecutor(1, thread_name_prefix=name, initializer=_step_back)


@contextlib.contextmanager
def quick_turns() -> Iterator[None]:
    """Context in which Blender's thread waits less for its turn to run Python.

    Drawing a window takes dozens of turns, one for each panel, menu and handler, and each of them
    could wait 5 ms for a thread that is in the middle of Python.
    """
    before = sys.getswitchinterval()
    sys.setswitchinterval(min(before, _TURN))
    try:
        yield
    finally:
        sys.setswitchinterval(before)


def _step_back() -> None:
    """Lower the priority of the thread that calls this."""
    with contextlib.suppress(OSError, AttributeError):  # then it works like any other thread
        if sys.platform == "win32":
            kernel = ctypes.windll.kernel32
            kernel.SetThreadPriority(kernel.GetCurrentThread(), _BELOW_NORMAL)
        elif sys.platform == "darwin":
            ctypes.CDLL(None).pthread_set_qos_class_self_np(_UTILITY, 0)
        else:
            here = threading.get_native_id()
            nicer = min(os.getpriority(os.PRIO_PROCESS, here) + _NICER, 19)
            os.setpriority(os.PRIO_PROCESS, here, nicer)
