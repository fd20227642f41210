"""What `prn.adjust_on_photo` shows: the photo around a face, the face's lines, and its pins."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from ...interface.views.photo_overlay import ORANGE, Mark, PhotoOverlay

if TYPE_CHECKING:
    # Loaded when first used: Blender's start must neither wait for OpenCV nor fail without it.
    import numpy as np

    from ...core.face.adjust import Pin
    from ...scene.record import Pinned

_ON_FACE = 0.03
"""In the face's size: so near to what the photo shows of the face a new pin is set."""

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

_PIN = (0.25, 0.75, 1.0, 1.0)
"""RGBA of pins: blue, which no skin is."""

_UNDER_MOUSE = (1.0, 1.0, 1.0, 1.0)
"""RGBA of the pin that a click would take."""

_DOT, _HEAD = 3, 6
"""Half the side of a landmark's dot and of a pin, in pixels of the window."""

_REACH = 12
"""Pixels of the window within which a click takes a pin."""

_MET = 0.5
"""Photo pixels: from a place farther off its pin than this a line leads there."""


@dataclass(frozen=True)
class Pinning:
    """The pins of a face, and whether its other side comes along."""

    pins: tuple[Pin, ...]
    symmetric: bool


class AdjustCanvas:
    """A face's lines and pins on the part of the photo around it.

    Points are in the photo's pixels, in the picture's (the part around the face, scaled), or in
    those of the 3D view that shows it.

    Parameters
    ----------
    face : Pinned

    Attributes
    ----------
    picture : (h, w, 3) uint8 sRGB
    now : Pinning
        What would be applied.
    position_map : (S, S, 3) float32
        The face with these pins, photo pixels.
    """

    def __init__(self, face: Pinned) -> None:
        import numpy as np

        from ...core.face.adjust import Adjustment
        from ...core.outputs.overlay import LINES
        from ...core.outputs.thumbnails import crop_around_face

        self._adjustment = Adjustment(face.unpinned)
        shown_face = face.unpinned
        self.picture, self._corner, self._scale = crop_around_face(shown_face, _MARGIN, _PICTURE)
        self._size = shown_face.size
        self._first = self.now = Pinning(face.pins, face.symmetric)
        self._undone: list[Pinning] = []
        self._done: list[Pinning] = []
        self._grabbed: tuple[int, tuple[float, float]] | None = None
        self._before = self.now  # what was there when the mouse took a pin
        self.position_map = shown_face.position_map
        self._show()
        shown, layout = shown_face.visibility, shown_face.layout
        texels = np.arange(shown.size).reshape(shown.shape)
        # Neighbours on every sixth row and column, where the photo shows both ends.
        ends = [
            (texels[::_LATTICE, :-_LATTICE:_LATTICE], texels[::_LATTICE, _LATTICE::_LATTICE]),
            (texels[:-_LATTICE:_LATTICE, ::_LATTICE], texels[_LATTICE::_LATTICE, ::_LATTICE]),
        ]
        lattice = np.concatenate([np.stack([a.ravel(), b.ravel()], 1) for a, b in ends])
        self._lattice = lattice[shown.ravel()[lattice].all(axis=1)].ravel()
        marks = layout.landmark_texels @ [layout.size, 1]
        pairs = [(i, i + 1) for first, last, _ in LINES for i in range(first, last)]
        pairs += [(last, first) for first, last, closed in LINES if closed]
        lines = marks[np.array(pairs)]
        self._lines = lines[shown.ravel()[lines].all(axis=1)].ravel()
        self._dots = marks[shown.ravel()[marks]]

    @property
    def changed(self) -> bool:
        """Whether the pins are others than at first."""
        return self.now != self._first

    @property
    def is_dragging(self) -> bool:
        """Whether the mouse has a pin."""
        return self._grabbed is not None

    def to_photo(self, point: Sequence[float]) -> tuple[float, float]:
        """A point of the picture, as a point of the photo."""
        x, y = (v / self._scale + c for v, c in zip(point, self._corner, strict=True))
        return x - 0.5, y - 0.5

    def reach(self, zoom: float) -> float:
        """Photo pixels from a pin within which a click takes it, at a zoom of the overlay."""
        return _REACH / (zoom * self._scale)

    def pin_near(self, point: tuple[float, float], reach: float) -> int | None:
        """The number of the nearest pin within some photo pixels of a point."""
        import numpy as np

        if not self.now.pins:
            return None
        apart = np.linalg.norm(np.array([pin.at for pin in self.now.pins]) - point, axis=1)
        nearest = int(apart.argmin())
        return nearest if apart[nearest] <= reach else None

    def grab(self, point: tuple[float, float], reach: float) -> bool:
        """Take the pin near a point, or set one where the photo shows the face there."""
        from ...core.face.adjust import MAX_PINS, Pin

        self._before, number = self.now, self.pin_near(point, reach)
        if number is None:
            texel, apart = self._adjustment.texel_at(*point, self.position_map)
            pins = self.now.pins
            taken = any(pin.texel == texel for pin in pins)
            if apart > _ON_FACE * self._size or len(pins) >= MAX_PINS or taken:
                return False
            x, y = self.position_map.reshape(-1, 3)[texel, :2].tolist()
            number = len(pins)
            self.now = replace(self.now, pins=(*pins, Pin(texel, (x, y))))
        x, y = self.now.pins[number].at
        self._grabbed = number, (x - point[0], y - point[1])
        return True

    def drag_to(self, point: tuple[float, float]) -> None:
        """Have the pin that was taken follow the mouse."""
        if self._grabbed is None:
            return
        number, (x, y) = self._grabbed
        pins = list(self.now.pins)
        there = self._adjustment.within((point[0] + x, point[1] + y))
        pins[number] = replace(pins[number], at=there)
        self.now = replace(self.now, pins=tuple(pins))
        self._show(preview=True)

    def drop(self) -> None:
        """Leave the pin that was taken where it is."""
        if self._grabbed is not None:
            self._grabbed, after, self.now = None, self.now, self._before
            self._become(after)

    def remove(self, number: int) -> None:
        """Take a pin out: the face is what the others make of it."""
        pins = self.now.pins
        self._become(replace(self.now, pins=pins[:number] + pins[number + 1 :]))

    def switch_symmetric(self) -> None:
        """Let the other side come along, or not."""
        self._become(replace(self.now, symmetric=not self.now.symmetric))

    def undo(self) -> None:
        """Take the last step back; a pin that the mouse has goes back where it was."""
        if self._grabbed is not None:
            self._grabbed, self.now = None, self._before
        elif self._done:
            self._undone.append(self.now)
            self.now = self._done.pop()
        self._show()

    def redo(self) -> None:
        """Do again what was taken back last."""
        if self._grabbed is None and self._undone:
            self._done.append(self.now)
            self.now = self._undone.pop()
            self._show()

    def _become(self, after: Pinning) -> None:
        """One step, which can be taken back."""
        if after != self.now:
            self._done.append(self.now)
            self._undone.clear()
            self.now = after
        self._show()

    def _show(self, preview: bool = False) -> None:
        found = self._adjustment.solve(self.now.pins, self.now.symmetric, preview)
        self.position_map = found.position_map

    def marks(self, overlay: PhotoOverlay, area: Any, point: tuple[float, float]) -> list[Mark]:
        """What is drawn over the picture: lattice, landmarks and pins.

        Parameters
        ----------
        overlay : PhotoOverlay
            Shows the picture.
        area : bpy.types.Area
            Of the view.
        point : (x, y)
            Where the mouse is, photo pixels.
        """
        import numpy as np

        places = self.position_map.reshape(-1, 3)[:, :2]

        def on_view(points: np.ndarray) -> np.ndarray:
            picture = (points + 0.5 - self._corner) * self._scale
            return overlay.to_view(area, picture).astype(np.float32)

        corners = [(-1, -1), (1, -1), (1, 1), (-1, -1), (1, 1), (-1, 1)]  # of two triangles
        square = np.array(corners, np.float32)

        def squares(points: np.ndarray, half: float) -> np.ndarray:
            return (on_view(points)[:, None] + square * half).reshape(-1, 2)

        found: list[Mark] = [
            ("LINES", on_view(places[self._lattice]), _FAINT),
            ("LINES", on_view(places[self._lines]), _LINES),
            ("TRIS", squares(places[self._dots], _DOT), ORANGE),
        ]
        pins = self.now.pins
        if not pins:
            return found
        at = np.array([pin.at for pin in pins])
        held = places[[pin.texel for pin in pins]]
        missed = np.linalg.norm(held - at, axis=1) > _MET
        if missed.any():
            ways = np.stack([held[missed], at[missed]], 1).reshape(-1, 2)
            found.append(("LINES", on_view(ways), _PIN))
        found.append(("TRIS", squares(at, _HEAD), _PIN))
        under = self._grabbed[0] if self._grabbed else None
        if under is None:
            under = self.pin_near(point, self.reach(overlay.zoom(area)))
        if under is not None:
            found.append(("TRIS", squares(at[under : under + 1], _DOT), _UNDER_MOUSE))
        return found
