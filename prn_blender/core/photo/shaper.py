"""Colour spaces that are a tone curve and three primaries, at 16 bits: from ICC profiles, and as
PNG files say them in two numbers.

Pillow's colour management knows 8 bits only: too few for linear light, whose dark half would be
left with a handful of levels.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import struct
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from ..image.bands import bands

_TOP = 65535

# sRGB's primaries as ICC profiles have them: columns of XYZ, adapted to D50 (IEC 61966-2-1).
_SRGB_D50 = np.array([[0.4361, 0.3851, 0.1431], [0.2225, 0.7169, 0.0606], [0.0139, 0.0971, 0.7141]])
_D50 = np.array([0.9642, 1.0, 0.8249])
# Bradford's cone responses, for chromatic adaptation (ICC.1:2010, annex E).
_BRADFORD = np.array(
    [[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]]
)

_GAMMAS = (0.1, 10.0)
"""Exponents beyond these are no tone curves."""
_TAGS = 100
"""Tags of an ICC profile that are looked at. Real ones have two dozen."""
# Parameters of the types 0 to 4 of a parametric curve (ICC.1:2010, 10.16).
_PARAMETERS = (1, 3, 4, 5, 7)


@dataclass(frozen=True, eq=False)
class Shaper:
    """A colour space.

    Attributes
    ----------
    curves : (3, 65536) float32
        Linear light, 0..1, of each value of 16 bits; never falling.
    matrix : (3, 3) float64
        From its linear light to sRGB's.
    """

    curves: np.ndarray
    matrix: np.ndarray

    def to_srgb(self, values: np.ndarray, dtype: type = np.uint8) -> np.ndarray:
        """Convert pixels to sRGB.

        Parameters
        ----------
        values : (H, W, 3) uint16
            In this space.
        dtype : {np.uint8, np.uint16}

        Returns
        -------
        (H, W, 3) of that type
        """
        codes = _srgb_codes(dtype)
        result: np.ndarray = np.empty(values.shape, dtype)
        matrix = (self.matrix.T * _TOP).astype(np.float32)
        for rows in bands(*values.shape[:2]):
            linear = np.stack([self.curves[k][values[rows][..., k]] for k in range(3)], axis=-1)
            light = np.clip(linear @ matrix, 0, _TOP) + np.float32(0.5)
            result[rows] = codes[light.astype(np.uint16)]
        return result

    def from_srgb(self, values: np.ndarray) -> np.ndarray:
        """Convert sRGB pixels to this space.

        Parameters
        ----------
        values : (H, W, 3) uint8

        Returns
        -------
        (H, W, 3) uint16
        """
        light = srgb_light()[np.arange(256) * 257]
        matrix = np.linalg.inv(self.matrix).T.astype(np.float32)
        result = np.empty(values.shape, np.uint16)
        for rows in bands(*values.shape[:2]):
            linear = np.clip(light[values[rows]] @ matrix, 0, 1)
            for k in range(3):
                result[rows][..., k] = np.searchsorted(self.curves[k], linear[..., k]).clip(0, _TOP)
        return result


@lru_cache(maxsize=1)
def srgb_light() -> np.ndarray:
    """(65536,) float32: linear light of each value of 16 bits in sRGB (IEC 61966-2-1)."""
    x = np.arange(_TOP + 1) / _TOP
    return np.where(x <= 0.04045, x / 12.92, ((x + 0.055) / 1.055) ** 2.4).astype(np.float32)


@lru_cache(maxsize=2)
def _srgb_codes(dtype: type) -> np.ndarray:
    """(65536,): the value in sRGB of each level of linear light."""
    x = np.arange(_TOP + 1) / _TOP
    code = np.where(x <= 0.0031308, 12.92 * x, 1.055 * x ** (1 / 2.4) - 0.055)
    return (code * np.iinfo(dtype).max + 0.5).astype(dtype)


def shaper_of_profile(profile: bytes) -> Shaper | None:
    """Read an ICC profile that is made of curves and primaries, or of one curve for grey.

    Parameters
    ----------
    profile : bytes
        It may be damaged.

    Returns
    -------
    Shaper or None
        None if the profile is of another kind, such as one with tables, or is damaged.
    """
    try:
        tags = _tags(profile)
        if profile[16:20] == b"GRAY":
            curve = _curve(tags[b"kTRC"])
            return Shaper(np.stack([curve] * 3), np.eye(3))
        # Where there are tables as well, they are what is meant.
        if profile[16:20] != b"RGB " or b"A2B0" in tags or profile[20:24] != b"XYZ ":
            return None
        curves = np.stack([_curve(tags[name]) for name in (b"rTRC", b"gTRC", b"bTRC")])
        columns = [_xyz(tags[name]) for name in (b"rXYZ", b"gXYZ", b"bXYZ")]
        return _shaper(curves, np.stack(columns, axis=1))
    except (KeyError, ValueError, struct.error, np.linalg.LinAlgError):
        return None


def shaper_of_png(gamma: float | None, chromaticities: tuple[float, ...] | None) -> Shaper | None:
    """Make the colour space that a PNG names by its chunks gAMA and cHRM.

    Parameters
    ----------
    gamma : float or None
        Exponent from light to values; 1 is linear light. None stands for sRGB's curve.
    chromaticities : tuple of 8 float, or None
        x and y of white, red, green and blue. None stands for sRGB's primaries.

    Returns
    -------
    Shaper or None
        None if the numbers make no sense.
    """
    curve = srgb_light()
    if gamma is not None:
        if not 1 / _GAMMAS[1] <= gamma <= 1 / _GAMMAS[0]:
            return None
        curve = ((np.arange(_TOP + 1) / _TOP) ** (1 / gamma)).astype(np.float32)
    primaries = _SRGB_D50
    try:
        if chromaticities is not None:
            primaries = _primaries(chromaticities)
        return _shaper(np.stack([curve] * 3), primaries)
    except (ValueError, ZeroDivisionError, np.linalg.LinAlgError):
        return None


def _shaper(curves: np.ndarray, primaries: np.ndarray) -> Shaper:
    """A shaper from its primaries, columns of XYZ under D50."""
    if not np.isfinite(primaries).all() or np.abs(np.linalg.det(primaries)) < 1e-4:
        raise ValueError("The primaries lie on a line.")
    matrix = np.linalg.solve(_SRGB_D50, primaries)
    # White is white: rounding in a profile must not tint it.
    return Shaper(curves, matrix / matrix.sum(axis=1, keepdims=True))


def _primaries(chromaticities: tuple[float, ...]) -> np.ndarray:
    """Columns of XYZ, adapted to D50, from x and y of white and the primaries."""
    pairs = np.array(chromaticities, float).reshape(4, 2)
    if not np.isfinite(pairs).all() or (pairs[:, 1] <= 0).any():
        raise ValueError("A chromaticity makes no sense.")
    x, y = pairs[:, 0], pairs[:, 1]
    white, *columns = np.stack([x / y, np.ones(4), (1 - x - y) / y], axis=1)
    unscaled = np.stack(columns, axis=1)
    scaled = unscaled * np.linalg.solve(unscaled, white)
    adapted = np.diag((_BRADFORD @ _D50) / (_BRADFORD @ white))
    return np.linalg.solve(_BRADFORD, adapted @ _BRADFORD) @ scaled


def _tags(profile: bytes) -> dict[bytes, bytes]:
    count = struct.unpack_from(">I", profile, 128)[0]
    tags = {}
    for k in range(min(count, _TAGS)):
        name, start, size = struct.unpack_from(">4sII", profile, 132 + 12 * k)
        tags[name] = profile[start : start + size]
    return tags


def _xyz(tag: bytes) -> list[float]:
    return [value / 65536 for value in struct.unpack_from(">3i", tag, 8)]


def _curve(tag: bytes) -> np.ndarray:
    """(65536,) float32 linear light, from a tag of type "curv" or "para"."""
    x = np.arange(_TOP + 1) / _TOP
    kind = tag[:4]
    if kind == b"curv":
        count = struct.unpack_from(">I", tag, 8)[0]
        if count == 0:
            y = x
        elif count == 1:
            y = x ** _exponent(struct.unpack_from(">H", tag, 12)[0] / 256)
        else:
            table = np.frombuffer(tag, ">u2", min(count, _TOP + 1), 12) / _TOP
            y = np.interp(x, np.linspace(0, 1, len(table)), table)
    elif kind == b"para":
        number = struct.unpack_from(">H", tag, 8)[0]
        if number >= len(_PARAMETERS):
            raise ValueError("An unknown kind of curve.")
        found = struct.unpack_from(f">{_PARAMETERS[number]}i", tag, 12)
        y = _parametric(x, number, [value / 65536 for value in found])
    else:
        raise ValueError("No curve.")
    if not np.isfinite(y).all():
        raise ValueError("The curve has holes.")
    # Never falling, so that it can be turned round.
    return np.maximum.accumulate(np.clip(y, 0, 1)).astype(np.float32)


def _parametric(x: np.ndarray, number: int, p: list[float]) -> np.ndarray:
    """The five kinds of parametric curves of ICC.1:2010."""
    g = _exponent(p[0])
    if number == 0:
        return x**g
    a, b = p[1], p[2]
    power = np.maximum(a * x + b, 0) ** g
    if number <= 2:
        if a == 0:
            raise ValueError("The curve is flat.")
        c = p[3] if number == 2 else 0.0
        return np.where(x >= -b / a, power + c, c)
    c, d = p[3], p[4]
    e, f = (p[5], p[6]) if number == 4 else (0.0, 0.0)
    return np.where(x >= d, power + e, c * x + f)


def _exponent(value: float) -> float:
    if not _GAMMAS[0] <= value <= _GAMMAS[1]:
        raise ValueError("The exponent is none of a tone curve.")
    return value
