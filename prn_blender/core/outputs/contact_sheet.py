"""Pictures to judge reconstructions by: photo, overlay, turned mesh, texture side by side."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import math

import cv2
import numpy as np

from ..face.face import Face
from ..geometry.camera import make_camera
from ..geometry.rasterize import barycentric, rasterize
from ..photo.crop import Crop

PANEL = 256  # pixels
_GREY = 70
_CLAY = 205.0
_LIGHT = np.array([-0.4, -0.8, 0.45]) / np.linalg.norm([-0.4, -0.8, 0.45])
_VISIBLE_POINT, _HIDDEN_POINT = (90, 255, 90), (255, 80, 80)
_LABEL = 18


def face_row(face: Face, label: str = "", panel: int = PANEL) -> np.ndarray:
    """One row of a contact sheet.

    Parameters
    ----------
    face : Face
    label : str
        Written above the photo.
    panel : int
        Side of each picture, pixels.

    Returns
    -------
    (panel + 18, 6 * panel, 3) uint8 sRGB
        The photo around the face; with mesh lines and landmarks (hidden ones red); the mesh from
        the front as clay; turned 45 degrees as clay; turned to the side that the photo shows,
        with its texture; the texture.
    """
    pictures = [
        photo_around(face, panel),
        overlay(face, panel),
        turned(face, 0.0, panel),
        turned(face, math.radians(45), panel),
        turned(face, math.copysign(math.radians(45), -face.pose.yaw), panel, textured=True),
        cv2.resize(face.texture(1024)[..., :3], (panel, panel), interpolation=cv2.INTER_AREA),
    ]
    title = np.full((_LABEL, panel * len(pictures), 3), 30, np.uint8)
    pose = (math.degrees(a) for a in (face.pose.yaw, face.pose.pitch, face.pose.roll))
    text = f"{label}  yaw {next(pose):.0f} pitch {next(pose):.0f} roll {next(pose):.0f}"
    text += f"  {face.size:.0f} px  confidence {face.confidence:.2f}"
    plain = text.encode("ascii", "replace").decode()
    cv2.putText(title, plain, (4, 13), cv2.FONT_HERSHEY_SIMPLEX, 0.4, (230,) * 3, 1, cv2.LINE_AA)
    return np.vstack([title, np.hstack(pictures)])


def photo_around(face: Face, side: int) -> np.ndarray:
    """(side, side, 3) uint8: the part of the photo that shows the whole mesh."""
    centre = np.linalg.inv(np.vstack([_window(face, side), [0, 0, 1]])) @ [side / 2, side / 2, 1]
    # The same careful sampling as the network's crop.
    span = (side - 1) / _window(face, side)[0, 0]
    return Crop(centre[:2], span, resolution=side).extract(face.photo)


def overlay(face: Face, side: int) -> np.ndarray:
    """(side, side, 3) uint8: `photo_around` with mesh lines and landmarks."""
    scale = 2  # drawn large and averaged: fine lines
    picture = photo_around(face, side * scale)
    window = _window(face, side * scale)
    step = max(1, face.layout.size // 32)
    points = face.position_map[..., :2] @ window[:, :2].T + window[:, 2]
    shown = face.visibility
    lines = []
    for grid, seen in ((points, shown), (points.swapaxes(0, 1), shown.T)):
        rows, known = grid[::step], seen[::step]
        both = known[:, 1:] & known[:, :-1]
        lines.append(np.stack([rows[:, :-1][both], rows[:, 1:][both]], axis=1))
    drawn = picture.copy()
    cv2.polylines(
        drawn, list(np.rint(np.concatenate(lines)).astype(np.int32)), False, (255, 255, 255), 1
    )
    picture = cv2.addWeighted(picture, 0.65, drawn, 0.35, 0)
    visible = shown[tuple(face.layout.landmark_texels.T)]
    places = face.landmarks[:, :2] @ window[:, :2].T + window[:, 2]
    for (x, y), seen in zip(places, visible, strict=True):
        colour = _VISIBLE_POINT if seen else _HIDDEN_POINT
        cv2.circle(picture, (round(float(x)), round(float(y))), 2 * scale, colour, -1, cv2.LINE_AA)
    return cv2.resize(picture, (side, side), interpolation=cv2.INTER_AREA)


def turned(face: Face, yaw: float, side: int, textured: bool = False) -> np.ndarray:
    """(side, side, 3) uint8: the mesh from the front, turned about the vertical.

    Parameters
    ----------
    face : Face
    yaw : float
        Radians; positive shows the subject's right side.
    side : int
        Pixels.
    textured : bool
        With its texture, as photographed; else as clay in the light from the upper left.
    """
    scale = 2
    width = side * scale
    placement = make_camera(face.photo, face.geometry).place(face.geometry)
    local = placement.local.reshape(-1, 3).astype(np.float64)
    c, s = math.cos(yaw), math.sin(yaw)
    points = local @ np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]]).T
    inside = points[face.layout.texels]
    low, high = inside.min(axis=0), inside.max(axis=0)
    unit = 0.92 * width / float((high - low)[[0, 2]].max())
    middle = (low + high) / 2
    screen = np.stack(
        [
            (points[:, 0] - middle[0]) * unit + width / 2,
            width / 2 - (points[:, 2] - middle[2]) * unit,
            -points[:, 1] * unit,
        ],
        axis=-1,
    )
    triangles = face.layout.triangles
    raster = rasterize(screen, triangles, width, width)
    covered = raster.triangle >= 0
    corners = triangles[raster.triangle[covered]]
    weights = barycentric(screen, triangles, raster)
    picture = np.full((width, width, 3), _GREY, np.uint8)
    if textured:
        uv = (face.layout.uv.reshape(-1, 2)[corners] * weights[..., None]).sum(axis=1)
        texture = face.texture(1024)[..., :3]
        at = np.zeros((width, width, 2), np.float32)
        at[covered] = np.stack([uv[:, 0], 1 - uv[:, 1]], axis=-1) * len(texture) - 0.5
        looked_up = cv2.remap(texture, at, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        colour = looked_up[covered]
    else:
        normals = _vertex_normals(points, triangles)
        normal = (normals[corners] * weights[..., None]).sum(axis=1)
        normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-12)
        shade = 0.25 + 0.75 * np.abs(normal @ _LIGHT)
        colour = np.repeat((_CLAY * shade)[:, None], 3, axis=1).astype(np.uint8)
    picture[covered] = colour
    return cv2.resize(picture, (side, side), interpolation=cv2.INTER_AREA)


def _vertex_normals(points: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    """(n, 3) area-weighted, not normalised."""
    a, b, c = (points[triangles[:, k]] for k in range(3))
    face_normals = np.cross(b - a, c - a)
    return np.stack(
        [
            np.bincount(triangles.ravel(), np.repeat(face_normals[:, k], 3), len(points))
            for k in range(3)
        ],
        axis=-1,
    )


def _window(face: Face, side: int) -> np.ndarray:
    """(2, 3) photo pixels to a picture of `side` pixels around the mesh."""
    low, high = face.vertices[:, :2].min(axis=0), face.vertices[:, :2].max(axis=0)
    scale = side / (1.2 * float((high - low).max()))
    shift = side / 2 - scale * (low + high) / 2
    return np.array([[scale, 0, shift[0]], [0, scale, shift[1]]], np.float64)
