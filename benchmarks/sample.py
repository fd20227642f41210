"""The sample photos: NASA's portrait of Eileen Collins (public domain), in other sizes."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np
from PIL import Image


def astronaut() -> Path:
    """The portrait, 512 x 512, that scikit-image carries."""
    spec = find_spec("skimage")
    assert spec is not None and spec.origin is not None, "run `make setup` first"
    return Path(spec.origin).parent / "data" / "astronaut.png"


def _pixels() -> np.ndarray:
    """(512, 512, 3) uint8, blue first. Read by Pillow, for OpenCV warns of the file's profile."""
    with Image.open(astronaut()) as image:
        return np.ascontiguousarray(np.asarray(image.convert("RGB"))[..., ::-1])


def large_photo(folder: Path) -> Path:
    """A JPEG of 12 megapixels: her head and shoulders, enlarged."""
    small = _pixels()[:384]
    large = cv2.resize(small, (4000, 3000), interpolation=cv2.INTER_CUBIC)
    path = folder / "photo.jpg"
    cv2.imwrite(str(path), large, [cv2.IMWRITE_JPEG_QUALITY, 95])
    return path


def donor_photo(folder: Path) -> Path:
    """Her mirror image in one megapixel."""
    path = folder / "donor.png"
    cv2.imwrite(str(path), cv2.resize(_pixels()[:, ::-1], (1024, 1024)))
    return path


def variants(folder: Path) -> list[Path]:
    """The portrait as photos come: turned, small, dark, grey, sepia, deep, two in one.

    Parameters
    ----------
    folder : Path
        Where they are written.

    Returns
    -------
    list of Path
        The portrait itself is the last one.
    """
    pixels = _pixels()
    grey = cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY)
    tilt = cv2.getRotationMatrix2D((256, 150), 35, 1)
    twice = np.concatenate([cv2.resize(pixels, (256, 256)), np.zeros((256, 256, 3), np.uint8)])
    made = {
        "mirrored.jpg": pixels[:, ::-1],
        "sideways.png": pixels.transpose(1, 0, 2),
        "tilted.png": cv2.warpAffine(pixels, tilt, (512, 512), borderMode=cv2.BORDER_REPLICATE),
        "small.png": cv2.resize(pixels, (160, 160), interpolation=cv2.INTER_AREA),
        "dark.png": (pixels * 0.2).astype(np.uint8),
        "blue.jpg": (pixels * [1.0, 0.8, 0.6]).astype(np.uint8),
        "grey.jpg": grey,
        "sepia.png": (grey[..., None] * [0.7, 0.85, 1.0]).astype(np.uint8),
        "deep.png": pixels.astype(np.uint16) * 257,
        "two.png": np.concatenate([twice, pixels], axis=1),
        "no-face.png": cv2.resize(pixels[440:, :72], (512, 512)),
    }
    for name, picture in made.items():
        cv2.imwrite(str(folder / name), np.ascontiguousarray(picture))
    return [*(folder / name for name in made), astronaut()]
