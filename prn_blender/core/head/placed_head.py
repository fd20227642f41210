"""A fitted head in front of a photo's camera: a neutral mesh and its shapes, as Blender has them.

    vertices = basis + sum over shapes of value * (shape - basis)

Under an orthographic camera the shapes are the model's expressions. Under perspective each vertex
moves along its ray of sight, as the lattice's do (`Camera.place`), and the last shape, *Photo
Detail*, takes what makes the sum exact for the photo's expression.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..geometry.camera import Camera, Placement
from ..geometry.face_geometry import FaceGeometry
from ..typed import Points
from .whole_head import Head, photo_pixels

DETAIL = "Photo Detail"
"""Name of the shape with what no expression explains."""


def shape_names(head: Head) -> tuple[str, ...]:
    """Names of a head's shapes: those of its model's expressions, and `DETAIL`."""
    return (*head.model.move_names, DETAIL)


@dataclass(frozen=True, eq=False)
class PlacedHead:
    """A head of V vertices in the frame of its Blender object, metres.

    Attributes
    ----------
    basis : (V, 3) float32
        Without expression, and without the photo's details.
    names : tuple of str
        Of the K shapes, see `shape_names`.
    shapes : (K, V, 3) float32
        Where each of them alone has the vertices.
    values : (K,) float32
        0..1: how much of each the photo shows.
    """

    basis: Points
    names: tuple[str, ...]
    shapes: np.ndarray
    values: np.ndarray

    @property
    def vertices(self) -> Points:
        """(V, 3) float32: the head as the photo shows it."""
        moved = np.tensordot(self.values, self.shapes - self.basis, 1)
        return np.asarray(self.basis + moved, np.float32)


def place_head(
    head: Head, geometry: FaceGeometry, view: Camera, placement: Placement
) -> PlacedHead:
    """Place a head so that the camera sees it where the photo shows it.

    Parameters
    ----------
    head : Head
    geometry : FaceGeometry
        Of the face that it was fitted to.
    view : Camera
    placement : Placement
        Of that face in front of that camera.

    Raises
    ------
    OptionError
        The focal length is too short for this head.
    """
    values = np.append(head.expression, np.float32(1))
    moves = np.concatenate([head.moves, head.detail[None]])
    if view.focal_length is None:
        # The object's transform is the head's stance: nothing but rounding lies between the frames.
        shapes = head.neutral + moves
        return PlacedHead(head.neutral, shape_names(head), shapes, values)

    def local(points: np.ndarray) -> np.ndarray:
        world = view.to_world(geometry, photo_pixels(head.stance, points))
        return placement.transform.invert(world)

    basis = local(head.neutral)
    shapes = local(head.neutral + moves)
    explained = np.tensordot(values[:-1].astype(np.float64), shapes[:-1] - basis, 1)
    shapes[-1] = local(head.vertices) - explained
    return PlacedHead(
        basis.astype(np.float32), shape_names(head), shapes.astype(np.float32), values
    )
