"""The layer that shows the texture with its hidden side filled in."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import bpy
import cv2
import numpy as np

from ...core.choices import TextureSize
from ...core.editing.completion import CompletionOptions, complete
from ...core.face.face import Face
from ...core.outputs.head.surround import around_photo
from ...core.photo.photo import encode_image
from ..images.image import is_as_made, mark_made, renewed_image
from ..images.texels import side_of
from ..names import is_head
from .layers import SKIN_LAYER, editable_layers, layers_of
from .texture_group import COMPLETED, FILL_MASK, HIDDEN_FILL, PHOTO

# How steeply the layer's mask rises where the completed texture begins to be other than the photo.
_STEEP = 16
_MASK_SIZE = 1024
"""Texels of a side, at most: a mask with soft rims needs no more."""


def add_completed(
    item: bpy.types.Object,
    face: Face,
    options: CompletionOptions | None = None,
    delight: float = 0.0,
) -> None:
    """Give a face a layer with its hidden side filled in, and a mask for that layer.

    Parameters
    ----------
    item : bpy.types.Object
    face : Face
        What the object was built from.
    options, delight
        See `completed_files`.

    Raises
    ------
    OptionError
    """
    size, whole = completed_size(item), is_head(item)
    put_completed(item, completed_files(face, size, options, delight, whole))


def completed_size(item: bpy.types.Object) -> TextureSize:
    """The size for a completed texture: that of the photo's layer."""
    photo = layers_of(item).image(PHOTO)
    return (side_of(photo) if photo is not None else 0) or "auto"


def completed_files(
    face: Face,
    size: TextureSize = "auto",
    options: CompletionOptions | None = None,
    delight: float = 0.0,
    whole: bool = False,
) -> dict[str, bytes]:
    """The images of the layers; needs nothing of Blender.

    Parameters
    ----------
    face : Face
    size : int or "auto"
        As in `Face.texture`.
    options : CompletionOptions, optional
    delight : float
        0..1: how much of the photo's light is taken out of the colours. Above 0 the layer covers
        the whole face, because the visible side changes too.
    whole : bool
        For a whole head: the skin around the face, in the same light, as well.

    Returns
    -------
    dict of str to bytes
        A PNG file for each layer.
    """
    completed = complete(face, size, options)
    colour = np.ascontiguousarray(completed[..., :3])
    if delight > 0:
        colour = face.delit.apply(colour, delight)
    side = min(_MASK_SIZE, len(colour))
    if delight > 0:
        mask = np.full((side, side), 255, np.uint8)
    else:
        # Wherever it is not wholly the photo's, for the completed texture is mixed already.
        hidden = cv2.multiply(255 - np.ascontiguousarray(completed[..., 3]), _STEEP)
        mask = cv2.resize(hidden, (side, side), interpolation=cv2.INTER_AREA)
    files = {COMPLETED: encode_image(colour), FILL_MASK: encode_image(mask)}
    if whole and face.head is not None:
        files[SKIN_LAYER] = encode_image(around_photo(face, face.head, delight))
    return files


def put_completed(item: bpy.types.Object, files: dict[str, bytes]) -> None:
    """Put the images of `completed_files` into the layers of an object, and show them.

    The skin around a head's face stays where somebody has painted on it.
    """
    layers = editable_layers(item)
    for layer, file in files.items():
        old = layers.image(layer)
        if layer == SKIN_LAYER and (old is None or not is_as_made(old)):
            continue
        image = renewed_image(old, f"{item.name} {layer}", file, data=layer == FILL_MASK)
        if layer == SKIN_LAYER:
            mark_made(image)
        layers.set_image(layer, image)
    layers.set_value(HIDDEN_FILL, 1.0)
