"""Pictures of a mesh or a head from any side, without Blender: as clay, or with its texture."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from ..face.face import Face
from ..geometry.camera import make_camera
from ..geometry.nearest import vertex_normals
from ..geometry.rasterize import barycentric, rasterize
from ..typed import Pixels, Points, Texture, Triangles
from .head.texture import checked_head, head_texture

FINER = 2
"""Pictures are drawn so many times as large and averaged, which makes fine and smooth lines."""
BACKGROUND = 70
"""Grey level around a mesh."""
# Grey level of clay that is lit from the front.
_CLAY = 205.0
# Direction to the light on clay, Blender's axes: from the upper left in front.
_LIGHT = np.array([-0.4, -0.8, 0.45]) / np.linalg.norm([-0.4, -0.8, 0.45])
# Share of its brightness that clay has in the shade.
_AMBIENT = 0.25
# Share of a picture that a turned mesh takes.
_FILLED = 0.92
# Parts of a head that are no surface: hairs on sheets.
_NOT_DRAWN = ("lashes",)


@dataclass(frozen=True, eq=False)
class DrawnSurface:
    """A surface of T triangles between V points.

    Attributes
    ----------
    points : (V, 3) float
        Metres of a life-size face; Blender's axes, upright.
    triangles : (T, 3) int
    uv : (T, 3, 2) float32
        Of their corners, v up, in the texture that `textured` makes.
    face_uv : (T, 3, 2) float32
        Of their corners in the face's layout; NaN where it does not show them.
    textured : callable
        From a texture (N, N, 4) of the face to one (M, M, 3) of the surface; the second argument
        says how much of the photo's light has been taken out of it, 0..1.
    """

    points: Points
    triangles: Triangles
    uv: np.ndarray
    face_uv: np.ndarray
    textured: Callable[[Texture, float], Pixels]


def mesh_surface(face: Face) -> DrawnSurface:
    """The position map's own mesh."""
    layout = face.layout
    placement = make_camera(face.photo, face.geometry).place(face.geometry)
    uv = layout.uv.reshape(-1, 2)[layout.triangles].astype(np.float32)
    points = placement.local.reshape(-1, 3).astype(np.float64)
    # What no triangle has would count in the size.
    used = np.unique(layout.triangles)
    points[np.setdiff1d(np.arange(len(points)), used)] = points[used].mean(0)
    return DrawnSurface(
        points, layout.triangles, uv, uv, lambda texture, delight: np.asarray(texture[..., :3])
    )


def head_surface(face: Face) -> DrawnSurface:
    """The whole head of a face, upright.

    Raises
    ------
    ModelError
        It has none.
    """
    head = checked_head(face)
    model = head.model
    hidden = [model.part_names.index(name) for name in _NOT_DRAWN if name in model.part_names]
    shown = ~np.isin(model.part, hidden)

    def split(corners: np.ndarray) -> np.ndarray:
        """Values (Q, 4, 2) of the faces' corners, at those of the triangles (T, 3, 2)."""
        return corners[shown][:, [[0, 1, 2], [0, 2, 3]]].reshape(-1, 3, 2).astype(np.float32)

    size = face.layout.size
    places = (model.texel + 0.5) / size
    in_face = np.stack([places[:, 0], 1 - places[:, 1]], 1)[model.quads]
    return DrawnSurface(
        head.vertices.astype(np.float64),
        model.triangles[np.repeat(shown, 2)],
        split(model.uv),
        split(in_face),
        lambda texture, delight: head_texture(face, head, texture, delight),
    )


def turned(
    surface: DrawnSurface,
    yaw: float,
    side: int,
    texture: Pixels | None = None,
    relief: np.ndarray | None = None,
) -> Pixels:
    """Draw a surface from the front, turned about the vertical axis.

    Parameters
    ----------
    surface : DrawnSurface
    yaw : float
        Radians; a positive angle shows the subject's right side.
    side : int
        Side of the picture, pixels.
    texture : (N, N, 3) uint8 sRGB, optional
        By default clay, lit from the upper left.
    relief : (N, N) float32, optional
        In the face's layout, metres along the normal: it shades the clay.

    Returns
    -------
    (side, side, 3) uint8 sRGB
    """
    width, triangles = side * FINER, surface.triangles
    c, s = math.cos(yaw), math.sin(yaw)
    points = surface.points @ np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]]).T
    low, high = points.min(axis=0), points.max(axis=0)
    unit = _FILLED * width / float((high - low)[[0, 2]].max())
    middle = (low + high) / 2
    screen = np.stack(
        [
            (points[:, 0] - middle[0]) * unit + width / 2,
            width / 2 - (points[:, 2] - middle[2]) * unit,
            -points[:, 1] * unit,
        ],
        axis=-1,
    )
    raster = rasterize(screen, triangles, width, width)
    covered = raster.triangle >= 0
    number = raster.triangle[covered]
    weights = barycentric(screen, triangles, raster)[..., None]
    picture = np.full((width, width, 3), BACKGROUND, np.uint8)
    if texture is not None:
        uv = (surface.uv[number] * weights).sum(axis=1)
        picture[covered] = _looked_up(texture, uv, covered)
    else:
        normals = vertex_normals(points, triangles)
        normal = (normals[triangles[number]] * weights).sum(axis=1)
        normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-12)
        if relief is not None:
            uv = (surface.face_uv[number] * weights).sum(axis=1)
            normal -= _slopes(relief, uv, covered, unit)
            normal /= np.linalg.norm(normal, axis=1, keepdims=True)
        shade = _AMBIENT + (1 - _AMBIENT) * np.abs(normal @ _LIGHT)
        picture[covered] = (_CLAY * shade)[:, None].astype(np.uint8)
    return cv2.resize(picture, (side, side), interpolation=cv2.INTER_AREA)


def _looked_up(picture: np.ndarray, uv: np.ndarray, covered: np.ndarray) -> np.ndarray:
    """The values of a picture at UV (n, 2) of the n pixels that are covered."""
    at = np.full((*covered.shape, 2), -1, np.float32)
    at[covered] = np.stack([uv[:, 0], 1 - uv[:, 1]], axis=-1) * len(picture) - 0.5
    found = cv2.remap(picture, at, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(found[covered])


def _slopes(relief: np.ndarray, uv: np.ndarray, covered: np.ndarray, unit: float) -> np.ndarray:
    """(n, 3): by how much heights tilt normals, Blender's axes; `unit`: pixels in a metre.

    The slopes along the picture's axes: right where the surface faces the viewer, and near enough
    elsewhere (compare J. Blinn, "Simulation of Wrinkled Surfaces", SIGGRAPH 1978).
    """
    side = min(len(relief), len(covered))
    smaller = cv2.resize(relief, (side, side), interpolation=cv2.INTER_AREA)
    known = np.isfinite(uv).all(1)
    height = np.zeros(covered.shape, np.float32)
    height[covered] = np.where(known, _looked_up(smaller, np.nan_to_num(uv), covered), 0)
    right = cv2.Sobel(height, cv2.CV_32F, 1, 0, ksize=3, scale=unit / 8)
    down = cv2.Sobel(height, cv2.CV_32F, 0, 1, ksize=3, scale=unit / 8)
    ends = cv2.erode(covered.astype(np.uint8), np.ones((3, 3), np.uint8)) == 0
    right[ends], down[ends] = 0, 0
    return np.stack([right[covered], np.zeros(len(uv), np.float32), -down[covered]], axis=1)
