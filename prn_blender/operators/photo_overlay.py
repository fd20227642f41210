"""A photo drawn over a view, and a box on it."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import bpy

if TYPE_CHECKING:
    import numpy as np

_MARGIN = 0.03  # of the view's smaller side
_DIM, _ORANGE = (0.0, 0.0, 0.0, 0.75), (1.0, 0.6, 0.15, 1.0)  # as Blender's selection


class PhotoOverlay:
    """A photo that covers a 3D view until it is removed.

    Parameters
    ----------
    region : bpy.types.Region
    picture : (h, w, 3) uint8 sRGB

    Attributes
    ----------
    box : (x0, y0, x1, y1) or None
        What is framed, pixels of the region.
    """

    def __init__(self, region: Any, picture: np.ndarray) -> None:
        self.box: tuple[float, float, float, float] | None = None
        # By its address: an area that is closed meanwhile takes its regions along.
        self._where = region.as_pointer()
        self._height, self._width = picture.shape[:2]
        self._picture = picture
        self._texture: Any = None  # made when it is drawn: only then there is something to draw on
        self._handler = bpy.types.SpaceView3D.draw_handler_add(
            self._draw, (), "WINDOW", "POST_PIXEL"
        )

    def remove(self) -> None:
        """Draw it no more."""
        bpy.types.SpaceView3D.draw_handler_remove(self._handler, "WINDOW")

    def to_picture(self, region: Any, x: float, y: float) -> tuple[float, float]:
        """A point of the region in the picture's pixels, x right, y down, inside of it."""
        left, low, zoom = self._place(region)
        u, v = (x - left) / zoom, self._height - (y - low) / zoom
        return min(max(u, 0.0), self._width), min(max(v, 0.0), self._height)

    def _place(self, region: Any) -> tuple[float, float, float]:
        """Left and lower edge of the picture in the region, and region pixels per picture pixel."""
        width, height = region.width, region.height
        margin = _MARGIN * min(width, height)
        zoom = min((width - 2 * margin) / self._width, (height - 2 * margin) / self._height)
        zoom = max(zoom, 1e-3)
        return (width - zoom * self._width) / 2, (height - zoom * self._height) / 2, zoom

    def _draw(self) -> None:
        region = bpy.context.region
        if region.as_pointer() != self._where:  # the handler is that of all 3D views
            return
        import gpu
        from gpu_extras.presets import draw_texture_2d

        if self._texture is None:
            self._texture = _texture(self._picture)
        gpu.state.blend_set("ALPHA")
        _shape("TRI_FAN", (0, 0, region.width, region.height), _DIM)
        left, low, zoom = self._place(region)
        draw_texture_2d(self._texture, (left, low), zoom * self._width, zoom * self._height)
        if self.box is not None:
            gpu.state.line_width_set(2.0)
            _shape("LINE_LOOP", self.box, _ORANGE)
            gpu.state.line_width_set(1.0)
        gpu.state.blend_set("NONE")


def _texture(picture: np.ndarray) -> Any:
    import gpu
    import numpy as np

    height, width = picture.shape[:2]
    pixels = np.ones((height, width, 4), np.float32)
    pixels[..., :3] = picture[::-1] / np.float32(255)
    data = gpu.types.Buffer("FLOAT", pixels.size, pixels.ravel())
    return gpu.types.GPUTexture((width, height), format="RGBA16F", data=data)


def _shape(kind: str, box: tuple[float, float, float, float], colour: tuple[float, ...]) -> None:
    import gpu
    from gpu_extras.batch import batch_for_shader

    x0, y0, x1, y1 = box
    shader = gpu.shader.from_builtin("UNIFORM_COLOR")
    batch = batch_for_shader(shader, kind, {"pos": [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]})
    shader.uniform_float("color", colour)
    batch.draw(shader)
