"""A row of a contact sheet."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from prn_blender.core import Face
from prn_blender.core.outputs.contact_sheet import column_titles, face_row


def test_a_row_shows_photo_clay_texture_and_albedo(face: Face) -> None:
    row = face_row(face, "me", 64)
    assert row.shape == (64 + 18, 8 * 64, 3) and row.dtype == np.uint8
    pictures = [row[18:, 64 * k : 64 * (k + 1)].astype(int) for k in range(8)]
    assert all(picture.std() > 10 for picture in pictures)
    textured, delit = pictures[5], pictures[6]
    assert np.abs(textured - delit).mean() > 2


def test_a_face_whose_light_is_not_known_has_a_row(face: Face) -> None:
    away = replace(face, position_map=face.position_map + np.float32([9000, 0, 0]))
    assert face_row(away, "away", 64).shape == (82, 512, 3)


@pytest.mark.parametrize("panel", [64, 100, 180, 256, 700, 2048])
def test_each_column_has_its_title_within_it(panel: int) -> None:
    titles = column_titles(panel).astype(int)
    assert titles.shape[1:] == (8 * panel, 3) and titles.shape[0] < max(panel / 2, 48)
    ink = titles[..., 0] > 100
    assert not ink[[0, -1]].any()
    for column in np.hsplit(ink, 8):
        assert 30 < column.sum() < 0.5 * column.size
        across = np.flatnonzero(column.any(axis=0))
        assert across[0] >= 2 and across[-1] < panel - 2
        assert abs(across[0] - (panel - 1 - across[-1])) <= 6 + panel / 100  # in the middle
