"""What is remembered of a face, as types; how it is stored is the business of `storage`."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import bpy

VERSION = 3
"""Of the records that this version of the add-on writes; it reads all up to this one.

1: one photo, its fields and those of the face side by side (no version was stored).
2: a list of photos.
3: what the hidden side was completed with, and how much of the photo's light was taken out.
"""


@dataclass(frozen=True)
class PhotoRecord:
    """A photo of the face, and what is known of the face in it.

    Pointers to data-blocks are None where the block was removed from the file since.

    Attributes
    ----------
    image : bpy.types.Image or None
        The photo.
    path : str
        The absolute path it was read from; empty where there was no file.
    file_bytes : int
        How large that file was, to tell whether the file there today is still the same; -1 where
        there was none.
    size : (width, height)
        Of the photo, pixels.
    position_map : bpy.types.Image or None
        Packed 32-bit floats: red x, green y, blue z in photo pixels, alpha the layout's mask.

        It is an image, and not read off the mesh, because a coarse mesh lacks texels and a sculpted
        or remeshed one has lost them, while editing has to know where the *photo* shows the face.
    crop : (x, y, side, roll)
        What the network saw: centre and side in photo pixels, radians. See `core.photo.crop.Crop`.
    crop_resolution : int
        The crop's side in its own pixels.
    confidence : float
        0..1.
    coefficients : mapping of str to tuple of float
        Further outputs of the network; may be empty.
    expression : mapping of str to float
        Named expression coefficients, 0..1; may be empty.
    camera : bpy.types.Object or None
        The camera that matches the photo.
    result : bpy.types.Image or None
        The photo with edits or a swap.
    result_texture : str or None
        The fingerprint of the texture that the result was made of, see
        `layers.texture_fingerprint`: another one today means that the result is out of date.
    swap_matte : bpy.types.Image or None
        Where a swap leaves something of the photo as it is: how much of the swap shows, 0..1.
    swap_matte_region : (x0, y0, x1, y1) or None
        The pixels of the photo that `swap_matte` covers.
    left_out : bpy.types.Image or None
        What the last swap has left as it was, a colour for each reason.
    left_out_shares : mapping of str to float, or None
        For each of those reasons the share of what was to be swapped, 0..1.
    shape_key : str or None
        The shape key that has the face as this photo shows it; None: it is the mesh itself.
    agreement : float or None
        0..1: how much the photo looks like the others of the person; None of a single one.
    pins : tuple of float, or None
        Where the user has pinned the face: texel, x and y of each pin, see `core.face.adjust.Pin`.
        None where the face has no pins, as the fields below.
    pins_symmetric : int or None
        1 where the other side of the face comes along with what is pinned, else 0.
    unpinned_map : bpy.types.Image or None
        The position map without pins, in the form of `position_map`.
    unpinned_coefficients : mapping of str to tuple of float, or None
    unpinned_expression : mapping of str to float, or None
        What `coefficients` and `expression` are without pins.
    """

    image: bpy.types.Image | None
    path: str
    file_bytes: int
    size: tuple[int, int]
    position_map: bpy.types.Image | None
    crop: tuple[float, float, float, float]
    crop_resolution: int
    confidence: float
    coefficients: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    expression: Mapping[str, float] = field(default_factory=dict)
    camera: bpy.types.Object | None = None
    result: bpy.types.Image | None = None
    result_texture: str | None = None
    swap_matte: bpy.types.Image | None = None
    swap_matte_region: tuple[int, int, int, int] | None = None
    left_out: bpy.types.Image | None = None
    left_out_shares: Mapping[str, float] | None = None
    shape_key: str | None = None
    agreement: float | None = None
    pins: tuple[float, ...] | None = None
    pins_symmetric: int | None = None
    unpinned_map: bpy.types.Image | None = None
    unpinned_coefficients: Mapping[str, tuple[float, ...]] | None = None
    unpinned_expression: Mapping[str, float] | None = None


@dataclass(frozen=True)
class FaceRecord:
    """What the mesh of a face remembers.

    Attributes
    ----------
    layout : str
        Name of the UV layout.
    layout_path : str
        The absolute path it was read from; empty where there was no file.
    layout_sha256 : str
        Of the layout: it is found again by this, wherever its file lies by then.
    photos : tuple of PhotoRecord
        At least one; several of one person.
    chosen : int or None
        Which of them everything works on; None: the first one.
    blended : str or None
        The fingerprint of the texture that was blended from several photos: another one today was
        drawn on.
    place : tuple of 16 float, or None
        The transform that the object was built with, row by row: what the user has done to it
        since is the difference. None in files of before this was kept.
    baked : bpy.types.Image or None
        The image of all texture layers that was made last.
    completed : mapping of str to object, or None
        What the layer with the hidden side was made with: `mirror` (0 or 1), `fill` and `keep_hair`
        of `CompletionOptions`, and `delight`, 0..1, how much of the photo's light was taken out.
        None where there is no such layer, or where it is not known.
    head_path, head_sha256 : str or None
        The absolute path of the file that the whole head is made of, and its digest; None: the head
        that comes with the add-on.
    version : int
    """

    layout: str
    layout_path: str
    layout_sha256: str
    photos: tuple[PhotoRecord, ...]
    place: tuple[float, ...] | None = None
    baked: bpy.types.Image | None = None
    chosen: int | None = None
    blended: str | None = None
    completed: Mapping[str, Any] | None = None
    head_path: str | None = None
    head_sha256: str | None = None
    version: int = VERSION

    @property
    def photo(self) -> PhotoRecord:
        """The photo that everything works on."""
        return self.photos[self.place_of_chosen]

    @property
    def place_of_chosen(self) -> int:
        """The number of that photo; a damaged one counts as the first."""
        chosen = self.chosen or 0
        return chosen if chosen < len(self.photos) else 0

    def with_chosen(self, photo: PhotoRecord) -> FaceRecord:
        """The record with another `photo` in the place of that one."""
        chosen = self.place_of_chosen
        photos = (*self.photos[:chosen], photo, *self.photos[chosen + 1 :])
        return replace(self, photos=photos)


_PIN_FIELDS = (
    *("pins", "pins_symmetric", "unpinned_map"),
    *("unpinned_coefficients", "unpinned_expression"),
)
NO_PINS: Mapping[str, Any] = dict.fromkeys(_PIN_FIELDS)
"""What the fields of pins are where a face has none."""
