"""The kinds of inputs that are tried: each makes one of a random generator, and uses it.

In: a generator that the seed, the kind and the input's number determine, and an empty folder. Out:
the sentences with which the program refused it, none where it was accepted; any exception but a
`PRNError` is a failure. What a kind writes below `out` in the folder has to be whole.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from mutations import Random

Run = Callable[[Random, Path], list[str]]


@dataclass(frozen=True)
class Kind:
    """A kind of input.

    Attributes
    ----------
    module : str
        With a function of the kind's name: from a folder for what all inputs share to a `Run`.
    weight : int
        Its share of all inputs.
    seconds : int
        Of the processor, after which an input hangs: 5 where files are read, more where faces are
        made.
    needs : tuple of str
        Libraries without which there are no such inputs.
    """

    name: str
    module: str
    weight: int
    seconds: int = 5
    needs: tuple[str, ...] = ()

    def prepare(self, folder: Path) -> Run:
        """Load what the inputs need, and return what tries one."""
        folder.mkdir(exist_ok=True)
        run: Run = getattr(import_module(f"kinds.{self.module}"), self.name)(folder)
        return run


_ALL = (
    Kind("layouts", "files", 12),
    Kind("bundled", "files", 2, seconds=20),
    Kind("annotations", "files", 6, needs=("scipy",)),
    Kind("photos", "files", 8),
    Kind("networks", "models", 12, needs=("onnx",)),
    Kind("wrappings", "models", 5, needs=("onnx",)),
    Kind("uv_data", "models", 6),
    Kind("stores", "models", 12, needs=("onnx",)),
    Kind("swaps", "values", 8, seconds=60),
    Kind("outputs", "values", 8, seconds=60),
    Kind("boxes", "values", 6, seconds=60),
    Kind("arguments", "arguments", 12, seconds=120),
    Kind("given_heads", "heads", 6),
    Kind("head_files", "heads", 3, seconds=20),
    Kind("movies", "shots", 6),
    Kind("sources", "shots", 8),
    Kind("shot_arguments", "shots", 4, seconds=120),
    Kind("records", "records", 10, seconds=60, needs=("bpy",)),
    Kind("scenes", "records", 4, seconds=60, needs=("bpy",)),
    Kind("disks", "disks", 1, seconds=120, needs=("onnx", "bpy")),
    Kind("planted", "planted", 0, seconds=1),
)
KINDS = {kind.name: kind for kind in _ALL}


def available() -> list[str]:
    """The kinds whose libraries are there, without the failures that are planted for tests."""
    return [k.name for k in _ALL if k.weight and all(find_spec(n) for n in k.needs)]
