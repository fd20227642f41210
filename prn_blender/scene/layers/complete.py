"""The layers that are made of a photo besides its own: the hidden side, the skin around a face.

What they are made with is in the face's record, so that whoever makes one of them anew, because the
photo, the shape or the mesh is another one, makes all of them alike: with the photo's light, or
without. What somebody has painted on them stays.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import bpy
import cv2
import numpy as np

from ...core.choices import TextureSize
from ...core.editing.completion import CompletionOptions, complete
from ...core.errors import OptionError
from ...core.face.face import Face
from ...core.outputs.export import texture_png
from ...core.outputs.head.surround import around_photo, face_shares
from ...core.photo.photo import encode_image
from ..images.image import is_as_made, mark_made, renewed_image
from ..images.strokes import carried
from ..images.texels import Texels, side_of
from ..names import is_head
from ..record import change_record, read_record
from .layers import FACE_LAYER, SKIN_LAYER, TextureLayers, editable_layers, find_layers, layers_of
from .texture_group import COMPLETED, FILL_MASK, HIDDEN_FILL, PHOTO

# How steeply the layer's mask rises where the completed texture begins to be other than the photo.
_STEEP = 16
_MASK_SIZE = 1024
"""Texels of a side, at most: a mask with soft rims needs no more."""

_DATA = (FILL_MASK, FACE_LAYER)
"""Layers whose values are no colours."""


@dataclass(frozen=True, eq=False)
class Made:
    """How the layers of a face are made; needs nothing of Blender any more.

    Attributes
    ----------
    size : int or "auto"
        Of the completed texture, as in `Face.texture`.
    whole : bool
        It is a whole head, with skin around its face.
    options : CompletionOptions or None
        Of its completed texture; None where there is none, or it is not known.
    delight : float
        0..1: how much of the photo's light is taken out.
    unknown : bool
        There is a completed texture, of an earlier version, which does not say what it was made
        with.
    missing : frozenset of str
        Layers whose images were deleted.
    painted : mapping of str to Texels or None
        Layers that somebody has painted on; None where what is there cannot be read.
    """

    size: TextureSize = "auto"
    whole: bool = False
    options: CompletionOptions | None = None
    delight: float = 0.0
    unknown: bool = False
    missing: frozenset[str] = frozenset()
    painted: Mapping[str, Texels | None] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class MadeFiles:
    """Layers that were made anew.

    Attributes
    ----------
    files : mapping of str to bytes
        A PNG file for each.
    painted : frozenset of str
        Those of them that have something on them that was painted.
    stale : bool
        Whether some layer could not be made anew and stays as it is.
    """

    files: Mapping[str, bytes] = field(default_factory=dict)
    painted: frozenset[str] = frozenset()
    stale: bool = False


def made_as(item: bpy.types.Object) -> Made:
    """Take from an object how its layers are made.

    Raises
    ------
    OptionError
        What it remembers is damaged.
    """
    layers = find_layers(item)
    if layers is None:
        return Made()
    socket = layers.group.inputs.get(COMPLETED)
    known, there = read_record(item).completed, socket is not None and socket.is_linked
    whole = is_head(item)
    made = [COMPLETED, FILL_MASK] if there and known else []
    missing: set[str] = set()
    painted: dict[str, Texels | None] = {}
    for layer in [PHOTO, *made, *([SKIN_LAYER] if whole else [])]:
        try:
            node = layers.node(layer)
            image = node.image if node is not None else None
            if image is None:
                # Who has removed the mask's node wants none.
                missing.update({layer} - ({FILL_MASK} if node is None else set()))
            elif layer != PHOTO and not is_as_made(image):
                painted[layer] = Texels(image)
        except OptionError:  # nodes of the artist's own, or a file that is gone
            painted[layer] = None
    options, delight = None, 0.0
    if there and known:
        options = CompletionOptions(bool(known["mirror"]), known["fill"], known["keep_hair"])
        delight = known["delight"]
    size = completed_size(item) if PHOTO not in painted else "auto"
    return Made(size, whole, options, delight, there and not known, frozenset(missing), painted)


def made_files(
    face: Face, made: Made, before: Face | None = None, skin: bytes | None = None
) -> MadeFiles:
    """Make the layers of a face anew; takes long, and needs nothing of Blender.

    Parameters
    ----------
    face : Face
    made : Made
        How.
    before : Face, optional
        What the layers that are there were made of: then what was painted on them is carried over.
        Without it layers that were painted on stay as they are.
    skin : bytes, optional
        A PNG of the skin around the face, where it was made already.
    """
    files = {}
    if PHOTO in made.missing:
        files[PHOTO] = texture_png(face, made.size, False)
    new = _pixels(face, made, skin is None or SKIN_LAYER in made.painted)
    own = _pixels(before, made, SKIN_LAYER in made.painted) if before and made.painted else {}
    drawn_on = set()
    for layer, pixels in new.items():
        if layer in made.painted:
            there, old = made.painted[layer], own.get(layer)
            if there is None or old is None:
                continue
            with_strokes = carried(old, there.eight_bits[..., : old.shape[2]], pixels)
            if with_strokes is None:
                continue
            files[layer] = encode_image(with_strokes.squeeze())
            drawn_on.add(layer)
        else:
            files[layer] = encode_image(pixels.squeeze())
    if skin is not None and made.whole and SKIN_LAYER not in made.painted:
        files[SKIN_LAYER] = skin
    stale = made.unknown or any(layer not in files for layer in made.painted)
    return MadeFiles(files, frozenset(drawn_on), stale)


def put_made(item: bpy.types.Object, made: MadeFiles) -> None:
    """Put layers that were made anew into their places."""
    if not made.files:
        return
    layers = editable_layers(item)
    for layer, file in made.files.items():
        _put(item, layers, layer, file, layer in made.painted)


def _put(
    item: bpy.types.Object, layers: TextureLayers, layer: str, file: bytes, painted: bool = False
) -> None:
    name = f"{item.name} {'Texture' if layer == PHOTO else layer}"
    image = renewed_image(layers.image(layer), name, file, data=layer in _DATA)
    if not painted:
        mark_made(image)
    layers.set_image(layer, image)


def _pixels(face: Face, made: Made, skin: bool) -> dict[str, np.ndarray]:
    """The layers' pixels (n, n, 3) or (n, n, 1) uint8."""
    found = {}
    if made.options is not None:
        colour, mask = _completed(face, made.size, made.options, made.delight)
        found = {COMPLETED: colour}
        if FILL_MASK not in made.painted or made.painted[FILL_MASK] is not None:
            found[FILL_MASK] = mask[..., None]
    if made.whole and skin and face.head is not None:
        found[SKIN_LAYER] = around_photo(face, face.head, made.delight)
    return found


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
    put_completed(item, completed_files(face, size, options, delight, whole), options, delight)


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
        For a whole head: the skin around the face, in the same light, as well, and where the head
        shows its face.

    Returns
    -------
    dict of str to bytes
        A PNG file for each layer.
    """
    colour, mask = _completed(face, size, options, delight)
    files = {COMPLETED: encode_image(colour), FILL_MASK: encode_image(mask)}
    if whole and face.head is not None:
        files[SKIN_LAYER] = encode_image(around_photo(face, face.head, delight))
        files[FACE_LAYER] = face_file(*face_shares(face))
    return files


def face_file(shown: np.ndarray, inside: np.ndarray) -> bytes:
    """A PNG of both shares (S, S) of `face_shares`: the first in grey, the second in alpha."""
    pixels = np.dstack([shown, shown, shown, inside])
    return encode_image((pixels.clip(0, 1) * 255 + 0.5).astype(np.uint8))


def _completed(
    face: Face, size: TextureSize, options: CompletionOptions | None, delight: float
) -> tuple[np.ndarray, np.ndarray]:
    """The completed texture (n, n, 3) and where it shows (m, m), uint8."""
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
    return colour, mask


def put_completed(
    item: bpy.types.Object,
    files: Mapping[str, bytes],
    options: CompletionOptions | None = None,
    delight: float = 0.0,
) -> None:
    """Put the images of `completed_files` into the layers of an object, and show them.

    The skin around a head's face stays where somebody has painted on it. Layers whose images were
    deleted are there again.

    Parameters
    ----------
    item : bpy.types.Object
    files : mapping of str to bytes
    options, delight
        What they were made with, which the face remembers.
    """
    layers, options = editable_layers(item), options or CompletionOptions()
    for layer, file in files.items():
        old = layers.image(layer)
        stays = {SKIN_LAYER: old is not None and not is_as_made(old), FACE_LAYER: old is not None}
        if not stays.get(layer, False):
            _put(item, layers, layer, file)
    layers.set_value(HIDDEN_FILL, 1.0)
    change_record(
        item,
        completed={
            "mirror": int(options.mirror),
            "fill": options.fill,
            "keep_hair": float(options.keep_hair),
            "delight": float(delight),
        },
    )
