"""Pictures of what was built, and what stands in for the photo's colours in grey ones."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

bpy = pytest.importorskip("bpy", reason="Blender's Python module is not installed")

from prn_blender.core import Face, FaceReconstructor, Photo
from prn_blender.scene import SceneOptions, build_scene, files
from prn_blender.scene.files import new_file, render_picture
from prn_blender.scene.head.materials import lets_through
from prn_blender.scene.layers.layers import surface_node

SMALL = SceneOptions(stride=4, texture_size=256)


@pytest.fixture(autouse=True)
def empty_file() -> Iterator[None]:
    new_file()
    yield


def test_a_small_face_of_a_large_photo_is_rendered_at_the_panel_s_size(
    reconstructor: FaceReconstructor,
    astronaut: Photo,
    tmp_path: Path,
    rough_renders: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    large = cv2.resize(astronaut.pixels, None, fx=6, fy=6, interpolation=cv2.INTER_CUBIC)
    views: list[np.ndarray] = []
    sizes: list[list[float]] = [[], []]
    render = files._render

    def noted(scene: bpy.types.Scene, width: int, height: int) -> np.ndarray:
        share = 1.0
        if scene.render.use_border:
            r = scene.render
            share = (r.border_max_x - r.border_min_x) * (r.border_max_y - r.border_min_y)
        sizes[len(views)].append(width * height * share)
        return render(scene, width, height)

    monkeypatch.setattr(files, "_render", noted)
    for k, pixels in enumerate((astronaut.pixels, large)):
        new_file()
        faces = reconstructor(Photo.from_pixels(pixels))[:1]
        built = build_scene(faces, SMALL)
        render_picture(tmp_path / f"{k}.png", built, faces)
        assert not bpy.context.scene.render.use_border
        picture = np.asarray(Image.open(tmp_path / f"{k}.png")).astype(float)
        side = len(picture)
        views.append(cv2.resize(picture[:, :side], (256, 256), interpolation=cv2.INTER_AREA))
        assert len(sizes[k]) == 3
        assert max(sizes[k]) <= 1.02 * side**2  # the large photo's face has five times that
    assert np.abs(views[0] - views[1]).mean() < 6


def test_lashes_are_no_sheets_of_clay(face: Face) -> None:
    item = build_scene([face], SceneOptions(topology="head", texture_size=64)).faces[0]
    seen_through = [m.name for m in item.data.materials if lets_through(m)]
    assert seen_through == [f"{item.name} Lashes"]


def test_the_lids_of_a_photo_without_colours_have_none(
    reconstructor: FaceReconstructor, astronaut: Photo
) -> None:
    grey = cv2.cvtColor(astronaut.pixels, cv2.COLOR_RGB2GRAY)
    faces = reconstructor(Photo.from_pixels(np.dstack([grey] * 3)))[:1]
    item = build_scene(faces, SceneOptions(topology="head", texture_size=64)).faces[0]
    (lids,) = (m for m in item.data.materials if m.name.endswith("Lids"))
    assert np.ptp(surface_node(lids).inputs["Color"].default_value[:3]) == 0
