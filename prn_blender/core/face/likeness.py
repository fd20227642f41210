"""Likeness: a face gets the depth of the person that the network's features tell."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ..geometry.foldovers import Foldovers
from ..geometry.pose import PHOTO_TO_BLENDER, Similarity
from ..geometry.uv_layout import UVLayout
from ..head.face_shape import FaceShape
from ..head.fit import HeadFit, HeadFitter
from ..head.joint_fit import Evidence, fit_together
from ..model.network import PositionMapNetwork
from ..typed import Points, PositionMap
from .face import IDENTITY, MOMENTS, Face

# In how many steps the change gives way where the face would fold.
_STEPS = 40


class Likeness:
    """Fits the head of a model to faces as its network sees them.

    Parameters
    ----------
    shape : FaceShape
        Its identity is told by the network's output `identity`, its expression by `expression`.
    expression_names : sequence of str
    """

    def __init__(self, shape: FaceShape, expression_names: Sequence[str]) -> None:
        self.shape, self._names = shape, tuple(expression_names)
        self._fit = HeadFitter(shape)
        self._foldovers = Foldovers(shape.layout)

    def __call__(self, face: Face) -> Face:
        """Fit the head to a face.

        Returns
        -------
        Face
            Its position map has moved in depth only. Its `coefficients` and `expression` are those
            of the fitted head.
        """
        told = face.coefficients
        fit = self._fit(
            face.position_map, told["identity"], told["expression"], face.pose.similarity
        )
        return self.with_fit(face, fit)

    def together(self, faces: Sequence[Face], weights: Sequence[float]) -> list[HeadFit]:
        """Fit one head to the faces of several photos of a person, see `head.joint_fit`.

        Parameters
        ----------
        faces : sequence of Face
            Each as a call returned it.
        weights : sequence of float
            How much each counts, 1 for the best one.

        Returns
        -------
        list of HeadFit
            All have the same identity; see `with_fit`.
        """
        calm = self.shape.calm
        evidence = [
            Evidence(
                face.position_map,
                face.coefficients["identity"],
                # As the network tells it: the fit takes off what it says of calm faces.
                face.coefficients["expression"] + calm,
                face.pose.similarity,
                weight,
            )
            for face, weight in zip(faces, weights, strict=True)
        ]
        return fit_together(self._fit, evidence)

    def with_fit(self, face: Face, fit: HeadFit, beyond: Points | None = None) -> Face:
        """Give a face the depth, the identity and the expression of a head that was fitted to it.

        Parameters
        ----------
        face : Face
        fit : HeadFit
        beyond : (n, 3) float, optional
            What the person has and the linear head has not: canonical frame, metres.

        Returns
        -------
        Face
            Its position map has moved in depth only.
        """
        if beyond is not None:
            x = np.concatenate([fit.identity, fit.expression])
            fit = self._fit.result(face.position_map, x, fit.stance, beyond)
        pose = face.pose
        broad, detail = np.zeros((2, *face.position_map.shape), np.float32)
        broad[..., 2], detail[..., 2] = fit.broad, fit.depth - fit.broad
        at_once = self._foldovers.moved(face.position_map, broad + detail, pose, 1, careful=True)
        if at_once is not face.position_map:  # nothing folds
            return self._fitted(face, fit, at_once)
        # Details give way where they would fold the face; the rest, too, if need be.
        position_map = self._foldovers.moved(face.position_map, broad, pose, _STEPS, careful=True)
        if position_map is face.position_map:
            position_map = position_map + broad
        position_map = self._foldovers.moved(position_map, detail, pose, _STEPS, careful=True)
        return self._fitted(face, fit, position_map)

    def _fitted(self, face: Face, fit: HeadFit, position_map: PositionMap) -> Face:
        """A face with its new map, and what the fit tells."""
        found = {
            **face.coefficients,
            IDENTITY: fit.identity,
            "expression": fit.expression,
            MOMENTS: moments(self.shape.layout, position_map, fit.stance),
        }
        names = dict(zip(self._names, map(float, fit.expression), strict=True))
        return replace(face, position_map=position_map, coefficients=found, expression=names)


def moments(layout: UVLayout, position_map: PositionMap, stance: Similarity) -> np.ndarray:
    """What sets a face apart from the canonical one, for `geometry.pose.expression_pull`.

    Whose face it is biases the pose that is fitted to the canonical face as an expression does.
    With this taken off, the face's pose is `stance`.

    Parameters
    ----------
    layout : UVLayout
    position_map : (S, S, 3) float32
        Photo pixels.
    stance : Similarity
        From the canonical frame to photo pixels in Blender's axes.

    Returns
    -------
    (12,) float32
    """
    canonical = layout.canonical.reshape(-1, 3)[layout.texels].astype(np.float64)
    away = canonical - canonical.mean(axis=0)
    seen = position_map.reshape(-1, 3)[layout.texels].astype(np.float64)
    move = stance.invert(seen @ PHOTO_TO_BLENDER.T) - canonical
    change = move.T @ away / len(away)
    return np.concatenate([move.mean(axis=0), change.ravel()]).astype(np.float32)


def tells(network: PositionMapNetwork, shape: FaceShape) -> bool:
    """Whether a network's outputs are coefficients of a shape."""
    sizes = {"identity": shape.identities, "expression": len(shape.moves)}
    return (
        network.info.face_shape_sha256 == shape.sha256
        and len(network.info.expression_names) == len(shape.moves)
        and all(network.coefficient_sizes.get(name) == size for name, size in sizes.items())
    )
