"""Parts of the face: where they should be, soft inside, for any layout."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from prn_blender.core import Face
from prn_blender.core.choices import PARTS, PRESETS
from prn_blender.core.errors import OptionError, PhotoError
from prn_blender.core.geometry.parts import check_parts, part_mask, part_names
from prn_blender.core.geometry.uv_layout import UVLayout
from prn_blender.core.photo.photo import write_image
from prn_blender.core.texture.masks import read_mask

# A landmark in the middle of each part, and one that lies elsewhere.
MARKS = {
    "face": (30, 0),
    "eyes": (37, 30),
    "brows": (19, 30),
    "nose": (29, 48),
    "lips": (57, 30),
    "mouth": (51, 8),
    "chin": (8, 51),
}


def at(mask: np.ndarray, face: Face, landmark: int) -> float:
    row, column = face.layout.landmark_texels[landmark]
    return float(mask[row, column])


@pytest.mark.parametrize("part", sorted(MARKS))
def test_parts_are_where_their_landmarks_are(face: Face, part: str) -> None:
    mask = part_mask(face.layout, part, feather=0)
    assert mask.dtype == np.float32
    inside, outside = MARKS[part]
    if part == "chin":  # the face ends above the jaw line
        assert mask[: face.layout.landmark_texels[57][0]].max() == 0
    else:
        assert at(mask, face, inside) == 1
    assert at(mask, face, outside) == 0


@pytest.mark.parametrize("part", PARTS)
def test_each_part_is_some_of_the_face_on_both_sides(face: Face, part: str) -> None:
    mask = part_mask(face.layout, part, feather=0)
    assert 0.002 < mask.mean() < 0.5
    half = face.layout.size // 2
    left, right = mask[:, half:].sum(), mask[:, :half].sum()
    assert 0.7 < left / right < 1.4
    everything = part_mask(face.layout, "face", feather=0)
    assert (mask * everything).sum() > 0.7 * mask.sum()


def test_lips_have_no_teeth_but_the_mouth_has(face: Face) -> None:
    lips = part_mask(face.layout, "lips", feather=0)
    mouth = part_mask(face.layout, "mouth", feather=0)
    assert (mouth >= lips).all()
    inner = face.layout.landmark_texels[60:68].mean(axis=0).astype(int)
    assert lips[tuple(inner)] == 0
    assert mouth[tuple(inner)] == 1


def test_a_feather_stays_inside_and_has_the_width_asked_for(face: Face) -> None:
    hard = part_mask(face.layout, "face", feather=0)
    narrow, wide = (part_mask(face.layout, "face", feather=w) for w in (0.1, 0.4))
    assert (narrow <= hard).all()
    assert (wide <= narrow + 1e-6).all()
    assert narrow.max() == wide.max() == 1
    row, column = face.layout.landmark_texels[30]
    line = wide[row]
    soft = np.flatnonzero((line > 0) & (line < 1) & (np.arange(len(line)) < column))
    place = face.layout.canonical[row, soft[[0, -1]]]
    width = np.linalg.norm(np.diff(place, axis=0)) / face.layout.eye_distance
    assert 0.2 < width < 0.6


def test_sizes_and_several_parts(face: Face) -> None:
    large = part_mask(face.layout, "nose", 777)
    assert large.shape == (777, 777)
    small = cv2.resize(large, (256, 256), interpolation=cv2.INTER_AREA)
    assert np.abs(small - part_mask(face.layout, "nose")).mean() < 0.002
    both = part_mask(face.layout, ("eyes", "nose"), feather=0)
    assert np.array_equal(
        both, np.maximum(*(part_mask(face.layout, p, feather=0) for p in ("eyes", "nose")))
    )


def test_a_layout_s_own_parts_count_but_change_no_other(face: Face) -> None:
    layout = face.layout
    square = np.zeros(layout.mask.shape, bool)
    square[100:140, 90:130] = True
    own = replace(layout, parts={"left_ear": square, "nose": square})
    assert part_names(own)[: len(PARTS)] == PARTS
    assert "left_ear" in part_names(own)
    assert np.array_equal(part_mask(own, "left_ear", feather=0) > 0, square)
    # "nose" means the same in every layout.
    assert np.array_equal(part_mask(own, "nose"), part_mask(layout, "nose"))


def test_prnet_s_two_modes_are_presets(face: Face) -> None:
    for preset, parts in PRESETS.items():
        assert check_parts(face.layout, preset) == parts
    eyes = part_mask(face.layout, "prnet-eyes")
    assert at(eyes, face, 37) > 0.5
    assert at(eyes, face, 30) == 0


def test_parts_of_prnet_s_layout(shared: Path) -> None:
    """Landmarks are all it takes."""
    folder = shared / "data" / "prnet_uv"
    flat = np.loadtxt(folder / "face_ind.txt").astype(int)
    vertices = np.load(folder / "canonical_vertices.npy")
    canonical = np.zeros((256 * 256, 3), np.float32)
    x, y, z = (vertices - vertices.mean(axis=0)).T * 0.063 / 75.9
    canonical[flat] = np.stack([x, -z, -y], axis=-1)
    mask = np.zeros(256 * 256, bool)
    mask[flat] = True
    column, row = np.loadtxt(folder / "uv_kpt_ind.txt").astype(int)
    layout = UVLayout(
        "prnet", mask.reshape(256, 256), np.stack([row, column], -1), canonical.reshape(256, 256, 3)
    )
    eyes = cv2.imread(str(folder / "uv_face_eyes.png"), 0)
    eyes = cv2.morphologyEx((eyes == 0).astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3))) > 0
    eyes &= layout.mask
    eyes[:, :60] = eyes[:, -60:] = eyes[120:] = False  # ears, beyond the face
    ours = part_mask(layout, "prnet-eyes", feather=0) > 0
    assert eyes.sum() > 300
    assert (ours & eyes).sum() > 0.95 * eyes.sum()
    assert ours.sum() < 0.12 * layout.mask.sum()
    for part in PARTS:
        assert part_mask(layout, part, feather=0).mean() > 0.002


@pytest.mark.parametrize("names", ["ear", ("nose", "ear"), (), ""])
def test_unknown_parts_are_refused_with_those_there_are(face: Face, names: object) -> None:
    with pytest.raises(OptionError, match="there are face, eyes"):
        part_mask(face.layout, names)  # type: ignore[arg-type]


def test_feathers_out_of_bounds_are_refused(face: Face) -> None:
    with pytest.raises(OptionError, match="0 to 1"):
        part_mask(face.layout, "nose", feather=2.0)


def test_an_artist_s_mask(face: Face, tmp_path: Path) -> None:
    drawn = np.zeros((300, 300), np.uint8)
    drawn[100:200, 100:200] = 128
    write_image(tmp_path / "mask.png", drawn)
    mask = read_mask(tmp_path / "mask.png", face.layout)
    assert mask.shape == (300, 300)
    assert mask[150, 150] == pytest.approx(128 / 255)
    assert mask[0, 0] == 0


@pytest.mark.parametrize(
    ("shape", "value", "message"),
    [((300, 200), 255, "200 x 300 pixels; it has to be square"), ((300, 300), 0, "black")],
)
def test_masks_that_make_no_sense_are_refused(
    face: Face, tmp_path: Path, shape: tuple[int, int], value: int, message: str
) -> None:
    write_image(tmp_path / "mask.png", np.full(shape, value, np.uint8))
    with pytest.raises(OptionError, match=message):
        read_mask(tmp_path / "mask.png", face.layout)
    with pytest.raises(PhotoError, match="does not exist"):
        read_mask(tmp_path / "none.png", face.layout)


def test_parts_are_large_enough_to_be_swapped(face: Face) -> None:
    """In square eye distances of the mean face, seen from the front."""
    layout = face.layout
    p = layout.extend(layout.canonical)[..., [0, 2]] / layout.eye_distance
    across = np.pad(p[:, 1:] - p[:, :-1], [(0, 0), (0, 1), (0, 0)], mode="edge")
    down = np.pad(p[1:] - p[:-1], [(0, 1), (0, 0), (0, 0)], mode="edge")
    area = np.abs(across[..., 0] * down[..., 1] - across[..., 1] * down[..., 0])
    smallest = {"face": 3, "eyes": 0.4, "brows": 0.2, "nose": 0.3, "lips": 0.15, "mouth": 0.4,
                "cheeks": 0.5, "forehead": 0.3, "chin": 0.3}  # fmt: skip
    for part in PARTS:
        found = area[part_mask(layout, part, feather=0) > 0].sum()
        assert smallest[part] < found < 12 * smallest[part], (part, found)
