"""The photo with the edits that were made in its faces' textures."""
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
    """What of a face object is needed to put its edits into the photo.

    Attributes
    ----------
    values : LayerValues
        Of its texture.
    swap_matte : (H, W) uint8 or None
        See the function `swap_matte`.
    """

    values: LayerValues
    swap_matte: np.ndarray | None


def read_edits(items: Sequence[bpy.types.Object]) -> Stepwise[list[Edits]]:
    """Take the edits of the faces of one photo from Blender, in steps; see `stepwise`.

    Raises
    ------
    OptionError
        A face has no texture layers, or one of their images is missing.
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
    """The photo with the edits drawn into it; needs nothing of Blender.

    Parameters
    ----------
    faces : sequence of Face
        Of one photo.
    edits : sequence of Edits
        Of the same faces.
    mode : {"feather", "poisson", "laplacian"}
        How edits are blended into the photo, see `core.image.blend`.

    Returns
    -------
    (H, W, 3) uint8
        Equal to the photo wherever the textures are still the photo's own.

    Raises
    ------
    OptionError
        There is no such mode.
    PhotoError
        The photo is too large to be drawn into at its full size.
    """
    check_full_size(faces[0].photo)
    picture = faces[0].photo.pixels
    for face, edit in zip(faces, edits, strict=True):
        own, beneath = face.texture(edit.values.size), evaluate(edit.values, paint=False)
        # Texels that the photo does not show stay out of it, except a donor's: the matte below
        # makes them fade at the face's outline.
        donor = (donor_share(edit.values) * 255 + 0.5).astype(np.uint8)
        mask = np.minimum(_changed(beneath, own), np.maximum(own[..., 3], donor))
        if mask.any():
            share = edit_matte(face, edit.swap_matte) * np.float32(1 / 255)
            picture = mix(picture, _drawn(face, beneath, mask, mode, picture), share)
        # Paint goes where the artist has put it, across the outline and on kept teeth too.
        if edit.values.painted:
            painted = evaluate(edit.values)
            picture = _drawn(face, painted, _changed(painted, beneath), mode, picture)
    return picture


def result_image(item: bpy.types.Object, picture: np.ndarray | bytes) -> bpy.types.Image:
    """Store an edited photo as the image `NAME Result`, in place of the last one.

    Parameters
    ----------
    item : bpy.types.Object
    picture : (H, W, 3) uint8, or bytes
        The picture, or its PNG file.
    """
    old = editable_photo(item).result
    image = renewed_image(old, f"{item.name} Result", picture, everywhere=False)
    change_photo(item, result=image, result_texture=texture_fingerprint(item))
    return image


def edit_matte(face: Face, limit: np.ndarray | None) -> np.ndarray:
    """Where edits of a face may show in its photo, as (H, W) uint8.

    Where the photo's camera sees the face, fading at its outline as swaps do.

    Parameters
    ----------
    face : Face
    limit : (H, W) uint8 or None
        Where its swap may show, see `swap_matte`.
    """
    matte = visible_matte(face.geometry)
    return matte if limit is None else np.minimum(matte, limit)


def _changed(texture: np.ndarray, before: np.ndarray) -> np.ndarray:
    """(N, N) uint8: where two textures differ, with a soft rim around."""
    difference = cv2.absdiff(texture[..., :3], before[..., :3]).max(axis=-1)
    # Baking a texture may change it by one level.
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
    # Layers are exact, so the faintest stroke counts (`everything`).
    return apply_texture(face, colour, share, mode, everything=True, picture=picture)


def swap_matte(item: bpy.types.Object, shape: tuple[int, ...]) -> np.ndarray | None:
    """How far a face object's swap may show in its photo.

    A swap leaves parts of the photo as they are: teeth between the lips, for instance.

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
    if part.shape == pixels.shape:  # else the artist has put another image there
        part[:] = pixels
    return whole
