"""Standard output and error, whatever became of them: a closed pipe, a full disk."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TextIO

from ..core.files.safe import reason


class OutputGoneError(Exception):
    """Standard output takes nothing any more.

    Attributes
    ----------
    error : OSError
        The system's reason.
    """

    def __init__(self, error: OSError) -> None:
        super().__init__(error)
        self.error = error


@contextlib.contextmanager
def guarded() -> Iterator[None]:
    """Guard `sys.stdout` and `sys.stderr` for as long as the block lasts.

    Where they were closed (`>&-`, programs with a window on Windows) Python has None in their
    place; then they take everything. What stderr cannot take is lost, for nobody can be told.

    Raises
    ------
    OutputGoneError
        Stdout cannot be written, at the end of the block too.
    """
    with contextlib.ExitStack() as stack:
        for name in ("stdout", "stderr"):
            if getattr(sys, name) is None:
                nowhere = stack.enter_context(Path(os.devnull).open("w", encoding="utf-8"))
                stack.callback(setattr, sys, name, None)
                setattr(sys, name, nowhere)
        output, errors = _Guard(sys.stdout, gone=True), _Guard(sys.stderr, gone=False)
        with contextlib.redirect_stdout(output), contextlib.redirect_stderr(errors):
            yield
            output.flush()
            errors.flush()


def complain(text: str) -> None:
    """Print one of our lines on stderr."""
    with contextlib.suppress(OSError):
        print(f"prn: {text}", file=sys.stderr, flush=True)


def complain_of_output(gone: OutputGoneError) -> None:
    """Say that stdout is gone; not to those who close a pipe, as `head` does."""
    if sys.stderr is not None and not isinstance(gone.error, BrokenPipeError):
        complain(f"standard output cannot be written: {reason(gone.error)}.")


class _Guard:
    """A stream whose failures are ours.

    Parameters
    ----------
    stream : TextIO
    gone : bool
        Raise `OutputGoneError` where it takes nothing; otherwise go on without.
    """

    def __init__(self, stream: TextIO, gone: bool) -> None:
        self._stream, self._gone = stream, gone

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        self._try(lambda: self._stream.write(text))
        return len(text)

    def flush(self) -> None:
        self._try(self._stream.flush)

    def _try(self, step: Callable[[], object]) -> None:
        try:
            step()
        except OSError as e:
            _let_go(self._stream)
            if self._gone:
                raise OutputGoneError(e) from e


def _let_go(stream: TextIO) -> None:
    """Lead a stream nowhere: Python flushes it once more at the end, and would complain again."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        descriptor = stream.fileno()
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, descriptor)
        os.close(nowhere)
