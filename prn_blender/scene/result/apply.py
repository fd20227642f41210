"""Edited textures, put back into the photo."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import bpy
import cv2
import numpy as np

from ...core.choices import BlendMode
from ...core.editing.apply import apply_texture
from ...core.face.face import Face
from ...core.image.blend import mix
from ...core.photo.photo import check_full_size
from ...core.texture.render import visible_matte
from ..images.image import image_pixels, renewed_image
from ..layers.bake import bake_size, donor_share, evaluate
from ..layers.layer_values import LayerValues, read_layers
from ..layers.layers import layers_of, texture_fingerprint
from ..record import change_photo, editable_photo, photo_record_of, photo_size_of
from ..stepwise import Stepwise


@dataclass(frozen=True, eq=False)
class Edits:
    """What a face's texture has that the photo may get.

    Attributes
    ----------
    values : LayerValues
    used : (H, W) uint8 or None
        See `swap_matte`.
    """

    values: LayerValues
    used: np.ndarray | None


def read_edits(items: Sequence[bpy.types.Object]) -> Stepwise[list[Edits]]:
    """Take the edits of faces of one photo, with pauses in which a window can be drawn.

    Raises
    ------
    OptionError
    """
    edits = []
    for item in items:
        layers = layers_of(item)
        values = yield from read_layers(layers, bake_size(layers), with_unpainted=True)
        width, height = photo_size_of(item)
        edits.append(Edits(values, swap_matte(item, (height, width))))
    return edits


def draw_edits(
    faces: Sequence[Face], edits: Sequence[Edits], mode: BlendMode = "feather"
) -> np.ndarray:
    """The photo with what was changed in its faces' textures; needs nothing of Blender.

    Parameters
    ----------
    faces : sequence of Face
        Of one photo.
    edits : sequence of Edits
        Theirs.
    mode : {"feather", "poisson", "laplacian"}
        See `core.blend`.

    Returns
    -------
    (H, W, 3) uint8
        Equal to the photo wherever a texture is still the photo's own.

    Raises
    ------
    OptionError
    PhotoError
        The photo is too large to be drawn into at its full size.
    """
    check_full_size(faces[0].photo)
    picture = faces[0].photo.pixels
    for face, edit in zip(faces, edits, strict=True):
        own, beneath = face.texture(edit.values.size), evaluate(edit.values, paint=False)
        # What is hidden stays out of the photo; a donor fades at the face's outline instead.
        donor = (donor_share(edit.values) * 255 + 0.5).astype(np.uint8)
        mask = np.minimum(_changed(beneath, own), np.maximum(own[..., 3], donor))
        if mask.any():
            share = edit_matte(face, edit.used) * np.float32(1 / 255)
            picture = mix(picture, _drawn(face, beneath, mask, mode, picture), share)
        # Paint is where the artist wants it, across that border and on teeth too.
        if edit.values.painted:
            painted = evaluate(edit.values)
            picture = _drawn(face, painted, _changed(painted, beneath), mode, picture)
    return picture


def result_image(item: bpy.types.Object, picture: np.ndarray | bytes) -> bpy.types.Image:
    """Keep an edited photo as the image `NAME Result`, in place of the last one.

    Parameters
    ----------
    item : bpy.types.Object
    picture : (H, W, 3) uint8, or bytes
        See `array_image`.
    """
    old = editable_photo(item).result
    image = renewed_image(old, f"{item.name} Result", picture, everywhere=False)
    change_photo(item, result=image, result_texture=texture_fingerprint(item))
    return image


def edit_matte(face: Face, used: np.ndarray | None) -> np.ndarray:
    """(H, W) uint8: where the photo's camera sees the face, fading at its outline as swaps do,
    and where its donor may show, see `swap_matte`."""
    matte = visible_matte(face.geometry)
    return matte if used is None else np.minimum(matte, used)


def _changed(texture: np.ndarray, before: np.ndarray) -> np.ndarray:
    """(N, N) uint8: where two textures differ, soft around."""
    difference = cv2.absdiff(texture[..., :3], before[..., :3]).max(axis=-1)
    # One level is what a texture may gain or lose by being baked.
    changed = (difference > 1).astype(np.uint8) * 255
    reach = 2 * max(1, len(texture) // 512) + 1
    return cv2.blur(cv2.dilate(changed, np.ones((reach, reach), np.uint8)), (reach, reach))


def _drawn(
    face: Face, texture: np.ndarray, mask: np.ndarray, mode: BlendMode, picture: np.ndarray
) -> np.ndarray:
    """The picture with a texture drawn where the mask (N, N) uint8 says."""
    if not mask.any():
        return picture
    colour = np.ascontiguousarray(texture[..., :3])
    share = mask.astype(np.float32) / 255
    # With a mask of its own: layers lose nothing, so the faintest stroke counts.
    return apply_texture(face, colour, share, mode, everything=True, picture=picture)


def swap_matte(item: bpy.types.Object, shape: tuple[int, ...]) -> np.ndarray | None:
    """How far a face object's donor may show in its photo.

    Parameters
    ----------
    item : bpy.types.Object
    shape : (H, W, ...)
        Of the photo.

    Returns
    -------
    (H, W) uint8 or None
        None where it may show everywhere.
    """
    record = photo_record_of(item)
    if record.swap_matte is None or record.swap_matte_region is None:
        return None
    x0, y0, x1, y1 = record.swap_matte_region
    whole = np.full(shape[:2], 255, np.uint8)
    part = whole[y0:y1, x0:x1]
    pixels = image_pixels(record.swap_matte)[..., 0]
    if part.shape == pixels.shape:  # else it was replaced by something else
        part[:] = pixels
    return whole
