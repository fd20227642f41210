"""The photos that samples are made from, and the backdrop: what is seen behind a turned head.

The backdrop is the photo itself on a plane, with the head removed and filled in from its
surroundings, so that no second face shows beside the turned one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ..config import Config
from ..geometry import to_image
from ..head.head_model import HeadModel
from ..labels.fit import Fits
from ..raster import zbuffer

BACKDROP_SIDE = 192
"""Pixels."""
CHUNK = 50
"""Heads whose vertices are computed in one matrix product."""


@dataclass(frozen=True)
class Photos:
    """N photos in memory.

    Attributes
    ----------
    images : list of (S, S, 3) uint8 RGB
    backdrops : (N, 192, 192, 3) uint8
        The same, smaller, with the head removed.
    """

    images: list[NDArray[np.uint8]]
    backdrops: NDArray[np.uint8]


def fill_hole(image: NDArray[Any], hole: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Fill a hole smoothly from its surroundings, by push-pull over an image pyramid.

    Parameters
    ----------
    image : (S, S, 3)
        S is three times a power of two.
    hole : (S, S)
        True where the image is to be replaced.

    Returns
    -------
    (S, S, 3) float32
    """
    weight = [(~hole).astype(np.float32)]
    value = [image.astype(np.float32) * weight[0][..., None]]
    while min(weight[-1].shape) > 3:
        size = (weight[-1].shape[1] // 2, weight[-1].shape[0] // 2)
        weight.append(cv2.resize(weight[-1], size, interpolation=cv2.INTER_AREA))
        value.append(cv2.resize(value[-1], size, interpolation=cv2.INTER_AREA))
    out = value[-1] / np.maximum(weight[-1], 1e-3)[..., None]
    for w, v in zip(weight[-2::-1], value[-2::-1], strict=True):
        out = cv2.resize(out, (w.shape[1], w.shape[0]), interpolation=cv2.INTER_LINEAR)
        part = np.minimum(w * 4, 1)[..., None]
        out = part * v / np.maximum(w, 1e-3)[..., None] + (1 - part) * out
    return np.asarray(out, np.float32)


def load_photos(config: Config, names: NDArray[Any], head: HeadModel, fits: Fits) -> Photos:
    """Read the photos `names` and make their backdrops.

    Raises
    ------
    FileNotFoundError
        A photo is missing.
    """
    folder = config.shared / "data" / "generated_faces"
    mean, basis = to_image(head.mean), to_image(head.basis).reshape(len(head.basis), -1)
    triangles = head.triangles
    images = []
    backdrops = np.empty((len(names), BACKDROP_SIDE, BACKDROP_SIDE, 3), np.uint8)
    kernel = np.ones((9, 9), np.uint8)
    for start in range(0, len(names), CHUNK):
        x = fits.coefficients[start : start + CHUNK]
        shapes = mean + (x @ basis).reshape(len(x), -1, 3)
        for j in range(len(x)):
            i = start + j
            image = cv2.imread(str(folder / str(names[i])))
            if image is None:
                raise FileNotFoundError(f"{folder / str(names[i])} is missing or no picture")
            image = image[:, :, ::-1]
            images.append(np.ascontiguousarray(image))
            k = BACKDROP_SIDE / image.shape[0]
            v = (fits.scale[i] * (shapes[j] @ fits.rotation[i].T) + fits.shift[i]) * k
            _, index, _ = zbuffer(v, triangles, (BACKDROP_SIDE, BACKDROP_SIDE))
            # Only the head model is removed: shoulders and collar belong to the backdrop.
            hole = cv2.dilate((index >= 0).astype(np.uint8), kernel) > 0
            small = cv2.resize(image, (BACKDROP_SIDE,) * 2, interpolation=cv2.INTER_AREA)
            backdrops[i] = np.clip(fill_hole(small, hole), 0, 255)
    return Photos(images, backdrops)


@dataclass(frozen=True)
class Backdrop:
    """A photo's plane as one sample sees it.

    Attributes
    ----------
    picture : (H, W, 3) uint8
    from_pixel : (2, 3)
        Takes a pixel (x, y, 1) of the sample to one of the picture.
    depth : (3,)
        Dot product with a pixel (x, y, 1) of the sample: depth of the plane there.
    gain : float
        Factor on its brightness.
    """

    picture: NDArray[np.uint8]
    from_pixel: NDArray[np.float64]
    depth: NDArray[np.float64]
    gain: float

    def paint(self, out: NDArray[np.float32], depth: NDArray[np.float32]) -> None:
        """Draw it over `out` (S, S, 3) and write its depth to `depth` (S, S)."""
        s = len(out)
        line = np.arange(s, dtype=np.float32)
        maps = np.concatenate([self.from_pixel, self.depth[None]]).astype(np.float32)
        u, v, far = (m[0] * line + (m[1] * line + m[2])[:, None] for m in maps)
        height, width = self.picture.shape[:2]
        inside = (u >= 0) & (v >= 0) & (u <= width - 1) & (v <= height - 1)
        seen = cv2.remap(self.picture, u, v, cv2.INTER_LINEAR)
        out[inside] = seen[inside] * np.float32(self.gain)
        depth[inside] = far[inside]
