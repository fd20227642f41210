"""The second look at lids and lips."""
# SPDX-License-Identifier: GPL-3.0-or-later

import hashlib
import shutil

import numpy as np
import pytest

from prn_blender.core.errors import ModelError
from prn_blender.core.face.lids_and_lips import MODEL, PLACES, SIDE, LidsAndLips
from prn_blender.core.face.reconstruct import FaceReconstructor
from prn_blender.core.geometry.foldovers import Foldovers, in_canonical_frame
from prn_blender.core.geometry.pose import PHOTO_TO_BLENDER, fit_pose
from prn_blender.core.model.bundled import models_folder, open_model
from prn_blender.core.model.network import open_session
from prn_blender.core.photo.photo import Photo

UPPER, LOWER = 13, 14
"""MediaPipe's points in the middle of the lips' inner edges."""

IRISES = np.array([[550.0, 500], [650, 500]])


@pytest.fixture(scope="module")
def layout():
    return open_model()[1]


@pytest.fixture
def again(layout):
    found = LidsAndLips.beside(models_folder(), layout)
    assert found is not None
    return found


@pytest.fixture
def front(layout):
    """The canonical face, 300 pixels between the eyes, in the middle of a grey photo."""
    places = layout.canonical @ PHOTO_TO_BLENDER  # Blender's axes to the photo's
    position_map = (places * 300 / layout.eye_distance + [600, 500, 0]).astype(np.float32)
    return Photo(np.full((1200, 1200, 3), 128, np.uint8)), position_map


def seen(again, position_map, monkeypatch, shift, presence=1.0):
    """Make the network see all its points where the map has them, some shifted."""
    points = position_map.reshape(-1, 3)[again._texels, :2].astype(np.float64)
    for point, by in shift.items():
        points[point] += by
    monkeypatch.setattr(again, "_look", lambda *_: (points, IRISES, presence))


def points_of(again, position_map):
    return position_map.reshape(-1, 3)[again._texels]


def look_again(again, photo, position_map):
    mask = again.layout.mask
    pose = fit_pose(again.layout.canonical[mask], position_map[mask])
    return again(photo, position_map, pose).position_map


def test_nothing_moves_where_both_networks_agree(again, front, monkeypatch):
    photo, position_map = front
    seen(again, position_map, monkeypatch, {})
    assert np.array_equal(look_again(again, photo, position_map), position_map)


LOWER_LIP = (14, 87, 317, 178, 402, 88, 318, 17, 84, 314, 181, 405)


def test_a_mouth_seen_open_opens(again, front, layout, monkeypatch):
    photo, position_map = front
    seen(again, position_map, monkeypatch, dict.fromkeys(LOWER_LIP, np.array([0, 40.0])))
    moved = look_again(again, photo, position_map) - position_map
    assert points_of(again, moved)[LOWER, 1] > 20
    assert abs(points_of(again, moved)[UPPER, 1]) < 5, "the upper lip went along"
    eyes = tuple(layout.landmark_texels[36:48].T)
    assert np.abs(moved[eyes]).max() < 1


@pytest.mark.parametrize("nod", [-0.4, 0.4])
def test_what_moves_stays_on_the_face_in_depth(again, front, layout, monkeypatch, nod):
    # A lip that moves down in the photo of a face that nods moves along the face, which slopes.
    photo, position_map = front
    c, s = np.cos(nod), np.sin(nod)
    turn = np.array([[1, 0, 0], [0, c, s], [0, -s, c]], np.float32)
    middle = position_map[layout.mask].mean(axis=0)
    nodding = (position_map - middle) @ turn + middle
    seen(again, nodding, monkeypatch, dict.fromkeys(LOWER_LIP, np.array([0, 40.0])))
    moved = look_again(again, photo, nodding) - nodding
    back = points_of(again, moved)[LOWER] @ turn.T
    straight = points_of(again, moved)[LOWER]
    assert straight[1] > 15
    # Seen along the face's own axes most of it is downward, whichever way the head nods.
    assert abs(back[2]) < 0.6 * back[1], (straight, back)
    assert np.sign(straight[2]) == np.sign((np.array([0, 1, 0]) @ turn)[2]), straight


def test_a_corner_of_the_mouth_that_goes_outward_goes_back(again, front, monkeypatch):
    photo, position_map = front
    corner = (291, 308, 375, 321, 409, 270)  # on the right in the photo
    seen(again, position_map, monkeypatch, dict.fromkeys(corner, np.array([25.0, 0])))
    moved = points_of(again, look_again(again, photo, position_map) - position_map)[291]
    assert moved[0] > 8
    assert moved[2] < -0.2 * moved[0], moved


def test_no_triangle_turns_over(again, front, layout, monkeypatch):
    photo, position_map = front
    rng = np.random.default_rng(0)
    shift = {int(k): rng.normal(0, 15, 2) for k in again._edges}
    seen(again, position_map, monkeypatch, shift)
    moved = look_again(again, photo, position_map)
    assert not np.array_equal(moved, position_map)
    pose = fit_pose(layout.canonical[layout.mask], position_map[layout.mask])
    foldovers = Foldovers(layout)
    assert not len(foldovers.flipped(in_canonical_frame(moved, pose).reshape(-1, 3)))


@pytest.mark.parametrize("reason", ["far apart", "no face", "profile"])
def test_what_is_doubtful_changes_nothing(again, front, monkeypatch, reason):
    photo, position_map = front
    if reason == "profile":
        c, s = np.cos(1.2), np.sin(1.2)
        position_map = position_map @ np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]], np.float32)
    far = 200.0 if reason == "far apart" else 20.0
    shift = dict.fromkeys(map(int, again._edges), np.array([far, 0.0]))
    seen(again, position_map, monkeypatch, shift, 0.1 if reason == "no face" else 1.0)
    assert look_again(again, photo, position_map) is position_map


def test_a_turned_crop_brings_points_back_to_the_photo(again, front):
    # Whatever the network sees, its points lie in the crop, which the face's place decides.
    photo, position_map = front
    points, irises, presence = again._look(photo, position_map)
    assert points.shape == (468, 2) and irises.shape == (2, 2) and 0 <= presence <= 1
    away = np.linalg.norm(points - [600, 560], axis=1)
    assert np.median(away) < 600


def test_the_network_takes_batches(again):
    session = open_session(models_folder() / MODEL, 2**26)
    crops = np.random.default_rng(1).random((3, 3, SIDE, SIDE)).astype(np.float32)
    together = session.run(None, {"crops": crops})
    alone = session.run(None, {"crops": crops[1:2]})
    np.testing.assert_allclose(together[0][1], alone[0][0], atol=1e-2)


def test_it_can_be_left_out(face):
    once = FaceReconstructor.load(look_again=False)(face.photo, max_faces=1)[0]
    moved = np.linalg.norm((face.position_map - once.position_map)[..., :2], axis=-1)
    assert moved[tuple(face.layout.landmark_texels[48:].T)].max() > 0.5
    assert moved[tuple(face.layout.landmark_texels[:17].T)].max() < 0.1


def test_other_layouts_have_none(tmp_path, layout):
    from dataclasses import replace

    assert LidsAndLips.beside(tmp_path, layout) is None
    other = replace(layout, sha256=hashlib.sha256(b"other").hexdigest())
    assert LidsAndLips.beside(models_folder(), other) is None
    with pytest.raises(ModelError, match="another UV layout"):
        LidsAndLips(models_folder(), other)


@pytest.mark.parametrize("damage", ["cut", "shape"])
def test_damaged_places_are_refused(tmp_path, layout, damage):
    shutil.copy(models_folder() / MODEL, tmp_path)
    data = (models_folder() / PLACES).read_bytes()
    if damage == "cut":
        (tmp_path / PLACES).write_bytes(data[:1000])
    else:
        with np.load(models_folder() / PLACES) as archive:
            arrays = {name: archive[name] for name in archive.files}
        arrays["texels"] = arrays["texels"][:5]
        np.savez(tmp_path / PLACES, **arrays)
    with pytest.raises(ModelError, match=r"damaged|unexpected"):
        LidsAndLips.beside(tmp_path, layout)
