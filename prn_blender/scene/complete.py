"""The completed texture as a layer."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import bpy
import cv2
import numpy as np

from ..core.completion import CompletionOptions, complete
from ..core.face import Face
from ..core.tone import delight_curve
from .image import renewed_image
from .layers import editable_layers, layers_of
from .texture_group import COMPLETED, FILL_MASK, HIDDEN_FILL, PHOTO

_MASK_SIZE = 1024


def add_completed(
    item: bpy.types.Object,
    face: Face,
    options: CompletionOptions | None = None,
    delight: float = 0.0,
) -> None:
    """Fill a face's hidden side in, in a layer with a mask of its own.

    Parameters
    ----------
    item : bpy.types.Object
    face : Face
        What the object was built from.
    options : CompletionOptions, optional
    delight : float
        0..1: how much of the photo's light is taken out. Above 0 the layer covers the whole
        face, for the visible side has to change too.

    Raises
    ------
    OptionError
    """
    photo = layers_of(item).image(PHOTO)
    size: int | str = max(photo.size) if photo is not None and max(photo.size) else "auto"
    completed = complete(face, size, options)
    colour = np.ascontiguousarray(completed[..., :3])
    if delight > 0:
        colour = delight_curve(face, face.illumination, delight).apply(colour)
    side = min(_MASK_SIZE, len(colour))
    if delight > 0:
        mask = np.full((side, side), 255, np.uint8)
    else:
        hidden = 255 - np.ascontiguousarray(completed[..., 3])
        mask = cv2.resize(hidden, (side, side), interpolation=cv2.INTER_AREA)
    layers = editable_layers(item)
    for layer, pixels, data in ((COMPLETED, colour, False), (FILL_MASK, mask, True)):
        old = layers.image(layer)
        layers.set_image(layer, renewed_image(old, f"{item.name} {layer}", pixels, data))
    layers.set_value(HIDDEN_FILL, 1.0)
