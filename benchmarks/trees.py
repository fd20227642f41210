"""Two trees of the program side by side: an older revision's and the working tree.

Each tree has a process of its own (`Worker`) that runs a program of `in_tree/` with the tree's
package, stays alive, and does one thing at a time when it is told to.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

from .timing import PROGRAMS

ROOT = Path(__file__).resolve().parent.parent


class TreeError(Exception):
    """A tree cannot be had, or what runs in it failed; the message is fit to be shown."""


@contextmanager
def checked_out(revision: str, root: Path = ROOT) -> Iterator[Path]:
    """A revision's files in a temporary folder, removed afterwards.

    Networks that git does not keep (`models/*.tflite`, see `make setup`) are copied from the
    working tree. The repository itself is not touched.

    Parameters
    ----------
    revision : str
        Whatever git takes for a commit: HEAD~3, a branch, a hash.
    root : Path
        The working tree.

    Raises
    ------
    TreeError
    """
    if revision.startswith("-"):
        raise TreeError(f"{revision} is an option, not a revision.")
    name = _git(root, "rev-parse", "--verify", "--quiet", f"{revision}^{{tree}}")
    archive = _git(root, "archive", name.decode().strip())
    with tempfile.TemporaryDirectory(prefix="prn-base-") as folder:
        with tarfile.open(fileobj=BytesIO(archive)) as files:
            files.extractall(folder, filter="data")
        tree = Path(folder)
        for network in (root / "models").glob("*.tflite"):
            if not (tree / "models" / network.name).exists():
                shutil.copy(network, tree / "models")
        yield tree


def _git(root: Path, *arguments: str) -> bytes:
    try:
        done = subprocess.run(
            ["git", "-C", str(root), *arguments], capture_output=True, check=False
        )
    except FileNotFoundError as e:
        raise TreeError("git is not installed; it fetches the tree to compare with.") from e
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip() or f"no such revision ({arguments[-1]})"
        raise TreeError(f"git {arguments[0]}: {said}. `git log --oneline` shows what there is.")
    return done.stdout


@contextmanager
def own_settings() -> Iterator[dict[str, str]]:
    """Environment variables that keep the user's models and Blender's preferences out of it."""
    with tempfile.TemporaryDirectory(prefix="prn-settings-") as folder:
        yield {"BLENDER_USER_RESOURCES": folder, "PRN_MODELS": f"{folder}/models"}


class Worker:
    """A program of `in_tree/` that runs with a tree's package.

    Parameters
    ----------
    name : str
        What the tree is called in messages.
    tree : Path
    program : str
        File in `in_tree/`.
    settings : dict of str to str
        Further environment variables.
    """

    def __init__(self, name: str, tree: Path, program: str, settings: dict[str, str]) -> None:
        self.name, self.tree = name, tree
        self.environment = {**os.environ, **settings, "PYTHONPATH": str(tree)}
        self._process = subprocess.Popen(
            [sys.executable, str(PROGRAMS / program)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=tree,
            env=self.environment,
            text=True,
        )

    def ask(self, what: str, /, **arguments: Any) -> Any:
        """Have something done, and wait for the answer.

        Raises
        ------
        TreeError
            The program failed or ended.
        """
        self.begin(what, **arguments)
        return self.answer()

    def begin(self, what: str, /, **arguments: Any) -> None:
        """Have something done; `answer` waits for it."""
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps({"do": what, "with": arguments}) + "\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            raise TreeError(f"{self.name}: the process ended (see above).") from None

    def answer(self) -> Any:
        """What `begin` began gives."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise TreeError(f"{self.name}: the process ended (see above).")
        answer = json.loads(line)
        if "error" in answer:
            raise TreeError(f"{self.name}: {answer['error']}")
        return answer["result"]

    def close(self) -> None:
        """End the process."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            self._process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


@contextmanager
def two_workers(revision: str, program: str, root: Path = ROOT) -> Iterator[tuple[Worker, Worker]]:
    """The same program in a revision's tree and in the working tree.

    Whoever ends this process politely (SIGTERM, Ctrl-C) leaves no folder behind, either.
    """
    with ExitStack() as stack:
        before = signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
        stack.callback(signal.signal, signal.SIGTERM, before)
        tree = stack.enter_context(checked_out(revision, root))
        settings = stack.enter_context(own_settings())
        base = Worker(revision, tree, program, settings)
        stack.callback(base.close)
        now = Worker("the working tree", root, program, settings)
        stack.callback(now.close)
        yield base, now
