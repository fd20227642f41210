"""Relief that is drawn is found where light tells of it; pigment, hair and flat light make none."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from synthetic import ball_layout, posed_face

from prn_blender.core import Face, Photo
from prn_blender.core.appearance.fine_detail import RANGE, FineDetail
from prn_blender.core.geometry.tangent_frame import tangent_frame
from prn_blender.core.image.compression import block_errors
from prn_blender.core.image.integration import height_from_slopes, slopes_of
from prn_blender.core.outputs.options import OutputOptions
from prn_blender.core.outputs.outputs import write_outputs
from prn_blender.core.texture import render_texture

SIZE = 512
ABOVE, FRONT = (0.1, -1.0, 1.2), (0.0, -1.0, 0.05)


@pytest.fixture(scope="module")
def large(face: Face) -> Face:
    """The portrait's face, four times as large, so that its skin has room for wrinkles."""
    pixels = cv2.resize(face.photo.pixels, None, fx=3, fy=3)
    return replace(face, photo=Photo(pixels), position_map=face.position_map * 3)


def waves(face: Face) -> np.ndarray:
    """(SIZE, SIZE) metres: furrows across the face, 5 mm apart."""
    height = face.layout.extend(face.layout.canonical)[..., 2]
    height = cv2.resize(height, (SIZE, SIZE), interpolation=cv2.INTER_CUBIC)
    return (1e-4 * np.sin(2 * np.pi * height / 0.005)).astype(np.float32)


def tilted(face: Face, height: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Unit normals (SIZE, SIZE, 3) of a face with a relief: photo's frame; tangent space."""
    frame = tangent_frame(face.geometry)

    def stretched(values: np.ndarray) -> np.ndarray:
        return cv2.resize(np.asarray(values, np.float32), (SIZE, SIZE))

    grown = face.layout.size / SIZE
    right, down = (stretched(x) * grown for x in (frame.right, frame.down))
    outward = 1 if face.layout.outward else -1
    plain = np.cross(down, right) * outward
    plain /= np.linalg.norm(plain, axis=-1, keepdims=True).clip(1e-12)
    rise = slopes_of(height)
    down, right = (d + plain * h[..., None] for d, h in ((down, rise[1]), (right, rise[0])))
    bumpy = np.cross(down, right) * outward
    return bumpy / np.linalg.norm(bumpy, axis=-1, keepdims=True).clip(1e-12), plain


def photographed(face: Face, normals: np.ndarray, way: tuple[float, float, float],
                 gain: np.ndarray | float = 1.0) -> Face:  # fmt: skip
    """The face with skin of one colour, times a gain, in the light of a lamp."""
    lamp = np.array(way) / np.linalg.norm(way)
    light = 0.2 + 0.6 * np.clip(normals @ lamp.astype(np.float32), 0, None)
    colour = np.array([0.75, 0.5, 0.4], np.float32) * light[..., None] * gain
    texture = (255 * colour.clip(0, 1) ** (1 / 2.2)).astype(np.uint8)
    rendered = render_texture(face.geometry, texture)
    picture = np.full(face.photo.pixels.shape, 90, np.uint8)
    part = rendered.crop(picture)
    part[:] = np.where(rendered.matte[..., None] > 0.5, rendered.colour, part)
    return replace(face, photo=Photo(picture))


def slopes(detail: FineDetail) -> np.ndarray:
    """(SIZE, SIZE, 2): right and up, of the normal map."""
    return detail.normal_map()[..., :2] / 32767.5 - 1


def test_furrows_are_found_in_light_from_above(large: Face) -> None:
    height = waves(large)
    lit = photographed(large, tilted(large, height)[0], ABOVE)
    found = lit.fine_detail(SIZE)
    where = cv2.resize(found.confidence, (SIZE, SIZE)) > 0.5
    assert where.mean() > 0.05
    one, other = (np.gradient(h, axis=0)[where] for h in (height, found.height))
    assert np.corrcoef(one, other)[0, 1] > 0.6
    assert 0.3 < other.std() / one.std() < 1.3


def test_smooth_skin_and_flat_light_have_none(large: Face) -> None:
    smooth = photographed(large, tilted(large, waves(large))[1], ABOVE).fine_detail(SIZE)
    bumpy = photographed(large, tilted(large, waves(large))[0], ABOVE).fine_detail(SIZE)
    assert np.abs(smooth.height).mean() < 0.2 * np.abs(bumpy.height).mean()
    flat = photographed(large, tilted(large, waves(large))[0], FRONT).fine_detail(SIZE)
    ahead = cv2.resize(large.texel_confidence(), flat.confidence.shape) > 0.9
    ahead &= flat.frame.normals[..., 1] < -0.97
    assert flat.confidence[ahead].mean() < 0.6 * bumpy.confidence[ahead].mean()


def test_moles_are_no_pits(large: Face) -> None:
    rng, normals = np.random.default_rng(0), tilted(large, waves(large))[1]
    spots = np.zeros((SIZE, SIZE), np.float32)
    for x, y in rng.integers(SIZE // 4, 3 * SIZE // 4, (80, 2)).tolist():
        cv2.circle(spots, (x, y), 3, 1.0, cv2.FILLED, cv2.LINE_AA)
    gain = 1 - spots[..., None] * np.array([0.5, 0.7, 0.8], np.float32)
    moles = photographed(large, normals, ABOVE, gain).fine_detail(SIZE)
    bumpy = photographed(large, tilted(large, waves(large))[0], ABOVE).fine_detail(SIZE)
    told = [np.abs(slopes(d)).mean() for d in (moles, bumpy)]
    assert told[0] < 0.3 * told[1]


def test_nothing_where_nothing_is_seen(face: Face) -> None:
    found = face.fine_detail(SIZE)
    assert found.height.dtype == np.float32
    assert found.height.shape == (SIZE, SIZE)
    hidden = cv2.resize(face.layout.mask.astype(np.uint8), (SIZE, SIZE)) == 0
    assert np.abs(found.height[hidden]).max() < 2e-5
    away = posed_face(ball_layout(64), Photo(np.zeros((40, 40, 3), np.uint8)), np.eye(3), 100,
                      (2000, 2000))  # fmt: skip
    none = away.fine_detail(64)
    assert none.told == 0
    assert np.ptp(none.displacement()) == 0
    assert np.abs(none.normal_map().astype(int) - [32768, 32768, 65535]).max() <= 1


def test_the_normal_map_is_that_of_the_height(large: Face) -> None:
    # Against the normals of the displaced surface, by their own way.
    height = waves(large)
    frame = tangent_frame(large.geometry)
    detail = FineDetail(height, np.zeros((large.layout.size,) * 2, np.float32), frame)
    x, y, z = np.moveaxis(detail.normal_map() / 32767.5 - 1, -1, 0)
    bumpy, plain = tilted(large, height)
    tangent = cv2.resize(frame.right / frame.width[..., None], (SIZE, SIZE))
    tangent -= (tangent * plain).sum(-1, keepdims=True) * plain
    tangent /= np.linalg.norm(tangent, axis=-1, keepdims=True).clip(1e-9)
    bitangent = np.cross(plain, tangent) * (1 if large.layout.outward else -1)
    back = x[..., None] * tangent + y[..., None] * bitangent + z[..., None] * plain
    where = cv2.resize(large.texel_confidence(), (SIZE, SIZE)) > 0.7
    apart = np.degrees(np.arccos((back * bumpy).sum(-1)[where].clip(-1, 1)))
    assert np.median(apart) < 0.15 * np.median(
        np.degrees(np.arccos((plain * bumpy).sum(-1)[where].clip(-1, 1)))
    )


def test_slopes_and_heights() -> None:
    y, x = np.mgrid[:90, :120].astype(np.float32)
    bump = np.exp(-((x - 60) ** 2 + (y - 40) ** 2) / 60)
    found = height_from_slopes(*slopes_of(bump), (1.0, 1.0), 400.0)
    assert np.corrcoef(found.ravel(), bump.ravel())[0, 1] > 0.98
    assert 0.8 < np.ptp(found) < 1.05


def test_blocks_are_known_by_their_edges() -> None:
    rng = np.random.default_rng(1)
    x = np.linspace(90, 160, 160)[None, :, None] + rng.normal(0, 2, (160, 160, 3))
    plain = cv2.GaussianBlur(x, (0, 0), 1.0).clip(0, 255).astype(np.uint8)
    rough = cv2.imdecode(cv2.imencode(".jpg", plain, [cv2.IMWRITE_JPEG_QUALITY, 20])[1], 1)
    assert block_errors(plain) < 0.1
    assert block_errors(np.ascontiguousarray(rough[3:, 5:])) > 0.2
    assert block_errors(plain[:8, :8]) == 0


def test_files(face: Face, tmp_path: Path) -> None:
    options = OutputOptions(detail=True, texture_size=SIZE)
    names = write_outputs(face, tmp_path, "a", options)
    assert names == ["a_displacement.png", "a_normal.png", "a_detail.json"]
    about = json.loads((tmp_path / names[2]).read_text())
    raw = cv2.imread(str(tmp_path / about["displacement"]["file"]), cv2.IMREAD_UNCHANGED)
    assert raw.dtype == np.uint16
    metres = (raw / 65535 - about["displacement"]["zero"]) * about["displacement"]["metres"]
    assert np.allclose(metres, face.fine_detail(SIZE).height, atol=RANGE / 30000)
    normal = cv2.imread(str(tmp_path / names[1]), cv2.IMREAD_UNCHANGED)[..., ::-1]
    assert normal.dtype == np.uint16
    assert np.abs(np.linalg.norm(normal / 32767.5 - 1, axis=-1) - 1).max() < 1e-3
