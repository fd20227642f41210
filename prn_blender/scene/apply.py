"""Edited textures, put back into the photo."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Sequence

import bpy
import cv2
import numpy as np

from ..core.apply import apply_texture
from ..core.face import Face
from .bake import bake, bake_size
from .image import image_pixels, renewed_image
from .layers import PAINT, PAINT_STRENGTH, TextureLayers, layers_of
from .names import FACE

_RESULT = "result"


def apply_to_photo(
    faces: Sequence[tuple[bpy.types.Object, Face]], mode: str = "feather"
) -> np.ndarray:
    """The photo with what was changed in its faces' textures.

    Parameters
    ----------
    faces : sequence of (object, Face)
        Faces of one photo and what they were built from.
    mode : {"feather", "poisson", "laplacian"}
        See `core.blend`.

    Returns
    -------
    (H, W, 3) uint8
        Equal to the photo wherever a texture is still the photo's own.

    Raises
    ------
    OptionError
    """
    picture = faces[0][1].photo.pixels
    for item, face in faces:
        layers = layers_of(item)
        size = bake_size(layers)
        texture = bake(layers, size)
        mask = _changed(texture, face.texture(size), _painted(layers, size))
        if mask.any():
            colour = np.ascontiguousarray(texture[..., :3])
            # With a mask of its own: layers lose nothing, so the faintest stroke counts.
            picture = apply_texture(face, colour, mask, mode, everything=True, picture=picture)
    return picture


def result_image(item: bpy.types.Object, picture: np.ndarray) -> bpy.types.Image:
    """Keep an edited photo as the image `NAME Result`, in place of the last one."""
    old = item.data[FACE].get(_RESULT)
    image = renewed_image(old, f"{item.name} Result", picture)
    item.data[FACE][_RESULT] = image
    return image


def _changed(texture: np.ndarray, original: np.ndarray, painted: np.ndarray) -> np.ndarray:
    """(N, N) float32: where the texture is not the photo's, and the photo would show it."""
    difference = cv2.absdiff(texture[..., :3], original[..., :3]).max(axis=-1)
    # One level is what a texture may gain or lose by being baked.
    changed = (difference > 1).astype(np.uint8) * 255
    reach = 2 * max(1, len(texture) // 512) + 1
    grown = cv2.dilate(changed, np.ones((reach, reach), np.uint8))
    soft = cv2.blur(grown, (reach, reach))
    # What is hidden stays out of the photo, unless the artist has painted across the border.
    shown = np.minimum(soft, np.maximum(original[..., 3], painted))
    return shown.astype(np.float32) / 255


def _painted(layers: TextureLayers, size: int) -> np.ndarray:
    """(size, size) uint8: alpha of the paint layer."""
    image = layers.image(PAINT)
    if image is None or layers.value(PAINT_STRENGTH) == 0:
        return np.zeros((size, size), np.uint8)
    alpha = np.ascontiguousarray(image_pixels(image)[..., 3])
    return cv2.resize(alpha, (size, size), interpolation=cv2.INTER_LINEAR)
