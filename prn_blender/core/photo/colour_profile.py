"""The colour space of a picture file, judged by what it does to colours and not by its name."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from PIL import Image, ImageCms

from .shaper import Shaper, shaper_of_png, shaper_of_profile

_SAME = 2
"""Levels of 255: a profile that changes no colour by more is sRGB."""
_STEPS = 9
"""Steps along each axis of the colours that are tried."""

_AS_SRGB = 0.45455
"""gAMA of a PNG that is as good as sRGB, and so written beside it by most programs."""

_FAILURES = (ImageCms.PyCMSError, OSError, ValueError, TypeError)


@dataclass(frozen=True, eq=False)
class ColourSpace:
    """A colour space other than sRGB.

    Attributes
    ----------
    kind : {"RGB", "GRAY", "CMYK"}
        What its values are.
    icc : bytes or None
        Its ICC profile.
    shaper : Shaper or None
        What it does, if that is a matter of curves and primaries. One of the two is there.
    """

    kind: str
    icc: bytes | None = None
    shaper: Shaper | None = None

    def image_to_srgb(self, image: Any) -> Any | None:
        """Convert an image of 8 bits a channel to sRGB.

        Parameters
        ----------
        image : PIL.Image.Image

        Returns
        -------
        PIL.Image.Image or None
            RGB, or RGBA with its alpha as it was. None if the space does not fit the picture.
        """
        alpha = None
        if "transparency" in image.info or image.mode in ("LA", "PA", "RGBA", "La", "RGBa"):
            image = image.convert("LA" if image.mode in ("L", "LA", "La") else "RGBA")
            alpha = image.getchannel("A")
            image = image.convert("L" if image.mode == "LA" else "RGB")
        elif image.mode in ("1", "P", "RGBX", "YCbCr"):
            image = image.convert("L" if image.mode == "1" else "RGB")
        converted = self._opaque_to_srgb(image)
        if converted is not None and alpha is not None:
            converted.putalpha(alpha)
        return converted

    def _opaque_to_srgb(self, image: Any) -> Any | None:
        if image.mode == "L" and self.kind == "RGB":
            image = image.convert("RGB")
        if image.mode != {"RGB": "RGB", "GRAY": "L", "CMYK": "CMYK"}[self.kind]:
            return None
        if self.icc is None:
            assert self.shaper is not None
            values = np.asarray(image).astype(np.uint16) * 257
            return Image.fromarray(self.shaper.to_srgb(values))
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(self.icc))
            return ImageCms.profileToProfile(image, source, _srgb(), outputMode="RGB")
        except _FAILURES:
            return None

    def pixels_from_srgb(self, pixels: np.ndarray) -> np.ndarray | None:
        """Convert sRGB pixels to this space.

        Parameters
        ----------
        pixels : (H, W, 3) uint8

        Returns
        -------
        (H, W, 3) uint8 or uint16, or None
            uint16 where `shaper` is there. None if the space is not one of red, green and blue.
        """
        if self.kind != "RGB":
            return None
        if self.shaper is not None:
            return self.shaper.from_srgb(pixels)
        assert self.icc is not None
        try:
            target = ImageCms.ImageCmsProfile(io.BytesIO(self.icc))
            image = Image.fromarray(pixels)
            return np.asarray(ImageCms.profileToProfile(image, _srgb(), target, outputMode="RGB"))
        except _FAILURES:
            return None


def colour_space(image: Any) -> ColourSpace | None:
    """Find out whether a picture's colours have to be converted.

    Parameters
    ----------
    image : PIL.Image.Image
        As its reader opened it.

    Returns
    -------
    ColourSpace or None
        None if they are sRGB, if nothing is said of them, or if what is said is damaged: to take
        the stored numbers for sRGB is the best guess then.
    """
    if image.info.get("icc_profile"):
        return space_of_profile(image.info["icc_profile"])
    if image.format != "PNG" or "srgb" in image.info:
        return None
    return _space_of_png(image.info.get("gamma"), image.info.get("chromaticity"))


@lru_cache(maxsize=8)
def space_of_profile(icc: bytes) -> ColourSpace | None:
    """The colour space of an ICC profile; None if it is sRGB or damaged."""
    try:
        profile = ImageCms.ImageCmsProfile(io.BytesIO(icc))
        kind = profile.profile.xcolor_space.strip()
        if kind == "CMYK":
            return ColourSpace("CMYK", icc)
        if kind == "RGB":
            tried = _tried_colours()
        elif kind == "GRAY":
            tried = Image.fromarray(np.arange(256, dtype=np.uint8)[None])
        else:
            return None
        # Not perceptually: that is a matter of taste, where sRGB in other words is meant.
        seen = ImageCms.profileToProfile(
            tried, profile, _srgb(), ImageCms.Intent.RELATIVE_COLORIMETRIC, outputMode="RGB"
        )
    except _FAILURES:
        return None
    before = np.asarray(tried.convert("RGB")).astype(int)
    if np.abs(np.asarray(seen) - before).max() <= _SAME:
        return None
    return ColourSpace(kind, icc, shaper_of_profile(icc))


@lru_cache(maxsize=8)
def _space_of_png(
    gamma: float | None, chromaticities: tuple[float, ...] | None
) -> ColourSpace | None:
    if gamma is None and chromaticities is None:
        return None
    if gamma is not None and abs(gamma - _AS_SRGB) < 0.01:
        gamma = None
    shaper = shaper_of_png(gamma, chromaticities)
    if shaper is None:
        return None
    tried = np.asarray(_tried_colours())
    seen = shaper.to_srgb(tried.astype(np.uint16) * 257)
    if np.abs(seen.astype(int) - tried).max() <= _SAME:
        return None
    return ColourSpace("RGB", None, shaper)


@lru_cache(maxsize=1)
def _tried_colours() -> Any:
    """An image with colours from everywhere in the cube."""
    axis = np.linspace(0, 255, _STEPS).astype(np.uint8)
    cube = np.stack(np.meshgrid(axis, axis, axis), axis=-1).reshape(_STEPS, -1, 3)
    return Image.fromarray(np.ascontiguousarray(cube))


def _srgb() -> Any:
    return ImageCms.createProfile("sRGB")
