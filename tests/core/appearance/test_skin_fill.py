"""Skin where a photo does not show any."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import numpy as np
import pytest
from synthetic import light, lit_face, painted

from prn_blender.core import Face
from prn_blender.core.appearance.ambient import ambient
from prn_blender.core.appearance.hair import scalp
from prn_blender.core.geometry.landmarks import BROWS, NOSE_BASE, UPPER_LIP_TOP
from prn_blender.core.geometry.parts import part_mask
from prn_blender.core.image.colour import LUMA


@pytest.fixture(scope="module")
def lit(face: Face) -> Face:
    return lit_face(face, 0, light(0.3, -1, 0.3))[0]


def level(face: Face) -> np.ndarray:
    """(S, S) float32: brightness of the texture as photographed, 0..255."""
    return np.asarray(face.texture(face.layout.size)[..., :3] @ LUMA)


def test_folds_get_less_light_than_cheeks(face: Face) -> None:
    layout, reaches = face.layout, ambient(face.layout)
    assert reaches.shape == layout.mask.shape and reaches.dtype == np.float32
    assert reaches.min() > 0.2 and reaches.max() <= 1
    assert np.median(reaches[part_mask(layout, "cheeks", feather=0) > 0]) > 0.98
    for ear in ("left_ear", "right_ear"):
        assert reaches[layout.parts[ear]].min() < 0.8
    assert np.abs(reaches - layout.mirrored(reaches)).max() < 0.1


def test_hair_goes_on_over_the_scalp_and_fades_into_skin_below(lit: Face) -> None:
    layout = lit.layout
    height, lip = layout.canonical[..., 2], layout.canonical_landmarks[UPPER_LIP_TOP, 2]
    brow = layout.canonical_landmarks[BROWS, 2].max()
    side = layout.mask & (np.abs(layout.canonical[..., 0]) > 0.9 * layout.eye_distance)
    hair = side & (height > layout.canonical_landmarks[NOSE_BASE, 2]) & lit.visibility
    dark, clean = level(painted(lit, hair, 0.15)), level(lit)
    high = layout.mask & ~lit.visibility & (scalp(layout) == 1) & (height < brow + 0.06)
    low = layout.mask & ~lit.visibility & (height < lip)
    assert min(high.sum(), low.sum()) > 100
    assert np.median(dark[high]) < 0.6 * np.median(clean[high])
    assert np.median(dark[low]) > 0.8 * np.median(clean[low])


def test_skin_beyond_what_is_seen_is_as_light_as_what_is_seen(lit: Face) -> None:
    layout, values = lit.layout, level(lit)
    seen = lit.texel_confidence() > 0.9
    skin = values[seen & (part_mask(layout, "cheeks", feather=0) > 0)]
    hidden = layout.mask & ~lit.visibility & (part_mask(layout, "neck", feather=0) == 0)
    low, high = np.percentile(skin, (2, 98))
    assert np.percentile(values[hidden], 5) > 0.6 * low
    assert np.percentile(values[hidden], 95) < 1.3 * high
