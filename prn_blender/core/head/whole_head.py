"""Fits the whole head to a face: where the photo shows the face, the head lies on its surface.

Identity and expression are known (`HeadFitter`). What the position map has beyond them is split in
two. In smooth fields it is carried on to the rest of the head, so that no crease shows where the
photo ends; the broadest of them belong to the person and become part of the neutral head. What is
finer stays where it is seen, and fades out at the face's rim and where the photo does not show the
face.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

from ..errors import ModelError
from ..geometry.face_geometry import FaceGeometry
from ..geometry.pose import PHOTO_TO_BLENDER, Similarity
from ..geometry.uv_layout import UVLayout
from ..typed import Points
from .cavities import bag_followers, cavity_followers
from .eyeballs import Eyeball, eyeballs, place_eyeball, sphere
from .face_shape import FaceShape, bundled_shape
from .gaze import look
from .head_model import HeadModel
from .lids import FRONT, lids_of, seated_moves
from .smooth_fields import faded, smooth_basis

# Share of the map's side: how softly what is seen ends.
_SOFT = 0.02
# How often eyes are turned: each time the rest is a quarter.
_LOOKS = 2
# Share of the layout around a texel below which the texel is beyond it.
_UNKNOWN = 1e-3


@dataclass(frozen=True, eq=False)
class Head:
    """A head fitted to a face in a photo.

    Attributes
    ----------
    model : HeadModel
    identity : (K,) float32
    expression : (E,) float32
        0..1, in the order of `model.move_names`.
    neutral : (V, 3) float32
        The person without expression; canonical frame, metres.
    moves : (E, V, 3) float32
        What each expression adds at full strength: as the model's, but lids stay on these eyeballs.
    detail : (V, 3) float32
        What the photo shows and neither identity nor expression explains, metres.
    seen : (V,) float32
        0..1: how far each vertex follows the photo's position map.
    stance : Similarity
        From the canonical frame to photo pixels in Blender's axes.
    """

    model: HeadModel
    identity: np.ndarray
    expression: np.ndarray
    neutral: Points
    moves: np.ndarray
    detail: Points
    seen: np.ndarray
    stance: Similarity

    @cached_property
    def vertices(self) -> Points:
        """(V, 3) float32: the head as the photo shows it; canonical frame, metres."""
        return self.shape(self.expression)

    def shape(self, expression: np.ndarray, detail: float = 1.0) -> Points:
        """The head with another expression.

        Parameters
        ----------
        expression : (E,) float
        detail : float
            Share of the photo's details.

        Returns
        -------
        (V, 3) float32
            Canonical frame, metres.
        """
        moved = np.tensordot(np.asarray(expression, np.float32), self.moves, 1)
        return np.asarray(self.neutral + moved + np.float32(detail) * self.detail, np.float32)

    @property
    def in_photo(self) -> Points:
        """(V, 3) float32 photo pixels: `vertices` where the photo has them."""
        return photo_pixels(self.stance, self.vertices)


def photo_pixels(stance: Similarity, points: Points) -> Points:
    """Points (..., 3) of the canonical frame as photo pixels."""
    placed = stance.apply(points.astype(np.float64)) @ PHOTO_TO_BLENDER
    return np.asarray(placed, np.float32)


def fit_whole_head(
    geometry: FaceGeometry,
    identity: np.ndarray,
    expression: np.ndarray,
    head: HeadModel,
    irises: np.ndarray | None = None,
) -> Head:
    """Fit a head to a face.

    Parameters
    ----------
    geometry : FaceGeometry
        Of the layout that `head` belongs to.
    identity : (K,) float
    expression : (E,) float
        In the order of `head.move_names`, 0..1.
    head : HeadModel
    irises : (2, 2) float, optional
        Middles of the right and of the left iris, photo pixels. The eyes look there; by default as
        `expression` says.

    Returns
    -------
    Head
    """
    expression = np.clip(np.asarray(expression, np.float32), 0, 1)
    fit = _Fit.of(geometry, np.asarray(identity, np.float32), head)
    # Eyeballs have to lie in their lids before they are turned; then lids follow, and balls lids.
    for _ in range(_LOOKS):
        if irises is None:
            break
        there = look(head, geometry, fit.neutral(expression), fit.stance, irises, expression)
        if there is expression:
            break
        expression = there
    return fit.head(expression)


def head_of_face(
    geometry: FaceGeometry,
    identity: np.ndarray,
    expression: Mapping[str, float],
    head: HeadModel,
    irises: np.ndarray | None,
) -> Head | None:
    """Fit a head to what a network tells of a face.

    Parameters
    ----------
    geometry : FaceGeometry
    identity : (K,) float
    expression : mapping of str to float
        By ARKit's names, 0..1; further expressions of a head are 0.
    head : HeadModel
    irises : (4,) float or None
        x, y of the right and of the left iris, photo pixels.

    Returns
    -------
    Head or None
        None where the head belongs to another layout or face shape, or nothing is told of its
        expressions.
    """
    layout = geometry.layout
    shape = bundled_shape(layout)
    if shape is None or not fits(head, layout, shape):
        return None
    if not expression or not set(expression) <= set(head.move_names):
        return None
    values = np.array([expression.get(name, 0.0) for name in head.move_names])
    if irises is not None:
        told = irises.shape == (4,) and bool(np.isfinite(irises).all())
        irises = irises.reshape(2, 2) if told else None
    return fit_whole_head(geometry, identity, values, head, irises)


def fits(head: HeadModel, layout: UVLayout, shape: FaceShape) -> bool:
    """Whether photos can be put on a head by a model with this layout and face shape."""
    return head.layout_sha256 == layout.sha256 and head.shape_sha256 == shape.sha256


def check_fits(head: HeadModel | None, layout: UVLayout, shape: FaceShape | None) -> None:
    """Raise `ModelError` if there is a head that photos cannot be put on, see `fits`."""
    if head is not None and (shape is None or not fits(head, layout, shape)):
        raise ModelError(
            "The head {name} does not fit this model: it was imported for another one. Import it "
            "again, or take the model that comes with the add-on.",
            name=head.name,
        )


@dataclass(frozen=True, eq=False)
class _Fit:
    """A face's head, but for its expression: what is found once, and asked for each gaze.

    Attributes
    ----------
    model : HeadModel
    identity : (K,) float32
    linear : (V, 3) float32
        The head without expression, as identity has it.
    surface : (n, 3) float64
        `surface`.
    seen : (V,) float32
    normal : (M, M) float64
        Of the smooth fields, for these weights.
    stance : Similarity
    """

    model: HeadModel
    identity: np.ndarray
    linear: Points
    surface: Points
    seen: np.ndarray
    normal: np.ndarray
    stance: Similarity

    @classmethod
    def of(cls, geometry: FaceGeometry, identity: np.ndarray, head: HeadModel) -> _Fit:
        seen = _seen(geometry, head)
        return cls(
            head,
            identity,
            head.vertices(identity) + head.slide,
            surface(geometry, head),
            seen,
            smooth_basis(head).normal(seen[head.shown]),
            geometry.pose.similarity,
        )

    def neutral(self, expression: np.ndarray) -> Points:
        """(V, 3) float32: `Head.neutral`, were this the expression."""
        moved = np.tensordot(expression, self.model.moves, 1)
        _, a = self._fields(moved)
        broad = smooth_basis(self.model).broad
        neutral = self.linear + self.model.smooth[broad].T @ a[broad]
        for eye in eyeballs(self.model):
            _place(eye, neutral)
        return neutral.astype(np.float32)

    def head(self, expression: np.ndarray) -> Head:
        """The head with this expression (E,) float32."""
        head, basis = self.model, smooth_basis(self.model)
        moved = np.tensordot(expression, head.moves, 1)
        residual, a = self._fields(moved)
        broad, fine = (head.smooth[k].T @ a[k] for k in (basis.broad, basis.fine))
        neutral, detail = self.linear + broad, fine
        rest = np.zeros_like(detail)
        rest[head.shown] = residual - (broad + fine)[head.shown]
        detail += faded(head, rest, self.seen)
        detail[head.of_part("eyes", "teeth", "tongue")] = 0
        followers, rim, share = cavity_followers(head)
        detail[followers] = share @ detail[rim]
        bag, near, weights = bag_followers(head)
        detail[bag] = (detail[near] * weights[..., None]).sum(1)
        neutral, moves, detail = _seated(self, neutral, detail, moved, expression)
        return Head(head, self.identity, expression, neutral, moves, detail, self.seen, self.stance)

    def _fields(self, moved: Points) -> tuple[Points, np.ndarray]:
        """What the photo shows beyond identity and an expression, and the fields in it."""
        shown = self.model.shown
        residual = self.surface - (self.linear + moved)[shown]
        basis = smooth_basis(self.model)
        return residual, basis.solve(residual, self.seen[shown], self.normal)


def spread(head: HeadModel, moves: Points) -> Points:
    """Moves of the face (V, 3), carried on to all of a head's vertices, (V, 3) float32.

    Parameters
    ----------
    head : HeadModel
    moves : (V, 3) float
        Those of vertices that the layout does not show do not count. From the layout's rim on they
        fade out; lashes, the mouth's inside and the sockets go along with their rims.
    """
    result = faded(head, np.nan_to_num(moves), head.follow).astype(np.float32)
    result[head.of_part("eyes", "teeth", "tongue")] = 0
    followers, rim, share = cavity_followers(head)
    result[followers] = share @ result[rim]
    bag, near, weights = bag_followers(head)
    result[bag] = (result[near] * weights[..., None]).sum(1)
    return result


def surface(geometry: FaceGeometry, head: HeadModel) -> Points:
    """Where a position map has the vertices that its layout shows.

    Returns
    -------
    (n, 3) float64
        Canonical frame, metres; in the order of `head.shown`.
    """
    at = head.texel[head.shown][:, None]
    found = cv2.remap(geometry.extended_position_map, at, None, cv2.INTER_LINEAR)[:, 0]
    return geometry.pose.similarity.invert(found.astype(np.float64) @ PHOTO_TO_BLENDER.T)


def _seen(geometry: FaceGeometry, head: HeadModel) -> np.ndarray:
    """(V,) float32: how far each vertex follows the position map."""
    sigma = _SOFT * geometry.layout.size
    visible, known = (
        cv2.GaussianBlur(share.astype(np.float32), (0, 0), sigma)
        for share in (geometry.visibility, geometry.layout.mask)
    )
    # Twice what is missing is taken off, so that it has faded out where the photo ends. Beyond the
    # layout nothing is missing: there `follow` fades.
    soft = np.clip(2 * visible / np.maximum(known, _UNKNOWN) - 1, 0, 1)
    result = np.zeros(head.count, np.float32)
    at = head.texel[head.shown][:, None]
    result[head.shown] = cv2.remap(soft, at, None, cv2.INTER_LINEAR)[:, 0]
    return result * head.follow


def _seated(
    fit: _Fit, neutral: Points, detail: Points, moved: Points, expression: np.ndarray
) -> tuple[Points, np.ndarray, Points]:
    """Put eyeballs into the neutral head's lids, and lids onto eyeballs.

    Parameters
    ----------
    fit : _Fit
    neutral, detail : (V, 3)
    moved : (V, 3)
        What the expression does.
    expression : (E,)

    Returns
    -------
    neutral, moves, detail
        As those of `Head`.
    """
    head = fit.model
    neutral = neutral.copy()
    balls = [_place(eye, neutral) for eye in eyeballs(head)]
    photo = neutral + moved + detail
    sight = fit.stance.rotation.T @ FRONT
    for lids, (middle, radius) in zip(lids_of(head), balls, strict=True):
        lids.seat(neutral, middle, radius)
        # What the photo does not show does not lie on its lines of sight.
        seen = fit.seen[lids.eye.margin].astype(np.float64)
        mixed = FRONT + seen[:, None] * (sight - FRONT)
        mixed /= np.linalg.norm(mixed, axis=1, keepdims=True)
        lids.seat(photo, middle, radius, mixed, seen=seen)
    neutral = neutral.astype(np.float32)
    moves = seated_moves(head, neutral, balls)
    detail = photo - neutral - np.tensordot(expression, moves, 1)
    detail[head.of_part("eyes", "teeth", "tongue")] = 0
    return neutral, moves, detail.astype(np.float32)


def _place(eye: Eyeball, neutral: Points) -> tuple[np.ndarray, float]:
    """Put an eyeball into its lids, in place; returns its middle and radius."""
    before, size = sphere(neutral[eye.ball])
    middle, radius = place_eyeball(eye, neutral)
    neutral[eye.ball] = middle + (neutral[eye.ball] - before) @ eye.roll * (radius / size)
    return middle, radius
