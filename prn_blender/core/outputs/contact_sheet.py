"""Contact sheets to judge reconstructions by: photo, overlay, turned mesh, texture side by side."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import math

import cv2
import numpy as np

from ..errors import NoFaceError
from ..face.face import Face
from ..geometry.camera import make_camera
from ..geometry.rasterize import barycentric, rasterize
from ..photo.crop import Crop
from ..typed import Pixels, Points, Triangles
from .overlay import landmark_visibility

PANEL = 256
"""Side of each picture by default, pixels."""
# Height of the line of text above the pictures, pixels.
_LABEL = 18

# Grey levels: of the line of text and its background, of the background of a turned mesh, and of
# clay that is lit from the front.
_TEXT = 230
_TEXT_BACKGROUND = 30
_BACKGROUND = 70
_CLAY = 205.0
# Colours, sRGB.
_MESH = (255, 255, 255)
_VISIBLE_POINT = (90, 255, 90)
_HIDDEN_POINT = (255, 80, 80)

# Direction to the light on clay, Blender's axes: from the upper left in front.
_LIGHT = np.array([-0.4, -0.8, 0.45]) / np.linalg.norm([-0.4, -0.8, 0.45])
# Share of its brightness that clay has in the shade.
_AMBIENT = 0.25
# Radians by which the mesh is turned.
_TURN = math.radians(45)

# Pictures are drawn so many times as large and averaged, which makes fine and smooth lines.
_FINER = 2
# Rows and columns of the mesh that are drawn.
_MESH_LINES = 32
# How strongly the mesh is drawn over the photo, 0..1.
_MESH_OPACITY = 0.35
# Share of a picture that a turned mesh takes, ...
_FILLED = 0.92
# ... and side of the photo around a face, over the mesh's longer side.
_AROUND = 1.2
# Side of the texture that is shown, texels.
_TEXTURE = 1024


def face_row(face: Face, label: str = "", panel: int = PANEL) -> Pixels:
    """Draw one row of a contact sheet.

    Parameters
    ----------
    face : Face
    label : str
        Text above the photo; pose, size and confidence are added.
    panel : int
        Side of each picture, pixels.

    Returns
    -------
    (panel + 18, 7 * panel, 3) uint8 sRGB
        The photo around the face; the same with mesh lines and landmarks (hidden ones red); the
        mesh from the front as clay; turned by 45 degrees as clay; turned by 45 degrees to the side
        that the photo shows, with its texture; the same without the photo's light, grey where that
        is not known; the texture.
    """
    shown = math.copysign(_TURN, -face.pose.yaw)
    texture = face.texture(_TEXTURE)[..., :3]
    pictures = [
        photo_around(face, panel),
        mesh_over_photo(face, panel),
        turned_mesh(face, 0.0, panel),
        turned_mesh(face, _TURN, panel),
        turned_mesh(face, shown, panel, texture),
        turned_mesh(face, shown, panel, _albedo(face)),
        cv2.resize(texture, (panel, panel), interpolation=cv2.INTER_AREA),
    ]
    title = np.full((_LABEL, panel * len(pictures), 3), _TEXT_BACKGROUND, np.uint8)
    pose = (math.degrees(a) for a in (face.pose.yaw, face.pose.pitch, face.pose.roll))
    text = f"{label}  yaw {next(pose):.0f} pitch {next(pose):.0f} roll {next(pose):.0f}"
    text += f"  {face.size:.0f} px  confidence {face.confidence:.2f}"
    plain = text.encode("ascii", "replace").decode()
    cv2.putText(title, plain, (4, 13), cv2.FONT_HERSHEY_SIMPLEX, 0.4, (_TEXT,) * 3, 1, cv2.LINE_AA)
    return np.vstack([title, np.hstack(pictures)])


def _albedo(face: Face) -> Pixels:
    """(N, N, 3) uint8 sRGB: the texture without light; grey if too little skin tells of that."""
    try:
        return face.albedo(_TEXTURE)[..., :3]
    except NoFaceError:
        return np.full((_TEXTURE, _TEXTURE, 3), _BACKGROUND, np.uint8)


def photo_around(face: Face, side: int) -> Pixels:
    """(side, side, 3) uint8 sRGB: the part of the photo that shows the whole mesh."""
    window = _window(face, side)
    centre = np.linalg.inv(np.vstack([window, [0, 0, 1]])) @ [side / 2, side / 2, 1]
    # Sampled as carefully as the network's crop.
    span = (side - 1) / window[0, 0]
    return Crop(centre[:2], span, resolution=side).extract(face.photo)


def mesh_over_photo(face: Face, side: int) -> Pixels:
    """(side, side, 3) uint8 sRGB: `photo_around` with mesh lines and landmarks."""
    picture = photo_around(face, side * _FINER)
    window = _window(face, side * _FINER)
    step = max(1, face.layout.size // _MESH_LINES)
    points = face.position_map[..., :2] @ window[:, :2].T + window[:, 2]
    visible = face.visibility
    lines = []
    for grid, seen in ((points, visible), (points.swapaxes(0, 1), visible.T)):
        rows, shown = grid[::step], seen[::step]
        both = shown[:, 1:] & shown[:, :-1]
        lines.append(np.stack([rows[:, :-1][both], rows[:, 1:][both]], axis=1))
    drawn = picture.copy()
    cv2.polylines(drawn, list(np.rint(np.concatenate(lines)).astype(np.int32)), False, _MESH, 1)
    picture = cv2.addWeighted(picture, 1 - _MESH_OPACITY, drawn, _MESH_OPACITY, 0)
    places = face.landmarks[:, :2] @ window[:, :2].T + window[:, 2]
    for (x, y), seen in zip(places, landmark_visibility(face), strict=True):
        colour = _VISIBLE_POINT if seen else _HIDDEN_POINT
        at = (round(float(x)), round(float(y)))
        cv2.circle(picture, at, 2 * _FINER, colour, cv2.FILLED, cv2.LINE_AA)
    return cv2.resize(picture, (side, side), interpolation=cv2.INTER_AREA)


def turned_mesh(face: Face, yaw: float, side: int, texture: Pixels | None = None) -> Pixels:
    """Render the mesh from the front, turned about the vertical axis.

    Parameters
    ----------
    face : Face
    yaw : float
        Radians; a positive angle shows the subject's right side.
    side : int
        Side of the picture, pixels.
    texture : (N, N, 3) uint8 sRGB, optional
        By default clay, lit from the upper left.

    Returns
    -------
    (side, side, 3) uint8 sRGB
    """
    width = side * _FINER
    placement = make_camera(face.photo, face.geometry).place(face.geometry)
    local = placement.local.reshape(-1, 3).astype(np.float64)
    c, s = math.cos(yaw), math.sin(yaw)
    points = local @ np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]]).T
    inside = points[face.layout.texels]
    low, high = inside.min(axis=0), inside.max(axis=0)
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
    triangles = face.layout.triangles
    raster = rasterize(screen, triangles, width, width)
    covered = raster.triangle >= 0
    corners = triangles[raster.triangle[covered]]
    weights = barycentric(screen, triangles, raster)
    picture = np.full((width, width, 3), _BACKGROUND, np.uint8)
    if texture is not None:
        uv = (face.layout.uv.reshape(-1, 2)[corners] * weights[..., None]).sum(axis=1)
        at = np.zeros((width, width, 2), np.float32)
        at[covered] = np.stack([uv[:, 0], 1 - uv[:, 1]], axis=-1) * len(texture) - 0.5
        looked_up = cv2.remap(texture, at, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        colour = looked_up[covered]
    else:
        normals = _vertex_normals(points, triangles)
        normal = (normals[corners] * weights[..., None]).sum(axis=1)
        normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-12)
        shade = _AMBIENT + (1 - _AMBIENT) * np.abs(normal @ _LIGHT)
        colour = np.repeat((_CLAY * shade)[:, None], 3, axis=1).astype(np.uint8)
    picture[covered] = colour
    return cv2.resize(picture, (side, side), interpolation=cv2.INTER_AREA)


def _vertex_normals(points: Points, triangles: Triangles) -> np.ndarray:
    """(n, 3): sums of the normals of the triangles around each vertex, weighted by their areas."""
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
    """(2, 3) float64: photo pixels to those of a picture of `side` pixels around the mesh."""
    low, high = face.vertices[:, :2].min(axis=0), face.vertices[:, :2].max(axis=0)
    scale = side / (_AROUND * float((high - low).max()))
    shift = side / 2 - scale * (low + high) / 2
    return np.array([[scale, 0, shift[0]], [0, scale, shift[1]]], np.float64)
