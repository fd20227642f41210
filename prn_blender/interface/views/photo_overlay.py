"""A photo drawn over a 3D view, with a line of text and marks on it.

Nothing of the scene is changed: the picture is drawn after the view, by a handler of Blender's.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import bpy

from .free_region import free_region, view_region

if TYPE_CHECKING:
    import numpy as np

Mark = tuple[str, Any, tuple[float, ...]]
"""What is drawn ("LINES", "LINE_LOOP" or "TRIS"), (n, 2) points in pixels of the view, RGBA."""

ORANGE = (1.0, 0.6, 0.15, 1.0)
"""RGBA, as Blender's selection."""

_DIM = (0.0, 0.0, 0.0, 0.75)
"""RGBA over the view around the photo, and behind the text: dark, but one sees what is there."""

_MARGIN = 0.02
"""Around the photo, in the smaller side of the free region."""

_TEXT = 13
"""Size of the text in pixels, at an interface scale of 1."""

_PAD = 5
"""Around the text, in pixels at an interface scale of 1."""

_LEAST_ZOOM = 1e-3
"""The view's pixels per picture pixel, where a view is too small to have any room."""

_CLOSEST = 16.0
"""How many times larger than it fits the picture can be shown."""


class PhotoOverlay:
    """A photo that covers a 3D view until it is removed, as large as toolbar and sidebar allow.

    `zoom_at` and `pan` show a part of it, larger.

    Parameters
    ----------
    area : bpy.types.Area
        Of that view.
    picture : (h, w, 3) uint8 sRGB
    hint : str
        What the user is to do, for a line over the picture.

    Attributes
    ----------
    marks : list of Mark
        What is drawn on it; whoever changes it has the area drawn again.
    """

    def __init__(self, area: Any, picture: np.ndarray, hint: str = "") -> None:
        self.marks: list[Mark] = []
        # By its address: an area that is closed meanwhile takes its regions along.
        self._where = view_region(area).as_pointer()
        self._height, self._width = picture.shape[:2]
        self._picture, self._hint = picture, hint
        self._closer = 1.0  # how many times larger than it fits
        self._moved = (0.0, 0.0)  # of the picture's middle from the view's, in the fitting size
        self._texture: Any = None  # made when it is first drawn: only then the GPU can be used
        self._handler = bpy.types.SpaceView3D.draw_handler_add(
            self._draw, (), "WINDOW", "POST_PIXEL"
        )

    def remove(self) -> None:
        """Draw it no more."""
        bpy.types.SpaceView3D.draw_handler_remove(self._handler, "WINDOW")

    def to_picture(self, area: Any, x: float, y: float) -> tuple[float, float]:
        """A point of the view in pixels of the picture, x right, y down; never outside of it."""
        left, low, zoom = self._place(area)
        u, v = (x - left) / zoom, self._height - (y - low) / zoom
        return min(max(u, 0.0), self._width), min(max(v, 0.0), self._height)

    def to_view(self, area: Any, points: np.ndarray) -> np.ndarray:
        """(n, 2) points of the picture, x right, y down, in the view's pixels."""
        left, low, zoom = self._place(area)
        return points * [zoom, -zoom] + [left, low + zoom * self._height]

    def zoom(self, area: Any) -> float:
        """The view's pixels per picture pixel."""
        return self._place(area)[2]

    def zoom_at(self, area: Any, x: float, y: float, factor: float) -> None:
        """Show the picture larger, or smaller, so that what is at a point of the view stays there.

        It is never smaller than it fits, nor leaves the view.
        """
        left, low, zoom = self._place(area)
        u, v = (x - left) / zoom, (y - low) / zoom
        self._closer = min(max(self._closer * factor, 1.0), _CLOSEST)
        left, low, zoom = self._place(area)
        self.pan(area, x - left - u * zoom, y - low - v * zoom)

    def pan(self, area: Any, x: float, y: float) -> None:
        """Move the picture by pixels of the view, as far as it is larger than it fits."""
        fits = self._fit(area)[2]
        limits = [(self._closer - 1) * side / 2 for side in (self._width, self._height)]
        moved = [m + d / fits for m, d in zip(self._moved, (x, y), strict=True)]
        x, y = (min(max(m, -most), most) for m, most in zip(moved, limits, strict=True))
        self._moved = x, y

    def _place(self, area: Any) -> tuple[float, float, float]:
        """Left and lower edge of the picture in the view, and the view's pixels per picture's."""
        x, y, fits = self._fit(area)
        zoom = fits * self._closer
        x, y = x + fits * self._moved[0], y + fits * self._moved[1]
        return x - zoom * self._width / 2, y - zoom * self._height / 2, zoom

    def _fit(self, area: Any) -> tuple[float, float, float]:
        """The middle of what is free of the view, and the zoom with which the picture fits."""
        x0, y0, x1, y1 = free_region(area)
        margin = _MARGIN * min(x1 - x0, y1 - y0)
        wide, high = x1 - x0 - 2 * margin, y1 - y0 - 2 * margin
        zoom = max(min(wide / self._width, high / self._height), _LEAST_ZOOM)
        return (x0 + x1) / 2, (y0 + y1) / 2, zoom

    def _draw(self) -> None:
        """Called by Blender after each 3D view, in all windows."""
        region = bpy.context.region
        if region.as_pointer() != self._where:
            return
        import gpu
        from gpu_extras.presets import draw_texture_2d

        if self._texture is None:
            self._texture = _texture(self._picture)
        gpu.state.blend_set("ALPHA")
        w, h = region.width, region.height
        _draw("TRI_FAN", [(0, 0), (w, 0), (w, h), (0, h)], _DIM)
        left, low, zoom = self._place(bpy.context.area)
        draw_texture_2d(self._texture, (left, low), zoom * self._width, zoom * self._height)
        for kind, points, colour in self.marks:
            gpu.state.line_width_set(2.0 if kind == "LINE_LOOP" else 1.0)
            _draw(kind, points, colour)
        gpu.state.line_width_set(1.0)
        if self._hint:
            top = min(low + zoom * self._height, free_region(bpy.context.area)[3])
            _write(self._hint, max(left, 0.0), top, region.width)
        gpu.state.blend_set("NONE")


def _texture(picture: np.ndarray) -> Any:
    """A picture on the GPU, whose first row is the lowest."""
    import gpu
    import numpy as np

    height, width = picture.shape[:2]
    pixels = np.ones((height, width, 4), np.float32)
    pixels[..., :3] = picture[::-1] / np.float32(255)
    data = gpu.types.Buffer("FLOAT", pixels.size, pixels.ravel())
    return gpu.types.GPUTexture((width, height), format="RGBA16F", data=data)


def _write(text: str, left: float, top: float, width: float) -> None:
    """A line of text below a picture's upper edge, on a dark ground.

    Parameters
    ----------
    text : str
    left, top : float
        The picture's upper left corner in the view.
    width : float
        Of the view, in pixels: the text does not leave it.
    """
    import blf

    scale = bpy.context.preferences.system.ui_scale
    blf.size(0, _TEXT * scale)
    wide, high = blf.dimensions(0, text)
    pad = _PAD * scale
    x, y = min(left, width - wide) + 2 * pad, top - high - 3 * pad
    x0, y0, x1, y1 = x - pad, y - pad, x + wide + pad, y + high + pad
    _draw("TRI_FAN", [(x0, y0), (x1, y0), (x1, y1), (x0, y1)], _DIM)
    blf.position(0, x, y, 0)
    blf.color(0, 1, 1, 1, 1)
    blf.draw(0, text)


def _draw(kind: str, points: Any, colour: tuple[float, ...]) -> None:
    """Draw one mark in the region that is being drawn."""
    import gpu
    from gpu_extras.batch import batch_for_shader

    shader = gpu.shader.from_builtin("UNIFORM_COLOR")
    batch = batch_for_shader(shader, kind, {"pos": points})
    shader.uniform_float("color", colour)
    batch.draw(shader)
