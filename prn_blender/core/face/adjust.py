"""Adjust a face by hand: pin its features to where the photo has them.

All pins are met at once, from the face as it was found. Identity, expression and pose change as
little as the fit allows (`core.head.pins.pinned_head`), so the whole face follows, what the photo
hides as well; and what the linear head cannot do is a smooth move over the surface
(`core.geometry.smooth_moves`). Both follow from one system of equations
(`core.head.pins.pin_equations`).
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from ..errors import OptionError
from ..geometry.foldovers import MAX_FLIPPED, Foldovers, in_canonical_frame
from ..geometry.pose import PHOTO_TO_BLENDER, Similarity
from ..geometry.smooth_moves import SmoothMoves
from ..geometry.uv_layout import UVLayout
from ..head.face_shape import bundled_shape
from ..head.pins.pin_equations import PinEquations
from ..head.pins.pinned_head import Change, PinnedHead
from ..typed import Points, PositionMap
from .face import IDENTITY, MOMENTS, Face
from .likeness import moments

MAX_PINS = 200
"""How many pins a face can have: more than anybody sets, and solved while one is dragged."""
# Largest share of flipped triangles that pins may leave to be unfolded. Where a feature is taken
# over a steep side of the face more of them flip than where a network slips.
_MAX_FLIPPED_BY_PINS = 0.02
# In how many steps a move gives way where a triangle would turn over all the same.
_STEPS = 40
# Fewest vertices of a mesh that tell how it was built.
_FEWEST = 50
# Longer sides of the photo beyond its rim in which pins may lie: what of a face a photo cuts off is
# no farther.
_BEYOND = 0.5


@dataclass(frozen=True)
class Pin:
    """A place of the face, and where it belongs.

    Attributes
    ----------
    texel : int
        The place: flat index v * S + u of the position map.
    at : (x, y)
        Photo pixels.
    """

    texel: int
    at: tuple[float, float]


@dataclass(frozen=True, eq=False)
class Solution:
    """What pins make of a face.

    Attributes
    ----------
    position_map : (S, S, 3) float32
        Photo pixels.
    change : Change or None
        Of identity, expression and pose, where the model tells them.
    """

    position_map: PositionMap
    change: Change | None


class Adjustment:
    """A face that is pinned again and again: what does not depend on the pins is found once.

    Parameters
    ----------
    face : Face
        As it was found, without pins.

    Raises
    ------
    OptionError
        The photo shows nothing of the face.
    """

    def __init__(self, face: Face) -> None:
        self.face = face
        self._shown = np.flatnonzero(face.visibility)
        if not len(self._shown):
            raise OptionError("The photo shows nothing of this face.")
        layout = face.layout
        self._stance = face.pose.similarity
        self._base = face.position_map.reshape(-1, 3)
        self._foldovers = _foldovers(layout)
        self._folded = self._flipped(face.position_map)
        # The map of a model that makes foldovers itself is not kept from them.
        most = MAX_FLIPPED * len(self._foldovers.triangles)
        self._unfolds = len(self._folded) <= most
        self._head = _pinned_head(face)
        self._equations: tuple[tuple[tuple[int, ...], bool], PinEquations] | None = None

    def texel_at(
        self, x: float, y: float, position_map: PositionMap | None = None
    ) -> tuple[int, float]:
        """Find the texel that the photo shows nearest to a point.

        Parameters
        ----------
        x, y : float
            Photo pixels.
        position_map : (S, S, 3) float32, optional
            The face as it is now; by default without pins.

        Returns
        -------
        texel : int
            Flat index v * S + u.
        distance : float
            Photo pixels from the point.
        """
        places = self._base if position_map is None else position_map.reshape(-1, 3)
        apart = places[self._shown, :2] - np.array([x, y], np.float32)
        distance = np.hypot(*apart.T)
        nearest = int(distance.argmin())
        return int(self._shown[nearest]), float(distance[nearest])

    def check(self, pins: Sequence[Pin]) -> None:
        """Raise OptionError unless pins make sense: places of the face, each once."""
        if len(pins) > MAX_PINS:
            raise OptionError(
                "There are {count} pins; a face can have {most}.", count=len(pins), most=MAX_PINS
            )
        mask = self.face.layout.mask.ravel()
        places = {pin.texel for pin in pins}
        on_face = all(0 <= texel < len(mask) and mask[texel] for texel in places)
        finite = all(np.isfinite(v) for pin in pins for v in pin.at)
        if not on_face or not finite or len(places) < len(pins):
            raise OptionError(
                "A pin needs a place of the face that has no other pin, and a point of the photo."
            )
        photo = self.face.photo
        for pin in pins:
            if tuple(map(float, pin.at)) != self.within(pin.at):
                raise OptionError(
                    "A pin at {x:g} {y:g} is far outside the photo of {width} x {height} pixels.",
                    x=pin.at[0],
                    y=pin.at[1],
                    width=photo.width,
                    height=photo.height,
                )

    def within(self, at: tuple[float, float]) -> tuple[float, float]:
        """The nearest point that a pin can be at: in the photo or not far from it, or on the face.

        Parameters
        ----------
        at : (x, y)
            Photo pixels.
        """
        photo = self.face.photo
        aside = _BEYOND * max(photo.width, photo.height)
        own = self._base[self.face.layout.mask.ravel(), :2]
        low = np.minimum(own.min(axis=0), -aside)
        high = np.maximum(own.max(axis=0), (photo.width - 1 + aside, photo.height - 1 + aside))
        x, y = (float(min(max(v, a), b)) for v, a, b in zip(at, low, high, strict=True))
        return x, y

    def solve(self, pins: Sequence[Pin], symmetric: bool = True, preview: bool = False) -> Solution:
        """Find the face that pins ask for.

        Parameters
        ----------
        pins : sequence of Pin
        symmetric : bool
            Whether the other side of the face comes along as far as no pin there says otherwise.
        preview : bool
            Whether triangles may turn over, as while a pin is dragged.

        Returns
        -------
        Solution
            Without pins, that of the face itself. Each pin is met to within half a pixel, unless
            pins so close to each other differ so much that the surface would fold between them.

        Raises
        ------
        OptionError
            The pins make no sense.
        """
        self.check(pins)
        face = self.face
        if not pins:
            return Solution(face.position_map, None)
        texels = np.array([pin.texel for pin in pins])
        away = np.array([pin.at for pin in pins], np.float64) - self._base[texels, :2]
        equations = self._equations_of(texels, symmetric)
        answer = equations.solve(away * [1, -1] / self._stance.scale)
        move = self._in_photo(equations.moves(answer))
        position_map = face.position_map + move
        if not preview and self._unfolds:
            position_map = self._unfolded(position_map, move)
        return Solution(position_map, answer.change)

    def _unfolded(self, position_map: PositionMap, move: PositionMap) -> PositionMap:
        """A moved position map, smoothed where a triangle turned over that was not before.

        Where that does not help, as where much of the surface is turned, it is moved less.
        """
        face, foldovers = self.face, self._foldovers

        def folds(there: PositionMap) -> bool:
            return len(np.setdiff1d(self._flipped(there), self._folded)) > 0

        if not folds(position_map):
            return position_map
        smooth = foldovers.unfold(position_map, face.pose, _MAX_FLIPPED_BY_PINS)
        if not folds(smooth):
            return smooth
        less = foldovers.moved(face.position_map, smooth - face.position_map, face.pose, _STEPS)
        return smooth if less is face.position_map else less

    def _equations_of(self, texels: np.ndarray, symmetric: bool) -> PinEquations:
        """The equations of places; the last ones are kept, for while a pin is dragged."""
        key = tuple(texels.tolist()), symmetric
        if self._equations is None or self._equations[0] != key:
            smooth = _smooth_moves(self.face.layout)
            found = PinEquations(texels, symmetric, smooth, self._stance, self._head)
            self._equations = key, found
        return self._equations[1]

    def _in_photo(self, moves: Points) -> PositionMap:
        """Moves (n, 3), metres in Blender's axes, as (S, S, 3) float32 photo pixels."""
        result = np.zeros_like(self._base)
        turn = (self._stance.scale * PHOTO_TO_BLENDER).astype(np.float32)
        result[self.face.layout.texels] = moves @ turn
        return result.reshape(self.face.position_map.shape)

    def _flipped(self, position_map: PositionMap) -> np.ndarray:
        places = in_canonical_frame(position_map, self.face.pose).reshape(-1, 3)
        return self._foldovers.flipped(places)

    def adjusted(self, pins: Sequence[Pin], symmetric: bool = True) -> Face:
        """The face that pins ask for; see `solve`.

        Its identity and expression are the changed ones. Without pins it is the face itself.
        """
        found = self.solve(pins, symmetric)
        if not pins:
            return self.face
        if found.change is None or self._head is None:
            return replace(self.face, position_map=found.position_map)
        return _with_change(
            self.face, found.position_map, found.change, self._head.stance(found.change)
        )


def _with_change(face: Face, position_map: PositionMap, change: Change, stance: Similarity) -> Face:
    """A face with another position map, and the coefficients that go with it."""
    told = face.coefficients
    expression = np.clip(told["expression"] + change.expression, 0, 1).astype(np.float32)
    coefficients = {
        **told,
        IDENTITY: (told[IDENTITY] + change.identity).astype(np.float32),
        "expression": expression,
        MOMENTS: moments(face.layout, position_map, stance),
    }
    names = dict(zip(face.expression, map(float, expression), strict=True))
    return replace(face, position_map=position_map, coefficients=coefficients, expression=names)


def _pinned_head(face: Face) -> PinnedHead | None:
    """The head of a face, if the model tells it."""
    shape, expression = bundled_shape(face.layout), face.coefficients.get("expression")
    if shape is None or face.identity is None or expression is None:
        return None
    if expression.shape != (len(shape.moves),):
        return None
    # The names belong to the coefficients, in their order.
    named = np.array(list(face.expression.values()), np.float32)
    if named.shape != expression.shape or not np.allclose(named, expression, atol=1e-3):
        return None
    return PinnedHead(shape, face.position_map, expression, face.pose.similarity)


@lru_cache(maxsize=2)
def _smooth_moves(layout: UVLayout) -> SmoothMoves:
    return SmoothMoves(layout)


@lru_cache(maxsize=2)
def _foldovers(layout: UVLayout) -> Foldovers:
    return Foldovers(layout)


def adjusted(face: Face, pins: Sequence[Pin], symmetric: bool = True) -> Face:
    """Pin a face; see `Adjustment`.

    Parameters
    ----------
    face : Face
        As it was found, without pins.
    pins : sequence of Pin
    symmetric : bool

    Returns
    -------
    Face
        A new face, or without pins this one.

    Raises
    ------
    OptionError
        The pins make no sense.
    """
    return Adjustment(face).adjusted(pins, symmetric)


def check_vertices(count: int) -> None:
    """Raise OptionError unless a mesh has enough vertices for `photo_to_mesh`."""
    if count < _FEWEST:
        raise OptionError("The mesh has too few vertices left; Mesh and Camera... makes it anew.")


def photo_to_mesh(points: Points, vertices: Points) -> Callable[[Points], Points]:
    """Find the map from the photo to a mesh that was built from it.

    Parameters
    ----------
    points : (n, 3) float
        Photo pixels, as position maps have them.
    vertices : (n, 3) float
        The same points in the mesh's own frame. Some of them may have been sculpted.

    Returns
    -------
    callable
        Takes (m, 3) photo pixels and returns (m, 3) float64 in the mesh's frame.

    Raises
    ------
    OptionError
        There are too few vertices to tell.

    Notes
    -----
    For both kinds of camera (`Camera.place`) a vertex is a linear combination of 1, x, y, z, xz
    and yz of its point in the photo. The coefficients are fitted to the vertices by least squares.
    """
    check_vertices(len(vertices))
    centre, spread = points.mean(axis=0), max(float(np.ptp(points, axis=0).max()), 1e-6)

    def terms(points: Points) -> np.ndarray:
        x, y, z = ((points - centre) / spread).astype(np.float64).T
        return np.stack([np.ones_like(x), x, y, z, x * z, y * z], axis=1)

    coefficients = np.linalg.lstsq(terms(points), vertices.astype(np.float64), rcond=None)[0]
    return lambda others: np.asarray(terms(others) @ coefficients)
