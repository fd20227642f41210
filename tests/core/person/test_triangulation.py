"""What photos from several sides add to the linear head."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import cv2
import numpy as np
import pytest

from prn_blender.core import Face
from prn_blender.core.geometry.pose import Similarity
from prn_blender.core.person.triangulation import Sight, beyond_the_model


def turned(yaw: float) -> Similarity:
    """A head turned by degrees, 1000 pixels to the metre."""
    rotation = cv2.Rodrigues(np.array([0, 0, np.radians(yaw)]))[0]
    return Similarity(1000.0, rotation, np.array([200.0, 0.0, -150.0]))


@pytest.fixture(scope="module")
def neutral(face: Face) -> np.ndarray:
    assert face.neutral is not None
    return face.neutral.astype(np.float64)


@pytest.fixture(scope="module")
def longer_nose(face: Face, neutral: np.ndarray) -> np.ndarray:
    """(n, 3): 6 mm more of nose, and what is around it a little."""
    nose = face.layout.parts["nose"].astype(np.float32)
    grown = cv2.GaussianBlur(nose, (0, 0), 8).reshape(-1)[face.layout.texels]
    return np.outer(grown / grown.max(), [0, -0.006, 0])


def sights(
    head: np.ndarray, yaws: list[float], off: float = 0.0, expression: float = 0.0
) -> list[Sight]:
    """What photos of a head say; their poses are told wrong by `off` degrees."""
    opened = np.zeros_like(head)
    opened[:, 2] = -expression * (head[:, 2] < -0.05)
    ones = np.ones(len(head))
    return [
        Sight(turned(yaw + off * (-1) ** k), turned(yaw).apply(head + opened), ones, opened)
        for k, yaw in enumerate(yaws)
    ]


def nose_found(found: np.ndarray, wanted: np.ndarray) -> float:
    """The share of the nose's growth that was found."""
    return float((found * wanted).sum() / (wanted**2).sum())


def test_depth_comes_from_other_sides(
    face: Face, neutral: np.ndarray, longer_nose: np.ndarray
) -> None:
    true = neutral + longer_nose
    ahead = beyond_the_model(face.layout, neutral, sights(true, [0, 0]))
    aside = beyond_the_model(face.layout, neutral, sights(true, [0, 40]))
    assert abs(nose_found(ahead, longer_nose)) < 0.2
    assert nose_found(aside, longer_nose) > 0.5


def test_wrong_poses_and_expressions_are_taken_off(
    face: Face, neutral: np.ndarray, longer_nose: np.ndarray
) -> None:
    photos = sights(neutral + longer_nose, [-35, 0, 35], off=2.0, expression=0.01)
    found = beyond_the_model(face.layout, neutral, photos)
    assert nose_found(found, longer_nose) > 0.5
    elsewhere = np.linalg.norm(longer_nose, axis=1) < 1e-4
    assert np.median(np.linalg.norm(found[elsewhere], axis=1)) < 2e-3


def test_what_no_photo_shows_stays(face: Face, neutral: np.ndarray) -> None:
    photos = sights(neutral + 0.004, [0, 40])
    unseen = [Sight(s.stance, s.places, 0 * s.weight, s.expression) for s in photos]
    assert not beyond_the_model(face.layout, neutral, unseen).any()
