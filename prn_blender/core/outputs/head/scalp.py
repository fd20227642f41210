"""What a photo shows of a head's scalp, hair for the most part, and how that goes on from there.

Nothing here tells hair from skin: who is bald has a scalp of skin.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

from ...face.face import Face
from ...head.head_model import HeadModel
from ...head.smooth_fields import averaged
from ...head.tile.texels import TileTexels, tile_texels
from ...head.whole_head import Head
from ...image.filters import ramp
from ...typed import Pixels, Points

# Cosine between normal and line of sight: hair stands off the skull, so beside the outline of a
# bald head, and of one whose skull is not known well, there may be background.
_FACING = (0.25, 0.6)
# The same, for places where there is none; and levels by which what lies further out may differ
# from what goes on from these: from the first on it may be background, from the second on it is.
_SURELY, _ALIKE = (0.5, 0.8), (12.0, 35.0)
# Pixels from a photo's border.
_MARGIN = 2.0
# Edges over which hair begins, and what is seen ends.
_HAIRLINE, _SOFT = 6, 3
# Edges from the scalp within which hair may go on over forehead and temples, and the share of the
# scalp around a vertex from which on it does.
_BELOW, _GOES_ON = 12, (0.004, 0.1)
# How much the face that is shown so many edges around a place looks like the scalp where it has a
# fringe.
_FRINGE, _AROUND = (0.15, 0.45), 6
# Edges over which colours are carried on, and the weight, of those that are known, of the typical
# colour beyond.
_RINGS, _FAR = 80, 1e-6
# Share of the scalp at a vertex from which on it is past the hairline.
_WELL = 0.95
# Share of a scalp's vertices that tell its colour, at least.
_ENOUGH = 0.02
# Of the face's size, standard deviation: what is finer is strands.
_BROAD = 1 / 30


@dataclass(frozen=True, eq=False)
class Scalp:
    """A head's scalp in the colours of a photo.

    Attributes
    ----------
    model : HeadModel
    places : (V, 2) float32
        Photo pixels of the head's vertices.
    seen : (V,) float32
        0..1: how well the photo shows them, if it does not show what is behind them.
    surely : (V,) float32
        0..1: the same where that cannot be.
    goes_on : (V,) float32
        0..1: how well the photo shows places beside the scalp that look like it.
    colours : (V, 3) float32 sRGB 0..255
        Without strands; carried on to where the photo shows nothing.
    """

    model: HeadModel
    places: np.ndarray
    seen: np.ndarray
    surely: np.ndarray
    goes_on: np.ndarray
    colours: np.ndarray

    @classmethod
    def of(cls, face: Face, head: Head, hair: np.ndarray | None) -> Scalp | None:
        """That of a face in a photo.

        Parameters
        ----------
        face : Face
        head : Head
        hair : (3,) float32 or None
            Its colour, sRGB 0..255, for photos that show too little of the scalp; without it there
            is none then.
        """
        model = head.model
        on_scalp = model.groups["scalp"]
        places, facing = _facing(model, head.in_photo, face.photo.pixels.shape)
        front, surely = (_soft(model, ramp(facing, way)) for way in (_FACING, _SURELY))
        seen, surely = front * on_scalp, surely * on_scalp
        tells = seen > 0.5
        if tells.sum() < _ENOUGH * on_scalp.sum():
            colours = None if hair is None else np.tile(hair, (model.count, 1))
            none = 0 * seen
            return None if colours is None else cls(model, places, none, none, none, colours)
        blurred = cv2.GaussianBlur(face.photo.pixels, (0, 0), max(_BROAD * face.geometry.size, 1))
        found = cv2.remap(blurred, places[:, None], None, cv2.INTER_LINEAR)[:, 0]
        # Before the hairline there is skin.
        above = tells & (_share(model) > _WELL)
        tells = above if above.sum() >= _ENOUGH * on_scalp.sum() else tells
        typical = np.median(found[tells], axis=0)
        expected = _carried(model, found, surely, typical)
        seen *= np.maximum(surely, _alike(found, expected))
        colours = _carried(model, found, seen, typical)
        goes_on = front * _below(model) * _alike(found, colours)
        return cls(model, places, seen, surely, goes_on, colours)

    def over(self, skin: np.ndarray) -> np.ndarray:
        """The same over the colours (V, 3) of skin."""
        return np.asarray(skin + _share(self.model)[:, None] * (self.colours - skin), np.float32)

    def paint(self, tile: Pixels, photo: Pixels, told: np.ndarray, face: np.ndarray) -> None:
        """Paint it into a head's tile, with the strands that a photo shows.

        Between the scalp and a fringe that the face has kept there is hair, too, as the photo shows
        it: without that a smooth band would part them.

        Parameters
        ----------
        tile : (n, n, 3) uint8 sRGB
            Painted in place.
        photo : (H, W, 3) uint8 sRGB
        told : (V,) float32
            0..1: how much of the face the head shows at its vertices.
        face : (V, 3) float32 sRGB 0..255
            The face's colours there.
        """
        texels = _texels(self.model, len(tile))
        at = texels.row, texels.column
        like = np.c_[told * _alike(face, self.colours), told].astype(np.float32)
        alike, known = averaged(self.model, like, _AROUND).T
        fringe = ramp(alike / np.maximum(known, 1e-3), _FRINGE)
        goes_on = (1 - told) * fringe * self.goes_on
        shares = np.c_[self.seen, self.surely, _share(self.model), goes_on]
        values = texels.of(np.c_[self.places, shares, self.colours]).astype(np.float32)
        places = np.full((*tile.shape[:2], 2), -1, np.float32)
        places[at] = values[:, :2]
        shown = cv2.remap(photo, places, None, cv2.INTER_LINEAR)[at]
        seen, surely, share, goes_on = values[:, 2:6].T
        colour = values[:, 6:]
        seen = np.maximum(seen * np.maximum(surely, _alike(shown, colour)), goes_on)
        share = np.maximum(share, goes_on)
        colour = colour + seen[:, None] * (shown - colour)
        under = tile[at].astype(np.float32)
        tile[at] = np.rint(under + share[:, None] * (colour - under)).clip(0, 255)


def _alike(found: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """(n,), 0..1: whether colours (n, 3) are as those (n, 3) that go on from elsewhere."""
    off = np.abs(found - expected).max(axis=1)
    return np.asarray(1 - ramp(off, _ALIKE), np.float32)


def _carried(
    model: HeadModel, found: np.ndarray, weight: np.ndarray, otherwise: np.ndarray
) -> np.ndarray:
    """Colours (V, 3) that are known by a weight (V,), carried on smoothly; far away `otherwise`."""
    total = np.c_[weight[:, None] * found + _FAR * otherwise, weight + _FAR]
    total = averaged(model, total, _RINGS)
    around = total[:, :3] / total[:, 3:]
    return np.asarray(around + weight[:, None] * (found - around), np.float32)


def _facing(
    model: HeadModel, in_photo: Points, shape: tuple[int, ...]
) -> tuple[np.ndarray, np.ndarray]:
    """Places (V, 2) float32 in a photo of that shape (H, W, 3), and how directly they are seen.

    The latter is the cosine between normal and line of sight, (V,); below 0 out of the photo.
    """
    # Pixels count downwards, so these normals point inwards.
    facing = -model.normals(in_photo)[:, 2]
    places = np.ascontiguousarray(in_photo[:, :2], np.float32)
    far = np.array(shape[1::-1]) - 1 - _MARGIN
    within = ((places > _MARGIN) & (places < far)).all(1)
    return places, np.where(within, facing, -1.0)


def _soft(model: HeadModel, seen: np.ndarray) -> np.ndarray:
    """How well vertices are seen (V,), ending softly and nowhere beyond."""
    seen = np.asarray(seen, np.float32)
    return np.minimum(seen, averaged(model, seen, _SOFT))


@lru_cache(maxsize=4)
def _share(model: HeadModel) -> np.ndarray:
    """(V,) float32, 0..1: the scalp, with a soft border."""
    return averaged(model, model.groups["scalp"].astype(np.float32), _HAIRLINE)


@lru_cache(maxsize=4)
def _below(model: HeadModel) -> np.ndarray:
    """(V,) float32, 0..1: how near to the scalp places are, ears apart."""
    near = averaged(model, model.groups["scalp"].astype(np.float32), _BELOW)
    ears = model.groups["left_ear"] | model.groups["right_ear"]
    return np.asarray(ramp(near, _GOES_ON) * ~ears, np.float32)


@lru_cache(maxsize=2)
def _texels(model: HeadModel, side: int) -> TileTexels:
    skin = model.part == model.part_names.index("skin")
    painted = (_share(model) > 0) | (_below(model) > 0)
    return tile_texels(model, skin & painted[model.quads].any(1), side)
