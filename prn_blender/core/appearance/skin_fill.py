"""Skin where a photo does not show any: in the face's light, as the skin around it."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import cv2
import numpy as np

from ..geometry.parts import part_mask
from ..geometry.uv_layout import UVLayout
from ..image.colour import FLOOR, LUMA, log_ratio
from ..image.diffusion import continued
from ..image.filters import ramp, smoothstep, square
from ..texture.texel_maps import TexelMaps
from ..typed import TexelColours, TexelMap, TexelMask
from .ambient import ambient
from .hair import scalp
from .illumination import Illumination

# Share of the map's side, standard deviation: facets and wrinkles of the mesh shade no skin.
_EVEN = 0.02
# Confidence from which on a photo shows how light falls, and per cent of what it shows so.
_TOLD = 0.3
_DARKEST_BRIGHTEST = (2, 98)
# Times of these that it may be where it is turned to what is not seen.
_PAST = (0.75, 1.5)
# Shares of the map's side: finer detail is not continued; around features there is no plain skin.
_FINE = 0.012
_AROUND = 0.01
# Share of what is around a place that has to be known, so that it is continued from there.
_KNOWN = 0.35
# Share of the map's side: where what is shown ends without being skin, as hair does, it is fainter
# by a factor e at this distance from there.
_FADE = 0.08
# Logarithm of light: hair at the outline differs from hair further in by less than this.
_ALIKE = 0.6
# Share of what is around a place from which on it is filled with that alone.
_NEAR = (0.1, 0.5)
# Logarithm of light: no skin is further from what its light makes of it.
_MOST = 4.0


def shading(maps: TexelMaps, light: Illumination | None, seen: TexelMap) -> TexelColours:
    """Lit skin at each texel.

    Parameters
    ----------
    maps : TexelMaps
    light : Illumination or None
        Without cast shadows; None if it is not known.
    seen : (S, S) float32
        0..1: where the photo shows how it falls.

    Returns
    -------
    (S, S, 3) float32
        Linear light; grey where no light is known. What is turned to where nothing of the light
        is seen is at most so much darker or brighter than skin that is seen.
    """
    if light is None:
        return np.full((*maps.texture.shape[:2], 3), 0.5, np.float32)
    # Past the map's end, and so at it, places are made up.
    inner = cv2.erode(maps.layout.mask.astype(np.uint8), square(2)) > 0
    normals = np.where(inner[..., None], maps.geometry.normals, maps.smooth_normals)
    normals = cv2.GaussianBlur(normals, (0, 0), _EVEN * maps.size)
    length = np.sqrt(np.einsum("ijk,ijk->ij", normals, normals))[..., None]
    shade = light.shade(normals / np.maximum(length, 1e-6))
    shade = within_seen(shade, (seen > _TOLD) & maps.layout.mask)
    return shade * ambient(maps.layout)[..., None]


def within_seen(shade: TexelColours, seen: TexelMask) -> TexelColours:
    """Bound lit skin (S, S, 3) by what of it is `seen` (S, S) bool, see `shading`."""
    if not seen.any():
        return shade
    level = shade @ LUMA
    low, high = np.percentile(level[seen], _DARKEST_BRIGHTEST) * _PAST
    return shade * (np.clip(level, low, high) / level)[..., None]


def continued_skin(
    layout: UVLayout, light: TexelColours, known: TexelMap, shade: TexelColours
) -> TexelColours:
    """Continue a face's skin into where it is not known.

    Parameters
    ----------
    layout : UVLayout
    light : (S, S, 3) float32
        A texture as linear light.
    known : (S, S) float32
        0..1: how far it is known.
    shade : (S, S, 3) float32
        Lit skin, see `shading`.

    Returns
    -------
    (S, S, 3) float32
        Linear light, everywhere. How the known skin differs from lit skin, in the coarse, goes on
        smoothly to the map's end; so what is turned from the light is dark.
    """
    ratio = log_ratio(light, shade).clip(-_MOST, _MOST)
    return _lit(_met(_continued(layout, ratio, known), ratio, known), shade)


def continued_face(
    maps: TexelMaps, shown: TexelMap, skin: TexelMap, shade: TexelColours
) -> TexelColours:
    """Continue a face as photographed, with hair and all, into where the photo does not show it.

    Parameters
    ----------
    maps : TexelMaps
    shown : (S, S) float32
        0..1: how far the photo shows the face, or what is in front of it.
    skin : (S, S) float32
        0..1: how far it shows skin.
    shade : (S, S, 3) float32
        Lit skin, see `shading`.

    Returns
    -------
    (S, S, 3) float32
        Linear light, everywhere. Hair goes on as far as the photo shows it, at the outline, too,
        and over the scalp; elsewhere it fades into skin.
    """
    layout, size = maps.layout, maps.size
    ratio = log_ratio(maps.light, shade).clip(-_MOST, _MOST)
    all_shown = _continued(layout, ratio, shown)
    # At the outline the photo shows the face's hair or what is behind: what goes on as it is hair.
    seen = maps.visibility.astype(np.float32)
    around, share = _around(ratio, seen, _FINE * size)
    hair = (np.abs(around - all_shown).max(axis=-1) < _ALIKE) & (share > _KNOWN)
    away = cv2.distanceTransform(((shown < _KNOWN) & ~hair).astype(np.uint8), cv2.DIST_L2, 5)
    stays = np.exp(-away * (1 - scalp(layout)) / np.float32(_FADE * size))
    stays = cv2.GaussianBlur(stays, (0, 0), _FINE * size)[..., None]
    only_skin = _continued(layout, ratio, skin)
    return _lit(_met(only_skin + (all_shown - only_skin) * stays, ratio, shown), shade)


def _continued(layout: UVLayout, ratio: np.ndarray, known: TexelMap) -> np.ndarray:
    """How light differs from lit skin (S, S, 3), in the coarse, continued; or 0."""
    coarse = continued(ratio, known * _plain(layout), _FINE * layout.size, _KNOWN)
    return np.zeros_like(ratio) if coarse is None else coarse


def _met(coarse: np.ndarray, ratio: np.ndarray, known: TexelMap) -> np.ndarray:
    """The same, meeting what is known; so small holes are filled with what is around them."""
    around, share = _around(ratio, known, _FINE * len(ratio))
    return coarse + (around - coarse) * smoothstep(np.asarray(ramp(share, _NEAR)))[..., None]


def _around(ratio: np.ndarray, known: TexelMap, sigma: float) -> tuple[np.ndarray, TexelMap]:
    """The mean of what is known around each texel, and how much that is."""
    share = cv2.GaussianBlur(known, (0, 0), sigma)
    mean = cv2.GaussianBlur(ratio * known[..., None], (0, 0), sigma)
    return mean / np.maximum(share, 1e-3)[..., None], share


def _lit(ratio: np.ndarray, shade: TexelColours) -> TexelColours:
    """Light (S, S, 3) by how it differs from lit skin."""
    return ((shade + FLOOR) * np.exp(ratio) - FLOOR).clip(0, 1)


def _plain(layout: UVLayout) -> TexelMap:
    """(S, S) float32: 1 but on features, whose colours are not the skin's."""
    features = part_mask(layout, ("eyes", "brows", "lips"), feather=0) > 0
    return 1 - cv2.dilate(features.astype(np.float32), square(_AROUND * layout.size))
