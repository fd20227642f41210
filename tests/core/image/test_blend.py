"""Blending: what OpenCV gives where OpenCV can, and nothing outside the mask."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import cv2
import numpy as np
import pytest

from prn_blender.core.choices import BLEND_MODES
from prn_blender.core.errors import OptionError
from prn_blender.core.image.blend import blend, clone, mix
from prn_blender.core.image.diffusion import membrane, solve_poisson
from prn_blender.core.image.patch import RenderedFace


def picture(height: int, width: int, seed: int) -> np.ndarray:
    """Smooth colours with grain."""
    rng = np.random.default_rng(seed)
    coarse = rng.uniform(40, 215, (6, 6, 3)).astype(np.float32)
    smooth = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    return (smooth + rng.normal(0, 5, (height, width, 3))).clip(0, 255).astype(np.uint8)


def ellipse(height: int, width: int, centre: tuple[int, int], axes: tuple[int, int]) -> np.ndarray:
    mask = np.zeros((height, width), np.uint8)
    cv2.ellipse(mask, centre, axes, 20, 0, 360, 255, -1)
    return mask


def seamless_clone(source: np.ndarray, target: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """OpenCV's, with PRNet's centre formula. OpenCV overwrites the mask it is given."""
    y, x = np.nonzero(mask)
    centre = int((x.min() + x.max()) / 2 + 0.5), int((y.min() + y.max()) / 2 + 0.5)
    return cv2.seamlessClone(source, target, mask.copy(), centre, cv2.NORMAL_CLONE)


@pytest.mark.parametrize("axes", [(60, 80), (61, 79), (90, 41)])
def test_poisson_is_seamless_clone(axes: tuple[int, int]) -> None:
    source, target = picture(221, 240, 1), picture(221, 240, 2)
    mask = ellipse(221, 240, (118, 109), axes)
    ours = clone(source, target, mask > 0)
    theirs = seamless_clone(source, target, mask)
    difference = np.abs(ours.astype(int) - theirs)[mask > 0]
    assert difference.max() <= 1
    assert np.abs(source.astype(int) - theirs)[mask > 0].mean() > 10  # there was something to do


@pytest.mark.parametrize("centre", [(0, 100), (110, 0), (239, 220), (20, 190)])
def test_a_mask_cut_by_the_border_is_that_of_the_continued_picture(
    centre: tuple[int, int],
) -> None:
    source, target = picture(221, 240, 3), picture(221, 240, 4)
    mask = ellipse(221, 240, centre, (60, 75))
    assert mask[[0, -1]].any() or mask[:, [0, -1]].any()
    pad = 20
    wide = [cv2.copyMakeBorder(p, *[pad] * 4, cv2.BORDER_REPLICATE) for p in (source, target, mask)]
    for edge in (np.s_[: pad - 6], np.s_[6 - pad :]):
        wide[2][edge] = 0
        wide[2][:, edge] = 0
    expected = seamless_clone(*wide)[pad:-pad, pad:-pad]
    ours = clone(source, target, mask > 0)
    inside = mask > 0
    assert np.abs(ours.astype(int) - expected)[inside].max() <= 1
    # OpenCV alone leaves out the picture's border, and with it shifts what it clones.
    alone = seamless_clone(source, target, mask)
    assert np.abs(alone.astype(int) - expected)[inside].max() > 10


def test_the_solver_solves() -> None:
    rng = np.random.default_rng(0)
    values = np.zeros((97, 142, 2), np.float32)
    values[1:-1, 1:-1] = cv2.GaussianBlur(rng.normal(0, 200, (95, 140, 2)), (0, 0), 3)
    laplacian = np.zeros_like(values)
    laplacian[1:-1, 1:-1] = (
        values[:-2, 1:-1] + values[2:, 1:-1] + values[1:-1, :-2] + values[1:-1, 2:]
        - 4 * values[1:-1, 1:-1]
    )  # fmt: skip
    found = solve_poisson(laplacian)
    assert np.abs(values).max() > 20
    assert np.abs(found - values).max() < 0.02 * np.abs(values).max()


@pytest.mark.parametrize("size", [(3, 3), (3, 40), (9, 10)])
def test_the_solver_takes_small_pictures(size: tuple[int, int]) -> None:
    assert np.isfinite(solve_poisson(np.ones((*size, 3), np.float32))).all()


def test_a_membrane_keeps_what_is_known_and_continues_a_plane() -> None:
    y, x = np.mgrid[:60, :80].astype(np.float32)
    plane = np.dstack([x, y, x + y])
    known = np.ones((60, 80), bool)
    known[20:40, 30:60] = False
    found = membrane(np.where(known[..., None], plane, 999), known)
    assert np.array_equal(found[known], plane[known])
    assert np.abs(found - plane).max() < 2
    assert not membrane(plane, np.zeros((60, 80), bool)).any()


def test_what_is_no_skin_lends_no_colour() -> None:
    """Half of the matte lies against hair: black must not creep into the face."""
    photo = np.full((150, 120, 3), 180, np.uint8)
    photo[:70] = 10
    matte = soft_matte()
    above = np.full((150, 120, 3), 150, np.uint8)
    meets = np.zeros((150, 120), bool)
    meets[75:] = True
    region = (0, 0, 120, 150)
    pulled = blend(photo, RenderedFace(region, above, matte))
    met = blend(photo, RenderedFace(region, above, matte, meets))
    near = blend(photo, RenderedFace(region, above, matte, meets, reach=10.0))
    deep = cv2.erode((matte > 0.99).astype(np.uint8), np.ones((9, 9), np.uint8)) > 0
    top = deep & (np.arange(150) < 60)[:, None]
    assert pulled[top].mean() < 120  # what would happen
    assert np.abs(met[deep].astype(int) - 180).max() <= 3
    assert np.abs(near[top].astype(int) - 150).max() <= 3
    low = deep & (np.arange(150) > 110)[:, None]
    assert near[low].mean() > 155
    assert np.array_equal(met[matte == 0], photo[matte == 0])


def test_large_pictures_are_as_good_as_exact(monkeypatch: pytest.MonkeyPatch) -> None:
    from prn_blender.core.image import blend as module

    photo, face = picture(600, 560, 8), picture(600, 560, 9)
    mask = ellipse(600, 560, (280, 300), (200, 230)).astype(np.float32) / 255
    matte = cv2.blur(cv2.erode(mask, np.ones((25, 25))), (25, 25))
    for meets, most in ((None, 2), (np.ones((600, 560), bool), 1)):
        shown = RenderedFace((0, 0, 560, 600), face, matte, meets)
        monkeypatch.setattr(module, "_MOST_SOLVED", 2**30)
        exact = blend(photo, shown).astype(int)
        monkeypatch.setattr(module, "_MOST_SOLVED", 2**17)
        difference = np.abs(blend(photo, shown) - exact)
        # Pictures that differ by up to 170 levels at the matte's border.
        assert difference.max() <= most
        assert difference[matte > 0].mean() < 0.5


def rendered(matte: np.ndarray, seed: int = 5) -> RenderedFace:
    height, width = matte.shape
    return RenderedFace((10, 20, 10 + width, 20 + height), picture(height, width, seed), matte)


def soft_matte() -> np.ndarray:
    mask = ellipse(150, 120, (60, 75), (40, 50)).astype(np.float32) / 255
    return cv2.blur(mask, (9, 9))


@pytest.mark.parametrize("mode", BLEND_MODES)
@pytest.mark.parametrize("strength", [0.0, 0.4, 1.0])
def test_nothing_changes_outside_the_matte_nor_at_strength_0(mode: str, strength: float) -> None:
    photo = picture(220, 200, 6)
    before = photo.copy()
    face = rendered(soft_matte())
    result = blend(photo, face, mode, strength)
    assert np.array_equal(photo, before)
    outside = face.full_matte(200, 220) == 0
    face.crop(outside)[:] = face.matte == 0
    assert np.array_equal(result[outside], photo[outside])
    changed = (result != photo).any(axis=-1).mean()
    assert changed > 0.1 if strength else changed == 0


@pytest.mark.parametrize("mode", BLEND_MODES)
def test_a_picture_blended_with_itself_stays(mode: str) -> None:
    photo = picture(220, 200, 7)
    matte = soft_matte()
    face = RenderedFace((10, 20, 130, 170), photo[20:170, 10:130].copy(), matte)
    assert np.abs(blend(photo, face, mode).astype(int) - photo).max() <= 1


@pytest.mark.parametrize("mode", ["poisson", "laplacian"])
def test_seams_are_softer_than_feathered_ones(mode: str) -> None:
    photo = np.full((220, 200, 3), 180, np.uint8)
    matte = (ellipse(150, 120, (60, 75), (40, 50)) > 0).astype(np.float32)
    face = RenderedFace((10, 20, 130, 170), np.full((150, 120, 3), 90, np.uint8), matte)

    def step(result: np.ndarray) -> int:
        return int(np.abs(np.diff(result[..., 0].astype(int), axis=1)).max())

    assert step(blend(photo, face, "feather")) == 90
    assert step(blend(photo, face, mode)) < 45


def test_mixing_ends_exactly() -> None:
    a, b = picture(40, 50, 8), picture(40, 50, 9)
    assert np.array_equal(mix(a, b, np.zeros((40, 50), np.float32)), a)
    assert np.array_equal(mix(a, b, np.ones((40, 50), np.float32)), b)


@pytest.mark.parametrize(("mode", "strength"), [("mixed", 1.0), ("poisson", 1.1), ("feather", -1)])
def test_options_that_make_no_sense_are_refused(mode: str, strength: float) -> None:
    with pytest.raises(OptionError, match=r"can be"):
        blend(picture(220, 200, 1), rendered(soft_matte()), mode, strength)
