"""What a swap leaves as it was, in Blender: a picture of it, its shares, and a button."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

bpy = pytest.importorskip("bpy", reason="Blender's Python module is not installed")

from editing import built

from prn_blender.core import Face
from prn_blender.core.photo.photo import write_image
from prn_blender.core.swap.reasons import REASONS
from prn_blender.operators.result import PRN_OT_show_left_out
from prn_blender.scene.images.image import image_pixels
from prn_blender.scene.record import find_left_out, find_result

pytestmark = pytest.mark.usefixtures("addon")


@pytest.fixture
def masked_donor(face: Face, tmp_path: Path) -> Path:
    """A photo with something over the mouth."""
    photo = face.photo.pixels.copy()
    stripes = np.arange(photo.shape[1]) // max(1, round(0.05 * face.size)) % 2 > 0
    x, y = face.landmarks[48:68, :2].mean(axis=0).round().astype(int)
    inside = cv2.circle(photo[..., 0] * 0, (int(x), int(y)), int(0.12 * face.size), 1, -1) > 0
    photo[inside] = (190, 140, 120)
    photo[inside & stripes] = (90, 60, 50)
    write_image(tmp_path / "masked.png", photo)
    return tmp_path / "masked.png"


def test_what_stayed_is_there_until_nothing_does(photo_path: Path, masked_donor: Path) -> None:
    item = built(photo_path)
    assert not bpy.ops.prn.show_left_out.poll()
    bpy.ops.prn.swap(filepath=str(masked_donor))
    found = find_left_out(item)
    assert found is not None
    image, shares = found
    assert shares["features"] > 0.02
    assert PRN_OT_show_left_out.share(bpy.context) == pytest.approx(sum(shares.values()))
    assert bpy.ops.prn.show_left_out.poll()
    assert image.packed_file
    # Red, the colour of covered features, is in it.
    pixels = image_pixels(image)[..., :3].astype(int)
    red = np.array(REASONS["features"].rgb)
    assert (np.abs(pixels - red).sum(axis=-1) < 200).mean() > 0.005
    careful = image_pixels(find_result(item)).copy()
    bpy.ops.prn.swap(filepath=str(masked_donor), caution=0.0)
    assert find_left_out(item) is None
    assert PRN_OT_show_left_out.share(bpy.context) == 0
    assert not np.array_equal(careful, image_pixels(find_result(item)))


def test_it_comes_along_with_the_file(photo_path: Path, masked_donor: Path, tmp_path: Path) -> None:
    item = built(photo_path)
    bpy.ops.prn.swap(filepath=str(masked_donor))
    before = find_left_out(item)
    assert before is not None
    pixels, shares, name = image_pixels(before[0]).copy(), before[1], item.name
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "a.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "a.blend"))
    after = find_left_out(bpy.data.objects[name])
    assert after is not None
    assert np.array_equal(image_pixels(after[0]), pixels)
    assert after[1] == pytest.approx(shares)
