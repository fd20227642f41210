"""Whole heads fitted to faces: they lie on the position map, and no crease shows where it ends."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from benchmarks.measures.heads import creases
from prn_blender.core.face.face import IDENTITY, Face
from prn_blender.core.geometry.face_geometry import FaceGeometry
from prn_blender.core.geometry.pose import PHOTO_TO_BLENDER, Similarity
from prn_blender.core.head.cavities import cavity_followers
from prn_blender.core.head.eyeballs import GAP, Eyeball, eyeballs, sphere
from prn_blender.core.head.face_shape import FaceShape, bundled_shape
from prn_blender.core.head.head_model import HeadModel, bundled_head
from prn_blender.core.head.lids import lids_of
from prn_blender.core.head.whole_head import Head, fit_whole_head, photo_pixels

FLIP = np.array([-1, 1, 1], np.float32)


@pytest.fixture(scope="module")
def head(face: Face) -> Head:
    found = face.head
    assert found is not None
    return found


def map_at(geometry: FaceGeometry, model: HeadModel) -> np.ndarray:
    """(n, 3) photo pixels: the position map at the vertices that its layout shows."""
    at = model.texel[model.shown][:, None]
    return cv2.remap(geometry.extended_position_map, at, None, cv2.INTER_LINEAR)[:, 0]


def known(shape: FaceShape, seed: int, yaw: float = 0.0) -> tuple[FaceGeometry, np.ndarray, dict]:
    """The position map of a person who is known: geometry, identity and expression by number."""
    rng = np.random.default_rng(seed)
    identity = rng.normal(0, 0.7, shape.identities).astype(np.float32)
    expression = rng.uniform(0, 0.6, len(shape.moves)) * (rng.random(len(shape.moves)) < 0.15)
    c, s = np.cos(yaw), np.sin(yaw)
    turn = np.array([[c, -s, 0], [s, c, 0], [0, 0, 1.0]])
    stance = Similarity(1500.0, turn, np.array([200.0, 0, -210]))
    layout = shape.layout
    vertices = stance.apply(shape.vertices(identity, expression).astype(np.float64))
    flat = np.zeros((layout.mask.size, 3), np.float32)
    flat[layout.texels] = vertices @ PHOTO_TO_BLENDER
    position_map = flat.reshape(*layout.mask.shape, 3)
    return FaceGeometry(layout, position_map, (400, 420)), identity, expression


def test_the_head_is_fitted_when_it_is_asked_for(face: Face) -> None:
    fresh = replace(face)
    assert fresh.position_map is face.position_map
    assert "head" not in fresh.__dict__
    assert fresh.head is not None
    assert fresh.head is fresh.head


def test_where_the_photo_shows_the_face_the_head_lies_on_the_map(face: Face, head: Head) -> None:
    model, shown = head.model, head.model.shown
    apart = np.linalg.norm(head.in_photo[shown] - map_at(face.geometry, model), axis=1)
    metres = apart / head.stance.scale
    sure = head.seen[shown] > 0.99
    assert sure.sum() > 800
    # But for lids, which lie on the eyeballs: they keep their places in the picture only.
    near_eyes = np.isin(model.shown, np.concatenate([lids.carried for lids in lids_of(model)]))
    assert np.quantile(metres[sure & ~near_eyes], 0.99) < 1e-5
    flat = np.linalg.norm((head.in_photo[shown] - map_at(face.geometry, model))[:, :2], axis=1)
    skin = np.isin(model.shown, model.of_part("skin"))
    assert (flat[sure & skin] / head.stance.scale).max() < 3e-4
    row, column = np.rint(model.texel[shown]).astype(int).clip(0, face.layout.size - 1).T[::-1]
    visible = face.visibility[row, column] & (model.follow[shown] > 0)
    # Most of what is left is the depth of lids on eyeballs: 0.22 to 0.30 mm of all in seven photos.
    assert metres[visible & ~near_eyes].mean() < 1.5e-4
    assert metres[visible].mean() < 4e-4


def test_at_the_rim_the_head_lies_on_the_map_as_well(face: Face, head: Head) -> None:
    model, layout = head.model, face.layout
    masks = face.visibility, layout.mask, ~layout.parts["neck"]
    seen, rim, neck = (
        cv2.remap(
            cv2.distanceTransform(np.pad(mask.astype(np.uint8), 1), cv2.DIST_L2, 5)[1:-1, 1:-1],
            model.texel[model.shown][:, None],
            None,
            cv2.INTER_LINEAR,
        )[:, 0]
        for mask in masks
    )
    ears = (model.groups["left_ear"] | model.groups["right_ear"])[model.shown]
    sure = (seen > 1) & (rim > 1) & (rim < 20) & (neck > 6) & ~ears
    assert sure.sum() > 40
    apart = head.in_photo[model.shown] - map_at(face.geometry, model)
    pixels = np.linalg.norm(apart[sure, :2], axis=1)
    follows = head.seen[model.shown][sure] > 0.9
    assert follows.sum() > 25
    assert pixels[follows].max() < 0.05
    assert pixels.max() < 0.6  # beside the ears, and where the photo ends, heads follow in part


def test_the_rest_follows_identity_and_no_crease_shows(head: Head) -> None:
    model = head.model
    person = model.vertices(head.identity) + model.slide
    hidden = model.groups["scalp"] | model.groups["neck_end"]
    assert np.linalg.norm(head.neutral - person, axis=1)[hidden].max() < 4e-3
    assert np.linalg.norm(head.detail, axis=1)[hidden].max() < 1e-3
    join, skull = creases(head)
    # The smile's jaw is sharper than any place of the skull.
    assert join < skull + 6


def test_without_expression_the_mouth_is_shut(head: Head) -> None:
    model = head.model
    lips = model.lips[np.abs(model.mean[model.lips, 0]) < 1e-6]
    gaps = [
        float(np.linalg.norm(np.diff(v[lips], axis=0)))
        for v in (
            head.neutral,
            model.mean,
            head.shape(np.eye(52)[model.move_names.index("jawOpen")]),
        )
    ]
    assert gaps[0] < gaps[1] + 1e-3
    assert gaps[2] > 0.015


def test_lids_lie_off_round_eyeballs(head: Head) -> None:
    for eye in eyeballs(head.model):
        for vertices in (head.neutral, head.vertices):
            middle, radius = sphere(head.neutral[eye.ball])
            distance = np.linalg.norm(head.neutral[eye.ball] - middle, axis=1)
            assert np.abs(distance - radius).max() < 5e-4
            lids = np.linalg.norm(vertices[eye.margin] - middle, axis=1) - radius
            assert lids.min() > GAP - 1e-5
            assert np.median(lids) < 3e-4
        assert lids_gap(head.neutral, eye).max() < 3e-4


def lids_gap(vertices: np.ndarray, eye: Eyeball) -> np.ndarray:
    """(m,) metres: how far the margin of an eye's lids lies off its ball."""
    middle, radius = sphere(vertices[eye.ball])
    return np.linalg.norm(vertices[eye.margin] - middle, axis=1) - radius


def test_lids_stay_on_the_eyeballs_whatever_is_expressed(head: Head) -> None:
    model = head.model
    for eye in eyeballs(model):
        for name, move in zip(model.move_names, head.moves, strict=True):
            if np.linalg.norm(move[eye.margin], axis=1).max() > 2e-3:
                continue  # it shuts the eye, or opens it wide
            alone = head.neutral + move
            alone[eye.ball] = head.neutral[eye.ball]
            gap = lids_gap(alone, eye)
            assert (gap.min(), gap.max()) == pytest.approx((GAP, GAP), abs=1e-4), name
    # Half shut, the skin of the lids does not let the ball through.
    blink = sum(head.moves[model.move_names.index(f"eyeBlink{s}")] for s in ("Left", "Right"))
    for eye in eyeballs(model):
        middle, radius = sphere(head.neutral[eye.ball])
        half = head.neutral + 0.5 * blink
        assert np.linalg.norm(half[eye.lids] - middle, axis=1).min() > radius - 1e-3


def test_eyeballs_stay_round_when_they_turn(head: Head) -> None:
    for eye, side in zip(eyeballs(head.model), ("Left", "Right"), strict=True):
        middle, radius = sphere(head.neutral[eye.ball])
        for way in ("In", "Out", "Up", "Down"):
            move = head.moves[head.model.move_names.index(f"eyeLook{way}{side}")]
            turned = head.neutral[eye.ball] + move[eye.ball]
            assert np.abs(np.linalg.norm(turned - middle, axis=1) - radius).max() < 5e-4


def test_lids_are_pushed_off_the_eyeball() -> None:
    model = bundled_head()
    geometry, identity, expression = known(bundled_shape_of(model), 5)
    # A map whose left eye is sunk by a centimetre.
    sunk = geometry.position_map.copy()
    part = geometry.layout.parts["left_lids"] | geometry.layout.parts["left_eye"]
    sunk[part, 2] -= 0.01 * 1500
    head = fit_whole_head(replace(geometry, position_map=sunk), identity, expression, model)
    eye = eyeballs(model)[0]
    middle, radius = sphere(head.neutral[eye.ball])
    assert np.linalg.norm(head.vertices[eye.lids] - middle, axis=1).min() > radius + GAP - 1e-4


def bundled_shape_of(model: HeadModel) -> FaceShape:
    from prn_blender.core.geometry.layout_file import load_uv_layout
    from prn_blender.core.model.bundled import models_folder

    shape = bundled_shape(load_uv_layout(models_folder() / "prn_uv_layout.npz"))
    assert shape is not None
    assert shape.sha256 == model.shape_sha256
    return shape


@pytest.mark.parametrize("yaw", [0.0, 0.5])
def test_a_mirror_shows_the_mirrored_head(yaw: float) -> None:
    model = bundled_head()
    shape = bundled_shape_of(model)
    geometry, identity, expression = known(shape, 2, yaw)
    head = fit_whole_head(geometry, identity, expression, model)
    mirrored = geometry.layout.mirrored(geometry.position_map).copy()
    mirrored[..., 0] = geometry.photo_size[0] - 1 - mirrored[..., 0]
    other = fit_whole_head(
        replace(geometry, position_map=mirrored),
        identity * model.sign,
        expression[model.partner],
        model,
    )
    # Layouts are symmetric to within a texel's rounding, visibility to within one.
    apart = np.linalg.norm(other.vertices[model.mirror] * FLIP - head.vertices, axis=1)
    assert np.median(apart) < 1e-4
    assert np.quantile(apart, 0.99) < 1e-3


def test_the_far_side_of_a_turned_head_follows_the_person(head: Head) -> None:
    model = head.model
    geometry, identity, expression = known(bundled_shape_of(model), 3, 0.9)
    broken = geometry.position_map.copy()
    far = ~geometry.visibility & geometry.layout.mask
    assert 0.1 < far.sum() / geometry.layout.mask.sum() < 0.7
    deep = cv2.erode(far.astype(np.uint8), np.ones((25, 25))) > 0
    assert deep.any()
    broken[deep, 0] += 0.005 * 1500
    sound, found = (
        fit_whole_head(replace(geometry, position_map=position_map), identity, expression, model)
        for position_map in (geometry.position_map, broken)
    )
    moved = np.linalg.norm(found.in_photo - sound.in_photo, axis=1) / 1500
    assert moved[found.seen > 0.99].max() < 1.5e-3
    assert moved.max() < 4e-3


def test_cavities_follow_their_rims(head: Head) -> None:
    followers, rim, share = cavity_followers(head.model)
    assert share.min() >= 0
    assert share.sum(1).max() <= 1 + 1e-5
    inside = np.isin(followers, head.model.of_part("mouth_bag", "eye_sockets"))
    assert share[inside].sum(1).min() < 0.05  # deep inside nothing moves
    lashes = np.isin(followers, head.model.of_part("lashes"))
    assert share[lashes].sum(1) == pytest.approx(1, abs=1e-4)
    # A lash of the left eye does not hang on the right lids.
    on = rim[share[lashes].argmax(1)]
    assert (np.sign(head.model.mean[on, 0]) == np.sign(head.model.mean[followers[lashes], 0])).all()


def test_photo_pixels_are_where_the_photo_has_the_face(face: Face, head: Head) -> None:
    eyes = [
        photo_pixels(head.stance, sphere(head.vertices[e.ball])[0]) for e in eyeballs(head.model)
    ]
    for middle, landmarks in zip(eyes, (face.landmarks[42:48], face.landmarks[36:42]), strict=True):
        assert np.linalg.norm(middle[:2] - landmarks.mean(0)[:2]) < 0.1 * face.size


def test_there_is_no_head_where_nobody_tells_identity(face: Face) -> None:
    coefficients = {name: value for name, value in face.coefficients.items() if name != IDENTITY}
    assert replace(face, coefficients=coefficients).head is None
    assert replace(face, expression={}).head is None
    other = replace(face.layout, sha256="0" * 64)
    assert replace(face, layout=other).head is None
