"""A Blender process that is kept alive and writes .blend, .glb and renders of photo after photo.

The process that finds faces has no Blender in it: it stays small, and a Blender that crashes over
one photo takes nothing else along. They talk through the pipes of its standard input and output:
pickled, in both directions; the UV layout is sent once, heads of others as paths of their files.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import contextlib
import io
import json
import pickle
import secrets
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from ..core import errors
from ..core.errors import MissingDependencyError, OutputError, PRNError
from ..core.geometry.uv_layout import UVLayout
from ..core.head.head_model import HeadModel, kept_head
from .reconstruction import Say, SceneFiles

_START = 120.0
"""Seconds that Blender may take to start, on a busy machine."""
_TOKEN_BYTES = 32
_PHOTOS = 1000
"""After so many photos a fresh Blender takes over: whatever it may leak does not add up."""


class _Pickler(pickle.Pickler):
    """Leaves out layout and head, which are the same for all faces and larger than they are."""

    def persistent_id(self, value: Any) -> Path | str | None:
        if isinstance(value, HeadModel) and value.path is not None:
            return value.path.absolute()
        return "layout" if isinstance(value, UVLayout) else None


class _Unpickler(pickle.Unpickler):
    layout: UVLayout | None = None

    def persistent_load(self, what: Path | str) -> Any:
        return kept_head(what) if isinstance(what, Path) else self.layout


@dataclass(frozen=True)
class StartBlender:
    """How a Blender process is started.

    Attributes
    ----------
    program : str
        Blender's executable; empty: this Python, which has Blender as a module.
    """

    program: str = ""

    def command(self) -> list[str]:
        """The command line."""
        script = str(Path(__file__).with_name("blender_process.py"))
        if not self.program:
            return [sys.executable, "-P", script]  # its folder is no place to import from
        return [self.program, "--background", "--python-exit-code", "1", "--python", script]


class BlenderProcess:
    """Writes the scene files of photos in another process; started when it is first needed.

    Parameters
    ----------
    start : StartBlender
    layout : UVLayout
        Of all faces.
    """

    def __init__(self, start: StartBlender, layout: UVLayout) -> None:
        self._start, self._layout = start, layout
        self._process: subprocess.Popen[bytes] | None = None
        self._photos = 0

    def __call__(self, asked: SceneFiles, say: Say) -> list[list[str]]:
        """Write the files, as `scene_files.write_scene_files` does.

        Raises
        ------
        OutputError
            Blender ended twice over this photo.
        PRNError
            What the other process raised.
        MissingDependencyError
            Blender cannot be started.
        """
        if self._photos >= _PHOTOS:
            self.close()
        for last in (False, True):
            try:
                answer = self._ask(asked)
                break
            except (OSError, EOFError, pickle.UnpicklingError) as e:
                self.close()
                if last:
                    raise OutputError("Blender ended while it wrote this photo's files.") from e
        self._photos += 1
        for sentence in answer["said"]:
            say(sentence)
        if "error" in answer:
            kind = getattr(errors, answer["kind"], OutputError)
            raise (kind if issubclass(kind, PRNError) else OutputError)(answer["error"])
        return [list(files) for files in answer["files"]]

    def start(self) -> None:
        """Start it now, to fail before hours of work depend on it.

        Raises
        ------
        MissingDependencyError
            It cannot be started, or has not what it needs.
        """
        if self._process is not None:
            return
        package, folder = __package__.rpartition(".")[0], Path(__file__).parents[1]
        token = secrets.token_hex(_TOKEN_BYTES)
        told = {"package": package, "folder": str(folder), "token": token}
        try:
            process = subprocess.Popen(
                self._start.command(), stdin=subprocess.PIPE, stdout=subprocess.PIPE
            )
        except OSError as e:
            raise MissingDependencyError(f"Blender cannot be started: {e}.") from e
        self._process, self._photos = process, 0
        begun = False
        with contextlib.suppress(OSError):
            _send(_stdin(process), (json.dumps(told) + "\n").encode())
            begun = _has_begun(process, token)
        if not begun:
            self.close()
            raise MissingDependencyError(
                "Blender does not start, or lacks what the add-on needs; "
                f"tried: {' '.join(self._start.command())[:300]}."
            )
        _send(_stdin(process), pickle.dumps(self._layout, pickle.HIGHEST_PROTOCOL))

    def close(self) -> None:
        """End it. It is started again when it is needed."""
        process, self._process = self._process, None
        if process is None:
            return
        with contextlib.suppress(OSError):
            _stdin(process).close()  # it ends by itself then
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        _stdout(process).close()

    def _ask(self, asked: SceneFiles) -> dict[str, Any]:
        self.start()
        assert self._process is not None
        with io.BytesIO() as request:
            _Pickler(request, pickle.HIGHEST_PROTOCOL).dump(asked)
            _send(_stdin(self._process), request.getvalue())
        answer = pickle.load(_stdout(self._process))
        assert isinstance(answer, dict)
        return answer


def _stdin(process: subprocess.Popen[bytes]) -> BinaryIO:
    assert process.stdin is not None
    return process.stdin  # type: ignore[return-value]  # an IO[bytes]


def _stdout(process: subprocess.Popen[bytes]) -> BinaryIO:
    assert process.stdout is not None
    return process.stdout  # type: ignore[return-value]


def _send(stream: BinaryIO, data: bytes) -> None:
    stream.write(data)
    stream.flush()


def _has_begun(process: subprocess.Popen[bytes], token: str) -> bool:
    """Read what Blender says when it starts, until our script answers; False if it does not."""
    limit = threading.Timer(_START, process.kill)
    limit.daemon = True
    limit.start()
    try:
        return any(line.strip().endswith(token.encode()) for line in _stdout(process))
    finally:
        limit.cancel()


def serve(
    requests: BinaryIO, answers: BinaryIO, write: Callable[[SceneFiles, Say], list[list[str]]]
) -> None:
    """Answer the process that started this one, until it goes.

    Parameters
    ----------
    requests, answers : binary file
    write : callable
        `scene_files.write_scene_files`.
    """
    layout = pickle.load(requests)
    while True:
        reader = _Unpickler(requests)
        reader.layout = layout
        said: list[str] = []
        answer: dict[str, Any] = {"said": said}
        try:
            asked = reader.load()
            answer["files"] = write(asked, said.append)
        except EOFError:
            return
        except (PRNError, OSError, MemoryError) as e:
            answer |= {"kind": type(e).__name__, "error": str(e)}
        _send(answers, pickle.dumps(answer, pickle.HIGHEST_PROTOCOL))
