"""Put an edited texture back into the photo that it came from."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import cv2
import numpy as np

from ..choices import BlendMode
from ..face.face import Face
from ..image.blend import blend, check_blend
from ..photo.photo import check_full_size
from ..texture.masks import check_mask
from ..texture.render import check_texture, render_texture
from ..typed import Mask, Pixels, Texture

# Levels of 255: texels that differ by more have been edited. Saving as a lossy file changes every
# texel by a few levels.
_CHANGED = 6
# Share of the texture's side: how far around an edit the texture is used, so that sampling between
# texels meets all of it.
_AROUND = 1 / 512


def apply_texture(
    face: Face,
    texture: Texture,
    mask: Mask | None = None,
    mode: BlendMode = "feather",
    strength: float = 1.0,
    everything: bool = False,
    picture: Pixels | None = None,
) -> Pixels:
    """Render a painted, swapped or retouched texture into the photo.

    Parameters
    ----------
    face : Face
    texture : (N, N, 3) or (N, N, 4) uint8 sRGB
        In the layout's UV space. Where it is transparent the photo stays as it is.
    mask : (M, M) float32, optional
        In UV space, 0..1: how far each texel is used; by default everywhere.
    mode, strength
        See `image.blend.blend`.
    everything : bool
        By default only what differs from the photo's own texture is rendered. With True
        everything is, and the photo loses a little of its finest detail.
    picture : (H, W, 3) uint8, optional
        The picture to blend into; by default the face's photo.

    Returns
    -------
    (H, W, 3) uint8

    Raises
    ------
    OptionError
        The texture is not square, or an option makes no sense.
    PhotoError
        The photo is too large to be drawn into at its full size.
    """
    check_full_size(face.photo)
    check_texture(texture)
    check_blend(mode, strength)
    used = None if everything else changed_texels(face, texture)
    if mask is not None:
        size = texture.shape[:2]
        mask = cv2.resize(check_mask(mask), size[::-1], interpolation=cv2.INTER_LINEAR)
        used = mask if used is None else np.minimum(used, mask)
    rendered = render_texture(face.geometry, texture, used)
    return blend(face.photo.pixels if picture is None else picture, rendered, mode, strength)


def changed_texels(face: Face, texture: Texture) -> Mask:
    """Find where a texture has been edited.

    Parameters
    ----------
    face : Face
    texture : (N, N, 3) or (N, N, 4) uint8 sRGB

    Returns
    -------
    (N, N) float32
        1 where it differs from the photo's own texture, with a soft border around.

    Raises
    ------
    OptionError
        The texture is not square.
    """
    check_texture(texture)
    original = face.texture(texture.shape[0])
    changed = np.zeros(original.shape[:2], np.uint8)
    for k in range(3):
        changed |= cv2.absdiff(texture[..., k], original[..., k]) > _CHANGED
    side = 2 * max(1, round(len(original) * _AROUND)) + 1
    kernel = np.ones((side, side), np.uint8)
    return cv2.blur(cv2.dilate(changed, kernel).astype(np.float32), (side, side))
