"""A Blender process that is kept alive and writes .blend, .glb and renders of photo after photo.

The process that finds faces has no Blender in it: it stays small, and a Blender that crashes over
one photo takes nothing else along. What they say to each other goes through a socket of this
machine: pickled, in both directions, with the UV layout sent once.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import contextlib
import json
import pickle
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..core import errors
from ..core.errors import MissingDependencyError, OutputError, PRNError
from ..core.geometry.uv_layout import UVLayout
from .reconstruction import Say, SceneFiles

_START = 120.0
"""Seconds that Blender may take to start, on a busy machine."""
_TOKEN_BYTES = 32
_PHOTOS = 1000
"""After so many photos a fresh Blender takes over: whatever it may leak does not add up."""


class _Pickler(pickle.Pickler):
    """Leaves out the layout, which is the same for all faces and larger than they are."""

    def persistent_id(self, value: Any) -> str | None:
        return "layout" if isinstance(value, UVLayout) else None


class _Unpickler(pickle.Unpickler):
    layout: UVLayout | None = None

    def persistent_load(self, _: str) -> Any:
        return self.layout


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
            return [sys.executable, script]
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
        self._stream: Any = None
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
        token = secrets.token_bytes(_TOKEN_BYTES)
        with socket.create_server(("127.0.0.1", 0)) as server:
            server.settimeout(0.5)
            try:
                process = subprocess.Popen(
                    self._start.command(), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL
                )
            except OSError as e:
                raise MissingDependencyError(f"Blender cannot be started: {e}.") from e
            assert process.stdin is not None
            with contextlib.suppress(OSError), process.stdin as stdin:
                told = {"port": server.getsockname()[1], "token": token.hex(), "path": sys.path}
                stdin.write((json.dumps(told) + "\n").encode())
            self._process, self._photos = process, 0
            self._stream = self._accepted(server, token)
        if self._stream is None:
            self.close()
            raise MissingDependencyError(
                "Blender does not start, or lacks what the add-on needs; "
                f"tried: {' '.join(self._start.command())[:300]}."
            )
        pickle.dump(self._layout, self._stream, pickle.HIGHEST_PROTOCOL)
        self._stream.flush()

    def close(self) -> None:
        """End it. It is started again when it is needed."""
        if self._stream is not None:
            with contextlib.suppress(OSError):
                self._stream.close()
        if self._process is not None:
            try:
                self._process.wait(5)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._process = self._stream = None

    def _accepted(self, server: socket.socket, token: bytes) -> Any:
        """The stream to the process that was started; None if it does not come."""
        assert self._process is not None
        until = time.monotonic() + _START
        while time.monotonic() < until and self._process.poll() is None:
            try:
                connection, _ = server.accept()
            except TimeoutError:
                continue
            connection.settimeout(None)
            with connection:  # the stream keeps it open
                stream = connection.makefile("rwb")
            # Whoever else connects is heard no further: what comes then is unpickled.
            if secrets.compare_digest(stream.read(_TOKEN_BYTES), token):
                return stream
            stream.close()
        return None

    def _ask(self, asked: SceneFiles) -> dict[str, Any]:
        self.start()
        _Pickler(self._stream, pickle.HIGHEST_PROTOCOL).dump(asked)
        self._stream.flush()
        answer = pickle.load(self._stream)
        assert isinstance(answer, dict)
        return answer


def serve(port: int, token: bytes, write: Callable[[SceneFiles, Say], list[list[str]]]) -> None:
    """Answer the process that started this one, until it goes.

    Parameters
    ----------
    port : int
        Of this machine, where it waits.
    token : bytes
        Shows it who we are.
    write : callable
        `scene_files.write_scene_files`.
    """
    with socket.create_connection(("127.0.0.1", port)) as connection:
        stream = connection.makefile("rwb")
        stream.write(token)
        stream.flush()
        layout = pickle.load(stream)
        while True:
            reader = _Unpickler(stream)
            reader.layout = layout
            try:
                asked = reader.load()
            except EOFError:
                return
            said: list[str] = []
            answer: dict[str, Any] = {"said": said}
            try:
                answer["files"] = write(asked, said.append)
            except (PRNError, OSError, MemoryError) as e:
                answer |= {"kind": type(e).__name__, "error": str(e)}
            pickle.dump(answer, stream, pickle.HIGHEST_PROTOCOL)
            stream.flush()
