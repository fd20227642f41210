"""An edited texture, back into the photo it came from."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import cv2
import numpy as np

from ..choices import BlendMode
from ..face.face import Face
from ..image.blend import blend, check_blend
from ..photo.photo import check_full_size
from ..texture.render import check_texture, render_texture

# Levels: files with losses change every texel by a few.
_CHANGED = 6


def apply_texture(
    face: Face,
    texture: np.ndarray,
    mask: np.ndarray | None = None,
    mode: BlendMode = "feather",
    strength: float = 1.0,
    everything: bool = False,
    picture: np.ndarray | None = None,
) -> np.ndarray:
    """Draw a painted, swapped or retouched texture into the photo.

    Parameters
    ----------
    face : Face
    texture : (N, N, 3) or (N, N, 4) uint8 sRGB
        In the layout's UV space; what is transparent leaves the photo as it is.
    mask : (M, M) float32, optional
        What of it is used, in UV space, 0..1.
    mode, strength
        See `blend.blend`.
    everything : bool
        Not only what differs from the photo's own texture. Drawn anew, the photo loses a little
        of its finest detail.
    picture : (H, W, 3) uint8, optional
        By default the face's photo.

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
        mask = cv2.resize(mask, size[::-1], interpolation=cv2.INTER_LINEAR)
        used = mask if used is None else np.minimum(used, mask)
    rendered = render_texture(face.geometry, texture, used)
    return blend(face.photo.pixels if picture is None else picture, rendered, mode, strength)


def changed_texels(face: Face, texture: np.ndarray) -> np.ndarray:
    """(N, N) float32: 1 where a texture differs from the photo's own, soft around.

    Raises
    ------
    OptionError
        The texture is not square.
    """
    check_texture(texture)
    own = face.texture(texture.shape[0])
    changed = np.zeros(own.shape[:2], np.uint8)
    for k in range(3):
        changed |= cv2.absdiff(texture[..., k], own[..., k]) > _CHANGED
    # A texel further than the change reaches, so that sampling between texels meets all of it.
    reach = 2 * max(1, round(len(own) / 512)) + 1
    kernel = np.ones((reach, reach), np.uint8)
    return cv2.blur(cv2.dilate(changed, kernel).astype(np.float32), (reach, reach))
