"""Things drawn in front of a face, and what they do to its completed texture."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.measures.made_occluders import OCCLUDERS, occluded
from benchmarks.measures.textures import occluder_errors
from prn_blender.core import Face


@pytest.mark.parametrize("name", OCCLUDERS)
def test_what_covers_a_cheek_is_not_on_the_other_one(face: Face, name: str) -> None:
    hidden, where = occluded(face, name)
    assert where.sum() > 500
    before, after = (one.texture(256)[where][:, :3].astype(float) for one in (face, hidden))
    drawn = np.abs(after - before).mean()
    covered, mirrored, elsewhere = occluder_errors(face, name)
    # Of a hand in the colour of the face only its edges tell.
    assert covered < (0.5 if name != "hand" else 1.2) * drawn
    assert mirrored < 5
    assert elsewhere < 10
