"""A swap in Blender: the donor as texture layers of a face, and the swapped photo as an image."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

import bpy
import cv2
import numpy as np

from ...core.choices import FEATHER, PARTS
from ...core.face.face import Face
from ...core.geometry.parts import check_parts, part_mask
from ...core.image.blend import blend
from ...core.image.diffusion import push_pull
from ...core.photo.photo import Photo, encode_image
from ...core.swap.left_out_picture import left_out_picture
from ...core.swap.options import SwapOptions
from ...core.swap.pipeline import swap
from ...core.swap.result import SwapResult
from ...core.texture.unwrap import MIN_SIZE, texture_size
from ..build.build import FaceScene, SceneOptions, build_scene
from ..images.image import renewed_image
from ..images.texels import side_of
from ..layers.layers import editable_layers, layers_of
from ..layers.paint import is_painted
from ..layers.part_masks import PartMasks, add_part_masks, part_masks
from ..layers.texture_group import (
    ALL,
    COLOUR_MATCH,
    DONOR,
    DONOR_MASK,
    DONOR_MATCH,
    DONOR_STRENGTH,
    PHOTO,
    mix_socket,
)
from ..mesh.shape_keys import set_shape
from ..record import change_photo, editable_photo
from .apply import result_image
from .compositor import build_compositor, composite_files, composite_inputs

_ENOUGH = 0.5
"""Share of the donor in a pixel from which on it can be told what blending has added to it."""

_SURE = 0.95
"""Share of the donor from which on the swapped photo alone says what colour the texel has."""

_MATCH_SIZE = 512
"""Pixels: what blending has added is smooth, so it is carried to UV space at most this large."""

_MOST_DONOR = 2048
"""Largest side of a donor's texture: twice as many texels a side take four times as long, for
detail that few donors have."""

_PART_RIM = 0.02
"""Share of a part below which its texels do not say how far they may show."""


@dataclass(frozen=True, eq=False)
class SwapFiles:
    """What a face object gets from a swap; needs nothing of Blender.

    Attributes
    ----------
    target : Face
    options : SwapOptions
    result : SwapResult
        As `core.swap` makes it.
    picture : bytes
        The swapped photo as a PNG file.
    layers : dict of str to bytes
        A PNG file for each layer: the donor, its match, its mask (see `texture_group`).
    left_out : bytes or None
        What stays as it was, a colour for each reason, as a PNG file; None where nothing does.
    kept : bytes or None
        How much of the swap shows in the photo, in its region, as a PNG file; None where all does.
    shows : str
        The part whose slider shows the donor: the one that was swapped, else `ALL`.
    parts : PartMasks
        Of the target's layout.
    """

    target: Face
    options: SwapOptions
    result: SwapResult
    picture: bytes
    layers: dict[str, bytes]
    left_out: bytes | None
    kept: bytes | None
    shows: str
    parts: PartMasks


def swap_into(
    item: bpy.types.Object,
    target: Face,
    donor: Face | np.ndarray,
    options: SwapOptions | None = None,
    picture: np.ndarray | None = None,
) -> SwapResult:
    """Swap the face of an object: add the donor's layers, and make the image `NAME Result`.

    Parameters
    ----------
    item : bpy.types.Object
    target : Face
        What the object was built from.
    donor, options, picture
        See `swap_files`.

    Returns
    -------
    SwapResult
        As `core.swap` makes it.

    Raises
    ------
    OptionError
    """
    files = swap_files(target, donor, options, photo_side(item), picture)
    put_swap(item, files)
    return files.result


def photo_side(item: bpy.types.Object) -> int:
    """The side of the photo's layer in texels, 0 where there is none."""
    photo = layers_of(item).image(PHOTO)
    return side_of(photo) if photo is not None else 0


def swap_files(
    target: Face,
    donor: Face | np.ndarray,
    options: SwapOptions | None = None,
    side: int = 0,
    picture: np.ndarray | None = None,
) -> SwapFiles:
    """Compute a swap and all of its images; takes long, and needs nothing of Blender.

    Parameters
    ----------
    target : Face
    donor : Face or (N, N, 3 or 4) uint8
        See `core.swap`.
    options : SwapOptions, optional
    side : int
        See `photo_side`.
    picture : (H, W, 3) uint8, optional
        The photo with earlier swaps of other faces.

    Raises
    ------
    OptionError
    """
    options = _with_size(options or SwapOptions(), target, side)
    result = swap(target, donor, options, picture)
    # What blending adds to the donor is read off a swap of full strength.
    whole = result
    if options.strength < 1 or picture is not None:
        once = blend(target.photo.pixels, result.rendered, options.blend)
        whole = dataclasses.replace(result, picture=once)
    plain = np.ascontiguousarray(result.paint.texture.pixels[..., :3])
    mask, shows = _mask(target, options, whole)
    layers = {DONOR: plain, DONOR_MATCH: _match(target, whole, plain), DONOR_MASK: mask}
    return SwapFiles(
        target,
        options,
        result,
        encode_image(result.picture),
        {layer: encode_image(pixels) for layer, pixels in layers.items()},
        encode_image(left_out_picture(target, result)) if result.left_out else None,
        None if whole.kept is None or whole.kept.size == 0 else encode_image(_bytes(whole.kept)),
        shows,
        part_masks(target.layout),
    )


def put_swap(item: bpy.types.Object, files: SwapFiles) -> None:
    """Put what `swap_files` has computed into the layers of an object, and show it."""
    options = files.options
    layers = editable_layers(item)
    for layer, file in files.layers.items():
        old = layers.image(layer)
        image = renewed_image(old, f"{item.name} {layer}", file, data=layer != DONOR)
        layers.set_image(layer, image)
    add_part_masks(layers, files.target.layout, files.parts)
    for name in (ALL, *layers.parts):
        layers.set_value(mix_socket(name), float(name == files.shows))
    _store_swap_matte(item, files)
    _store_left_out(item, files)
    moved = files.result.positions if options.shape == "donor" else None
    set_shape(item, files.target, moved)
    layers.set_value(DONOR_STRENGTH, options.strength)
    layers.set_value(COLOUR_MATCH, 1.0)
    result_image(item, files.picture)
    if is_painted(item):
        change_photo(item, result_texture="")  # out of date: it is without the paint


def build_swap_scene(
    pairs: Sequence[tuple[Face, Face | np.ndarray]],
    options: SwapOptions | None = None,
    scene_options: SceneOptions | None = None,
) -> FaceScene:
    """A scene with the targets' faces, their donors as layers, and the live compositor.

    Parameters
    ----------
    pairs : sequence of (target, donor)
        Targets of one photo, as for `core.swap.swap_faces`.
    options : SwapOptions, optional
    scene_options : SceneOptions, optional

    Returns
    -------
    FaceScene
        Of the targets. The image `NAME Result` is the swapped photo, and the scene `NAME Composite`
        renders it live.
    """
    targets = [target for target, _ in pairs]
    built = build_scene(targets, scene_options)
    picture: np.ndarray | None = None
    for item, (target, donor) in zip(built.faces, pairs, strict=True):
        picture = swap_into(item, target, donor, options, picture).picture
    files = composite_files(targets, composite_inputs(built.faces))
    build_compositor(built.faces, built.camera, files)
    return built


def _with_size(options: SwapOptions, target: Face, side: int) -> SwapOptions:
    """The options with a size for the donor's texture: that of the photo's layer, within limits."""
    if options.texture_size != "auto" or side < MIN_SIZE:
        side = texture_size(target.geometry, options.texture_size)
    return dataclasses.replace(options, texture_size=min(side, _MOST_DONOR))


def _match(target: Face, result: SwapResult, plain: np.ndarray) -> np.ndarray:
    """(N, N, 3) uint16: what makes the donor fit in, half the difference to it, grey being none.

    Where the photo shows a texel, the swapped photo has the colour that fits in, in full detail.
    Elsewhere it is the donor's matched texture and what blending adds, smoothly continued.
    """
    size = len(plain)
    goal = result.texture[..., :3] + cv2.resize(_seam(target, result), (size, size))
    swapped = dataclasses.replace(target, photo=Photo(result.picture)).texture(size)
    matte = _unwrapped(target, result, result.rendered.matte[..., None], None)[..., 0]
    share = ((matte - _ENOUGH) / (_SURE - _ENOUGH)).clip(0, 1) * target.visibility
    share = cv2.resize(share.astype(np.float32), (size, size))
    share *= swapped[..., 3].astype(np.float32) / 255
    goal += (swapped[..., :3] - goal) * share[..., None]
    return (((goal - plain) / 510 + 0.5).clip(0, 1) * 65535 + 0.5).astype(np.uint16)


def _seam(target: Face, result: SwapResult) -> np.ndarray:
    """(S, S, 3) float32: what blending has added to the donor as it was drawn, in UV space.

    A Poisson blend adds a smooth correction that makes the donor meet the photo at the seam. In the
    texture the correction hides the seam from every side and at every strength.
    """
    rendered = result.rendered
    matte = rendered.matte[..., None]
    below = rendered.crop(target.photo.pixels).astype(np.float32)
    after = rendered.crop(result.picture).astype(np.float32)
    blended = (after - below * (1 - matte)) / np.maximum(matte, _ENOUGH)
    return _unwrapped(target, result, blended - rendered.colour, rendered.matte >= _ENOUGH)


def _unwrapped(
    target: Face, result: SwapResult, values: np.ndarray, sure: np.ndarray | None
) -> np.ndarray:
    """Values of the pixels that a swap covers, carried to the texels that they show.

    Parameters
    ----------
    target : Face
    result : SwapResult
    values : (h, w, k) float32
        Of 1 or 3 channels, in the region that the swap covers.
    sure : (h, w) bool or None
        Where the values are known. None: everywhere, and for texels that the photo hides, too.

    Returns
    -------
    (S, S, 3) float32
        Smoothly continued where values are not known or the photo does not show the texel; 0 where
        nothing is known.
    """
    every = sure is None
    sure = np.ones(values.shape[:2], bool) if sure is None else sure
    size = target.layout.size
    if not sure.any():
        return np.zeros((size, size, 3), np.float32)
    weight = sure.astype(np.float32)[..., None]
    values = np.broadcast_to(values * weight, (*sure.shape, 3))
    values = np.concatenate([values, weight], axis=-1)
    height, width = sure.shape
    shrink = min(1.0, _MATCH_SIZE / max(height, width))
    small = (max(1, round(width * shrink)), max(1, round(height * shrink)))
    values = cv2.resize(values, small, interpolation=cv2.INTER_AREA)
    scale = np.array([small[0] / width, small[1] / height])
    at = (result.positions[..., :2] - result.rendered.region[:2] + 0.5) * scale - 0.5
    known = cv2.remap(values, at.astype(np.float32), None, cv2.INTER_LINEAR)
    if every:
        return known[..., :3]
    known = np.where(target.visibility[..., None], known, 0)
    if not (known[..., 3] > 0).any():
        return np.zeros((size, size, 3), np.float32)
    return push_pull(known)


def _store_swap_matte(item: bpy.types.Object, files: SwapFiles) -> None:
    """Store how far the swap shows in the photo as the image `NAME Let Through`, if not wholly."""
    old = editable_photo(item).swap_matte
    if files.kept is None:
        if old is not None:
            change_photo(item, swap_matte=None, swap_matte_region=None)
        return
    name = f"{item.name} Let Through"
    image = renewed_image(old, name, files.kept, data=True, everywhere=False)
    region = tuple(int(v) for v in files.result.rendered.region)
    change_photo(item, swap_matte=image, swap_matte_region=region)


def _store_left_out(item: bpy.types.Object, files: SwapFiles) -> None:
    """Store what stays as it was as the image `NAME Left Out`, and the shares of the reasons."""
    if files.left_out is None:
        change_photo(item, left_out=None, left_out_shares=None)
        return
    old = editable_photo(item).left_out
    name = f"{item.name} Left Out"
    image = renewed_image(old, name, files.left_out, everywhere=False)
    shares = {one.reason: one.share for one in files.result.left_out}
    change_photo(item, left_out=image, left_out_shares=shares)


def _mask(target: Face, options: SwapOptions, result: SwapResult) -> tuple[np.ndarray, str]:
    """The donor mask (S, S) uint8, and the part whose slider shows the donor within it."""
    layout = target.layout
    parts = check_parts(layout, options.parts)
    mask = cv2.resize(result.mask, (layout.size,) * 2, interpolation=cv2.INTER_LINEAR)
    if result.kept is not None:
        everywhere = np.ones(result.kept.shape, bool)
        mask = mask * _unwrapped(target, result, result.kept[..., None], everywhere)[..., 0]
    single = options.mask is None and len(parts) == 1 and parts[0] in PARTS
    if not (single and options.feather == FEATHER):
        return _bytes(mask), ALL
    # The part's slider brings in the part's own mask. This one only leaves out what was left out of
    # it (hair, teeth), and is white beside the part, so that other sliders can add other parts.
    part = part_mask(layout, parts)
    return _bytes(np.where(part > _PART_RIM, mask / np.maximum(part, _PART_RIM), 1.0)), parts[0]


def _bytes(share: np.ndarray) -> np.ndarray:
    return (share.clip(0, 1) * 255 + 0.5).astype(np.uint8)
