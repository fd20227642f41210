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
from .illumination import Illumination

# Share of the map's side, standard deviation: the network's ears have no folds that shade means.
_EVEN = 0.008
# Confidence from which on a photo shows how light falls, and per cent of what it shows so.
_TOLD = 0.3
_DARKEST_BRIGHTEST = (2, 98)
# Times of these that it may be where it is turned to what is not seen.
_PAST = (0.5, 2.0)
# Shares of the map's side: finer detail is not continued; around features there is no plain skin.
_FINE = 0.012
_AROUND = 0.01
# Share of what is around a place that has to be known, so that it is continued from there.
_KNOWN = 0.35
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
    normals = cv2.GaussianBlur(maps.smooth_normals, (0, 0), _EVEN * maps.size)
    shade = light.shade(normals / np.linalg.norm(normals, axis=-1, keepdims=True).clip(1e-6))
    shade = within_seen(shade, (seen > _TOLD) & maps.layout.mask)
    return cv2.GaussianBlur(shade, (0, 0), _FINE * maps.size)


def within_seen(shade: TexelColours, seen: TexelMask) -> TexelColours:
    """Bound lit skin (S, S, 3) by what of it is `seen` (S, S) bool, see `shading`."""
    if not seen.any():
        return shade
    level = shade @ LUMA
    low, high = np.percentile(level[seen], _DARKEST_BRIGHTEST) * _PAST
    return shade * (np.clip(level, low, high) / level)[..., None]


def continued_skin(
    layout: UVLayout, light: TexelColours, weight: TexelMap, shade: TexelColours
) -> TexelColours:
    """Continue a face's skin into where it is not known.

    Parameters
    ----------
    layout : UVLayout
    light : (S, S, 3) float32
        A texture as linear light.
    weight : (S, S) float32
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
    sigma = _FINE * layout.size
    coarse = continued(ratio, weight * _plain(layout), sigma, _KNOWN)
    if coarse is None:
        return shade
    # Small holes are filled with what is around them, lips and lids too.
    known = cv2.GaussianBlur(weight, (0, 0), sigma)
    near = cv2.GaussianBlur(ratio * weight[..., None], (0, 0), sigma)
    near /= np.maximum(known, 1e-3)[..., None]
    coarse += (near - coarse) * smoothstep(np.asarray(ramp(known, _NEAR)))[..., None]
    return ((shade + FLOOR) * np.exp(coarse) - FLOOR).clip(0, 1)


def _plain(layout: UVLayout) -> TexelMap:
    """(S, S) float32: 1 but on features, whose colours are not the skin's."""
    features = part_mask(layout, ("eyes", "brows", "lips"), feather=0) > 0
    return 1 - cv2.dilate(features.astype(np.float32), square(_AROUND * layout.size))
