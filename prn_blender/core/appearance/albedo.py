"""A face's texture without its light, and that light as lamps.

A renderer multiplies the one, on the mesh's normals, by the other: that is the photo again.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ..geometry.parts import skin_region
from ..image.bands import bands
from ..image.colour import GAMMA, LUMA
from ..texture.texel_maps import TexelMaps
from ..texture.unwrap import BAND_TEXELS, stretch
from ..typed import TexelColours, TexelMap, Texture
from .illumination import Illumination
from .skin_fill import within_seen
from .sun_lights import SunLights, fit_suns

# Linear light over which skin is lit as its albedo says: skin that faces the light. Cameras expose
# so that it is hardly brighter than white paper would be; per cent of the seen skin.
_FULLY_LIT = 90
# Share of the map's side, standard deviation: facets of the mesh are no folds of the skin.
_EVEN = 0.008
# Gains of stored sRGB values: beyond these there is noise, or nothing left.
_GAINS = (0.5, 2.5)
# Confidence from which on a texel tells of the light.
_TOLD = 0.3


@dataclass(frozen=True, eq=False)
class Delit:
    """How a face's texture becomes albedo.

    Attributes
    ----------
    gain : (S, S, 3) float32
        Of the texture's stored values.
    suns : SunLights
        What lights the albedo as the photo is lit.
    """

    gain: TexelColours
    suns: SunLights

    def apply(self, texture: Texture, strength: float = 1.0) -> Texture:
        """Take the light out of a texture of the face.

        Parameters
        ----------
        texture : (N, N, 3) or (N, N, 4) uint8 sRGB
        strength : float
            0..1: how much of it.

        Returns
        -------
        Texture
            Of the same shape; alpha stays.
        """
        result, size = texture.copy(), len(texture)
        gains = self.gain ** np.float32(strength)
        for rows in bands(size, size, BAND_TEXELS):
            colour = np.ascontiguousarray(texture[rows, :, :3])
            gain = stretch(gains, size, rows)
            result[rows, :, :3] = cv2.multiply(colour, gain, dtype=cv2.CV_8U)
        return result


def delight(maps: TexelMaps, light: Illumination, seen: TexelMap) -> Delit:
    """Find how a face's texture becomes albedo.

    Parameters
    ----------
    maps : TexelMaps
    light : Illumination
        On the face, with cast shadows.
    seen : (S, S) float32
        0..1: how far the photo can be trusted.

    Returns
    -------
    Delit

    Notes
    -----
    A photo does not tell bright skin in dim light from dark skin in bright light, nor the colour of
    all light from that of skin. So the light is white on the whole, and skin that faces it is as
    bright as in the photo.
    """
    size = maps.size
    normals = cv2.GaussianBlur(maps.geometry.normals, (0, 0), _EVEN * size)
    normals /= np.linalg.norm(normals, axis=-1, keepdims=True).clip(1e-6)
    told = (seen > _TOLD) & (skin_region(maps.layout) > 0)
    told = told if told.any() else maps.layout.mask
    shade = light.shade(maps.smooth_normals)
    level = shade[told] @ LUMA
    skin = light.mean / (light.mean @ LUMA) * np.percentile(level, _FULLY_LIT)
    suns = fit_suns(shade[told], maps.smooth_normals[told], skin)
    # What a shadow falls on that is not seen is not taken from the photo.
    cast = np.float32(light.cast_shadows) ** seen[..., None]
    lit = within_seen(suns.shade(normals), told) * cast
    gain = maps.layout.extend((lit ** np.float32(-1 / GAMMA)).clip(*_GAINS))
    return Delit(gain, suns)
