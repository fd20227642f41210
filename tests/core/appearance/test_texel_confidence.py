"""How far a photo can be trusted at each texel."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import cv2
import numpy as np
import pytest
from synthetic import SIZE, light, lit_face, painted

from prn_blender.core import Face
from prn_blender.core.appearance.texel_confidence import own_edges, seen_well, shown
from prn_blender.core.editing.completion import CompletionOptions, complete
from prn_blender.core.errors import OptionError
from prn_blender.core.geometry.face_geometry import FaceGeometry
from prn_blender.core.geometry.parts import part_mask
from prn_blender.core.texture import TexelMaps


@pytest.fixture(scope="module")
def lit(face: Face) -> Face:
    return lit_face(face, 0, light(0.5, -1, 0.3))[0]


def forehead(face: Face, border: bool) -> np.ndarray:
    """(S, S) bool: a patch of the forehead, up to the mesh's end or in its middle."""
    layout = face.layout
    x, z = (layout.canonical[..., k] / layout.eye_distance for k in (0, 2))
    eyes = layout.canonical_landmarks[36:48, 2].mean() / layout.eye_distance
    high = z > eyes + 0.75 if border else np.abs(z - eyes - 0.62) < 0.07
    return layout.mask & (np.abs(x) < (0.5 if border else 0.07)) & high


def test_hair_from_the_border_is_foreign_and_a_mole_is_not(lit: Face) -> None:
    fringe, mole = forehead(lit, True), forehead(lit, False)
    inner = cv2.erode(fringe.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    inner &= lit.visibility
    found = painted(lit, fringe, 0.2).foreign
    assert found[inner].mean() > 0.9
    cheeks = part_mask(lit.layout, ("cheeks", "nose", "chin"), feather=0) > 0
    assert found[cheeks].mean() < 0.05
    assert painted(lit, mole, 0.2).foreign[mole].max() < 0.1


def test_skin_that_an_edge_cuts_off_is_a_hand_unless_both_sides_have_it(lit: Face) -> None:
    layout = lit.layout
    place = (
        layout.canonical - layout.canonical_landmarks[36:48].mean(axis=0)
    ) / layout.eye_distance
    hand = layout.mask & (np.abs(place[..., 2] + 0.75) < 0.3) & (place[..., 0] > 0.45)
    inner = cv2.erode(hand.astype(np.uint8), np.ones((9, 9), np.uint8)) > 0
    edge = hand & ~(cv2.erode(hand.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0)
    inner &= seen_well(lit.geometry) > 0.9
    assert inner.sum() > 100
    assert painted(lit, edge, 0.4).foreign[inner].mean() > 0.9
    both = edge | layout.mirrored(edge)
    one_sided, symmetric = (own_edges(painted(lit, e, 0.6).maps) for e in (edge, both))
    assert one_sided[inner].any() or one_sided[edge].any()
    assert symmetric[edge].sum() < 0.2 * one_sided[edge].sum()


def test_a_photo_that_ends_in_a_face_ends_softly(lit: Face) -> None:
    x = lit.position_map[..., 0]
    middle = float(np.median(x[lit.visibility]))
    cut = FaceGeometry(lit.layout, lit.position_map, (round(middle), lit.photo.height))
    confidence = seen_well(cut)
    near = (x > middle - 0.02 * lit.size) & lit.layout.mask
    assert confidence[near].max() < 0.3
    inside = (x < middle - 0.1 * lit.size) & lit.layout.mask
    assert confidence[inside] == pytest.approx(seen_well(lit.geometry)[inside])


def test_hair_is_taken_off_or_kept_as_a_whole(lit: Face) -> None:
    fringe = forehead(lit, True)
    dark = painted(lit, fringe, 0.2)
    inner = cv2.erode(fringe.astype(np.uint8), np.ones((7, 7), np.uint8)) > 0
    inner &= seen_well(lit.geometry) > 0.99
    assert inner.sum() > 100
    clean, photo = lit.texture(SIZE), dark.texture(SIZE)
    off, kept = (complete(dark, SIZE, CompletionOptions(keep_hair=k)) for k in (0.0, 1.0))
    level = {name: t[..., :3][inner].mean() for name, t in
             (("clean", clean), ("off", off), ("kept", kept), ("photo", photo))}  # fmt: skip
    assert abs(level["off"] - level["clean"]) < 0.15 * level["clean"]
    assert level["kept"] < 0.5 * level["clean"]
    # The plain texture is as photographed.
    assert abs(level["photo"] - level["kept"]) < 2
    with pytest.raises(OptionError, match="0 to 1"):
        complete(dark, SIZE, CompletionOptions(keep_hair=1.5))


def test_it_is_soft_and_one_where_the_photo_shows_well(lit: Face) -> None:
    confidence = lit.texel_confidence()
    assert confidence.dtype == np.float32
    assert confidence.min() >= 0 and confidence.max() <= 1
    assert not confidence[~lit.visibility].any()
    assert (shown(lit.geometry) >= seen_well(lit.geometry) - 1e-6).all()
    assert np.median(confidence[part_mask(lit.layout, "cheeks", feather=0) > 0]) == 1
    inside = lit.layout.mask & (part_mask(lit.layout, ("cheeks", "chin"), feather=0) > 0)
    steps = np.abs(np.diff(confidence, axis=1))[inside[:, 1:]]
    assert steps.max() < 0.7


def test_photos_without_skin_are_trusted_by_geometry_alone(face: Face) -> None:
    from dataclasses import replace

    blind = replace(face, position_map=face.position_map + np.float32([9000, 0, 0]))
    assert blind.smooth_light is None
    assert not blind.texel_confidence().any()
    assert isinstance(blind.maps, TexelMaps)
    assert complete(blind, 64)[..., 3].max() == 0


def test_a_cheek_s_edge_before_an_ear_is_not_trusted(face: Face) -> None:
    """A reconstruction that is a little too wide shows the ear's skin there."""
    geometry = face.geometry
    away, inside = geometry.away_from_contours, geometry.depth_inside
    assert (away <= inside + 1e-3).all()
    edge = (inside > 0.03 * face.size) & (away < 0.01 * face.size)
    edge &= face.visibility & (geometry.facing < 0.4)
    assert edge.sum() > 50
    assert shown(geometry)[edge].max() < 0.1
    cheeks = part_mask(face.layout, "cheeks", feather=0) > 0
    inner = cheeks & face.visibility & (geometry.facing > 0.75)
    assert np.array_equal(shown(geometry)[inner], np.ones(inner.sum(), np.float32))
