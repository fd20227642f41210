"""A face is pinned to where the photo has its features."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import numpy as np
import pytest
from synthetic import ball_layout, plain_photo, posed_face, rotation

from prn_blender.core import Face
from prn_blender.core.errors import OptionError
from prn_blender.core.face.adjust import MAX_PINS, Adjustment, Pin, adjusted, photo_to_mesh
from prn_blender.core.geometry.camera import make_camera
from prn_blender.core.geometry.foldovers import Foldovers, in_canonical_frame
from training.check.measures import roughness

JAW_RIGHT, CHIN, NOSE_TIP, MOUTH_CORNER, JAW_LEFT = 3, 8, 30, 48, 13


def texel(face: Face, landmark: int) -> int:
    row, column = face.layout.landmark_texels[landmark].tolist()
    return int(row * face.layout.size + column)


def pin(face: Face, landmark: int, x: float, y: float) -> Pin:
    """A landmark, pinned x and y pixels from where it is."""
    place = face.landmarks[landmark, :2].tolist()
    return Pin(texel(face, landmark), (place[0] + x, place[1] + y))


def away(face: Face, pins: list[Pin]) -> np.ndarray:
    """Pixels between places and their pins."""
    places = face.position_map.reshape(-1, 3)[[p.texel for p in pins], :2]
    return np.linalg.norm(places - np.array([p.at for p in pins]), axis=1)


def turned(face: Face, position_map: np.ndarray) -> set[int]:
    places = in_canonical_frame(position_map, face.pose).reshape(-1, 3)
    return set(Foldovers(face.layout).flipped(places).tolist())


def random_drags(face: Face, seed: int) -> list[Pin]:
    """Twenty, of 5 % of the face's width each."""
    random = np.random.default_rng(seed)
    texels = random.choice(np.flatnonzero(face.visibility), 20, replace=False)
    turn, step = random.uniform(0, 2 * np.pi, 20), 0.05 * np.ptp(face.landmarks[:17, 0])
    ends = face.position_map.reshape(-1, 3)[texels, :2]
    ends = ends + step * np.stack([np.cos(turn), np.sin(turn)], 1)
    return [Pin(int(t), (float(x), float(y))) for t, (x, y) in zip(texels, ends, strict=True)]


@pytest.mark.parametrize("symmetric", [True, False])
def test_pins_are_met_all_at_once(face: Face, symmetric: bool) -> None:
    step = 0.02 * face.size
    pins = [
        pin(face, JAW_RIGHT, -step, 0),
        pin(face, CHIN, 0, step),
        pin(face, NOSE_TIP, 0, -step),
        pin(face, MOUTH_CORNER, -step, -step),
        pin(face, 19, 0, -step),
        pin(face, 54, 0, 0),
    ]
    found = adjusted(face, pins, symmetric)
    assert away(found, pins).max() < 0.5
    # Their order says nothing.
    other = adjusted(face, pins[::-1], symmetric)
    mask = face.layout.mask
    assert np.abs(found.position_map - other.position_map)[mask].max() < 0.01
    # The face that was given is as it was.
    assert found.photo is face.photo and found.position_map is not face.position_map


def test_without_pins_it_is_the_face_itself(face: Face) -> None:
    adjustment = Adjustment(face)
    before = face.position_map.copy()
    first, second = pin(face, JAW_RIGHT, -4, 0), pin(face, NOSE_TIP, 2, 0)
    once = adjustment.adjusted([first]).position_map
    adjustment.adjusted([first, second])
    assert np.array_equal(adjustment.adjusted([first]).position_map, once)
    assert adjustment.adjusted([]) is face
    assert np.array_equal(face.position_map, before)


def test_the_other_side_comes_along_if_it_is_to(face: Face) -> None:
    step = 0.04 * face.size
    pins = [pin(face, JAW_RIGHT, -step, 0)]
    moves = [
        adjusted(face, pins, symmetric).landmarks[[JAW_RIGHT, JAW_LEFT], 0]
        - face.landmarks[[JAW_RIGHT, JAW_LEFT], 0]
        for symmetric in (True, False)
    ]
    both, one = moves
    assert both[0] == pytest.approx(-step, abs=0.5) == one[0]
    assert both[1] > 0.4 * step
    assert one[1] < 0.8 * both[1]


def test_who_it_is_changes_and_how_the_head_stands_hardly(face: Face) -> None:
    found = adjusted(face, [pin(face, JAW_RIGHT, -0.05 * face.size, 0)])
    assert face.identity is not None and found.identity is not None
    change = found.identity - face.identity
    assert 0.1 < np.linalg.norm(change) < 4  # standard deviations of people
    turn = found.pose.rotation @ face.pose.rotation.T
    assert np.degrees(np.arccos((np.trace(turn) - 1) / 2)) < 1.5
    assert all(0 <= value <= 1 for value in found.expression.values())
    assert list(found.expression) == list(face.expression)
    eyes = np.linalg.norm(found.landmarks[36:48] - face.landmarks[36:48], axis=1)
    assert eyes.max() < 0.3 * 0.05 * face.size


def test_what_the_photo_hides_follows(face: Face) -> None:
    step = 0.05 * face.size
    found = adjusted(face, [pin(face, JAW_RIGHT, -step, 0)])
    hidden = face.layout.mask & ~face.visibility
    moved = np.linalg.norm((found.position_map - face.position_map)[hidden], axis=1)
    assert moved.max() > 0.3 * step
    # And of the whole head what lies beyond the layout: the jaw's width is that of the neck, too.
    assert face.head is not None and found.head is not None
    beyond = ~np.isfinite(face.head.model.texel).all(1)
    apart = np.linalg.norm(found.head.neutral - face.head.neutral, axis=1)[beyond]
    assert apart.max() > 0.0005


@pytest.mark.parametrize("landmark", [CHIN, 19, NOSE_TIP, 36, 45, MOUTH_CORNER, 57])
@pytest.mark.parametrize("way", [(1, 0.6), (0, -1)])
def test_nothing_folds_over(face: Face, landmark: int, way: tuple[float, float]) -> None:
    step = 0.04 * face.size
    found = adjusted(face, [pin(face, landmark, way[0] * step, way[1] * step)])
    assert not turned(face, found.position_map) - turned(face, face.position_map)


@pytest.mark.parametrize("seed", [0, 1])
def test_random_drags_leave_a_smooth_surface(face: Face, seed: int) -> None:
    pins = random_drags(face, seed)
    found = adjusted(face, pins)
    assert not turned(face, found.position_map) - turned(face, face.position_map)
    # Pins that contradict each other give way, the others do not.
    assert np.median(away(found, pins)) < 0.02 * face.size
    before, after = (roughness(f.position_map, face.layout.mask) for f in (face, found))
    assert after < 1.2 * before


def test_pins_side_by_side_that_contradict_each_other_meet_halfway(face: Face) -> None:
    place = texel(face, NOSE_TIP)
    x, y = face.landmarks[NOSE_TIP, :2].tolist()
    step = 0.05 * face.size
    pins = [Pin(place, (x - step, y)), Pin(place + 2, (x + step, y))]
    found = adjusted(face, pins)
    assert not turned(face, found.position_map) - turned(face, face.position_map)
    assert away(found, pins) == pytest.approx(step, rel=0.5)


def test_lips_do_not_hang_together(face: Face) -> None:
    upper, lower = 62, 66
    step = 0.02 * face.size
    found = adjusted(face, [pin(face, lower, 0, step), pin(face, upper, 0, 0)])
    change = found.landmarks[:, 1] - face.landmarks[:, 1]
    assert change[[lower, upper]] == pytest.approx([step, 0], abs=0.5)


@pytest.mark.parametrize("turn", [0, 40])
def test_a_model_that_knows_no_people_has_smooth_moves(turn: float) -> None:
    ball = posed_face(ball_layout(64), plain_photo(400, 400), rotation("z", turn), 260, (200, 200))
    place = int(np.flatnonzero(ball.visibility)[len(np.flatnonzero(ball.visibility)) // 2])
    x, y = ball.position_map.reshape(-1, 3)[place, :2].tolist()
    found = adjusted(ball, [Pin(place, (x + 6, y - 3))])
    move = (found.position_map - ball.position_map).reshape(-1, 3)
    assert move[place, :2] == pytest.approx([6, -3], abs=0.5)
    assert np.linalg.norm(move, axis=1).max() < 1.1 * np.hypot(6, 3)
    one = adjusted(ball, [Pin(place, (x + 6, y - 3))], symmetric=False)
    row, column = divmod(place, 64)
    mirror = row * 64 + 63 - column
    other = (one.position_map - ball.position_map).reshape(-1, 3)
    assert np.linalg.norm(move[mirror]) > np.linalg.norm(other[mirror])


@pytest.mark.parametrize("kind", ["ortho", "persp"])
def test_the_mesh_follows_under_either_camera(face: Face, kind: str) -> None:
    camera = make_camera(face.photo, face.geometry, kind)
    placement = camera.place(face.geometry)
    local = placement.local.reshape(-1, 3)[face.layout.texels]
    to_mesh = photo_to_mesh(face.vertices, local)
    moved = adjusted(face, [pin(face, NOSE_TIP, 15, -6)])
    new = local + to_mesh(moved.vertices) - to_mesh(face.vertices)
    seen = camera.project(placement.transform.apply(new))
    assert np.abs(seen - moved.vertices[:, :2]).max() < 0.02


def test_pins_that_make_no_sense_are_refused(face: Face) -> None:
    place = texel(face, NOSE_TIP)
    outside = int(np.flatnonzero(~face.layout.mask)[0])
    many = [Pin(int(t), (1.0, 1.0)) for t in face.layout.texels[: MAX_PINS + 1]]
    for pins in (
        [Pin(place, (float("nan"), 1))],
        [Pin(place, (1e9, 1))],
        [Pin(outside, (1, 1))],
        [Pin(-1, (1, 1))],
        [Pin(10**9, (1, 1))],
        [Pin(place, (1, 1)), Pin(place, (2, 2))],
        many,
    ):
        with pytest.raises(OptionError):
            adjusted(face, pins)


def test_the_place_that_a_click_means(face: Face) -> None:
    adjustment = Adjustment(face)
    x, y = face.landmarks[NOSE_TIP, :2].tolist()
    assert adjustment.texel_at(x, y) == (texel(face, NOSE_TIP), 0)
    found = adjustment.adjusted([pin(face, NOSE_TIP, 9, 0)])
    place, apart = adjustment.texel_at(x + 9, y, found.position_map)
    assert place == texel(face, NOSE_TIP) and apart < 0.5


def test_too_few_vertices_are_refused(face: Face) -> None:
    with pytest.raises(OptionError, match="too few vertices"):
        photo_to_mesh(face.vertices[:10], face.vertices[:10])


def test_a_pin_far_outside_the_photo_is_refused_and_a_drag_stops_before(face: Face) -> None:
    place, width = texel(face, NOSE_TIP), face.photo.width
    adjustment = Adjustment(face)
    for x, y in ((1.6 * width, 200.0), (200.0, -0.6 * width), (-1e5, 1e5)):
        with pytest.raises(OptionError, match=r"A pin at .* is far outside the photo of 512 x 512"):
            adjusted(face, [Pin(place, (x, y))])
        near = adjustment.within((x, y))
        adjustment.check([Pin(place, near)])
        assert max(np.abs(np.subtract(near, 255.5))) == pytest.approx(511.5, abs=1)
    assert adjustment.within((-20.0, 530.0)) == (-20.0, 530.0)  # a chin that the photo cuts off
