"""Shots whose truth is known: a portrait that turns, speaks, blinks, and is filmed badly.

The face of a photo is moved (pose, expressions of its own model) and drawn over its photo with its
own texture; hair and ears around it are pulled along; the whole picture is shifted, scaled and
rolled. So every pixel of every landmark is
known. Then come what cameras add: noise, motion blur, a hand that passes by, a cut.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from prn_blender.core.face.face import Face
from prn_blender.core.geometry.face_geometry import FaceGeometry
from prn_blender.core.geometry.pose import PHOTO_TO_BLENDER
from prn_blender.core.head.face_shape import bundled_shape
from prn_blender.core.sequence.solve import rotation_matrices
from prn_blender.core.texture.render import render_texture

RATE = 30.0
BLINK = (0.45, 1.0, 0.5)
"""A blink of three frames."""
FIRST_BLINK = 20
"""The frame in which `speech` blinks first, while the head still rests."""


# Photo pixels of the grid by which the picture around the face is pulled along; how far it goes
# along, sizes of the face, and the share of cells with a face from which on it does so wholly.
_COARSE = 4
_REACHES = (0.05, 0.15, 0.4)
_FULL = 0.1


@dataclass(frozen=True, eq=False)
class Script:
    """What happens in a shot of T frames.

    Attributes
    ----------
    turn : (T, 3) float64
        Rotation vector of the head's turn in the photo's axes as Blender has them, radians.
    shift : (T, 2) float64
        Of the picture, pixels.
    zoom, roll : (T,) float64
        Of the picture; radians, counter-clockwise as seen.
    curves : dict of str to (T,) float64
        What is added to expressions; a name without Left and Right moves both.
    noise : float
        Standard deviation, levels.
    blur : float
        Share of a frame's motion that is smeared.
    hidden : (first, end)
        Frames in which something grey passes over the face.
    """

    turn: np.ndarray
    shift: np.ndarray
    zoom: np.ndarray
    roll: np.ndarray
    curves: dict[str, np.ndarray]
    noise: float = 0.0
    blur: float = 0.0
    hidden: tuple[int, int] = (0, 0)

    def __len__(self) -> int:
        return len(self.zoom)


@dataclass(frozen=True, eq=False)
class Truth:
    """What is true of one frame.

    Attributes
    ----------
    landmarks : (68, 3) float64
        Photo pixels.
    rotation : (3, 3) float64
    scale : float
    positions : (S, S, 3) float32
        The position map.
    """

    landmarks: np.ndarray
    rotation: np.ndarray
    scale: float
    positions: np.ndarray


def still(count: int) -> Script:
    """Nothing moves."""
    zero = np.zeros(count)
    return Script(np.zeros((count, 3)), np.zeros((count, 2)), zero + 1, zero, {})


def speech(count: int, seed: int = 0, size: float = 100.0) -> Script:
    """A second of rest, then a head that moves and speaks; a blink every two seconds.

    Parameters
    ----------
    count : int
        Frames.
    seed : int
    size : float
        Of the face, pixels: how far it moves follows from it.
    """
    rng = np.random.default_rng(seed)
    t = np.arange(count) / RATE
    begin = np.clip((t - 1.0) / 0.5, 0, 1)

    def wave(strength: float, low: float, high: float) -> np.ndarray:
        parts = [np.sin(math.tau * (f * t + rng.uniform())) for f in np.geomspace(low, high, 3)]
        return np.asarray(begin * strength * np.sum(parts, axis=0) / 2)

    turn = np.stack([wave(0.08, 0.3, 1.2), wave(0.05, 0.3, 1.2), wave(0.16, 0.2, 0.9)], axis=1)
    shift = np.stack([wave(0.25 * size, 0.2, 0.8), wave(0.12 * size, 0.3, 1.0)], axis=1)
    jaw = begin * np.clip(0.25 + wave(0.35, 1.5, 5.0), 0, 0.7)
    smile = begin * np.clip(wave(0.5, 0.2, 0.5), 0, 0.8)
    blink = np.zeros(count)
    for at in range(FIRST_BLINK, count - 4, 60):
        blink[at : at + 3] = BLINK
    curves = {"jawOpen": jaw, "mouthSmile": smile, "eyeBlink": blink}
    return Script(turn, shift, 1 + wave(0.06, 0.1, 0.5), wave(0.06, 0.2, 0.8), curves)


def play(face: Face, script: Script, seed: int = 0) -> Iterator[tuple[np.ndarray, Truth]]:
    """Draw the frames of a shot.

    Parameters
    ----------
    face : Face
        Of a frontal photo, by the model that comes with the add-on.
    script : Script

    Yields
    ------
    pixels : (H, W, 3) uint8
        As large as the photo.
    truth : Truth
    """
    shape = bundled_shape(face.layout)
    assert shape is not None
    names = list(face.expression)
    texture = face.texture(512)
    pose = face.pose.similarity
    local = pose.invert(face.vertices.astype(np.float64) @ PHOTO_TO_BLENDER.T)
    turns = rotation_matrices(script.turn)
    rng = np.random.default_rng(seed)
    height, width = face.photo.pixels.shape[:2]
    middle = pose.translation[[0, 2]]
    for t in range(len(script)):
        expression = np.zeros(len(names))
        for name, curve in script.curves.items():
            for index, known in enumerate(names):
                if known in (name, f"{name}Left", f"{name}Right"):
                    expression[index] = curve[t]
        roll, zoom = script.roll[t], script.zoom[t]
        c, s = zoom * math.cos(roll), zoom * math.sin(roll)
        flat = np.array([[c, s], [-s, c]])  # y down
        centre = np.array([middle[0], -middle[1]])
        offset = centre + script.shift[t] - flat @ centre
        rolled = rotation_matrices(np.array([[0.0, -roll, 0.0]]))[0]
        rotation = rolled @ turns[t] @ pose.rotation
        scale = pose.scale * zoom
        moved = scale * (local + shape.moved(expression)) @ rotation.T
        x, y = centre + script.shift[t]
        positions = (moved + np.array([x, 0.0, -y])) @ PHOTO_TO_BLENDER
        grid = np.zeros((face.layout.mask.size, 3), np.float32)
        grid[face.layout.texels] = positions
        grid = grid.reshape(*face.layout.mask.shape, 3)
        drawn = render_texture(FaceGeometry(face.layout, grid, (width, height)), texture)
        turned = pose.scale * (local + shape.moved(expression)) @ (turns[t] @ pose.rotation).T
        there = (turned + pose.translation) @ PHOTO_TO_BLENDER
        pixels = cv2.warpAffine(
            _pulled(face, there), np.column_stack([flat, offset]), (width, height),
            borderMode=cv2.BORDER_REFLECT,
        )  # fmt: skip
        x0, y0, x1, y1 = drawn.region
        matte = cv2.GaussianBlur(drawn.matte, (0, 0), 1.0)[..., None] * drawn.matte[..., None]
        patch = pixels[y0:y1, x0:x1]
        patch[:] = patch + (drawn.colour[..., :3] - patch.astype(np.float32)) * matte
        marks = positions_at(grid, face)
        yield _filmed(pixels, script, t, marks, rng), Truth(marks, rotation, scale, grid)


def _pulled(face: Face, there: np.ndarray) -> np.ndarray:
    """The photo, pulled to where the vertices (n, 3) of its face are now.

    Around the face it goes along with what is next to it, the less the farther away.
    """
    height, width = face.photo.pixels.shape[:2]
    size = (width // _COARSE, height // _COARSE)
    cell = (there[:, :2] / _COARSE).astype(int).clip(0, np.array(size) - 1)
    moves = np.zeros((size[1], size[0], 3), np.float32)
    back = face.vertices[:, :2] - there[:, :2]
    np.add.at(moves, (cell[:, 1], cell[:, 0]), np.column_stack([back, np.ones(len(back))]))
    moves /= np.maximum(moves[..., 2:], 1)
    filled = np.zeros((*moves.shape[:2], 2), np.float32)
    left = np.ones((*moves.shape[:2], 1), np.float32)
    for reach in _REACHES:
        spread = cv2.GaussianBlur(moves, (0, 0), reach * face.size / _COARSE)
        share = np.minimum(spread[..., 2:] / _FULL, 1)
        filled += left * share * spread[..., :2] / np.maximum(spread[..., 2:], 1e-6)
        left *= 1 - share
    smooth = cv2.resize(cv2.GaussianBlur(filled, (0, 0), 1.0), (width, height))
    y, x = np.mgrid[:height, :width].astype(np.float32)
    at = smooth + np.stack([x, y], axis=-1)
    return np.asarray(
        cv2.remap(face.photo.pixels, at, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
    )


def positions_at(grid: np.ndarray, face: Face) -> np.ndarray:
    """(68, 3): the landmarks of a position map."""
    return np.asarray(grid[tuple(face.layout.landmark_texels.T)], np.float64)


def _filmed(
    pixels: np.ndarray, script: Script, t: int, marks: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    if script.blur and t > 0:
        dx, dy = script.blur * (script.shift[t] - script.shift[t - 1])
        length = round(math.hypot(dx, dy))
        if length > 1:
            kernel = np.zeros((2 * length + 1, 2 * length + 1), np.float32)
            end = (round(length + dx / 2), round(length + dy / 2))
            cv2.line(kernel, (round(length - dx / 2), round(length - dy / 2)), end, 1.0)
            pixels = cv2.filter2D(pixels, -1, kernel / kernel.sum())
    first, end = script.hidden
    if first <= t < end:
        low, high = marks[:, :2].min(axis=0), marks[:, :2].max(axis=0)
        share = (t - first + 0.5) / (end - first)
        x = round(low[0] + (high[0] - low[0]) * (2 * share - 1))
        side = round(high[0] - low[0])
        cv2.rectangle(pixels, (x, round(low[1]) - 10), (x + side, round(high[1])), (90, 84, 80), -1)
    if script.noise:
        noisy = pixels + rng.normal(0, script.noise, pixels.shape)
        pixels = noisy.clip(0, 255).astype(np.uint8)
    return pixels
