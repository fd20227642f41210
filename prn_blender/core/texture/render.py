"""Render a texture on a face's geometry as the photo's camera sees it."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import numpy as np

from ..errors import OptionError, Sentence
from ..geometry.face_geometry import FaceGeometry
from ..image.filters import soft_inside
from ..image.patch import RenderedFace
from ..image.sampling import sample, sample_rgba
from ..typed import Matte, Texture
from .fragments import Fragments, rasterize_face
from .masks import shrink_mask, unit_mask
from .unwrap import MAX_SIZE, MIN_SIZE

SILHOUETTE = 0.05
"""Share of the face's size: width over which a swapped face fades out towards its outline."""
# Coverage from which on a pixel counts as lying on the face. Interpolated coverage may miss 1.
_FULL_COVERAGE = 0.999


def render_texture(
    face: FaceGeometry, texture: Texture, mask: np.ndarray | None = None
) -> RenderedFace:
    """Render a texture on a face's geometry, where and as large as the photo shows the face.

    Parameters
    ----------
    face : FaceGeometry
    texture : (N, N, 3) or (N, N, 4) uint8 sRGB
        In the layout's UV space, straight alpha, N from 16 to 8192.
    mask : (M, M) float or uint8, optional
        In UV space, too, and of any size; 0..1 (uint8: 0..255). What of the texture is to show.

    Returns
    -------
    RenderedFace

    Raises
    ------
    OptionError
        The texture is not of that kind.
    """
    check_texture(texture)
    soft = None if mask is None else unit_mask(mask)
    fragments = rasterize_face(
        face, None if soft is None else shrink_mask(soft, face.layout.size) > 0
    )
    at = fragments.texture_coordinates(texture.shape[0])
    if texture.shape[2] == 4 and texture[..., 3].min() < 255:
        colour, alpha = sample_rgba(texture, at)
        matte = fragments.coverage * alpha
    else:
        colour = sample(texture[..., :3], at)
        matte = fragments.coverage
    if soft is not None:
        matte = matte * fragments.look_up(soft)
    return RenderedFace(fragments.region, colour, matte)


def check_texture(texture: np.ndarray, what: Sentence | None = None) -> None:
    """Raise an error unless an array is a texture.

    Parameters
    ----------
    texture : array
    what : Sentence, optional
        What it should be, for the message; by default "texture".

    Raises
    ------
    OptionError
        The array is not (N, N, 3) or (N, N, 4) uint8 with N from 16 to 8192.
    """
    what = what or Sentence("texture")
    shape = texture.shape
    if len(shape) != 3 or shape[2] not in (3, 4) or texture.dtype != np.uint8:
        raise OptionError(
            "The {what} is {shape} {dtype}; expected (N, N, 4) uint8.",
            what=what,
            shape=shape,
            dtype=texture.dtype,
        )
    if shape[0] != shape[1] or not MIN_SIZE <= shape[0] <= MAX_SIZE:
        raise OptionError(
            "The {what} has {width} x {height} texels; it has to be square, {min_size} "
            "to {max_size}.",
            what=what,
            width=shape[1],
            height=shape[0],
            min_size=MIN_SIZE,
            max_size=MAX_SIZE,
        )


def fade_to_outline(fragments: Fragments, size: float) -> Matte:
    """Make a matte of a face that fades out towards its outline.

    Parameters
    ----------
    fragments : Fragments
        Only the outline within their region counts, see `margin` of `rasterize_face`.
    size : float
        Size of the face, pixels.

    Returns
    -------
    (h, w) float32
        1 on the face, 0 from its outline on.
    """
    return soft_inside(fragments.coverage > _FULL_COVERAGE, SILHOUETTE * size)


def visible_matte(face: FaceGeometry) -> np.ndarray:
    """(H, W) uint8: the matte of a face in the whole photo, 0..255, see `fade_to_outline`."""
    fragments = rasterize_face(face)
    full = np.zeros(face.photo_size[::-1], np.uint8)
    x0, y0, x1, y1 = fragments.region
    full[y0:y1, x0:x1] = fade_to_outline(fragments, face.size) * 255 + 0.5
    return full
