"""Fine detail of a face's skin, wrinkles, folds, pores, from the shading in a sharp photo.

Where light comes from the side a slope of the skin is brighter or darker than the skin around it.
In flat light from the front it is not: then the photo does not tell, and there is no detail.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache

import cv2
import numpy as np

from ..geometry.landmarks import BROWS, EYE_OUTLINES, LIP_OUTLINES
from ..geometry.parts import feathered, part_mask, within_landmarks
from ..geometry.tangent_frame import TangentFrame, tangent_frame
from ..geometry.uv_layout import UVLayout
from ..image.bands import bands
from ..image.filters import disc
from ..image.integration import height_from_slopes, slopes_of
from ..texture.texel_maps import TexelMaps, at_layout_size
from ..texture.unwrap import stretch
from ..typed import TexelMap, Texture
from .hair import beard
from .illumination import Illumination
from .relief_shading import relief_shading
from .skin import nostril_distance

RANGE = 0.004
"""Metres from black to white in the displacement picture; middle grey is 0."""
ZERO = 0.5
"""What of white is no displacement: *Midlevel* of Blender's modifiers."""
_UINT16 = 65535

# What the brightness of skin varies by though it is level, over how far skin is sloped, radians:
# light that shades slopes by less than this tells next to nothing of them. (Wiener's ratio.)
_UNTOLD = 0.25
# Metres: no detail is higher or deeper; it comes near that softly.
_HIGHEST = 0.0012
# Metres: wavelength of relief of which half is left. Longer waves are the mesh's.
_LONGEST = 0.008
# Shares of the map's side: around lids and lips there are lashes and folds that light does not
# explain; the face's skin goes on past the part that is swapped; half a brow's height; single hairs
# lie so far beside hair.
_LINES = 0.016
_PAST_BORDER = 0.04
_BROW = 0.03
_OFF_HAIR = 0.016
# Eye distances: around nostrils; and over which skin begins softly.
_NOSTRILS = 0.09
_SOFT = 0.05
# Share of the map's side: beards end softly.
_BEARD_EDGE = 0.008
# Texels along a side in which it is looked for, at most: 0.2 mm each, finer than pores.
_FINEST = 1024
# Times that what the found relief does not explain is looked at again.
_ROUNDS = 3


@dataclass(frozen=True, eq=False)
class FineDetail:
    """Relief of a face's skin that is finer than its mesh.

    Attributes
    ----------
    height : (N, N) float32
        Metres along the normal, life-size (eye centres 63 mm apart); 0 where none is told.
    confidence : (S, S) float32
        0..1: how far the photo tells it.
    frame : TangentFrame
        The axes in which the normal map is told.
    """

    height: np.ndarray
    confidence: TexelMap
    frame: TangentFrame

    def normal_map(self, strength: float = 1.0) -> np.ndarray:
        """(N, N, 3) uint16: unit normals in tangent space, as glTF and Blender read them.

        Red along U, green along V (up: OpenGL's way), blue out of the skin; 0..65535 for -1..1.

        Parameters
        ----------
        strength : float
            Times the height.
        """
        size, frame = len(self.height), self.frame
        result = np.empty((size, size, 3), np.uint16)
        right, down = slopes_of(self.height)
        grown = np.float32(size / len(self.confidence) * strength)
        # A rise to the right is one along the tangent; upwards, one along both axes.
        along = (-grown / frame.width, grown / frame.height, -frame.shear / frame.height)
        for rows in bands(size, size):
            across, up, shear = (stretch(np.asarray(a, np.float32), size, rows) for a in along)
            x = right[rows] * across
            y = down[rows] * up + x * shear
            half = np.float32(_UINT16 / 2) / cv2.sqrt(x * x + y * y + 1)
            channels = [x * half, y * half, half]
            for value in channels:
                value += np.float32(_UINT16 / 2 + 0.5)
            result[rows] = cv2.merge(channels)
        return result

    def displacement(self) -> np.ndarray:
        """(N, N) uint16: the height as a picture; 32768 is 0, and `RANGE` from black to white."""
        values = self.height * np.float32(_UINT16 / RANGE) + (0.5 + (_UINT16 + 1) // 2)
        return values.clip(0, _UINT16).astype(np.uint16)

    @cached_property
    def told(self) -> float:
        """0..1: the mean confidence where it is not 0; 0 where none is told at all."""
        some = self.confidence[self.confidence > 0.02]
        return float(some.mean()) if some.size else 0.0


def no_detail(maps: TexelMaps, size: int) -> FineDetail:
    """The detail of a face whose light is not known: none."""
    return FineDetail(
        np.zeros((size, size), np.float32),
        np.zeros((maps.size,) * 2, np.float32),
        tangent_frame(maps.geometry),
    )


def fine_detail(
    maps: TexelMaps, light: Illumination, seen: TexelMap, texture: Texture, blocks: float = 0.0
) -> FineDetail:
    """Find the fine detail of a face.

    Parameters
    ----------
    maps : TexelMaps
    light : Illumination
        On the face, with cast shadows.
    seen : (S, S) float32
        0..1: how far the photo can be trusted, see `texel_confidence`.
    texture : (N, N, 3 or 4) uint8 sRGB
        The photo, unwrapped.
    blocks : float
        Standard deviation of compression's errors in the photo, levels.

    Returns
    -------
    FineDetail

    Notes
    -----
    Shape from shading, made linear (A. Pentland, "Linear Shape from Shading", International Journal
    of Computer Vision 4, 1990) about the mesh's own normals: a slope along which the fitted light
    grows is darker where it rises. Of each texel the least slope is taken that shades so, and the
    surface nearest to all of these; what it does not explain is looked at once more. Slopes across
    the light are known only as far as a surface with the others has to have them.
    """
    size = len(texture)
    frame = tangent_frame(maps.geometry)
    skin = _plain_skin(maps, light, seen)
    work = _useful_size(maps, size)
    shading = relief_shading(maps, light, frame, skin, at_layout_size(texture, work), blocks)
    slope = light.slope(frame.normals)
    strength = np.einsum("ijk,ijk->ij", slope, slope)
    told = strength / (strength + np.float32(_UNTOLD**2))
    height = _height(shading.shading, slope, strength, frame, skin)
    if work != size:
        height = cv2.resize(height, (size, size), interpolation=cv2.INTER_CUBIC)
    return FineDetail(height, np.asarray(shading.trust * told, np.float32), frame)


def _plain_skin(maps: TexelMaps, light: Illumination, seen: TexelMap) -> TexelMap:
    """(S, S) float32: skin that is seen, without features, hair and beard, lit by the light."""
    # Beside hair there are single hairs.
    skin = cv2.erode(seen, disc(_OFF_HAIR * maps.size)) * _bare(maps.layout)
    grows = beard(maps, light).astype(np.float32)
    if grows.any():
        sigma = _BEARD_EDGE * maps.size
        skin = skin * (1 - cv2.GaussianBlur(grows, (0, 0), sigma)) * (1 - grows)
    # In a cast shadow the lamp that the light was fitted to does not shine.
    cast = np.asarray(light.cast_shadows, np.float32)
    lit = cast.mean(axis=-1) if cast.ndim == 3 else cast
    return np.asarray(skin * np.minimum(lit, 1), np.float32)


@lru_cache(maxsize=4)
def _bare(layout: UVLayout) -> TexelMap:
    """(S, S) float32: 1 on skin, also around the eyes, 0 on lids' edges, lips, brows, nostrils."""
    inner = (part_mask(layout, "face", feather=0) > 0).astype(np.uint8)
    bare = cv2.dilate(inner, disc(_PAST_BORDER * layout.size)) > 0
    lines = cv2.dilate(
        within_landmarks(layout, (*EYE_OUTLINES, *LIP_OUTLINES)), disc(_LINES * layout.size)
    )
    hairs = np.zeros(layout.mask.shape, np.uint8)
    for first, end in ((BROWS.start, BROWS.start + 5), (BROWS.start + 5, BROWS.stop)):
        points = layout.landmark_texels[first:end, ::-1].astype(np.int32)
        cv2.polylines(hairs, [np.ascontiguousarray(points)], False, 1)
    hairs = cv2.dilate(hairs, disc(_BROW * layout.size))
    bare &= (lines == 0) & (hairs == 0)
    bare &= nostril_distance(layout) > _NOSTRILS
    return feathered(layout, bare, _SOFT)


def _useful_size(maps: TexelMaps, size: int) -> int:
    """The side, at most `size`, at which a texel is about a pixel of the photo."""
    pixels = min(maps.geometry.pixels_per_texel * maps.size, _FINEST)
    work = size
    while work // 2 >= max(maps.size, pixels) and work % 2 == 0:
        work //= 2
    return work


def _height(
    shading: np.ndarray,
    slope: np.ndarray,
    strength: np.ndarray,
    frame: TangentFrame,
    skin: TexelMap,
) -> np.ndarray:
    """(M, M) float32 metres: the surface that shades so, see `fine_detail`."""
    side, size = len(shading), len(skin)
    texel = np.float32(size / side)
    # How much a surface that rises along the light's slope rises a texel, and how dark that is.
    along = [np.einsum("ijk,ijk->ij", slope, way) * texel for way in (frame.right, frame.down)]
    least = [a / (strength + np.float32(_UNTOLD**2)) for a in along]
    rise = [cv2.resize(x, (side, side), interpolation=cv2.INTER_LINEAR) for x in least]
    middle = skin > 0.5
    middle = middle if middle.any() else np.ones_like(middle)
    wide, high = (float(np.median(x[middle]) * texel) for x in (frame.width, frame.height))
    spacing = (wide, high)
    left = -shading
    back = _shades(slope, frame, texel, side)
    doubt = np.float32(_UNTOLD**2) / (strength + np.float32(_UNTOLD**2))
    doubt = cv2.resize(doubt, (side, side), interpolation=cv2.INTER_LINEAR)
    height = height_from_slopes(left * rise[0], left * rise[1], spacing, _LONGEST)
    for _ in range(_ROUNDS - 1):
        right, down = slopes_of(height)
        left = -shading - back[0] * right - back[1] * down
        height += height_from_slopes(
            left * rise[0] - doubt * right, left * rise[1] - doubt * down, spacing, _LONGEST
        )
    return np.float32(_HIGHEST) * np.tanh(height / np.float32(_HIGHEST))


def _shades(
    slope: np.ndarray, frame: TangentFrame, texel: np.float32, side: int
) -> list[np.ndarray]:
    """(M, M) twice: how much darker it is for a metre's rise a texel to the right, and down."""
    across = frame.right / frame.width[..., None]
    upward = -frame.down - frame.shear[..., None] * across
    up = upward / frame.height[..., None]
    along = [np.einsum("ijk,ijk->ij", slope, way) for way in (across, up)]
    # A rise of h_right and h_down a texel is one of x along the tangent and y along the bitangent.
    y = along[1] / frame.height
    x = along[0] / frame.width - frame.shear * y / frame.width
    return [
        cv2.resize(np.asarray(v / texel, np.float32), (side, side), interpolation=cv2.INTER_LINEAR)
        for v in (x, -y)
    ]
