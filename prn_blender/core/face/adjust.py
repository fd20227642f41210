"""Adjust a face by hand: pull its features to where the photo has them."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from ..errors import OptionError
from ..geometry.foldovers import MAX_FLIPPED, Foldovers, in_canonical_frame
from ..geometry.geodesic import surface_distance
from ..geometry.landmarks import JAW
from ..geometry.uv_layout import UVLayout
from ..typed import Points, PositionMap, TexelMap
from .face import Face

# Longest pull, as a share of its radius. For a longer one the radius grows: its falloff would be
# so steep that the surface folds, which it does from 0.65 on.
_STEEPEST = 0.5
# The same away from brows, eyes, nose and mouth, where skin that bunches up shows.
_STEEPEST_SKIN = 0.2
# A pull in or out of the surface, as at the outline, reaches at least this many times the root of
# its length times the face's size: then the dent is bent no more than the face is there, and is no
# trench. Features, which are smaller than the dents, are left out.
_DENT = 2.0
# Eye distances from the nearest landmark of a feature: up to the first the place belongs to it,
# from the second on it is skin.
_FEATURE, _SKIN = 0.2, 0.5
# Share of the radius: the blur that smooths how much comes along, standard deviation.
_SOOTHED = 0.1
# How much farther than a pull reaches distances are measured: a drag that gets longer needs them.
_AHEAD = 1.5
# Largest share of flipped triangles that a pull may leave to be unfolded. Where a feature is pulled
# over a steep side of the face more of them flip than where a network slips.
_MAX_FLIPPED_BY_PULL = 0.02
# Fewest vertices of a mesh that tell how it was built.
_FEWEST = 50
# Photo pixels: coordinates that are larger make no sense.
_LARGEST_COORDINATE = 1e6


@dataclass(frozen=True)
class Pull:
    """A place of the face that is moved in the plane of the photo, with its surroundings.

    Attributes
    ----------
    at : (x, y)
        Where the photo shows the place, photo pixels.
    by : (x, y)
        How far it is moved, photo pixels, y down.
    radius : float
        Photo pixels along the face's surface, from that place, within which its surroundings move
        along, less and less. Away from features, and for long pulls, it is more: see
        `Adjustment.reach`.
    """

    at: tuple[float, float]
    by: tuple[float, float]
    radius: float


class Adjustment:
    """A face whose features are pulled one after the other.

    Parameters
    ----------
    face : Face

    Attributes
    ----------
    pulls : list of Pull
        The pulls so far.

    Raises
    ------
    OptionError
        The photo shows nothing of the face.
    """

    def __init__(self, face: Face) -> None:
        self._face = face
        self._maps = [face.position_map]
        self._shown = np.flatnonzero(face.visibility)
        if not len(self._shown):
            raise OptionError("The photo shows nothing of this face.")
        self.pulls: list[Pull] = []
        # The texel whose surroundings were measured last, how far, and the distances from it.
        self._measured = -1, 0.0, np.empty(0, np.float32)
        self._foldovers = Foldovers(face.layout)
        positions = in_canonical_frame(face.position_map, face.pose).reshape(-1, 3)
        flipped = len(self._foldovers.flipped(positions))
        # The map of a model that makes foldovers itself is never unfolded.
        folded = flipped > MAX_FLIPPED * len(self._foldovers.triangles)
        self._max_flipped = 0.0 if folded else _MAX_FLIPPED_BY_PULL

    @property
    def position_map(self) -> PositionMap:
        """(S, S, 3) float32 photo pixels: the position map after all pulls."""
        return self._maps[-1]

    @property
    def face(self) -> Face:
        """The face after all pulls."""
        return replace(self._face, position_map=self.position_map)

    def texel_at(self, x: float, y: float) -> tuple[int, float]:
        """Find the texel that the photo shows nearest to a point.

        Parameters
        ----------
        x, y : float
            Photo pixels.

        Returns
        -------
        texel : int
            Flat index v * S + u.
        distance : float
            Photo pixels from the point.
        """
        seen = self.position_map.reshape(-1, 3)[self._shown, :2]
        distance = np.hypot(*(seen - np.array([x, y], np.float32)).T)
        nearest = int(distance.argmin())
        return int(self._shown[nearest]), float(distance[nearest])

    def reach(self, pull: Pull) -> float:
        """How far around its place a pull takes the face along, photo pixels.

        That is its radius, or more where the surface would get too steep.
        """
        return self._reach(self.texel_at(*pull.at)[0], pull)

    def _reach(self, texel: int, pull: Pull) -> float:
        x, y = pull.by
        normal = self._face.geometry.smooth_normals.reshape(-1, 3)[texel]
        dent = abs(float(x * normal[0] - y * normal[2]))
        layout = self._face.layout
        features = layout.canonical_landmarks[JAW.stop :] - layout.canonical.reshape(-1, 3)[texel]
        away = float(np.linalg.norm(features, axis=1).min()) / layout.eye_distance
        skin = float(np.interp(away, [_FEATURE, _SKIN], [0, 1]))
        steepest = _STEEPEST + skin * (_STEEPEST_SKIN - _STEEPEST)
        rounded = skin * _DENT * float(np.sqrt(dent * self._face.size))
        return max(pull.radius, float(np.hypot(x, y)) / steepest, rounded)

    def _influence(self, texel: int, radius: float) -> TexelMap:
        """Compute how far each texel moves along with one that is pulled.

        Parameters
        ----------
        texel : int
            The texel that is pulled, flat index v * S + u.
        radius : float
            Photo pixels.

        Returns
        -------
        (S, S) float32
            1 at the texel, 0 from a little beyond `radius` on.

        Notes
        -----
        Distances are measured along the surface, so at the jaw, which the photo shows from the
        side, a pull takes a round patch along and digs no trench. Nor does it take one cheek along
        with the other one behind it. A step to the next texel counts as at least as long as most
        are: lips touch, but do not hang together. The surface is that before all pulls: what one
        of them has bent does not change the reach of the next.
        """
        layout = self._face.layout
        least = _metres_per_texel(layout) * self._face.pose.scale
        at, reach, distance = self._measured
        if at != texel or reach < radius:
            reach = _AHEAD * radius
            distance = surface_distance(self._face.position_map, layout.mask, texel, reach, least)
            self._measured = texel, reach, distance
        t = np.minimum(distance / np.float32(radius), 1)
        share = np.where(layout.mask, (1 - t * t) ** 2, 0).astype(np.float32)
        # Distances from texel to texel have edges where ways of two kinds meet.
        sigma = _SOOTHED * radius / least
        inside = cv2.GaussianBlur(layout.mask.astype(np.float32), (0, 0), sigma)
        smooth = cv2.GaussianBlur(share, (0, 0), sigma) / np.maximum(inside, 1e-3)
        smooth = np.where(layout.mask, smooth, 0)
        return np.asarray(smooth / max(float(smooth.ravel()[texel]), 1e-6), np.float32)

    def preview(self, pull: Pull) -> PositionMap:
        """Compute the position map after one more pull, without unfolding, and change nothing.

        Returns
        -------
        (S, S, 3) float32
            Photo pixels.

        Raises
        ------
        OptionError
            The photo shows no face at the pull's place, or its numbers make no sense.
        """
        values = (*pull.at, *pull.by, pull.radius)
        sensible = all(np.isfinite(v) and abs(v) < _LARGEST_COORDINATE for v in values)
        if not sensible or pull.radius <= 0:
            raise OptionError("A pull needs two points of the photo and a radius above 0.")
        texel, distance = self.texel_at(*pull.at)
        if distance > pull.radius:
            raise OptionError(
                "The photo shows no face at {x:.0f}, {y:.0f}.", x=pull.at[0], y=pull.at[1]
            )
        share = self._influence(texel, self._reach(texel, pull))
        moved = self.position_map.copy()
        moved[..., :2] += share[..., None] * np.array(pull.by, np.float32)
        return moved

    def pull(self, pull: Pull) -> None:
        """Pull once more, and unfold what flips over.

        Raises
        ------
        OptionError
            See `preview`.
        """
        moved = self.preview(pull)
        self._maps.append(self._foldovers.unfold(moved, self._face.pose, self._max_flipped))
        self.pulls.append(pull)

    def undo(self) -> None:
        """Take the last pull back, if there is one."""
        if self.pulls:
            self._maps.pop()
            self.pulls.pop()


def adjusted(face: Face, pulls: Sequence[Pull]) -> Face:
    """Apply pulls to a face, one after the other.

    Parameters
    ----------
    face : Face
    pulls : sequence of Pull

    Returns
    -------
    Face
        A new face.

    Raises
    ------
    OptionError
        One of the pulls makes no sense.
    """
    adjustment = Adjustment(face)
    for pull in pulls:
        adjustment.pull(pull)
    return adjustment.face


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


def _metres_per_texel(layout: UVLayout) -> float:
    """Median distance of neighbouring texels on the canonical face."""
    step = np.linalg.norm(np.diff(layout.canonical, axis=1), axis=-1)
    return float(np.median(step[layout.mask[:, 1:] & layout.mask[:, :-1]]))
