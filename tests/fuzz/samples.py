"""Sound things that inputs are made from: the portrait, its face, networks opened once."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np
import pytest
from one_network import OneNetwork, hand_out
from PIL import Image

from prn_blender.core import Face, FaceReconstructor, Photo


def astronaut_path() -> Path:
    """The public-domain portrait of Eileen Collins (NASA) that scikit-image carries."""
    spec = find_spec("skimage")
    assert spec is not None and spec.origin is not None
    return Path(spec.origin).parent / "data" / "astronaut.png"


def astronaut_pixels() -> np.ndarray:
    """(512, 512, 3) uint8."""
    with Image.open(astronaut_path()) as image:
        return np.array(image.convert("RGB"))


def portrait() -> np.ndarray:
    """(160, 160, 3) uint8: her face, small, so that what is made of it takes little time."""
    return cv2.resize(astronaut_pixels()[20:276, 96:352], (160, 160), interpolation=cv2.INTER_AREA)


@lru_cache(maxsize=1)
def reconstructor() -> OneNetwork:
    """The default model; whoever opens it gets this one, which remembers what it has said."""
    one = OneNetwork(FaceReconstructor.load())
    hand_out(one, pytest.MonkeyPatch())
    return one


@lru_cache(maxsize=1)
def faces() -> tuple[Face, Face]:
    """Her, and her in a mirror, warmer."""
    pixels = portrait()
    mirrored = (pixels[:, ::-1] * [0.95, 0.75, 0.6]).astype(np.uint8)
    one = reconstructor()
    first, second = (one(Photo.from_pixels(p), max_faces=1)[0] for p in (pixels, mirrored))
    return first, second
