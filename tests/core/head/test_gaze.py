"""Eyes of whole heads look where the photo's irises are."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.measures.gaze import directions, looking
from prn_blender.core.face.face import IRISES, Face
from prn_blender.core.geometry.face_geometry import FaceGeometry
from prn_blender.core.geometry.pose import PHOTO_TO_BLENDER, Similarity
from prn_blender.core.head.eyeballs import eyeballs, sphere
from prn_blender.core.head.gaze import look
from prn_blender.core.head.head_model import HeadModel, bundled_head
from prn_blender.core.head.whole_head import Head, photo_pixels

PLANE = 0.9
"""Of irises, from the eyeball's middle, over its radius."""


def irises_of(model: HeadModel, vertices: np.ndarray, stance: Similarity) -> np.ndarray:
    """(2, 2): the middles of the right and of the left iris in the photo."""
    found = []
    for eye in eyeballs(model)[::-1]:
        middle, _ = sphere(model.mean[eye.ball])
        rows = np.c_[np.ones(len(eye.ball)), model.mean[eye.ball] - middle]
        at = np.linalg.lstsq(rows, vertices[eye.ball].astype(np.float64), rcond=None)[0]
        found.append(at[0] - PLANE * at[2] * sphere(model.mean[eye.ball])[1])
    return photo_pixels(stance, np.array(found))[:, :2]


def gaze(model: HeadModel, expression: np.ndarray) -> np.ndarray:
    """(2, 2): how far the right and the left eye look left and up, by the expressions' values."""

    def value(way: str, side: str) -> float:
        return float(expression[model.move_names.index(f"eyeLook{way}{side}")])

    left = [
        value("In", "Right") - value("Out", "Right"),
        value("Out", "Left") - value("In", "Left"),
    ]
    up = [value("Up", side) - value("Down", side) for side in ("Right", "Left")]
    return np.stack([left, up], 1)


@pytest.mark.parametrize("yaw", [0.0, 0.4])
@pytest.mark.parametrize("there", [(0.0, 0.0), (0.7, 0.3), (-0.5, -0.6)])
def test_eyes_look_where_the_irises_are(face: Face, yaw: float, there: tuple[float, float]) -> None:
    model = bundled_head()
    c, s = np.cos(yaw), np.sin(yaw)
    turn = np.array([[c, -s, 0], [s, c, 0], [0, 0, 1.0]])
    stance = Similarity(1500.0, turn, np.array([200.0, 0, -210]))
    geometry = as_canonical(face, stance)
    still = np.zeros(len(model.move_names), np.float32)
    wanted = looking(model, still, *there)
    seen = irises_of(model, model.mean + np.tensordot(wanted, model.moves, 1), stance)
    found = look(model, geometry, model.mean, stance, seen, still)
    assert gaze(model, found) == pytest.approx(np.array([there, there]), abs=0.04)
    eyes = [name.startswith("eyeLook") for name in model.move_names]
    assert not found[~np.array(eyes)].any()
    # Degrees are those of the eyeballs, and to the left is to the left.
    turned = directions(model, model.mean + np.tensordot(found, model.moves, 1))
    assert turned[:, 0] == pytest.approx(30 * there[0], abs=2.5)


def as_canonical(face: Face, stance: Similarity) -> FaceGeometry:
    """The mean face before a camera."""
    layout = face.layout
    flat = np.zeros((layout.mask.size, 3), np.float32)
    mean = layout.canonical.reshape(-1, 3)[layout.texels].astype(np.float64)
    flat[layout.texels] = stance.apply(mean) @ PHOTO_TO_BLENDER
    return FaceGeometry(layout, flat.reshape(*layout.mask.shape, 3), (400, 420))


def fitted(face: Face, irises: np.ndarray | None) -> Head:
    found = {k: v for k, v in face.coefficients.items() if k != IRISES}
    if irises is not None:
        found[IRISES] = irises.ravel().astype(np.float32)
    head = replace(face, coefficients=found).head
    assert head is not None
    return head


def test_the_photos_irises_lie_on_the_heads(face: Face) -> None:
    irises = face.coefficients[IRISES].reshape(2, 2)
    head = face.head
    assert head is not None
    apart = irises_of(head.model, head.vertices, head.stance) - irises
    # Both eyes look equally far up, whatever each iris says.
    assert np.linalg.norm(apart.mean(0)) < 0.01 * face.size
    assert np.abs(apart).max() < 0.02 * face.size
    aside = fitted(face, irises + 0.03 * face.size * np.array([1, 0]))
    turned = gaze(head.model, aside.expression) - gaze(head.model, head.expression)
    assert turned[:, 0].min() > 0.3, "to the right in the picture is the subject's left"
    # Lids lie on the balls, which are a little elsewhere then: nearer or farther, not elsewhere in
    # the picture.
    there, here = (h.in_photo[head.seen > 0.99] / h.stance.scale for h in (aside, head))
    assert np.linalg.norm((there - here)[:, :2], axis=1).max() < 3e-4


def test_eyes_do_not_squint(face: Face) -> None:
    irises = face.coefficients[IRISES].reshape(2, 2)
    apart = fitted(face, irises + 0.02 * face.size * np.array([[-1, 0], [1, 0]]))
    left = gaze(apart.model, apart.expression)[:, 0]
    assert left[1] <= left[0] + 1e-6


def test_shut_eyes_look_straight(face: Face) -> None:
    model, head = bundled_head(), face.head
    assert head is not None
    flat = face.position_map.copy()
    for upper, lower in ((37, 41), (38, 40), (43, 47), (44, 46)):
        row, column = face.layout.landmark_texels[upper]
        there = tuple(face.layout.landmark_texels[lower])
        flat[row, column] = flat[there]
    shut = FaceGeometry(face.layout, flat, face.photo_size)
    irises = face.coefficients[IRISES].reshape(2, 2) + np.array([9.0, 0.0])
    found = look(model, shut, head.neutral, head.stance, irises, head.expression)
    assert not gaze(model, found).any()
    straight = fitted(face, None)
    assert gaze(model, straight.expression).any(), "without irises the network has its say"


@pytest.mark.parametrize("number", [np.nan, np.inf])
def test_irises_that_are_no_places_say_nothing(face: Face, number: float) -> None:
    broken = face.coefficients[IRISES].reshape(2, 2).copy()
    broken[1, 0] = number
    assert (fitted(face, broken).expression == fitted(face, None).expression).all()
