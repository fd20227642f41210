"""A rule of the swap that can be switched off on its own: by what is put in place of its code."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

# Packages that look at two faces: nothing of theirs is kept in a `Face`.
_FOR_PAIRS = tuple(
    f"prn_blender.core.{name}" for name in ("swap", "editing", "image.blend", "image.tone_curve")
)


@dataclass(frozen=True, eq=False)
class Patch:
    """One attribute of a module or class, and what stands there while a rule is off.

    Attributes
    ----------
    owner : module or class
        Where the code looks the name up: the module that imports a function, not the one that
        defines it.
    name : str
    value : object
    wrap : callable, optional
        From the original to what replaces it, instead of `value`.
    """

    owner: Any
    name: str
    value: Any = None
    wrap: Callable[[Any], Any] | None = None

    @property
    def original(self) -> Any:
        """What stands there now; AttributeError if a rename has made this patch outdated."""
        # Not getattr: of a class it would give functions and properties that are bound already.
        if self.name not in vars(self.owner):
            raise AttributeError(f"{self.owner.__name__} has no {self.name!r} to switch off")
        return vars(self.owner)[self.name]

    @property
    def is_function(self) -> bool:
        """Whether one function stands for another."""
        return self.wrap is None and callable(self.value) and callable(self.original)


@dataclass(frozen=True, eq=False)
class Rule:
    """One decision of the swap.

    Attributes
    ----------
    name : str
        Also of its files. A rule whose name begins with that of another is a part of it.
    does : str
        In plain words.
    off : tuple of Patch
        What switches it off.
    holds : tuple of str
        Its constants: "package.module: NAME NAME", within `prn_blender.core`.
    runs : tuple of (owner, name), optional
        Functions that would run no more if its code were deleted; by default those that `off`
        replaces by others.
    """

    name: str
    does: str
    off: tuple[Patch, ...]
    holds: tuple[str, ...] = ()
    runs: tuple[tuple[Any, str], ...] | None = None

    @property
    def is_for_faces(self) -> bool:
        """Whether what a `Face` has derived from its photo may be something else without it."""
        names = (getattr(p.owner, "__module__", p.owner.__name__) for p in self.off)
        return not all(name.startswith(_FOR_PAIRS) for name in names)

    @property
    def code(self) -> tuple[tuple[Any, str], ...]:
        """`runs`, or what stands for it."""
        if self.runs is not None:
            return self.runs
        return tuple((patch.owner, patch.name) for patch in self.off if patch.is_function)


@contextmanager
def applied(*patches: Patch) -> Iterator[None]:
    """Put what patches say in place; what stood there is back afterwards, whatever happens."""
    with ExitStack() as undo:
        for patch in patches:
            original = patch.original
            new = patch.value if patch.wrap is None else patch.wrap(original)
            undo.callback(setattr, patch.owner, patch.name, original)
            setattr(patch.owner, patch.name, new)
        yield


def switched_off(rule: Rule) -> Any:
    """A context in which a rule does nothing.

    Faces keep what has been derived from them: inside it use new ones (`dataclasses.replace`).
    """
    return applied(*rule.off)


@contextmanager
def clocked(places: Iterable[tuple[Any, str]]) -> Iterator[dict[tuple[Any, str], float]]:
    """Sum up the processor time, seconds, that functions take; those they call included.

    Parameters
    ----------
    places : iterable of (owner, name)
    """
    spent: dict[tuple[Any, str], float] = defaultdict(float)

    def clock(place: tuple[Any, str]) -> Patch:
        def wrap(original: Callable[..., Any]) -> Callable[..., Any]:
            def with_clock(*args: Any, **kwargs: Any) -> Any:
                start = time.process_time()
                try:
                    return original(*args, **kwargs)
                finally:
                    spent[place] += time.process_time() - start

            return with_clock

        return Patch(*place, wrap=wrap)

    with applied(*(clock(place) for place in dict.fromkeys(places))):
        yield spent


@contextmanager
def compared(patches: Iterable[Patch]) -> Iterator[set[Patch]]:
    """Call functions, and beside them what stands there while their rule is off.

    Yields
    ------
    set of Patch
        Those that have given another answer.
    """
    different: set[Patch] = set()

    def both(patch: Patch) -> Patch:
        def wrap(original: Callable[..., Any]) -> Callable[..., Any]:
            def called(*args: Any, **kwargs: Any) -> Any:
                answer = original(*args, **kwargs)
                if not answers_alike(answer, args, kwargs):
                    different.add(patch)
                return answer

            def answers_alike(answer: Any, args: Any, kwargs: Any) -> bool:
                try:
                    return _same(answer, patch.value(*args, **kwargs))
                except Exception:  # the swap without the rule will say what is wrong
                    return False

            return called

        return Patch(patch.owner, patch.name, wrap=wrap)

    with applied(*(both(patch) for patch in patches)):
        yield different


def _same(one: Any, other: Any) -> bool:
    if one is other:
        return True
    if isinstance(one, np.ndarray) and isinstance(other, np.ndarray):
        return one.dtype == other.dtype and np.array_equal(one, other)
    if isinstance(one, dict) and isinstance(other, dict):
        return not one and not other
    return isinstance(one, bool | float) and type(one) is type(other) and one == other


def during(owner: Any, name: str, *patches: Patch) -> Patch:
    """Patches that hold only while a function runs: what it calls is used elsewhere, too."""

    def wrap(original: Callable[..., Any]) -> Callable[..., Any]:
        def with_patches(*args: Any, **kwargs: Any) -> Any:
            with applied(*patches):
                return original(*args, **kwargs)

        return with_patches

    for patch in patches:
        _ = patch.original  # said at once, not only when the function is called
    return Patch(owner, name, wrap=wrap)
