"""A donor's features in hard light are given the contrast that the target's have."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import numpy as np

from prn_blender.core import Face
from prn_blender.core.geometry.parts import part_mask
from prn_blender.core.swap.feature_contrast import remaining_contrast, with_contrast


def harder(texture: np.ndarray, power: float) -> np.ndarray:
    result = texture.copy()
    values = (texture[..., :3] / 160.0) ** power * 160
    result[..., :3] = values.clip(0, 255).astype(np.uint8)
    return result


def test_only_what_is_harder_is_changed(face: Face) -> None:
    layout, own = face.layout, face.texture(face.layout.size)
    assert remaining_contrast(layout, own, own) is None
    assert remaining_contrast(layout, harder(own, 0.6), own) is None
    left = remaining_contrast(layout, harder(own, 3.0), own)
    assert left is not None
    eyes, chin = (part_mask(layout, part, feather=0) > 0 for part in ("eyes", "chin"))
    assert 0.35 < np.median(left[eyes]) < 0.8
    assert left[chin & (part_mask(layout, "mouth", feather=0) == 0)].min() > 0.9


def test_colours_come_nearer_to_the_skin() -> None:
    colour = np.array([[[20, 60, 100], [250, 200, 128], [128, 128, 128], [7, 8, 9]]], np.uint8)
    skin = np.full((1, 4, 3), 128 / 255, np.float32)
    same = np.ones((1, 4), np.float32)
    assert np.array_equal(with_contrast(colour, skin, same), colour)
    half = with_contrast(colour, skin, same / 2).astype(float)
    assert np.abs(half - np.sqrt(colour * 128.0)).max() < 1
