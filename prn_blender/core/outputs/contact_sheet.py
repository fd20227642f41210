"""Contact sheets to judge reconstructions by: photo, overlay, turned mesh, texture side by side."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import math

import cv2
import numpy as np

from ..errors import NoFaceError
from ..face.face import Face
from ..photo.crop import Crop
from ..typed import Pixels
from .drawn_surface import BACKGROUND, FINER, DrawnSurface, head_surface, mesh_surface, turned
from .overlay import landmark_visibility

PANEL = 256
"""Side of each picture by default, pixels."""
# Height of the line of text above the pictures, pixels.
_LABEL = 18

# What the pictures are; small ones have one word a line.
_TITLES = (
    *("photo", "mesh", "front", "turned", "fine detail", "with texture", "without light"),
    "texture",
)
# Sizes of OpenCV's font for titles: the smallest that can be read, and the largest.
_FONT_SIZES = (0.33, 1.0)
# Pixels of a picture's side for a font of size 1, and around a title.
_FONT_SIDE, _TITLE_ROOM = 512, 4

# Grey levels of the line of text and its background.
_TEXT, _TEXT_BACKGROUND = 230, 30
# Colours, sRGB.
_MESH = (255, 255, 255)
_VISIBLE_POINT = (90, 255, 90)
_HIDDEN_POINT = (255, 80, 80)

# Radians by which the mesh is turned.
_TURN = math.radians(45)

# Rows and columns of the mesh that are drawn.
_MESH_LINES = 32
# How strongly the mesh is drawn over the photo, 0..1.
_MESH_OPACITY = 0.35
# Side of the photo around a face, over the mesh's longer side.
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
    (panel + 18, 8 * panel, 3) uint8 sRGB
        The photo around the face; the same with mesh lines and landmarks (hidden ones red); the
        whole head, or the mesh where there is none, from the front as clay; turned by 45 degrees as
        clay; the same with fine detail; turned by 45 degrees to the side that the photo shows, with
        its texture; the same without the photo's light, grey where that is not known; the face's
        texture.
    """
    shown = math.copysign(_TURN, -face.pose.yaw)
    texture = face.texture(_TEXTURE)
    surface = head_surface(face) if face.head is not None else mesh_surface(face)
    pictures = [
        photo_around(face, panel),
        mesh_over_photo(face, panel),
        turned(surface, 0.0, panel),
        turned(surface, _TURN, panel),
        turned(surface, _TURN, panel, relief=_relief(face)),
        turned(surface, shown, panel, surface.textured(texture, 0.0)),
        turned(surface, shown, panel, _albedo(face, surface)),
        cv2.resize(texture[..., :3], (panel, panel), interpolation=cv2.INTER_AREA),
    ]
    title = np.full((_LABEL, panel * len(pictures), 3), _TEXT_BACKGROUND, np.uint8)
    pose = (math.degrees(a) for a in (face.pose.yaw, face.pose.pitch, face.pose.roll))
    text = f"{label}  yaw {next(pose):.0f} pitch {next(pose):.0f} roll {next(pose):.0f}"
    text += f"  {face.size:.0f} px  confidence {face.confidence:.2f}"
    plain = text.encode("ascii", "replace").decode()
    cv2.putText(title, plain, (4, 13), cv2.FONT_HERSHEY_SIMPLEX, 0.4, (_TEXT,) * 3, 1, cv2.LINE_AA)
    return np.vstack([title, np.hstack(pictures)])


def column_titles(panel: int = PANEL) -> Pixels:
    """What stands above the rows of a contact sheet: a title for each of `face_row`'s pictures.

    Returns
    -------
    (h, 8 * panel, 3) uint8 sRGB
    """
    size = float(np.clip(panel / _FONT_SIDE, *_FONT_SIZES))
    thick = 1 if panel < _FONT_SIDE else 2

    def width(line: str) -> int:
        return int(cv2.getTextSize(line, cv2.FONT_HERSHEY_SIMPLEX, size, thick)[0][0])

    room = panel - 2 * _TITLE_ROOM
    broken = any(width(title) > room for title in _TITLES)
    lines = [title.split() if broken else [title] for title in _TITLES]
    (_, tall), below = cv2.getTextSize("Ty", cv2.FONT_HERSHEY_SIMPLEX, size, thick)
    step = tall + below + _TITLE_ROOM
    height = step * max(map(len, lines)) + _TITLE_ROOM
    result = np.full((height, panel * len(lines), 3), _TEXT_BACKGROUND, np.uint8)
    for column, words in enumerate(lines):
        for number, line in enumerate(words):
            left = column * panel + (panel - width(line)) // 2
            at = (left, _TITLE_ROOM + tall + number * step)
            cv2.putText(
                result, line, at, cv2.FONT_HERSHEY_SIMPLEX, size, (_TEXT,) * 3, thick, cv2.LINE_AA
            )
    return result


def _albedo(face: Face, surface: DrawnSurface) -> Pixels:
    """(N, N, 3) uint8 sRGB: the texture without light; grey if too little skin tells of that."""
    try:
        return surface.textured(face.albedo(_TEXTURE), 1.0)
    except NoFaceError:
        return np.full((_TEXTURE, _TEXTURE, 3), BACKGROUND, np.uint8)


def _relief(face: Face) -> np.ndarray | None:
    """(N, N) float32, metres: wrinkles and pores; None if too little skin tells of them."""
    try:
        return face.fine_detail(_TEXTURE).height
    except NoFaceError:
        return None


def photo_around(face: Face, side: int) -> Pixels:
    """(side, side, 3) uint8 sRGB: the part of the photo that shows the whole mesh."""
    window = _window(face, side)
    centre = np.linalg.inv(np.vstack([window, [0, 0, 1]])) @ [side / 2, side / 2, 1]
    # Sampled as carefully as the network's crop.
    span = (side - 1) / window[0, 0]
    return Crop(centre[:2], span, resolution=side).extract(face.photo)


def mesh_over_photo(face: Face, side: int) -> Pixels:
    """(side, side, 3) uint8 sRGB: `photo_around` with mesh lines and landmarks."""
    picture = photo_around(face, side * FINER)
    window = _window(face, side * FINER)
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
        cv2.circle(picture, at, 2 * FINER, colour, cv2.FILLED, cv2.LINE_AA)
    return cv2.resize(picture, (side, side), interpolation=cv2.INTER_AREA)


def _window(face: Face, side: int) -> np.ndarray:
    """(2, 3) float64: photo pixels to those of a picture of `side` pixels around the mesh."""
    low, high = face.vertices[:, :2].min(axis=0), face.vertices[:, :2].max(axis=0)
    scale = side / (_AROUND * float((high - low).max()))
    shift = side / 2 - scale * (low + high) / 2
    return np.array([[scale, 0, shift[0]], [0, scale, shift[1]]], np.float64)
