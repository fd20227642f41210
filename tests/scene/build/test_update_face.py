"""Faces of an older file become those of today's model, and keep what was made of them."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

bpy = pytest.importorskip("bpy", reason="Blender's Python module is not installed")

from editing import built

from prn_blender.core.face.face import IDENTITY
from prn_blender.scene.images.image import image_pixels
from prn_blender.scene.layers import texture_group as names
from prn_blender.scene.layers.layers import layers_of
from prn_blender.scene.mesh.carry import coordinates
from prn_blender.scene.record import (
    camera_of,
    change_photo,
    face_of,
    is_of_older_model,
    photo_block,
    photo_record_of,
    position_image,
)

pytestmark = pytest.mark.usefixtures("addon", "one_model")


def test_a_face_of_an_older_model_becomes_todays(photo_path: Path) -> None:
    item = built(photo_path)
    wanted, sharp = coordinates(item.data.vertices), face_of(item)
    assert not is_of_older_model(item)
    # As an earlier model might have seen it: everything a little lower, and it knew no identity.
    moved = sharp.position_map + np.float32([0, 3, 0])
    coefficients = {k: v for k, v in sharp.coefficients.items() if k != IDENTITY}
    older = replace(sharp, position_map=moved, coefficients=coefficients)
    change_photo(
        item,
        position_map=position_image("older", older),
        coefficients={k: tuple(map(float, v)) for k, v in coefficients.items()},
    )
    item.vertex_groups.new(name="mine").add([1], 1.0, "REPLACE")
    camera, image = camera_of(item), photo_block(item)
    assert is_of_older_model(item)
    assert bpy.ops.prn.update_face() == {"FINISHED"}
    assert not is_of_older_model(item)
    assert (camera_of(item), photo_block(item)) == (camera, image)
    now = face_of(item)
    assert now.neutral is not None
    assert np.abs(now.landmarks - sharp.landmarks)[:, :2].mean() < 0.02 * sharp.size
    assert len(photo_record_of(item).coefficients[IDENTITY])
    assert np.abs(coordinates(item.data.vertices) - wanted).max() < 0.01
    assert item.vertex_groups["mine"].weight(1) == 1.0
    texture = image_pixels(layers_of(item).image(names.PHOTO))[..., :3].astype(int)
    fresh = now.texture(512)[..., :3]
    assert np.median(np.abs(texture - fresh)) <= 1


def test_today_s_face_stays_as_it_is(photo_path: Path) -> None:
    item = built(photo_path)
    before, place = coordinates(item.data.vertices), item.matrix_basis.copy()
    assert bpy.ops.prn.update_face() == {"FINISHED"}
    # But for what another first crop does to the network: 0.2 degrees here.
    assert np.abs(coordinates(item.data.vertices) - before).max() < 2e-3
    assert np.allclose(item.matrix_basis, place, atol=1e-2)
