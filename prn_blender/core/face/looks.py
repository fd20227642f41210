"""From boxes to faces: looks of the network, each at a crop around what the last one saw."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..geometry.pose import fit_pose
from ..geometry.uv_layout import UVLayout
from ..head.face_shape import FaceShape
from ..model.network import NetworkOutput, PositionMapNetwork
from ..photo.crop import Crop, crop_around_points
from ..photo.photo import Photo
from .confidence import agreement_of, confidence
from .face import Face
from .face_box import FaceBox

UPRIGHT = 0.5
"""Radians: a face that leans less than this is shown to the network as it is.

Networks are trained on leaning faces, and in profile a lean is a nod, which turning the crop would
make unusual."""

# Agreement of the last two looks below which a face is looked at again, ...
_SETTLED = 0.7
# ... and how often at most. In 40 profiles that were rendered dark, blurred, covered and tilted,
# 46 % of the right detections have an agreement of 0.55 after two looks, 90 % after three and all
# after four; of the wrong ones 2, 6 and 12 %.
_MORE_LOOKS = 2


@dataclass(frozen=True, eq=False)
class _Pass:
    """What one pass of the network gives for N faces, in photo pixels.

    Attributes
    ----------
    crops : list of Crop
    position_maps : (N, S, S, 3) float32
        Means of those of the crops and of their mirror images, where both were looked at.
    landmarks : (N, 68, 3) float32
        By the crops alone.
    mirrored : (N, 68, 3) float32
        By the mirror images alone; else the same as `landmarks`.
    output : NetworkOutput
    in_mirror : NetworkOutput or None
        Of the mirror images, where they were looked at.
    """

    crops: list[Crop]
    position_maps: np.ndarray
    landmarks: np.ndarray
    mirrored: np.ndarray
    output: NetworkOutput
    in_mirror: NetworkOutput | None = None


class Looks:
    """Looks at faces in boxes, once or a few times.

    Parameters
    ----------
    network : PositionMapNetwork
    layout : UVLayout
        The layout that belongs to the network.
    shape : FaceShape, optional
        The shape whose coefficients the network tells; then those of the mirror image count, too.
    """

    def __init__(
        self, network: PositionMapNetwork, layout: UVLayout, shape: FaceShape | None = None
    ) -> None:
        self.network, self.layout, self._shape = network, layout, shape

    def __call__(self, photo: Photo, boxes: list[FaceBox], passes: int) -> list[Face]:
        """One unfinished face for each box, whether or not there is one."""
        if not boxes:
            return []
        scale = self.network.info.crop_scale
        first = self._look(photo, [box.crop(scale) for box in boxes], last=passes == 1)
        if passes == 1:
            return self._seen_once(photo, first)
        crops = self._crops(first.landmarks, first.position_maps)
        second = self._look(photo, crops, last=True)
        faces = self._faces(photo, second, first.landmarks, second.landmarks)
        return self._settled(photo, faces, second.landmarks)

    def at(self, photo: Photo, crops: list[Crop]) -> list[Face]:
        """One unfinished face for each crop, by one look, whether or not there is one."""
        return self._seen_once(photo, self._look(photo, crops, last=True)) if crops else []

    def _seen_once(self, photo: Photo, seen: _Pass) -> list[Face]:
        return self._faces(photo, seen, seen.landmarks, seen.mirrored)

    def _settled(self, photo: Photo, faces: list[Face], landmarks: np.ndarray) -> list[Face]:
        """Look again, a few times, at faces about which the last two looks disagree.

        A look at a face that the crop shows badly brings the next crop closer to it. Where there
        is no face, looks go on disagreeing.

        Parameters
        ----------
        faces : list of Face
        landmarks : (N, 68, 3) float32
            What the last look saw without its mirror image.
        """
        faces, landmarks = list(faces), landmarks.copy()
        for _ in range(_MORE_LOOKS):
            unsettled = [i for i, face in enumerate(faces) if agreement_of(face) < _SETTLED]
            if not unsettled:
                break
            maps = np.stack([faces[i].position_map for i in unsettled])
            again = self._look(photo, self._crops(landmarks[unsettled], maps), last=True)
            new = self._faces(photo, again, landmarks[unsettled], again.landmarks)
            for i, face, points in zip(unsettled, new, again.landmarks, strict=True):
                faces[i], landmarks[i] = face, points
        return faces

    def _crops(self, landmarks: np.ndarray, position_maps: np.ndarray) -> list[Crop]:
        """The crops of the next look, around what the last one saw and turned upright.

        They, and their roll, follow from what was seen, so that the result does not depend on how
        the detector draws its boxes.
        """
        canonical = self.layout.canonical[self.layout.mask]
        crops = []
        for points, positions in zip(landmarks, position_maps, strict=True):
            lean = fit_pose(canonical, positions[self.layout.mask]).lean
            roll = lean if abs(lean) > UPRIGHT else 0.0
            crops.append(crop_around_points(points, self.network.info.crop_scale, roll))
        return crops

    def _faces(self, photo: Photo, seen: _Pass, before: np.ndarray, now: np.ndarray) -> list[Face]:
        """What a pass saw, as unfinished faces.

        Parameters
        ----------
        seen : _Pass
        before, now : (N, 68, 3) float32
            The landmarks whose agreement is the confidence.
        """
        return [
            Face(
                photo=photo,
                layout=self.layout,
                position_map=seen.position_maps[i],
                crop=crop,
                confidence=confidence(before[i], now[i], crop.fraction_outside(photo)),
                coefficients=self._coefficients(seen, i),
                expression=self._expression(seen.output, i),
            )
            for i, crop in enumerate(seen.crops)
        ]

    def _look(self, photo: Photo, crops: list[Crop], last: bool) -> _Pass:
        """Run the network on crops; in the last pass on their mirror images, too, if so meant."""
        if self.network.resolution != crops[0].resolution:
            crops = [Crop(c.centre, c.size, c.roll, self.network.resolution) for c in crops]
        images = np.stack([crop.extract(photo) for crop in crops])
        output = self.network(images)
        maps = _in_photo(crops, output.position_maps)
        # Passes are compared by the landmarks of the crops alone: a mean with the mirror image
        # moves less, whether it is right or wrong.
        texels = (slice(None), *tuple(self.layout.landmark_texels.T))
        landmarks = mirrored = maps[texels]
        in_mirror = None
        if last and self.network.info.mirror:
            in_mirror = self.network.in_mirror(images)
            other = _in_photo(crops, in_mirror.position_maps)
            mirrored = other[texels]
            maps = (maps + other) / 2
        return _Pass(crops, maps, landmarks, mirrored, output, in_mirror)

    def _coefficients(self, seen: _Pass, index: int) -> dict[str, np.ndarray]:
        """The network's further outputs for one face.

        Identity and expression are means of those of the crop and of its mirror image.
        """
        found = {k: v[index] for k, v in seen.output.coefficients.items()}
        if self._shape is not None and seen.in_mirror is not None:
            other = seen.in_mirror.coefficients
            for key, back in (
                ("identity", self._shape.mirrored_identity),
                ("expression", self._shape.mirrored_expression),
            ):
                found[key] = (found[key] + back(other[key][index])) / 2
        return found

    def _expression(self, output: NetworkOutput, index: int) -> dict[str, float]:
        """Names and values of the expression coefficients of one face; empty if there are none."""
        names, values = self.network.info.expression_names, output.coefficients.get("expression")
        if values is None or len(names) != values.shape[1]:
            return {}
        return {name: float(v) for name, v in zip(names, values[index], strict=True)}


def _in_photo(crops: list[Crop], maps: np.ndarray) -> np.ndarray:
    """(N, S, S, 3) float32: position maps from the pixels of their crops to the photo's."""
    return np.stack([c.positions_to_photo(m) for c, m in zip(crops, maps, strict=True)])
