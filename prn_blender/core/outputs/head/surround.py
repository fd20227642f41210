"""What a head shows where its photo shows it badly or not at all.

The face is completed there, from its other half and with skin, and its skin is carried on over
skull, ears and neck. So a head is whole whatever the photo hides; and where the photo can be
trusted it stays as it is.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import cv2
import numpy as np

from ...appearance.head_skin import skin_colours, skin_tile
from ...editing.completion import complete
from ...face.face import Face
from ...geometry.parts import part_mask
from ...head.head_model import HeadModel
from ...head.smooth_fields import averaged
from ...head.whole_head import Head
from ...image.filters import ramp
from ...typed import Pixels, TexelMap
from .photo_colours import hair_colour, hair_share, has_hair, skin_colour
from .scalp import Scalp
from .tile import with_face

# Side in texels of a completed face: what the photo does not show is known no finer.
_SIDE = 512
# Texels of a layout of 256 from its rim over which the face gives way to the skin around it: there
# photos show hair, or what is behind the head.
_RIM = (3.0, 16.0)
# Edges of a head over which a beard runs out past the last of it that the photo shows; share of the
# layout's side, standard deviation, over which the face gives way to that; and share of a beard
# around a place from which on it is all beard.
_RUNS_OUT, _GIVES_WAY, _FULL = 14, 0.03, 0.5
# What is no skin on a completed face.
_NO_SKIN = ("eyes", "brows", "mouth")


def face_shares(face: Face) -> tuple[np.ndarray, np.ndarray]:
    """Where a head shows the texture of a face, (S, S) float32 each, 0..1.

    Returns
    -------
    shown : as far as the photo can be trusted there: not where hair lies over the face, which would
        end in the middle of the skin, nor what the photo does not show, or hardly.
    inside : where it could have it: fades out at the layout's rim only.
    """
    mask = np.pad(face.layout.mask.astype(np.uint8), 1)
    depth = cv2.distanceTransform(mask, cv2.DIST_L2, 5)[1:-1, 1:-1]
    inside = np.asarray(ramp(depth * (256 / face.layout.size), _RIM), np.float32)
    return inside * face.texel_confidence() * (1 - hair_share(face)), inside


def around_photo(face: Face, head: Head, delight: float = 0.0) -> Pixels:
    """What a head shows where the texture of its face shows the photo badly or not at all.

    Parameters
    ----------
    face : Face
    head : Head
        Fitted to it.
    delight : float
        0..1: how much of the photo's light is taken out. It is not taken out of hair.

    Returns
    -------
    (n, n, 3) uint8 sRGB
        In the head's tile: the face, completed from its other half and with skin; around it its
        skin, carried on, and the scalp as the photo shows it; without eyes and the inside of the
        mouth.
    """
    completed, scalp = _completed(face, delight), _scalp(face, head)
    bearded = _bearded(face)
    colours = _with_beard(face, head, bearded, _bare_skin(face, head, completed))
    # Past the seams of the tile, too, hair goes on: skin would show there as a light line.
    skin = skin_tile(head.model, colours if scalp is None else scalp.over(colours))
    share = _completed_share(face, bearded)
    result = with_face(head.model, completed, share, skin)
    if scalp is not None:
        size = share.shape[::-1]
        shown = cv2.resize(completed, size, interpolation=cv2.INTER_AREA).astype(np.float32)
        at = _at_vertices(head.model, np.dstack([share * _told(face), shown]))
        scalp.paint(result, face.photo.pixels, at[:, 0], at[:, 1:])
    return result


def colours_around(face: Face, head: Head) -> np.ndarray:
    """(V, 3) float32 sRGB: the same at each vertex of the head."""
    scalp, skin = _scalp(face, head), _bare_skin(face, head, _completed(face, 0.0))
    skin = _with_beard(face, head, _bearded(face), skin)
    return skin if scalp is None else scalp.over(skin)


def _completed(face: Face, delight: float) -> Pixels:
    """A face (n, n, 3) with everything that the photo does not show, or hair hides."""
    completed = np.ascontiguousarray(complete(face, _SIDE, trust=1 - hair_share(face))[..., :3])
    return face.delit.apply(completed, delight) if delight > 0 else completed


def _bearded(face: Face) -> TexelMap:
    """(S, S) float32, 0..1: how surely a texel shows a beard."""
    known = face.texel_confidence() if face.beard.any() else 0
    return np.asarray(face.beard * known, np.float32)


def _completed_share(face: Face, bearded: TexelMap) -> TexelMap:
    """(S, S) float32, 0..1: where a head shows the completed face, that knows of no beard.

    `bearded` (S, S) float32: how surely a texel shows one.
    """
    inside = face_shares(face)[1]
    if not bearded.any():
        return inside
    near = cv2.GaussianBlur(bearded, (0, 0), _GIVES_WAY * len(bearded))
    return np.asarray(inside * (1 - ramp(near, (0, _FULL)) * (1 - bearded)), np.float32)


def _with_beard(face: Face, head: Head, bearded: TexelMap, skin: np.ndarray) -> np.ndarray:
    """Colours (V, 3) of skin on which a beard runs out softly below a jaw."""
    model, size = head.model, face.layout.mask.shape[::-1]
    if not bearded.any():
        return skin
    texture = cv2.resize(face.texture(max(size))[..., :3], size, interpolation=cv2.INTER_AREA)
    found = np.dstack([bearded, texture * bearded[..., None]]).astype(np.float32)
    found = cv2.GaussianBlur(found, (0, 0), _GIVES_WAY / 2 * len(bearded))
    grown = averaged(model, _at_vertices(model, found), _RUNS_OUT)
    share = ramp(grown[:, :1], (0, _FULL))
    colour = grown[:, 1:] / np.maximum(grown[:, :1], 1e-3)
    return np.asarray(skin + share * (colour - skin), np.float32)


def _told(face: Face) -> TexelMap:
    """(S, S) float32, 0..1: how far the photo tells what is there, or on the other side."""
    trust = face.texel_confidence() * (1 - hair_share(face))
    return np.maximum(trust, face.layout.mirrored(trust))


def _at_vertices(model: HeadModel, values: np.ndarray) -> np.ndarray:
    """Values (S, S, 4) of a layout at a head's vertices (V, 4); 0 where it does not show them."""
    result = np.zeros((model.count, values.shape[2]), np.float32)
    at = model.texel[model.shown][:, None].astype(np.float32)
    result[model.shown] = cv2.remap(values, at, None, cv2.INTER_LINEAR)[:, 0]
    return result


def _scalp(face: Face, head: Head) -> Scalp | None:
    return Scalp.of(face, head, hair_colour(face) if has_hair(face) else None)


def _bare_skin(face: Face, head: Head, completed: Pixels) -> np.ndarray:
    """(V, 3) float32 sRGB: the skin of a completed face, carried on over the head."""
    layout = face.layout
    size = layout.mask.shape[::-1]
    small = cv2.resize(completed, size, interpolation=cv2.INTER_AREA)
    known = layout.mask * (1 - part_mask(layout, _NO_SKIN, feather=0))
    plain, hair = skin_colour(face, small), hair_colour(face)
    return skin_colours(head.model, small, known.astype(np.float32), plain, hair)
