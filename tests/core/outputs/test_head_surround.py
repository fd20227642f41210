"""What a head shows around its photo: its own completed face, skin, and the scalp in the photo."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from prn_blender.core.face.face import Face
from prn_blender.core.geometry.parts import part_mask
from prn_blender.core.outputs.head.photo_colours import lens_colour
from prn_blender.core.outputs.head.scalp import Scalp
from prn_blender.core.outputs.head.surround import around_photo, colours_around, face_shares
from prn_blender.core.outputs.head.texture import HeadColours
from prn_blender.core.person.painted_face import PaintedFace
from prn_blender.core.photo.photo import Photo

GREEN = np.array([40, 160, 40], np.uint8)


def with_pixels(face: Face, pixels: np.ndarray) -> Face:
    """The same face where another photo has it."""
    values = {name: getattr(face, name) for name in face.__dataclass_fields__}
    return Face(**values | {"photo": Photo.from_pixels(np.ascontiguousarray(pixels))})


def above(face: Face, colour: np.ndarray) -> np.ndarray:
    """The photo with all above the brows' tops painted, but the face as it is."""
    pixels = face.photo.pixels.copy()
    head = face.head
    assert head is not None
    height, width = pixels.shape[:2]
    mask = np.zeros((height, width), np.uint8)
    scalp = np.rint(head.in_photo[head.model.groups["scalp"], :2]).astype(int)
    skull = cv2.convexHull(scalp.astype(np.int32))
    cv2.fillConvexPoly(mask, skull, 1)
    shown = np.rint(face.position_map[face.layout.mask][:, :2]).astype(np.int32)
    cv2.fillConvexPoly(mask, cv2.convexHull(shown), 0)
    pixels[mask > 0] = colour
    return pixels


def at_scalp(face: Face, tile: np.ndarray, back: bool) -> np.ndarray:
    """Median colour of the tile at the scalp's vertices on the head's front, or on its back."""
    head = face.head
    assert head is not None
    model = head.model
    scalp = model.groups["scalp"]
    back_to_front = -model.mean[:, 1]
    low, high = np.quantile(back_to_front[scalp], (0.2, 0.8))
    where = scalp & ((back_to_front < low) if back else (back_to_front > high))
    corner = np.isin(model.quads, np.flatnonzero(where))
    uv = model.uv[corner]
    column = (uv[:, 0] * tile.shape[1]).astype(int).clip(0, tile.shape[1] - 1)
    row = ((1 - uv[:, 1]) * tile.shape[0]).astype(int).clip(0, tile.shape[0] - 1)
    return np.asarray(np.median(tile[row, column].astype(float), axis=0))


def test_hair_goes_on_over_the_whole_scalp(face: Face) -> None:
    green = with_pixels(face, above(face, GREEN))
    head = green.head
    assert head is not None
    tile, colours = around_photo(green, head), colours_around(green, head)
    for back in (False, True):
        assert np.abs(at_scalp(green, tile, back) - GREEN).max() < 35  # the hairline is soft
    neck = head.model.groups["neck_end"]
    ears = head.model.groups["left_ear"] | head.model.groups["right_ear"]
    skin = colours[neck | ears]
    assert (skin[:, 1] < skin[:, 0]).mean() > 0.95


def test_what_is_behind_a_head_is_not_its_hair(face: Face) -> None:
    pixels = above(face, GREEN)
    head = face.head
    assert head is not None
    scalp = head.model.groups["scalp"]
    x = head.in_photo[scalp, 0]
    # A bright window whose edge lies over the outermost tenth of the skull.
    pixels[:, : int(np.quantile(x, 0.1))] = 255
    found = Scalp.of(with_pixels(face, pixels), head, None)
    assert found is not None
    assert np.median(found.colours[scalp], axis=0) == pytest.approx(GREEN, abs=12)
    assert found.colours[scalp & (found.seen > 0)].max() < 230


def test_hair_goes_on_to_a_fringe_that_the_face_has_kept(face: Face) -> None:
    head = face.head
    assert head is not None
    model, photo = head.model, face.photo.pixels
    scalp = Scalp.of(face, head, None)
    assert scalp is not None
    before_it = (scalp.goes_on > 0.5) & ~model.groups["scalp"]
    assert before_it.sum() > 5
    corner = np.isin(model.quads, np.flatnonzero(before_it))
    side = 256
    column, row = (model.uv[corner] * [side, -side] + [0, side]).astype(int).clip(0, side - 1).T
    told = np.isin(np.arange(model.count), model.shown) & ~before_it
    painted = {}
    for name, off in (("fringe", 0), ("forehead", 80)):
        tile = np.zeros((side, side, 3), np.uint8)
        scalp.paint(tile, photo, told.astype(np.float32), scalp.colours + np.float32(off))
        painted[name] = float(tile[row, column].mean())
    assert painted["fringe"] > 60 > 2 * painted["forehead"]


def test_a_beard_runs_out_below_the_jaw(face: Face) -> None:
    head = face.head
    assert head is not None
    layout = face.layout
    low = layout.canonical[..., 2] < layout.canonical_landmarks[33, 2] - 0.2 * layout.eye_distance
    beard = low & layout.mask & (layout.parts["mouth"] == 0)
    bearded = replace(face)
    bearded.__dict__["beard"] = beard
    texture = face.texture(layout.size).copy()
    texture[beard, :3] = (30, 20, 15)
    bearded.__dict__["_textures"] = {layout.size: texture, 512: cv2.resize(texture, (512, 512))}
    plain, grown = (colours_around(one, head).mean(axis=1) for one in (face, bearded))
    darker = grown < 0.8 * plain
    jaw = ~np.isin(np.arange(head.model.count), head.model.shown)
    assert (darker & jaw).sum() > 20
    # Not down the whole neck.
    assert not darker[head.model.groups["neck_end"]].any()


def test_behind_dark_glasses_there_are_no_eyes(face: Face) -> None:
    assert lens_colour(face) is None
    eyes = part_mask(face.layout, ("eyes", "brows"), feather=0.4) > 0
    pixels = face.photo.pixels.copy()
    for x, y in np.rint(face.position_map[eyes][:, :2]).astype(int):
        cv2.circle(pixels, (int(x), int(y)), 3, (20, 18, 22), -1)
    dark = with_pixels(face, pixels)
    lens = lens_colour(dark)
    assert lens == pytest.approx([20, 18, 22], abs=6)
    assert face.head is not None
    colours = HeadColours.of(dark, face.head)
    assert (colours.iris == lens).all() and (colours.white == lens).all()


def test_of_a_sepia_photo_eyes_and_mouth_are_sepia(face: Face) -> None:
    grey = cv2.cvtColor(face.photo.pixels, cv2.COLOR_RGB2GRAY)[..., None]
    sepia = with_pixels(face, (grey * np.array([1.0, 0.85, 0.68])).astype(np.uint8))
    assert face.head is not None
    assert not HeadColours.of(face, face.head).colourless
    colours = HeadColours.of(sepia, face.head)
    assert colours.toned and colours.colourless
    for found in (colours.white, colours.iris, colours.bright):
        assert found is not None
        assert found / found[0] == pytest.approx([1, 0.85, 0.68], abs=0.06)


def test_without_a_scalp_hair_over_the_face_tells_or_nothing_does(face: Face) -> None:
    head = face.head
    assert head is not None
    far = replace(head.stance, translation=head.stance.translation + 1e5)
    moved = replace(head, stance=far)
    assert Scalp.of(face, moved, None) is None
    by_hair = Scalp.of(face, moved, np.array([10.0, 20, 30], np.float32))
    assert by_hair is not None
    assert np.allclose(by_hair.colours, [10, 20, 30])


def test_the_photo_shows_where_it_can_be_trusted(face: Face) -> None:
    shown, inside = face_shares(face)
    assert (shown <= inside + 1e-6).all()
    inner = face.layout.parts["nose"] & face.visibility & (face.facing > 0.7)
    assert np.median(shown[inner]) > 0.99
    assert shown[~face.visibility].max() < 0.01


def test_of_a_persons_texture_all_photos_are_trusted(face: Face) -> None:
    texture = face.texture(256).copy()
    texture[..., 3] = 255
    values = {name: getattr(face, name) for name in face.__dataclass_fields__}
    painted = PaintedFace(**values, painted=texture)
    hidden = face.layout.mask & ~face.visibility
    assert hidden.any()
    assert np.median(painted.texel_confidence()[hidden]) > 0.99
    assert face.texel_confidence()[hidden].max() < 0.01
