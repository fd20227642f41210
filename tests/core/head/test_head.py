"""The linear face that comes with the add-on, and its fit to position maps."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from prn_blender.core.errors import ModelError
from prn_blender.core.face.face import IDENTITY, Face
from prn_blender.core.face.reconstruct import FaceReconstructor
from prn_blender.core.geometry.pose import PHOTO_TO_BLENDER, Similarity
from prn_blender.core.geometry.uv_layout import UVLayout
from prn_blender.core.head.face_shape import FILE, FaceShape
from prn_blender.core.head.fit import HeadFitter
from prn_blender.core.model.bundled import models_folder
from prn_blender.core.photo.photo import Photo


@pytest.fixture(scope="module")
def shape(face: Face) -> FaceShape:
    found = FaceShape.beside(models_folder(), face.layout)
    assert found is not None
    return found


@pytest.fixture(scope="module")
def as_told(shape: FaceShape) -> FaceShape:
    """The shape that leaves people as near to each other as photos tell them."""
    return replace(shape, spread=np.eye(shape.identities, dtype=np.float32))


def somebody(shape: FaceShape, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Identity and expression of a person who does not exist."""
    rng = np.random.default_rng(seed)
    expression = rng.uniform(0, 0.3, len(shape.moves)) * (rng.random(len(shape.moves)) < 0.2)
    return rng.normal(0, 0.6, shape.identities), expression


def standing(yaw: float) -> Similarity:
    """A head of 1500 pixels a metre in the middle of a picture."""
    c, s = np.cos(yaw), np.sin(yaw)
    turn = np.array([[c, -s, 0], [s, c, 0], [0, 0, 1.0]])
    return Similarity(1500.0, turn, np.array([200.0, 0, -210]))


def as_map(layout: UVLayout, vertices: np.ndarray, stance: Similarity) -> np.ndarray:
    """The position map of a face with these vertices (n, 3), metres."""
    flat = np.zeros((layout.mask.size, 3), np.float32)
    flat[layout.texels] = stance.apply(vertices.astype(np.float64)) @ PHOTO_TO_BLENDER
    return flat.reshape(*layout.mask.shape, 3)


def test_the_mean_person_is_symmetric_and_about_as_large_as_the_canonical_face(
    shape: FaceShape,
) -> None:
    layout = shape.layout
    mean = shape.vertices(np.zeros(shape.identities))
    whole = np.zeros((layout.mask.size, 3), np.float32)
    whole[layout.texels] = mean
    grid = whole.reshape(*layout.mask.shape, 3)
    assert np.abs(grid - layout.mirrored(grid) * [-1, 1, 1]).max() < 1e-6
    canonical = layout.canonical.reshape(-1, 3)[layout.texels]
    assert np.median(np.linalg.norm(mean - canonical, axis=1)) < 0.005


def test_a_mirror_shows_the_mirrored_person(shape: FaceShape) -> None:
    layout = shape.layout
    identity, expression = somebody(shape, 1)
    straight, mirrored = (
        np.zeros((layout.mask.size, 3), np.float32),
        np.zeros((layout.mask.size, 3), np.float32),
    )
    straight[layout.texels] = shape.vertices(identity, expression)
    mirrored[layout.texels] = shape.vertices(
        shape.mirrored_identity(identity), shape.mirrored_expression(expression)
    )
    back = layout.mirrored(mirrored.reshape(*layout.mask.shape, 3)) * [-1, 1, 1]
    assert np.abs(back.reshape(-1, 3) - straight)[layout.texels].max() < 1e-5


def test_directions_are_what_coefficients_do(shape: FaceShape) -> None:
    identity, expression = somebody(shape, 2)
    some = np.arange(0, len(shape.layout.texels), 997)
    move = np.tensordot(
        np.concatenate([identity, expression]), shape.directions(shape.layout.texels[some]), 1
    )
    mean = shape.vertices(np.zeros(shape.identities))
    assert np.abs(mean[some] + move - shape.vertices(identity, expression)[some]).max() < 1e-5


def test_a_head_that_is_known_already_stays_as_it_is(as_told: FaceShape) -> None:
    shape = as_told
    identity, expression = somebody(shape, 3)
    stance = standing(0.3)
    seen = as_map(shape.layout, shape.vertices(identity, expression), stance)
    fit = HeadFitter(shape)(seen, identity, expression + shape.calm, stance)
    assert np.abs(fit.depth).max() / stance.scale < 4e-4
    assert np.abs(fit.broad).max() / stance.scale < 4e-4
    assert np.abs(fit.identity - identity).max() < 0.02
    assert fit.left < 1e-4
    assert fit.stance.scale == pytest.approx(stance.scale, rel=1e-3)


def test_people_are_set_apart_in_all_directions_and_on_both_sides(shape: FaceShape) -> None:
    rng = np.random.default_rng(5)
    told = rng.normal(0, 0.3, (50, shape.identities)) + shape.usual
    apart = shape.set_apart(told)
    assert shape.set_apart(shape.usual) == pytest.approx(shape.usual)
    assert shape.set_apart(told, 0) == pytest.approx(told)
    assert shape.set_apart(shape.mirrored_identity(told)) == pytest.approx(
        shape.mirrored_identity(apart), abs=1e-5
    )
    # Further apart than photos tell them, and nowhere much nearer.
    spread = shape.spread.astype(np.float64)
    gains = np.linalg.svd(spread, compute_uv=False)
    assert gains.min() > 0.8 and 1.2 < gains.mean() < 3


def test_a_fitted_head_is_the_one_that_photos_tell_set_apart(
    shape: FaceShape, as_told: FaceShape
) -> None:
    identity, expression = somebody(shape, 6)
    stance = standing(0.1)
    seen = as_map(shape.layout, shape.vertices(identity, expression), stance)
    told, found = (
        HeadFitter(s)(seen, identity, expression + s.calm, stance) for s in (as_told, shape)
    )
    assert found.identity == pytest.approx(shape.set_apart(told.identity), abs=1e-4)
    assert np.array_equal(found.expression, told.expression)
    assert np.array_equal(found.stance.rotation, told.stance.rotation)


def test_the_fit_changes_depth_towards_the_person(as_told: FaceShape) -> None:
    shape = as_told
    identity, expression = somebody(shape, 4)
    stance = standing(-0.2)
    truth = as_map(shape.layout, shape.vertices(identity, expression), stance)
    # The network sees the right places in the picture, and the depth of the mean person.
    nobody = as_map(shape.layout, shape.vertices(np.zeros(shape.identities), expression), stance)
    seen = truth.copy()
    seen[..., 2] = nobody[..., 2]
    fit = HeadFitter(shape)(seen, 0.7 * identity, expression + shape.calm, stance)
    texels = shape.layout.texels

    def error(found: np.ndarray) -> float:
        depth = (found - truth).reshape(-1, 3)[texels, 2]
        return float(np.abs(depth - np.median(depth)).mean())

    moved = seen.copy()
    moved[..., 2] += fit.depth
    assert error(moved) < 0.6 * error(seen)
    assert ((fit.expression >= 0) & (fit.expression <= 1)).all()


def test_a_face_tells_its_neutral_shape(face: Face, shape: FaceShape) -> None:
    assert face.neutral is not None and face.identity is not None
    assert face.neutral.shape == face.vertices.shape
    assert np.array_equal(face.neutral, shape.vertices(face.identity))
    # With expression and pose it is the face as delivered, but for what is left in the picture.
    head = shape.vertices(face.identity, face.coefficients["expression"])
    placed = face.pose.similarity.apply(head.astype(np.float64)) @ PHOTO_TO_BLENDER
    away = placed - face.vertices
    away[:, 2] -= np.median(away[:, 2])
    assert np.median(np.linalg.norm(away, axis=1)) / face.pose.scale < 0.004
    other = replace(face, coefficients={IDENTITY: np.zeros(3, np.float32)})
    assert other.neutral is None and other.identity is None
    assert replace(face, coefficients={}).neutral is None


def test_likeness_moves_no_landmark_in_the_picture_and_keeps_the_pose(
    face: Face, astronaut: Photo
) -> None:
    plain = FaceReconstructor.load(likeness=False)(astronaut, max_faces=1)[0]
    assert plain.neutral is None
    assert np.array_equal(plain.position_map[..., :2], face.position_map[..., :2])
    assert np.abs(plain.position_map - face.position_map)[..., 2].max() > 1
    assert plain.pose.yaw == pytest.approx(face.pose.yaw, abs=0.01)
    assert plain.pose.pitch == pytest.approx(face.pose.pitch, abs=0.01)
    # What calm faces have, too, is no expression.
    assert sum(face.expression.values()) < sum(plain.expression.values())


def test_a_shape_of_another_layout_is_left_alone(face: Face, tmp_path: Path) -> None:
    assert FaceShape.beside(tmp_path, face.layout) is None
    other = replace(face.layout, sha256="0" * 64)
    assert FaceShape.beside(models_folder(), other) is None


@pytest.mark.parametrize("damage", ["cut off", "one array less", "wrong size", "objects", "nan"])
def test_a_damaged_shape_is_refused(face: Face, tmp_path: Path, damage: str) -> None:
    data = (models_folder() / FILE).read_bytes()
    with np.load(io.BytesIO(data)) as archive:
        arrays = {name: archive[name] for name in archive.files}
    if damage == "one array less":
        del arrays["bary"]
    elif damage == "wrong size":
        arrays["modes"] = arrays["modes"][:, :-1]
    elif damage == "objects":
        arrays["mean"] = np.array(["a"])
    elif damage == "nan":
        arrays["calm"] = np.full_like(arrays["calm"], np.nan)
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    data = data[:1000] if damage == "cut off" else buffer.getvalue()
    (tmp_path / FILE).write_bytes(data)
    with pytest.raises(ModelError, match=FILE):
        FaceShape.beside(tmp_path, face.layout)


def test_without_her_expression_she_does_not_smile(face: Face) -> None:
    assert face.neutral is not None and face.expression_move is not None
    number = np.full(face.layout.mask.size, -1)
    number[face.layout.texels] = np.arange(len(face.layout.texels))
    row, column = face.layout.landmark_texels.T
    corners = number[row * face.layout.size + column][[48, 54]]

    def width(vertices: np.ndarray) -> float:
        return float(np.linalg.norm(np.diff(vertices[corners], axis=0)))

    assert width(face.neutral) < 0.92 * width(face.neutral + face.expression_move)
