"""The default model, opened once for all tests, that remembers what it has said.

Opening it takes a second, looking at a photo half of one; most tests of the add-on and of the
command line are about what happens with a face afterwards.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import copy
import hashlib
from collections.abc import Hashable
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np
import pytest

from prn_blender.core import Face, FaceReconstructor, Photo

_REMEMBERED = 16


class Remembering:
    """A network or detector whose answer to the same pixels is looked up the second time.

    Only answers are remembered, never errors; everything else is the real thing's.
    """

    def __init__(self, real: Any) -> None:
        self._real = real
        self._answers: dict[Hashable, Any] = {}

    def __call__(self, *question: Any, **options: Any) -> Any:
        key = _key([question, sorted(options.items())])
        if key not in self._answers:
            answer = self._real(*question, **options)
            while len(self._answers) >= _REMEMBERED:
                del self._answers[next(iter(self._answers))]
            self._answers[key] = answer
        return self._answers[key]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)


class OneNetwork(FaceReconstructor):
    """A reconstructor on the networks of another; they stay open for the next test.

    A face that it has seen before comes with all that has been worked out of it since: its light,
    hair, textures.
    """

    def __init__(self, real: FaceReconstructor) -> None:
        self._finished: dict[Hashable, Face] = {}
        super().__init__(
            Remembering(real.network),
            real.layout,
            Remembering(real.detector),
            real._lids_and_lips,
            real._shape,
            real._faceted,
        )

    def finish(self, face: Face) -> Face:
        """As the real one; the same face in another file is a copy for that file's photo."""
        key = _key([face.photo, face.position_map, face.crop, face.confidence])
        known = self._finished.pop(key, None)
        if known is None:
            found = super().finish(face)
        else:
            found = copy.copy(known)
            object.__setattr__(found, "photo", face.photo)  # a Face is frozen
        self._finished[key] = found
        while len(self._finished) > _REMEMBERED:
            del self._finished[next(iter(self._finished))]
        return found

    def close(self) -> None:
        """The add-on closes its network when it is unregistered: after each test."""


def hand_out(one: OneNetwork, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever opens the default model gets this; what is asked for otherwise is opened as always.

    A test that counts how often a model is opened replaces `FaceReconstructor.load` itself.
    """
    load = FaceReconstructor.load

    def once(
        model: Any = None,
        threads: Any = None,
        providers: Any = None,
        look_again: bool = True,
        head: Any = None,
    ) -> FaceReconstructor:
        if model or threads or providers or not look_again or head:
            return load(model, threads, providers, look_again, head=head)
        return one

    monkeypatch.setattr(FaceReconstructor, "load", once)


def _key(value: Any) -> Hashable:
    """Equal for what looks equal to a network: of a photo its pixels, not its name."""
    if isinstance(value, Photo):
        return _key(value.pixels)
    if isinstance(value, np.ndarray):
        content = np.ascontiguousarray(value).tobytes()
        return value.shape, value.dtype.str, hashlib.sha1(content).digest()
    if is_dataclass(value):
        return tuple(_key(getattr(value, field.name)) for field in fields(value))
    if isinstance(value, list | tuple):
        return tuple(_key(part) for part in value)
    assert isinstance(value, str | int | float | None), value
    return value
