"""A row of a contact sheet."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import replace

import numpy as np

from prn_blender.core import Face
from prn_blender.core.outputs.contact_sheet import face_row


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
