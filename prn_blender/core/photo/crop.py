"""The square of a photo that a network sees, and the way back from its pixels to the photo's."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

from ..typed import Pixels, Points
from .photo import Photo

RESOLUTION = 256
"""Side of a crop by default, pixels: what PRNet's network takes."""
# Points along a side of the grid by which `Crop.fraction_outside` measures areas.
_AREA_GRID = 32
# Photo pixels to a crop's from which on they are averaged by a whole number: OpenCV does so in a
# third of the time that other factors take, which are a few per cent of these.
_WHOLE_FROM = 4
# Photo pixels around a crop that interpolation may touch.
_MARGIN = 2


@dataclass(frozen=True, eq=False)
class Crop:
    """A square of the photo, possibly turned in the picture plane.

    Attributes
    ----------
    centre : (2,) float
        Photo pixels (x, y).
    size : float
        Side in photo pixels.
    roll : float
        Radians by which the square is turned clockwise as seen in the photo. A face that is
        rolled by this angle stands upright in the crop.
    resolution : int
        Side of the crop in its own pixels.

    Notes
    -----
    As in PRNet, the side of the square spans resolution - 1 crop pixels: the corners of the square
    are the centres of the crop's corner pixels.
    """

    centre: np.ndarray
    size: float
    roll: float = 0.0
    resolution: int = RESOLUTION

    @property
    def scale(self) -> float:
        """Crop pixels per photo pixel."""
        return (self.resolution - 1) / self.size

    @cached_property
    def to_crop(self) -> np.ndarray:
        """(2, 3) float64: the similarity from photo pixels to crop pixels."""
        c, s = self.scale * math.cos(self.roll), self.scale * math.sin(self.roll)
        linear = np.array([[c, s], [-s, c]])
        middle = (self.resolution - 1) / 2
        return np.column_stack([linear, middle - linear @ np.asarray(self.centre, np.float64)])

    def positions_to_photo(self, positions: Points) -> Points:
        """Bring positions from the crop to the photo.

        Parameters
        ----------
        positions : (..., 3) float32
            Crop pixels: x right, y down, z toward the viewer.

        Returns
        -------
        (..., 3) float32
            Photo pixels. The zero of z stays where it is.
        """
        linear, offset = self.to_crop[:, :2], self.to_crop[:, 2]
        inverse = np.zeros((3, 3))
        inverse[:2, :2] = np.linalg.inv(linear)
        inverse[2, 2] = 1 / self.scale
        shift = inverse @ np.array([*offset, 0.0])
        return positions @ inverse.T.astype(np.float32) - shift.astype(np.float32)

    def extract(self, photo: Photo) -> Pixels:
        """Cut the square out of the photo.

        Where the photo is much finer than the crop it is averaged first: bilinear sampling alone
        would skip most of its pixels and give the network a noisy picture.

        Parameters
        ----------
        photo : Photo

        Returns
        -------
        (resolution, resolution, 3) uint8 sRGB
            Black outside the photo.
        """
        reach = self.size * (abs(math.cos(self.roll)) + abs(math.sin(self.roll))) / 2 + _MARGIN
        low = np.floor(np.asarray(self.centre) - reach).astype(int).clip(0)
        high = np.ceil(np.asarray(self.centre) + reach).astype(int) + 1
        factor = int(1 / self.scale)
        if factor >= _WHOLE_FROM:
            high = low + -((low - high) // factor) * factor
        region = photo.pixels[low[1] : max(high[1], 0), low[0] : max(high[0], 0)]
        if region.size == 0:
            return np.zeros((self.resolution, self.resolution, 3), np.uint8)
        to_crop = self.to_crop.copy()
        to_crop[:, 2] += to_crop[:, :2] @ low
        if factor > 1:
            height, width = (max(1, n // factor) for n in region.shape[:2])
            if factor >= _WHOLE_FROM:  # what is left over at the photo's border is less than 1
                region = region[: height * factor, : width * factor]
            stretch = np.array([region.shape[1] / width, region.shape[0] / height])
            region = cv2.resize(region, (width, height), interpolation=cv2.INTER_AREA)
            # Now to_crop has to take pixels of the small region: x = (x_small + 0.5) stretch - 0.5.
            to_crop[:, 2] += to_crop[:, :2] @ (stretch / 2 - 0.5)
            to_crop[:, :2] *= stretch
        return cv2.warpAffine(region, to_crop, (self.resolution, self.resolution))

    def fraction_outside(self, photo: Photo) -> float:
        """Share of the crop's area, 0..1, that lies outside the photo."""
        u, v = np.meshgrid(*[np.linspace(0, self.resolution - 1, _AREA_GRID)] * 2)
        grid = np.stack([u, v, np.zeros_like(u)], axis=-1).astype(np.float32)
        x, y, _ = np.moveaxis(self.positions_to_photo(grid), -1, 0)
        inside = (x > -0.5) & (y > -0.5) & (x < photo.width - 0.5) & (y < photo.height - 0.5)
        return float(1 - inside.mean())


def crop_around_points(points: Points, crop_scale: float, roll: float = 0.0) -> Crop:
    """Choose the crop for a face by its landmarks.

    Parameters
    ----------
    points : (n, 2) or (n, 3) float
        Landmarks, photo pixels.
    crop_scale : float
        Side of the crop over the mean side of the landmarks' bounding box (PRNet: 1.6).
    roll : float
        Radians by which crop and bounding box are turned clockwise in the photo.

    Returns
    -------
    Crop
        Its centre is that of the bounding box.
    """
    c, s = math.cos(roll), math.sin(roll)
    to_upright = np.array([[c, s], [-s, c]])
    upright = points[:, :2] @ to_upright.T
    low, high = upright.min(axis=0), upright.max(axis=0)
    centre = to_upright.T @ ((low + high) / 2)
    return Crop(centre, max(1.0, crop_scale * float((high - low).mean())), roll)
