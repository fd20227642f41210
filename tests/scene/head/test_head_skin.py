"""The layer with a head's skin: it goes along with the light, unless somebody has painted it."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import numpy as np

from prn_blender.core.face.face import Face
from prn_blender.scene import SceneOptions, build_scene
from prn_blender.scene.layers.complete import add_completed
from prn_blender.scene.layers.layers import SKIN_LAYER, layers_of


def test_without_the_photos_light_the_skin_around_has_none_unless_it_was_painted(
    face: Face,
) -> None:
    (item,) = build_scene([face], SceneOptions(texture_size=256)).faces
    layers = layers_of(item)

    def skin() -> np.ndarray:
        image = layers.image(SKIN_LAYER)
        pixels = np.empty(len(image.pixels), np.float32)
        image.pixels.foreach_get(pixels)
        return pixels

    photographed = skin()
    add_completed(item, face, delight=1.0)
    delit = skin()
    assert np.abs(delit - photographed).mean() > 0.005
    add_completed(item, face)
    assert np.array_equal(skin(), photographed)
    image = layers.image(SKIN_LAYER)
    image.pixels[:4] = (1, 0, 0, 1)
    image.update()
    image.pack()
    painted = skin()
    add_completed(item, face, delight=1.0)
    assert np.array_equal(skin(), painted)
