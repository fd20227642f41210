"""What `prn.adjust_on_photo` shows: the photo around a face, and the face's lines, pulled about."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ...interface.views.photo_overlay import ORANGE, Mark, PhotoOverlay

if TYPE_CHECKING:
    # Loaded when first used: Blender's start must neither wait for OpenCV nor fail without it.
    import numpy as np

    from ...core.face.adjust import Pull
    from ...core.face.face import Face

_FIRST_RADIUS = 0.15
"""How far a pull reaches at first, in the face's size: an eye, or a corner of the mouth."""

_LEAST_RADIUS = 0.03
"""In the face's size: with less, single texels would be pulled out of the face."""

_LARGEST_RADIUS = 0.8
"""In the face's size: nearly all of it comes along."""

_MARGIN = 0.2
"""What is shown around the face, in its size."""

_PICTURE = 1400
"""The shown picture's longer side in pixels, at most: a screen shows no more."""

_LATTICE = 6
"""Texels between the lines of the lattice: dense enough to see how the mesh is bent."""

_FAINT = (1.0, 1.0, 1.0, 0.3)
"""RGBA of the lattice, through which the photo is to be seen."""

_LINES = (1.0, 0.75, 0.4, 0.9)
"""RGBA of the lines through the landmarks: a paler orange than that of their dots."""

_WHITE = (1.0, 1.0, 1.0, 0.9)
"""RGBA of the circle around the mouse."""

_DOT = 3
"""Half the side of a landmark's dot, in pixels of the window."""

_CIRCLE = 48
"""Corners of the circle around the mouse."""


class AdjustCanvas:
    """A face's lines on the part of the photo around it.

    Points are in the photo's pixels, in the picture's (the part around the face, scaled), or in
    those of the 3D view that shows it.

    Parameters
    ----------
    face : Face

    Attributes
    ----------
    picture : (h, w, 3) uint8 sRGB
    adjustment : Adjustment
        What was pulled so far.
    radius : float
        Of the next pull, photo pixels.
    """

    def __init__(self, face: Face) -> None:
        import numpy as np

        from ...core.face.adjust import Adjustment
        from ...core.outputs.overlay import LINES
        from ...core.outputs.thumbnails import crop_around_face

        self.adjustment = Adjustment(face)
        self.picture, self._corner, self._scale = crop_around_face(face, _MARGIN, _PICTURE)
        self._size, self.radius = face.size, _FIRST_RADIUS * face.size
        shown = face.visibility
        texels = np.arange(shown.size).reshape(shown.shape)
        # Neighbours on every sixth row and column, where the photo shows both ends.
        ends = [
            (texels[::_LATTICE, :-_LATTICE:_LATTICE], texels[::_LATTICE, _LATTICE::_LATTICE]),
            (texels[:-_LATTICE:_LATTICE, ::_LATTICE], texels[_LATTICE::_LATTICE, ::_LATTICE]),
        ]
        lattice = np.concatenate([np.stack([a.ravel(), b.ravel()], 1) for a, b in ends])
        self._lattice = lattice[shown.ravel()[lattice].all(axis=1)].ravel()
        marks = face.layout.landmark_texels @ [face.layout.size, 1]
        pairs = [(i, i + 1) for first, last, _ in LINES for i in range(first, last)]
        pairs += [(last, first) for first, last, closed in LINES if closed]
        lines = marks[np.array(pairs)]
        self._lines = lines[shown.ravel()[lines].all(axis=1)].ravel()
        self._dots = marks[shown.ravel()[marks]]

    def to_photo(self, point: Sequence[float]) -> tuple[float, float]:
        """A point of the picture, as a point of the photo."""
        x, y = (v / self._scale + c for v, c in zip(point, self._corner, strict=True))
        return x - 0.5, y - 0.5

    def is_on_face(self, point: tuple[float, float]) -> bool:
        """Whether the photo shows the face at a point, or within the least radius of it.

        Not the radius of the next pull: the wheel may be turned while something is dragged.
        """
        return self.adjustment.texel_at(*point)[1] <= _LEAST_RADIUS * self._size

    def scale_radius(self, factor: float) -> None:
        """Have the next pull take more or less of the face along."""
        wanted = self.radius * factor
        self.radius = min(max(wanted, _LEAST_RADIUS * self._size), _LARGEST_RADIUS * self._size)

    def pull(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        """Move what is at one point of the photo to another."""
        self.adjustment.pull(self._pull(start, end))

    def places(self, start: tuple[float, float] | None, end: tuple[float, float]) -> np.ndarray:
        """(S * S, 2) photo pixels: where texels are, or would be if the mouse let go now."""
        adjustment = self.adjustment
        now = adjustment.position_map
        if start is not None:
            now = adjustment.preview(self._pull(start, end))
        return now[..., :2].reshape(-1, 2)

    def reach(self, start: tuple[float, float] | None, end: tuple[float, float]) -> float:
        """Photo pixels around the place that come along if the mouse lets go now."""
        if start is None:
            return self.radius
        return self.adjustment.reach(self._pull(start, end))

    def marks(
        self,
        places: np.ndarray,
        overlay: PhotoOverlay,
        area: Any,
        mouse: tuple[int, int],
        reach: float,
    ) -> list[Mark]:
        """What is drawn over the picture: lattice, landmarks, and how far a pull would reach.

        Parameters
        ----------
        places : (S * S, 2) photo pixels
            Of all texels, as `places` gives them.
        overlay : PhotoOverlay
            Shows the picture.
        area : bpy.types.Area
            Of the view.
        mouse : (x, y)
            Pixels of the view.
        reach : float
            Photo pixels, as `reach` gives them.
        """
        import numpy as np

        def on_view(texels: np.ndarray) -> np.ndarray:
            picture = (places[texels] + 0.5 - self._corner) * self._scale
            return overlay.to_view(area, picture).astype(np.float32)

        corners = [(-1, -1), (1, -1), (1, 1), (-1, -1), (1, 1), (-1, 1)]  # of two triangles
        square = np.array(corners, np.float32) * _DOT
        dots = (on_view(self._dots)[:, None] + square).reshape(-1, 2)
        turn = np.linspace(0, 2 * np.pi, _CIRCLE, endpoint=False)
        circle = np.stack([np.cos(turn), np.sin(turn)], 1) * reach * self._scale
        circle = (circle * overlay.zoom(area) + mouse).astype(np.float32)
        return [
            ("LINES", on_view(self._lattice), _FAINT),
            ("LINES", on_view(self._lines), _LINES),
            ("TRIS", dots, ORANGE),
            ("LINE_LOOP", circle, _WHITE),
        ]

    def _pull(self, start: tuple[float, float], end: tuple[float, float]) -> Pull:
        from ...core.face.adjust import Pull

        return Pull(start, (end[0] - start[0], end[1] - start[1]), self.radius)
