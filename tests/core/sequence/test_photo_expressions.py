"""Expressions of photos, apart from whose faces they are."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from prn_blender.core import Face, Photo
from prn_blender.core.errors import ModelError, NoFaceError, OptionError
from prn_blender.core.sequence.photo_expressions import (
    GAZE,
    PhotoExpression,
    expression_of,
    expressions_in,
)


def test_a_smile_is_a_smile_and_looks_where_the_head_looks(face: Face) -> None:
    found = expression_of(face)
    sides = [found.values[f"mouthSmile{side}"] for side in ("Left", "Right")]
    assert min(sides) > 0.1  # she smiles
    assert max(sides) <= face.expression["mouthSmileLeft"] + 0.1
    assert len(found.values) == 52 - 3  # what no picture tells is not there
    head = face.head
    assert head is not None
    eyes = dict(zip(head.model.move_names, head.expression, strict=True))
    for name, value in found.values.items():
        assert 0 <= value <= 1
        if name.startswith(GAZE):
            assert value == pytest.approx(float(eyes[name]))


def test_what_a_calm_photo_shows_counts_as_nothing(face: Face) -> None:
    still = expression_of(face, calm=face)
    assert not any(v for name, v in still.values.items() if not name.startswith(GAZE))
    more = replace(face, expression={**face.expression, "jawOpen": 1.0})
    assert expression_of(more, calm=face).values["jawOpen"] == pytest.approx(1)


def test_how_it_is_taken_on() -> None:
    photo = PhotoExpression("a", {"jawOpen": 0.6, "eyeLookUpLeft": 0.3}, np.eye(3))
    assert photo.taken(2.0) == {"jawOpen": 1.0, "eyeLookUpLeft": 0.3}
    assert photo.taken(0.5, gaze=False) == {"jawOpen": 0.3}
    for strength in (-0.1, 2.1, float("nan")):
        with pytest.raises(OptionError, match="it can be 0 to 2"):
            photo.taken(strength)


def test_photos_that_cannot_be_used_are_named(face: Face, reconstructor: object) -> None:
    blank = Photo(np.full((90, 90, 3), 90, np.uint8))

    def find(photo: Photo, max_faces: int) -> list[Face]:
        if photo is blank:
            raise NoFaceError("No face was found.")
        return [face][:max_faces]

    found, unused = expressions_in([blank, face.photo], find)  # type: ignore[arg-type]
    assert [each.name for each in found] == [face.photo.stem]
    assert [str(each.reason) for each in unused] == ["No face was found."]
    with pytest.raises(NoFaceError, match="has no face 2"):
        expressions_in([face.photo], find, number=2)  # type: ignore[arg-type]


def test_models_that_tell_no_expression(face: Face) -> None:
    with pytest.raises(ModelError, match="does not tell expressions"):
        expression_of(replace(face, expression={}))
