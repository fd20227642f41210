"""Features of a face pulled to where the photo has them, by hand."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ..errors import OptionError
from ..geometry.foldovers import MAX_FLIPPED, Foldovers, in_canonical_frame
from ..geometry.uv_layout import UVLayout
from .face import Face

# A pull longer than this part of its radius takes more of the face along: its falloff would
# otherwise be so steep that the surface folds, which it does at 0.65.
_STEEPEST = 0.5
# So many times as far apart on the face as in the photo two points may be and come along.
_FORESHORTENED = 3.0
# Where a feature is pulled over a steep side more triangles turn over than a network's slips do.
_MOST_TURNED = 0.02
_FEWEST = 50  # vertices


@dataclass(frozen=True)
class Pull:
    """What the photo shows of a face at a point, moved in the photo's plane.

    Attributes
    ----------
    at : (x, y)
        Photo pixels.
    by : (x, y)
        Photo pixels, y down.
    radius : float
        How far around it the face comes along, less and less; photo pixels on its surface.
    """

    at: tuple[float, float]
    by: tuple[float, float]
    radius: float


class Adjustment:
    """A face whose features are pulled, one after the other.

    Parameters
    ----------
    face : Face

    Attributes
    ----------
    pulls : list of Pull
        Those so far.

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
        self._foldovers = Foldovers(face.layout)
        turned = self._foldovers.flipped(
            in_canonical_frame(face.position_map, face.pose).reshape(-1, 3)
        )
        folded = len(turned) > MAX_FLIPPED * len(self._foldovers.triangles)
        self._most_turned = 0.0 if folded else _MOST_TURNED  # a model that folds is left as it is

    @property
    def position_map(self) -> np.ndarray:
        """(S, S, 3) float32 photo pixels, after all pulls."""
        return self._maps[-1]

    @property
    def face(self) -> Face:
        """The face after all pulls."""
        return replace(self._face, position_map=self.position_map)

    def texel_at(self, x: float, y: float) -> tuple[int, float]:
        """The texel that the photo shows nearest to a point, flat, and how far that is, pixels."""
        seen = self.position_map.reshape(-1, 3)[self._shown, :2]
        apart = np.hypot(*(seen - np.array([x, y], np.float32)).T)
        nearest = int(apart.argmin())
        return int(self._shown[nearest]), float(apart[nearest])

    def preview(self, pull: Pull) -> np.ndarray:
        """The position map as it would be after one more pull.

        Raises
        ------
        OptionError
            There is no face at its point, or it makes no sense.
        """
        values = (*pull.at, *pull.by, pull.radius)
        if not all(np.isfinite(v) and abs(v) < 1e6 for v in values) or pull.radius <= 0:
            raise OptionError("A pull needs two points of the photo and a radius above 0.")
        texel, apart = self.texel_at(*pull.at)
        if apart > pull.radius:
            raise OptionError(
                "The photo shows no face at {x:.0f}, {y:.0f}.", x=pull.at[0], y=pull.at[1]
            )
        radius = max(pull.radius, float(np.hypot(*pull.by)) / _STEEPEST)
        share = influence(self._face, self.position_map, texel, radius)
        moved = self.position_map.copy()
        moved[..., :2] += share[..., None] * np.array(pull.by, np.float32)
        return moved

    def pull(self, pull: Pull) -> None:
        """One more; what folds over by it is laid flat.

        Raises
        ------
        OptionError
            See `preview`.
        """
        moved = self.preview(pull)
        self._maps.append(self._foldovers.unfold(moved, self._face.pose, self._most_turned))
        self.pulls.append(pull)

    def undo(self) -> None:
        """Take the last one back, if there is one."""
        if self.pulls:
            self._maps.pop()
            self.pulls.pop()


def adjusted(face: Face, pulls: Sequence[Pull]) -> Face:
    """A face with features pulled to where the photo has them.

    Parameters
    ----------
    face : Face
    pulls : sequence of Pull
        One after the other.

    Raises
    ------
    OptionError
        One of them makes no sense.
    """
    adjustment = Adjustment(face)
    for pull in pulls:
        adjustment.pull(pull)
    return adjustment.face


def influence(face: Face, position_map: np.ndarray, texel: int, radius: float) -> np.ndarray:
    """How much each texel comes along with one that is pulled.

    Parameters
    ----------
    face : Face
    position_map : (S, S, 3) float32
        As it is by now.
    texel : int
        Flat.
    radius : float
        Photo pixels.

    Returns
    -------
    (S, S) float32
        1 at the texel, 0 from `radius` on. Distances are those in the photo, or the surface would
        fold where it is seen from the side, but no less than a third of those on the mean face: one
        cheek does not take along the other, behind it. What is further apart in the layout than on
        the face is so here, too: lips touch, but do not hang together.
    """
    layout = face.layout
    pixels = np.float32(face.pose.scale)  # of a metre
    on_face = _distances(layout.canonical, texel) * pixels
    in_photo = _distances(position_map[..., :2], texel)
    row, column = divmod(texel, layout.size)
    rows, columns = np.ogrid[: layout.size, : layout.size]
    on_chart = np.hypot(rows - row, columns - column) * (_metres_per_texel(layout) * pixels)
    apart = np.clip(in_photo, on_face / _FORESHORTENED, on_face)
    apart += np.maximum(on_chart - on_face, 0)
    t = np.minimum(apart / np.float32(radius), 1)
    return np.where(layout.mask, (1 - t * t) ** 2, 0).astype(np.float32)


def _distances(points: np.ndarray, texel: int) -> np.ndarray:
    """(S, S) from that texel's point to each."""
    apart = points - points.reshape(-1, points.shape[-1])[texel]
    return np.sqrt(np.einsum("ijk,ijk->ij", apart, apart))


def check_vertices(count: int) -> None:
    """Whether a mesh has enough of them for `photo_to_mesh`.

    Raises
    ------
    OptionError
        It has not.
    """
    if count < _FEWEST:
        raise OptionError("The mesh has too few vertices left; Mesh and Camera... makes it anew.")


def photo_to_mesh(points: np.ndarray, vertices: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    """How points of the photo and a mesh built from them belong together.

    Parameters
    ----------
    points : (n, 3) float
        Photo pixels, as position maps have them.
    vertices : (n, 3) float
        The same ones in the mesh's own frame; some may have been sculpted.

    Returns
    -------
    callable
        Takes (m, 3) photo pixels and gives (m, 3) float64 in the mesh's frame.

    Raises
    ------
    OptionError
        There are too few vertices to tell.

    Notes
    -----
    For both kinds of camera (`Camera.place`) a vertex is a linear combination of 1, x, y, z, xz
    and yz of its point in the photo; which one, the vertices tell (least squares).
    """
    check_vertices(len(vertices))
    middle, spread = points.mean(axis=0), max(float(np.ptp(points, axis=0).max()), 1e-6)

    def terms(points: np.ndarray) -> np.ndarray:
        x, y, z = ((points - middle) / spread).astype(np.float64).T
        return np.stack([np.ones_like(x), x, y, z, x * z, y * z], axis=1)

    weights = np.linalg.lstsq(terms(points), vertices.astype(np.float64), rcond=None)[0]
    return lambda others: np.asarray(terms(others) @ weights)


def _metres_per_texel(layout: UVLayout) -> float:
    step = np.linalg.norm(np.diff(layout.canonical, axis=1), axis=-1)
    return float(np.median(step[layout.mask[:, 1:] & layout.mask[:, :-1]]))
