"""Pictures of heads whose shape is known: whole heads under the skin and the light of photos.

The shape is drawn without regard to the photo that lends the skin; the photo's light is taken off
the skin and another photo's put on. Heads are bald, and stand before plain backgrounds.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from prn_blender.core import Face, Photo
from prn_blender.core.appearance.illumination import Illumination
from prn_blender.core.editing import complete
from prn_blender.core.geometry.rasterize import barycentric, rasterize
from prn_blender.core.geometry.uv_layout import UVLayout
from prn_blender.core.head import HeadModel
from prn_blender.core.image.colour import linear_light, stored
from prn_blender.core.outputs.head.texture import head_texture

SIZE = 400
"""Pixels along a picture's side."""
_TEXTURE = 512  # texels of the face that lends its skin
_HEAD = 0.5  # share of the picture that spans `_SPAN` metres
_SPAN = 0.2
# Light on a place over the light on the same place of the photo that lends the skin.
_LEAST, _MOST = 0.15, 2.5
_SHADED = 0.1  # least light, of its mean
_BLUR = (0.4, 1.0)  # pixels
_NOISE = 2.0  # levels


@dataclass(frozen=True, eq=False)
class Skin:
    """What a photo lends: (M, M, 3) float32 linear texture, each vertex's light (V, 3), its light.

    Attributes
    ----------
    albedo : (M, M, 3) float32
    shade : (V, 3) float32
    light : Illumination
    """

    albedo: np.ndarray
    shade: np.ndarray
    light: Illumination


@dataclass(frozen=True, eq=False)
class View:
    """How a picture is taken.

    Attributes
    ----------
    yaw, pitch, roll : float
        Degrees.
    distance : float
        Metres from the camera to the head: a short one is a wide lens.
    """

    yaw: float
    pitch: float = 0.0
    roll: float = 0.0
    distance: float = 1.5


def skin_of(face: Face) -> Skin:
    """What a photo lends.

    Raises
    ------
    ValueError
        The face has no head.
    """
    head = face.head
    if head is None:
        raise ValueError("the model does not tell identity")
    texture = head_texture(face, head, complete(face, _TEXTURE))
    normals = head.model.normals(head.vertices) @ head.stance.rotation.T
    return Skin(linear_light(texture), _lit(face.illumination, normals), face.illumination)


def render(
    model: HeadModel,
    identity: np.ndarray,
    expression: np.ndarray,
    skin: Skin,
    light: Illumination,
    view: View,
    rng: np.random.Generator,
) -> Photo:
    """Take a picture of a head.

    Parameters
    ----------
    model : HeadModel
    identity : (K,) float
    expression : (E,) float
    skin : Skin
    light : Illumination
    view : View
    rng
        Of background, blur and noise.
    """
    head, points = places(model, identity, expression, view)
    turn = rotation(view)
    shade = _lit(light, model.normals(head) @ turn.T) / skin.shade
    # Lashes are cards: without transparency they would look like none.
    drawn = np.repeat(model.part != model.part_names.index("lashes"), 2)
    triangles = model.triangles[drawn]
    corners_uv = model.uv[:, [[0, 1, 2], [0, 2, 3]]].reshape(-1, 3, 2)[drawn]
    raster = rasterize(points, triangles, SIZE, SIZE)
    weights = barycentric(points, triangles, raster)
    row, column = np.nonzero(raster.triangle >= 0)
    seen = raster.triangle[row, column]
    uv = (corners_uv[seen] * weights[..., None]).sum(1)
    side = len(skin.albedo)
    at = np.zeros((SIZE, SIZE, 2), np.float32)
    at[row, column] = uv * [side, -side] + [-0.5, side - 0.5]
    colour = cv2.remap(skin.albedo, at, None, cv2.INTER_LINEAR)[row, column]
    gain = (np.clip(shade, _LEAST, _MOST)[triangles[seen]] * weights[..., None]).sum(1)
    picture = np.empty((SIZE, SIZE, 3), np.float32)
    picture[:] = rng.uniform(0.05, 0.6, 3)
    picture[row, column] = colour * gain
    picture = 255 * stored(np.maximum(picture, 0))
    picture = cv2.GaussianBlur(picture, (0, 0), rng.uniform(*_BLUR))
    picture += rng.normal(0, _NOISE, picture.shape)
    return Photo(np.clip(np.rint(picture), 0, 255).astype(np.uint8))


def places(
    model: HeadModel, identity: np.ndarray, expression: np.ndarray, view: View
) -> tuple[np.ndarray, np.ndarray]:
    """A head, and where its picture has it.

    Returns
    -------
    head : (V, 3)
        Canonical frame, metres.
    points : (V, 3) float32
        Pixels: x right, y down, z toward the viewer.
    """
    head = model.vertices(identity) + model.slide + np.tensordot(expression, model.moves, 1)
    turned = head @ rotation(view).T  # Blender's axes, seen along +Y
    middle = turned.mean(0)
    away = (turned - middle) + np.array([0, view.distance, 0])
    scale = SIZE * _HEAD / _SPAN
    flat = away[:, [0, 2]] * (view.distance / away[:, 1:2]) * scale
    points = np.stack([SIZE / 2 + flat[:, 0], SIZE / 2 - flat[:, 1], -away[:, 1] * scale], 1)
    return head, points.astype(np.float32)


def true_map(model: HeadModel, points: np.ndarray, layout: UVLayout) -> np.ndarray:
    """(S, S, 3) float32: where texels of a layout are if a head's vertices are at points (V, 3).

    NaN where no face of the head has them all, as between lips.
    """
    size = layout.size
    flat = np.nan_to_num(np.c_[model.texel, np.zeros(model.count)], nan=-size).astype(np.float32)
    shown = np.isfinite(model.texel[model.triangles]).all((1, 2))
    skin = np.repeat(model.part == model.part_names.index("skin"), 2)
    triangles = model.triangles[shown & skin]
    raster = rasterize(flat, triangles, size, size)
    weights = barycentric(flat, triangles, raster)
    result = np.full((size, size, 3), np.nan, np.float32)
    drawn = raster.triangle >= 0
    corners = points[triangles[raster.triangle[drawn]]]
    result[drawn] = (corners * weights[..., None]).sum(1)
    result[~layout.mask] = np.nan
    return result


def rotation(view: View) -> np.ndarray:
    """(3, 3) of a view, Blender's axes: nod, then turn, then lean."""
    pitch, yaw, roll = np.radians([view.pitch, view.yaw, view.roll])
    c, s = np.cos(pitch), np.sin(pitch)
    nod = np.array([[1, 0, 0], [0, c, -s], [0, s, c]])
    c, s = np.cos(yaw), np.sin(yaw)
    turn = np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]])
    c, s = np.cos(roll), np.sin(roll)
    lean = np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]])
    return np.asarray(lean @ turn @ nod)


def random_view(rng: np.random.Generator) -> View:
    """A view as in people's own photos: some from the side, some with a wide lens."""
    yaw = rng.uniform(-50, 50) if rng.random() < 0.5 else rng.normal(0, 12)
    return View(yaw, rng.normal(0, 6), rng.normal(0, 4), rng.uniform(0.45, 3.0))


def random_expression(rng: np.random.Generator, names: Sequence[str]) -> np.ndarray:
    """(E,): a few expressions, both sides alike; jaw, lids and tongue never fully."""
    values = dict.fromkeys(names, 0.0)
    kinds = ("mouthSmile", "browInnerUp", "jawOpen", "mouthPucker", "eyeSquint", "browDown")
    for kind in rng.permutation(kinds)[: rng.integers(0, 3)]:
        strength = rng.uniform(0.1, 0.7)
        for name in names:
            if name.startswith(kind):
                values[name] = strength
    return np.array([values[name] for name in names])


def _lit(light: Illumination, normals: np.ndarray) -> np.ndarray:
    """(V, 3) float32: light on vertices."""
    return np.maximum(light.shade(normals), _SHADED * light.mean).astype(np.float32)
