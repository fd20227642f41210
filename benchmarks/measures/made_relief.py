"""Pictures of heads whose fine relief is known, and of what looks like relief but is none.

The skin is that of generated photos without their light, the relief is drawn: grooves and pits that
displace the surface, whose normals are those of the displaced surface itself. It is lit by lamps
that shade as matte skin with a gloss does, no light behind it, seen in perspective, stored as sRGB,
blurred, noisy, and compressed. The relief casts no shadows.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np

from prn_blender.core import Face, Photo
from prn_blender.core.editing.completion import complete
from prn_blender.core.geometry.face_geometry import FaceGeometry
from prn_blender.core.geometry.landmarks import BROWS, NOSE_BASE
from prn_blender.core.geometry.pose import PHOTO_TO_BLENDER
from prn_blender.core.texture import render_texture

SIDE = 1000
"""Pixels of a picture."""
TEXELS = 1024
"""Of relief and skin."""
_SKIN = 512  # texels of the skin, which a small photo lends
_DISTANCE = 1.2  # metres from the camera
_GLOSS, _SHARP = 0.06, 18.0  # of the skin's reflections (Blinn and Phong): share, exponent
_EXPOSED = 0.62  # linear light of skin, at its brightest per cent
_EVEN = 2.0  # texels of the map: facets of the mesh are no folds


@dataclass(frozen=True, eq=False)
class Lamps:
    """What lights a head.

    Attributes
    ----------
    ambient : float
        Linear light from all around.
    lamps : list of (direction (3,), float)
        Towards each lamp, and its linear light.
    """

    ambient: float
    lamps: list[tuple[np.ndarray, float]]


@dataclass(frozen=True, eq=False)
class Head:
    """A head as it is photographed.

    Attributes
    ----------
    face : Face
        Whose skin it has; the geometry is what the program will be told.
    skin : (N, N, 3) float32
        Linear light of its skin.
    normals : (N, N, 3) float32
        Unit normals, photo's frame in Blender's axes.
    truth : (N, N, 3) float32
        The same in tangent space.
    geometry : FaceGeometry
    """

    face: Face
    skin: np.ndarray
    normals: np.ndarray
    truth: np.ndarray
    geometry: FaceGeometry


def make_head(face: Face, yaw: float, height: np.ndarray) -> Head:
    """A head turned by `yaw` degrees, with a relief (N, N) float32 in metres."""
    layout, angle = face.layout, np.radians(yaw)
    shape = face.pose.similarity.invert(face.extended_position_map @ PHOTO_TO_BLENDER.T)
    turn = np.array(
        [[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]]
    )
    shape = cv2.GaussianBlur((shape @ turn.T).astype(np.float32), (0, 0), _EVEN)
    side = len(height)
    places = cv2.resize(shape, (side, side), interpolation=cv2.INTER_CUBIC)
    plain, right = _normals(places, layout.outward)
    normals, _ = _normals(places + height[..., None] * plain, layout.outward)
    right -= (right * plain).sum(-1, keepdims=True) * plain
    right /= np.linalg.norm(right, axis=-1, keepdims=True).clip(1e-9)
    up = np.cross(plain, right) * (1 if layout.outward else -1)
    truth = np.stack([(normals * axis).sum(-1) for axis in (right, up, plain)], -1)
    skin = cv2.resize(face.delit.apply(complete(face, _SKIN))[..., :3], (side, side))
    return Head(face, (skin / np.float32(255)) ** np.float32(2.2), normals, truth,
                _photographed(face, shape))  # fmt: skip


def photograph(
    head: Head,
    light: Lamps,
    rng: np.random.Generator,
    quality: int = 92,
    shadow: np.ndarray | None = None,
    noise: float = 1.5,
) -> Face:
    """Take a picture of a head; the face in it has the head's own geometry.

    `shadow` (N, N) float32, 0..1: what of the lamps' light arrives.
    """
    view = np.array([0.0, -1.0, 0.0])
    total = np.full(head.normals.shape[:2], light.ambient, np.float32)
    gloss = np.zeros_like(total)
    for way, power in light.lamps:
        way = np.asarray(way, float) / np.linalg.norm(way)
        facing = np.clip(head.normals @ way.astype(np.float32), 0, None)
        half = (way + view) / np.linalg.norm(way + view)
        shine = np.clip(head.normals @ half.astype(np.float32), 0, None) ** _SHARP
        arrives = 1 if shadow is None else shadow
        total += power * facing * arrives
        gloss += power * _GLOSS * shine * (facing > 0) * arrives
    colour = head.skin * total[..., None] + gloss[..., None]
    seen = cv2.resize(head.geometry.visibility.astype(np.uint8), colour.shape[1::-1]) > 0
    colour *= _EXPOSED / np.percentile(colour[seen].max(-1), 99) * 1.3
    texture = (_srgb(colour.clip(0, 1)) * 255).astype(np.uint8)
    rendered = render_texture(head.geometry, texture)
    picture = np.full((SIDE, SIDE, 3), (90, 120, 150), np.float32)
    part = rendered.crop(picture)
    part[:] = np.where(rendered.matte[..., None] > 0.5, rendered.colour, part)
    picture = cv2.GaussianBlur(picture, (0, 0), 0.6) + rng.normal(0, noise, picture.shape)
    pixels = picture.clip(0, 255).astype(np.uint8)
    encoded = cv2.imencode(".jpg", pixels[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    pixels = np.ascontiguousarray(cv2.imdecode(encoded, cv2.IMREAD_COLOR)[..., ::-1])
    return replace(head.face, photo=Photo(pixels), position_map=head.geometry.position_map)


def _srgb(linear: np.ndarray) -> np.ndarray:
    """IEC 61966-2-1, and not the power that the program takes for it."""
    return np.where(linear < 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)


def _normals(places: np.ndarray, outward: bool) -> tuple[np.ndarray, np.ndarray]:
    down, right = (np.asarray(d, np.float32) for d in np.gradient(places, axis=(0, 1)))
    normals = np.cross(down, right) * (1 if outward else -1)
    return normals / np.linalg.norm(normals, axis=-1, keepdims=True).clip(1e-12), right


def _photographed(face: Face, shape: np.ndarray) -> FaceGeometry:
    """The position map that a camera near the head gives."""
    inside = shape[face.layout.mask]
    middle = (inside.min(0) + inside.max(0)) / 2
    near = _DISTANCE + (shape[..., 1] - middle[1])
    scale = SIDE / (2.1 * np.linalg.norm(inside - middle, axis=1).max())
    closer = _DISTANCE / near
    x = (shape[..., 0] - middle[0]) * closer * scale + SIDE / 2
    y = (middle[2] - shape[..., 2]) * closer * scale + SIDE / 2
    positions = np.stack([x, y, -shape[..., 1] * scale], -1).astype(np.float32)
    return FaceGeometry(face.layout, positions, (SIDE, SIDE))


# Relief -----------------------------------------------------------------------------------------


def _front(face: Face, side: int) -> tuple[np.ndarray, np.ndarray]:
    """Millimetres to the left and up of each texel, seen from the front; 0 is the nose's base."""
    places = face.layout.extend(face.layout.canonical) - face.layout.canonical_landmarks[NOSE_BASE]
    places = cv2.resize(places.astype(np.float32), (side, side), interpolation=cv2.INTER_CUBIC)
    x, _, z = np.moveaxis(places * np.float32(1000), -1, 0)
    return np.ascontiguousarray(x), np.ascontiguousarray(z)


def relief(face: Face, rng: np.random.Generator, side: int = TEXELS) -> np.ndarray:
    """(side, side) float32 metres: wrinkles of the forehead, cheeks and all over, and pores."""
    x, z = _front(face, side)
    brows = 1000 * float(
        face.layout.canonical_landmarks[BROWS, 2].max()
        - face.layout.canonical_landmarks[NOSE_BASE, 2]
    )
    height = np.zeros((side, side), np.float32)
    for k in range(rng.integers(4, 8)):
        middle = np.float32(brows + 8 + 6 * k + rng.uniform(-1, 1))
        line = middle + 2 * np.sin(x / np.float32(rng.uniform(8, 20)) + np.float32(k))
        height -= _groove(z - line, rng) * np.exp(-((x / np.float32(rng.uniform(25, 40))) ** 4))
    for one in (-1, 1):
        for _ in range(rng.integers(25, 40)):  # cheeks, chin, and beside mouth and eyes
            cx, cz = one * rng.uniform(12, 58), rng.uniform(-50, 45)
            angle, bend = rng.uniform(0, np.pi), rng.uniform(-0.01, 0.01)
            height -= _crease(x - np.float32(cx), z - np.float32(cz), angle, bend, rng)
    millimetre = side / 210  # texels, about
    result = height
    for size, high in (
        (1.0, 3e-5),
        (0.35, 1.2e-5),
    ):  # furrows and pores; skin has them 20 to 100 um deep
        grain = rng.normal(size=(side, side)).astype(np.float32)
        net = cv2.GaussianBlur(grain, (0, 0), size * millimetre)
        net -= cv2.GaussianBlur(net, (0, 0), 2 * size * millimetre)
        net = -np.maximum(-net / net.std(), -0.5)
        result = result + np.float32(high * rng.uniform(0.7, 1.5)) * (net - net.mean())
    return np.asarray(result, np.float32)


def _crease(
    x: np.ndarray, z: np.ndarray, angle: float, bend: float, rng: np.random.Generator
) -> np.ndarray:
    """Metres: how deep a short wrinkle is that goes through 0 (mm)."""
    c, s = np.float32(np.cos(angle)), np.float32(np.sin(angle))
    along = x * c + z * s
    across = z * c - x * s + np.float32(bend) * along**2
    return _groove(across, rng) * np.exp(-((along / np.float32(rng.uniform(8, 16))) ** 4))


def _groove(distance: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Metres: how deep a wrinkle is that far (mm) from its middle; with a bulge beside it."""
    wide, deep = np.float32(rng.uniform(0.5, 1.5)), np.float32(rng.uniform(0.8e-4, 4e-4))
    return np.asarray(
        deep
        * (
            np.exp(-((distance / wide) ** 2))
            - np.float32(0.35) * np.exp(-((distance / (2.5 * wide)) ** 2))
        )
    )


# What is none -----------------------------------------------------------------------------------


def moles(face: Face, rng: np.random.Generator, side: int = TEXELS) -> np.ndarray:
    """(side, side, 3) float32: gains of the skin, by moles and freckles."""
    x, z = _front(face, side)
    gain = np.ones((side, side, 3), np.float32)
    for number in range(160):
        cx, cz = rng.uniform(-55, 55), rng.uniform(-40, 75)
        large = number < 25
        radius = rng.uniform(1, 2.5) if large else rng.uniform(0.4, 1.2)
        dark = np.array([0.35, 0.25, 0.15] if large else [0.8, 0.65, 0.5]) ** rng.uniform(0.5, 1)
        share = np.exp(-((((x - cx) ** 2 + (z - cz) ** 2) / radius**2) ** 2))[..., None]
        gain *= (1 - share * (1 - dark)).astype(np.float32)
    return gain


def _hairs(
    places: np.ndarray, ways: np.ndarray, long: np.ndarray, side: int, dark: float, thick: float
) -> np.ndarray:
    """(side, side, 3) float32: gains by strokes at texels (n, 2), along ways (n, 2)."""
    drawn = np.zeros((side, side), np.uint8)
    ends = places + ways * long[:, None]
    for a, b in zip((places * 16).astype(int), (ends * 16).astype(int), strict=True):
        cv2.line(drawn, a.tolist(), b.tolist(), 255, max(1, round(thick)), cv2.LINE_AA, 4)
    share = cv2.GaussianBlur(drawn, (0, 0), 0.7)[..., None] / np.float32(255)
    return 1 - share * np.array([1 - dark, 1 - 0.9 * dark, 1 - 0.8 * dark], np.float32)


def stubble(face: Face, rng: np.random.Generator, side: int = TEXELS) -> np.ndarray:
    """(side, side, 3) float32: gains by stubble, most of which is known as a beard."""
    x, z = _front(face, side)
    area = np.argwhere((z < -6) & (np.abs(x) < 55) & (z > -60))
    places = area[rng.integers(0, len(area), 5000), ::-1].astype(float)
    ways = np.stack([rng.normal(0, 0.3, len(places)), np.ones(len(places))], 1)
    return _hairs(places, ways, rng.uniform(3, 9, len(places)), side, 0.35, 2)


def brows(face: Face, rng: np.random.Generator, side: int = TEXELS) -> np.ndarray:
    """(side, side, 3) float32: gains of the skin, by bushy brows that reach past the usual ones."""
    x, z = _front(face, side)
    landmarks = (face.layout.canonical_landmarks - face.layout.canonical_landmarks[NOSE_BASE])[
        BROWS
    ] * 1000
    near = np.min([np.hypot(x - p[0], z - p[2]) for p in landmarks], axis=0)
    area = np.argwhere(near < 5)
    places = area[rng.integers(0, len(area), 2500), ::-1].astype(float)
    ways = rng.normal(0, 1, places.shape)
    ways /= np.linalg.norm(ways, axis=1, keepdims=True)
    return _hairs(places, ways, rng.uniform(20, 60, len(places)), side, 0.3, 2)


def make_up(face: Face, rng: np.random.Generator, side: int = TEXELS) -> np.ndarray:
    """(side, side, 3) float32: gains of the skin, by rouge, stripes and powder."""
    x, z = _front(face, side)
    gain = np.ones((side, side, 3), np.float32)
    for cx, cz, wide, high, colour in (
        (-38, 12, 14, 9, (1.0, 0.55, 0.6)),
        (38, 12, 14, 9, (1.0, 0.55, 0.6)),
        (0, 62, 24, 3, (0.5, 0.6, 0.9)),
        (-40, -12, 12, 2.5, (0.95, 0.9, 0.85)),
        (40, -12, 12, 2.5, (0.6, 0.25, 0.3)),
    ):
        away = ((x - cx) / wide) ** 2 + ((z - cz) / high) ** 2
        share = (1 / (1 + np.exp(((away - 1) * 12).clip(-50, 50))))[..., None]
        gain *= (1 - share * (1 - np.array(colour))).astype(np.float32)
    for _ in range(200):  # powder
        cx, cz = rng.uniform(-50, 50), rng.uniform(-35, 70)
        share = np.exp(-((x - cx) ** 2 + (z - cz) ** 2) / 0.3)[..., None]
        gain *= (1 + 0.15 * share).astype(np.float32)
    return gain


def shadow(face: Face, rng: np.random.Generator, side: int = TEXELS) -> np.ndarray:
    """(side, side) float32: what of the lamps' light arrives past two edges, one of them soft."""
    x, z = _front(face, side)
    angle = rng.uniform(0, np.pi)
    along = x * np.cos(angle) + (z - 20) * np.sin(angle)
    sharp = 1 / (1 + np.exp((-(along + 25) / 0.15).clip(-50, 50)))
    soft = 1 / (1 + np.exp(((along - 25) / 1.5).clip(-50, 50)))
    return np.asarray(sharp * soft, np.float32)
