"""A face put into a blurred photo is blurred."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from prn_blender.core import Face, Photo
from prn_blender.core.image.sharpness import match_sharpness
from prn_blender.core.swap.pipeline import swap


@pytest.fixture(scope="module")
def mirrored(face: Face) -> Face:
    """The sample's mirror image."""
    positions = face.layout.mirrored(face.position_map).copy()
    positions[..., 0] = face.photo.width - 1 - positions[..., 0]
    photo = Photo(np.ascontiguousarray(face.photo.pixels[:, ::-1]))
    return replace(face, photo=photo, position_map=positions)


def edges(picture: np.ndarray, inside: np.ndarray) -> float:
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY).astype(np.float32)
    return float(np.abs(cv2.Laplacian(grey, cv2.CV_32F))[inside].mean())


def test_as_sharp_as_the_photo_it_stays(face: Face) -> None:
    photo = face.photo.pixels
    inside = np.ones(photo.shape[:2], bool)
    assert match_sharpness(photo, photo, inside, face.size) is photo
    soft = cv2.GaussianBlur(photo, (0, 0), 2)
    assert match_sharpness(soft, photo, inside, face.size) is soft  # nothing is sharpened
    # However much contrast it has.
    pale = cv2.convertScaleAbs(photo, alpha=0.5, beta=60)
    assert match_sharpness(photo, pale, inside, face.size) is photo
    assert match_sharpness(photo, soft, inside & False, face.size) is photo


@pytest.mark.parametrize("blur", [1.5, 2.5])
def test_a_blurred_photo_gets_a_blurred_face(face: Face, mirrored: Face, blur: float) -> None:
    soft = replace(face, photo=Photo(cv2.GaussianBlur(face.photo.pixels, (0, 0), blur)))
    result, sharp = swap(soft, mirrored), swap(face, mirrored)
    inside = result.matte > 250
    goal = edges(soft.photo.pixels, inside)
    assert edges(sharp.picture, inside) > 2 * goal
    assert 0.7 * goal < edges(result.picture, inside) < 1.7 * goal
