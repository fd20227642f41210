"""Keep native libraries quiet: load onnxruntime without telemetry, silence what C++ code prints.

No other module imports onnxruntime; all call `load_onnxruntime`.

From version 1.29 on its wheels report to Microsoft, on Linux, too: they look up a telemetry host,
connect to it now and then, and keep a device id and a queue of events below the user's cache
folder. Earlier wheels for Windows reported through the operating system.

Tried with version 1.32 on Linux: `ORT_DISABLE_TELEMETRY` is read once, when the library is loaded,
and that is also when the files are made. If it is set before the import it stops all of that, and
it may be unset afterwards. If it is set later, even before the first session, it changes nothing.
The values `1`, `true`, `yes` and `on` count; `0` and an empty value do not. A call of
`disable_telemetry_events()` alone stops neither files nor look-ups. None of this shows in
continuous integration: where `CI` is set, telemetry is off.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import contextlib
import ctypes
import functools
import os
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any, ParamSpec, TypeVar

from .errors import MissingDependencyError, Sentence, first_line

_P = ParamSpec("_P")
_T = TypeVar("_T")

VARIABLE = "ORT_DISABLE_TELEMETRY"
"""The environment variable that turns onnxruntime's telemetry off."""


def _disable_telemetry() -> bool:
    """Set the variable; return whether onnxruntime had been loaded without it before."""
    off = os.environ.get(VARIABLE, "").casefold() in ("1", "true", "yes", "on")
    os.environ[VARIABLE] = "1"  # processes that we start inherit it
    return "onnxruntime" in sys.modules and not off


# This runs when `prn_blender.core` is imported, which is when Blender enables the add-on. Another
# add-on may import onnxruntime later, and the first import decides for the whole process.
_loaded_before = _disable_telemetry()


def load_onnxruntime() -> Any:
    """Import onnxruntime.

    Returns
    -------
    module

    Raises
    ------
    MissingDependencyError
        It is absent or cannot be loaded.
    """
    try:
        import onnxruntime

        # This helps if other code has loaded it before us, and with wheels for Windows that are
        # older than the variable.
        onnxruntime.disable_telemetry_events()
    except Exception as e:  # a broken wheel raises whatever its DLL loader likes
        raise MissingDependencyError(
            "onnxruntime, which runs the network, cannot be loaded: {why}. Reinstall the "
            "add-on (or run `make setup`).",
            why=first_line(e),
        ) from e
    return onnxruntime


def telemetry_notice() -> Sentence | None:
    """What to tell the user if other code loaded onnxruntime first; None if it did not."""
    if not _loaded_before:
        return None
    return Sentence(
        "Something else in this Python loaded onnxruntime first, so that it may report to "
        "Microsoft; set {variable}=1 in the environment before the start, and it does not.",
        variable=VARIABLE,
    )


# File descriptors of the process.
STDOUT = 1
STDERR = 2
# Guards `_silent`.
_lock = threading.Lock()
# By descriptor that is silent now: a copy of the original one, and the number of open blocks.
_silent: dict[int, tuple[int, int]] = {}


@contextlib.contextmanager
def quiet(descriptor: int) -> Iterator[None]:
    """Discard what is written to a file descriptor while the block runs.

    TensorFlow when it starts, and Blender when it renders, write there directly, not through
    Python's streams, and no setting of theirs silences all of it. A descriptor belongs to the
    whole process: if blocks of several threads overlap, it is restored at the end of the last.

    Parameters
    ----------
    descriptor : int
        STDOUT or STDERR.
    """
    if not _silence_descriptor(descriptor):
        yield
        return
    try:
        yield
    finally:
        _restore_descriptor(descriptor)


def quietly(function: Callable[_P, _T]) -> Callable[_P, _T]:
    """Decorate a function that decodes: what its libraries print on stderr goes nowhere.

    OpenCV, libjpeg and libtiff print what they think of damaged files, beside the error that they
    return. Only in the main thread: jobs decode in others, while Blender may have more to say.
    """

    @functools.wraps(function)
    def silent(*args: _P.args, **options: _P.kwargs) -> _T:
        if threading.current_thread() is not threading.main_thread():
            return function(*args, **options)
        with quiet(STDERR):
            return function(*args, **options)

    return silent


def _silence_descriptor(descriptor: int) -> bool:
    """Redirect a descriptor, unless that is done already; False if the process has no console."""
    with _lock:
        saved, blocks = _silent.get(descriptor, (-1, 0))
        if not blocks:
            try:
                (sys.stdout if descriptor == STDOUT else sys.stderr).flush()
                _flush_c()  # what was printed before the block is to be seen
                saved = os.dup(descriptor)
            except (OSError, AttributeError):
                return False
            null_device = os.open(os.devnull, os.O_WRONLY)
            os.dup2(null_device, descriptor)
            os.close(null_device)
        _silent[descriptor] = saved, blocks + 1
        return True


def _restore_descriptor(descriptor: int) -> None:
    """End a block; the last one restores the descriptor."""
    with _lock:
        saved, blocks = _silent.pop(descriptor)
        if blocks > 1:
            _silent[descriptor] = saved, blocks - 1
            return
        _flush_c()  # what waits in a buffer would come out after the block
        os.dup2(saved, descriptor)
        os.close(saved)


def _flush_c() -> None:
    """Write what C's streams hold back; into files and pipes they write by the kilobyte."""
    with contextlib.suppress(OSError, AttributeError):  # no such library: then they do come out
        ctypes.CDLL("ucrtbase" if os.name == "nt" else None).fflush(None)
