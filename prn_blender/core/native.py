"""Native libraries kept quiet: onnxruntime loaded so that it reports to nobody, prints swallowed.

`load_onnxruntime` is the one place that imports onnxruntime.

From 1.29 on its wheels report to Microsoft, on Linux too: they look up a host of telemetry, open a
connection now and then, and keep a device id and a queue of events below the user's cache folder.
Windows' wheels did so before, through the system.

Tried with 1.32 on Linux: `ORT_DISABLE_TELEMETRY` is read once, when the library is loaded, which is
when the files are made too. Set before the import it stops all of it, and may be gone afterwards;
set later, before the first session, it changes nothing. `1`, `true`, `yes` and `on` count, `0` and
an empty value do not. `disable_telemetry_events()` alone stops neither files nor look-ups.
Continuous integration sees none of this: where `CI` is set, reports are off.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import contextlib
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


def _silence() -> bool:
    """Set the variable; whether onnxruntime was loaded before, without it."""
    off = os.environ.get(VARIABLE, "").casefold() in ("1", "true", "yes", "on")
    os.environ[VARIABLE] = "1"  # a process that we start inherits it
    return "onnxruntime" in sys.modules and not off


# When `prn_blender.core` is imported, which is when Blender enables the add-on: another add-on may
# import onnxruntime next, and whoever does so first decides for the whole process.
_loaded_before = _silence()


def load_onnxruntime() -> Any:
    """The module `onnxruntime`.

    Raises
    ------
    MissingDependencyError
        It is absent or cannot be loaded.
    """
    try:
        import onnxruntime

        # Where somebody else has loaded it before, and for Windows' wheels older than the variable.
        onnxruntime.disable_telemetry_events()
    except Exception as e:  # a broken wheel raises whatever its DLL loader likes
        raise MissingDependencyError(
            "onnxruntime, which runs the network, cannot be loaded: {why}. Reinstall the "
            "add-on (or run `make setup`).",
            why=first_line(e),
        ) from e
    return onnxruntime


def telemetry_notice() -> Sentence | None:
    """What to tell the user where we came too late; None where we did not."""
    if not _loaded_before:
        return None
    return Sentence(
        "Something else in this Python loaded onnxruntime first, so that it may report to "
        "Microsoft; set {variable}=1 in the environment before the start, and it does not.",
        variable=VARIABLE,
    )


STDOUT = 1
STDERR = 2
_descriptors = threading.Lock()
# Descriptors that are silent now: a copy of the real one, and how many blocks want silence.
_silent: dict[int, tuple[int, int]] = {}


@contextlib.contextmanager
def quiet(descriptor: int) -> Iterator[None]:
    """Send what is written to a file descriptor nowhere for as long as the block lasts.

    TensorFlow's start and Blender's render progress go there past Python's own streams, and no
    setting of theirs silences all of it. A descriptor belongs to the whole process: where blocks of
    several threads overlap, it comes back with the end of the last one.

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
    """Redirect a descriptor, unless that is done; False where a window has no console."""
    with _descriptors:
        saved, blocks = _silent.get(descriptor, (-1, 0))
        if not blocks:
            try:
                (sys.stdout if descriptor == STDOUT else sys.stderr).flush()
                saved = os.dup(descriptor)
            except (OSError, AttributeError):
                return False
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, descriptor)
            os.close(nowhere)
        _silent[descriptor] = saved, blocks + 1
        return True


def _restore_descriptor(descriptor: int) -> None:
    with _descriptors:
        saved, blocks = _silent.pop(descriptor)
        if blocks > 1:
            _silent[descriptor] = saved, blocks - 1
            return
        os.dup2(saved, descriptor)
        os.close(saved)
