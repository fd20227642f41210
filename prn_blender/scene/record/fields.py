"""Values of custom properties, checked: a script, or a damaged file, can put anything there.

Each function takes what Blender gives for a property and returns it as a plain Python value, or
raises `ValueError` where it is something else than it should be.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import bpy

Reader = Callable[[Any], Any]

MAX_PHOTO_PIXELS = 80_000_000
"""`core.photo.photo.MAX_PIXELS`, written again: importing it would load OpenCV. A test compares."""
MAX_PINS = 200
"""`core.face.adjust.MAX_PINS`, for the same reason."""
# What single-precision floats hold; numbers beyond would become infinite.
_FLOAT32_MAX = 3.4e38


def is_group(value: object) -> bool:
    """Whether a property is a group of others, as Blender or a migration has it."""
    # Data-blocks have `keys` and `items` too, of their own custom properties.
    return isinstance(value, dict) or hasattr(value, "to_dict")


def text(value: Any) -> str:
    """A string."""
    if not isinstance(value, str):
        raise ValueError("no text")
    return value


def whole(low: int, high: int) -> Reader:
    """Reads a whole number within limits."""

    def read(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise ValueError("no whole number, or out of bounds")
        return value

    return read


def number(low: float, high: float) -> Reader:
    """Reads a number within limits."""

    def read(value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ValueError("no number")
        if not low <= value <= high:  # NaN fails this too
            raise ValueError("out of bounds")
        return float(value)

    return read


def several(read_one: Reader, count: int | None = None) -> Reader:
    """Reads an array, of a given length if there is one."""

    def read(value: Any) -> tuple[Any, ...]:
        if not hasattr(value, "to_list"):
            raise ValueError("no array")
        values = tuple(read_one(one) for one in value.to_list())
        if count is not None and len(values) != count:
            raise ValueError("another length")
        return values

    return read


def named(read_one: Reader) -> Reader:
    """Reads a group of values of one kind; empty arrays, which say nothing, are left out."""

    def read(value: Any) -> Mapping[str, Any]:
        if not is_group(value):
            raise ValueError("no group")
        values = {key: one for key, one in value.items() if one != []}
        found = {key: read_one(one) for key, one in values.items()}
        return {key: one for key, one in found.items() if one != ()}

    return read


def block(kind: type) -> Reader:
    """Reads a pointer to a data-block; None where the block was removed."""

    def read(value: Any) -> Any:
        if value is not None and not isinstance(value, kind):
            raise ValueError("another kind of data-block, or none")
        return value

    return read


def camera(value: Any) -> bpy.types.Object | None:
    """A pointer to a camera object; None where that was removed."""
    item: bpy.types.Object | None = block(bpy.types.Object)(value)
    if item is not None and item.type != "CAMERA":
        raise ValueError("no camera")
    return item


def photo_size(value: Any) -> tuple[int, ...]:
    """Width and height of a photo that could have been read."""
    size: tuple[int, ...] = several(whole(1, MAX_PHOTO_PIXELS), 2)(value)
    if math.prod(size) > MAX_PHOTO_PIXELS:
        raise ValueError("too large")
    return size


def crop(value: Any) -> tuple[float, ...]:
    """Centre, side and roll of a crop."""
    # As far from the photo as no face in it is, and still far from what floats cannot tell apart.
    numbers: tuple[float, ...] = several(number(-1e6, 1e6), 4)(value)
    if numbers[2] <= 0:
        raise ValueError("no side")
    return numbers


def region(value: Any) -> tuple[int, ...]:
    """(x0, y0, x1, y1) of a rectangle of pixels that is not empty."""
    corners: tuple[int, ...] = several(whole(0, MAX_PHOTO_PIXELS), 4)(value)
    if corners[0] >= corners[2] or corners[1] >= corners[3]:
        raise ValueError("empty")
    return corners


_COMPLETED: Mapping[str, Reader] = {
    "mirror": whole(0, 1),
    "fill": text,
    "keep_hair": number(0, 1),
    "delight": number(0, 1),
}


def completed(value: Any) -> Mapping[str, Any]:
    """What a hidden side was completed with."""
    if not is_group(value):
        raise ValueError("no group")
    found = dict(value.items())
    if found.keys() != _COMPLETED.keys():
        raise ValueError("other fields")
    return {name: read(found[name]) for name, read in _COMPLETED.items()}


def pins(value: Any) -> tuple[float, ...]:
    """Texel, x and y of each pin."""
    # Texels are whole numbers that floats hold; whether the layout has them is seen later.
    numbers: tuple[float, ...] = several(number(-1e6, 2**24))(value)
    if not numbers or len(numbers) % 3 or len(numbers) > 3 * MAX_PINS:
        raise ValueError("no pins, or too many")
    if any(texel < 0 or texel != int(texel) for texel in numbers[::3]):
        raise ValueError("no texel")
    return numbers


single = number(-_FLOAT32_MAX, _FLOAT32_MAX)
"""Reads a number that single-precision floats hold."""
