"""Features that something covers: found, left alone by a swap, and named."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from prn_blender.core import Face, Photo
from prn_blender.core.appearance.eye_occlusion import covered_eyes, glasses_region, wears_dark_rims
from prn_blender.core.appearance.feature_likeness import MODEL, feature_likeness, read_features
from prn_blender.core.errors import ModelError
from prn_blender.core.geometry.parts import part_mask
from prn_blender.core.model.bundled import models_folder
from prn_blender.core.swap.donor import PhotoDonor
from prn_blender.core.swap.kept_features import covered_features, unlike_features
from prn_blender.core.swap.options import SwapOptions
from prn_blender.core.swap.pipeline import swap


def covered(face: Face, *marks: slice, size: float = 0.15) -> Face:
    """The face with striped things over groups of its landmarks."""
    photo = face.photo.pixels.copy()
    stripes = np.arange(photo.shape[1]) // max(1, round(0.05 * face.size)) % 2 > 0
    for group in marks:
        centre = tuple(int(v) for v in face.landmarks[group, :2].mean(axis=0).round())
        inside = cv2.circle(photo[..., 0] * 0, centre, int(size * face.size), 1, -1) > 0
        photo[inside] = (190, 140, 120)
        photo[inside & stripes] = (90, 60, 50)
    return replace(face, photo=Photo(photo))


RIGHT_EYE, LEFT_EYE, NOSE, MOUTH = slice(36, 42), slice(42, 48), slice(29, 36), slice(48, 68)


def test_a_face_looks_like_one(face: Face) -> None:
    assert min(face.likeness.values()) > 0.9
    assert covered_eyes(face.maps, face.likeness) == (False, False)
    assert not covered_features(face, PhotoDonor(face))
    assert not unlike_features(face.layout, face.texture(face.layout.size))


@pytest.mark.parametrize(
    ("mark", "feature"),
    [(RIGHT_EYE, "right eye"), (LEFT_EYE, "left eye"), (NOSE, "nose"), (MOUTH, "mouth")],
)
def test_what_lies_over_a_feature_is_told_from_it(face: Face, mark: slice, feature: str) -> None:
    found = covered(face, mark).likeness
    assert found[feature] < 0.75
    # However bright the photo is, and with little contrast.
    pale = replace(face, photo=Photo((face.photo.pixels * 0.4 + 90).astype(np.uint8)))
    assert pale.likeness[feature] > 0.9


def test_what_is_not_seen_is_not_judged(face: Face) -> None:
    texture = face.texture(face.layout.size).copy()
    texture[face.layout.canonical[..., 0] > 0] = 0
    assert np.isnan(feature_likeness(face.layout, texture)["left eye"])
    assert feature_likeness(face.layout, texture)["right eye"] > 0.9
    assert not unlike_features(face.layout, texture)


@pytest.mark.parametrize(("marks", "name"), [((RIGHT_EYE, LEFT_EYE), "eyes"), ((MOUTH,), "mouth")])
def test_a_feature_that_is_covered_on_either_face_stays(
    face: Face, marks: tuple[slice, ...], name: str
) -> None:
    hidden = covered(face, *marks, size=0.1)
    part = part_mask(face.layout, name, feather=0) > 0
    for target, donor in ((hidden, face), (face, hidden)):
        result = swap(target, donor)
        small = cv2.resize(result.mask, face.layout.mask.shape, interpolation=cv2.INTER_AREA)
        assert small[part].max() < 0.02
        assert result.stay == (name,)
        assert name in str(result.warning)
        forced = swap(target, donor, SwapOptions(caution=0.25))
        assert forced.mask.sum() > 1.1 * result.mask.sum()
        assert not forced.stay


def test_who_shows_neither_eyes_nor_mouth_is_no_donor(face: Face) -> None:
    result = swap(face, covered(face, RIGHT_EYE, LEFT_EYE, MOUTH))
    assert np.array_equal(result.picture, face.photo.pixels)
    assert result.warning is not None


def test_shut_eyes_and_gaping_mouths_do_not_lend_themselves(face: Face) -> None:
    def moved(marks: list[int], by: float) -> Face:
        positions = face.position_map.copy()
        for row, column in face.layout.landmark_texels[marks]:
            positions[row - 1 : row + 2, column - 1 : column + 2, 1] += by * face.size
        return replace(face, position_map=positions)

    assert list(covered_features(face, PhotoDonor(moved([65, 66, 67], 0.2)))) == ["mouth"]
    assert list(covered_features(moved([65, 66, 67], 0.2), PhotoDonor(face))) == []
    shut = moved([37, 38, 43, 44], 0.05)
    assert list(covered_features(face, PhotoDonor(shut))) == ["eyes"]
    assert list(covered_features(shut, PhotoDonor(face))) == ["eyes"]


def test_a_damaged_file_says_so(tmp_path: Path) -> None:
    content = (models_folder() / MODEL).read_bytes()
    path = tmp_path / MODEL
    path.write_bytes(content[: len(content) // 2])
    with pytest.raises(ModelError, match="is damaged or not"):
        read_features(path)
    with np.load(io.BytesIO(content)) as z:
        arrays = {**z, "nose_mean": z["nose_mean"][:-1]}
    np.savez(path, **arrays)
    with pytest.raises(ModelError, match="unexpected shape"):
        read_features(path)


@pytest.fixture(scope="module")
def spectacled(face: Face) -> Face:
    """The sample with black rims drawn on."""
    photo = face.photo.pixels.copy()
    marks = face.landmarks[:, :2].astype(np.float64)
    between = np.linalg.norm(marks[36:42].mean(axis=0) - marks[42:48].mean(axis=0))
    thick = max(2, round(0.07 * between))
    for eye in (slice(36, 42), slice(42, 48)):
        centre = marks[eye].mean(axis=0) + np.array([0, 0.04 * between])
        cv2.ellipse(
            photo, (tuple(map(float, centre)), (0.86 * between, 0.7 * between), 0.0), (15, 15, 15),
            thick,
        )  # fmt: skip
    ends = [marks[eye].mean(axis=0) for eye in (slice(36, 42), slice(42, 48))]
    inner = [ends[0] + (ends[1] - ends[0]) * share for share in (0.42, 0.58)]
    points = [tuple(int(v) for v in p.round()) for p in inner]
    cv2.line(photo, points[0], points[1], (15, 15, 15), thick)
    return replace(face, photo=Photo(photo))


def test_glasses_are_found_and_bare_faces_have_none(face: Face, spectacled: Face) -> None:
    assert not wears_dark_rims(face.maps)
    assert wears_dark_rims(spectacled.maps)
    region = glasses_region(spectacled.maps)
    layout = face.layout
    assert region[part_mask(layout, "eyes", feather=0) > 0].mean() > 0.95
    assert region[part_mask(layout, "mouth", feather=0) > 0].max() == 0
    # All of what was drawn: texels that became dark.
    was, became = (f.texture(256)[..., :3].astype(int).sum(axis=-1) for f in (face, spectacled))
    rims = (was - became > 150) & face.visibility & (part_mask(layout, "face", feather=0) > 0)
    assert rims.sum() > 300
    assert region[rims].mean() > 0.96


def test_the_target_s_glasses_stay(face: Face, spectacled: Face) -> None:
    other = Photo(cv2.convertScaleAbs(cv2.flip(face.photo.pixels, 1), alpha=0.9, beta=10))
    positions = face.layout.mirrored(face.position_map).copy()
    positions[..., 0] = face.photo.width - 1 - positions[..., 0]
    donor = replace(face, photo=other, position_map=positions)
    drawn = np.abs(spectacled.photo.pixels.astype(int) - face.photo.pixels).max(axis=-1) > 60

    def changed(caution: float) -> float:
        picture = swap(spectacled, donor, SwapOptions(caution=caution)).picture
        apart = np.abs(picture.astype(int) - spectacled.photo.pixels).max(axis=-1)
        return float((apart[drawn] > 10).mean())

    assert changed(1) < 0.02
    assert changed(0.25) > 0.3


def test_the_donor_s_glasses_do_not_come_along(face: Face, spectacled: Face) -> None:
    region = glasses_region(spectacled.maps)
    kept = swap(face, spectacled)
    assert kept.mask[region].max() == 0
    assert kept.mask.max() == 1
    assert swap(face, spectacled, SwapOptions(caution=0.25)).mask[region].max() == 1
    # Who asks for the eyes gets them.
    eyes = swap(face, spectacled, SwapOptions(parts=("eyes",)))
    assert eyes.mask[region].max() == 1
