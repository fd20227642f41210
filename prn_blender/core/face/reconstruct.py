"""From a photo to its faces: the one call most callers need."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ..errors import NoFaceError, OptionError
from ..files.safe import shown
from ..geometry.foldovers import Foldovers
from ..geometry.pose import fit_pose
from ..geometry.uv_layout import UVLayout
from ..model.bundled import detector_model_path, models_folder, open_model
from ..model.network import NetworkOutput, PositionMapNetwork
from ..photo.crop import Crop, crop_around_points
from ..photo.photo import Photo, read_photo
from .confidence import (
    MIN_AGREEMENT,
    MIN_AGREEMENT_TURNED,
    OVERTURNED,
    UPSIDE_DOWN,
    agreement_of,
    confidence,
    distinct_faces,
)
from .detection import FaceBox, FaceDetector
from .face import Face
from .lids_and_lips import LidsAndLips
from .search import MIN_FACE_PIXELS, boxes_as_meant, given_box, leaning_boxes

# Faces leaning less than this (radians) are shown to the network as they are: networks are trained
# on leaning faces, and in profile a lean is a nod, which turning would only make unusual.
_UPRIGHT = 0.5


@dataclass(frozen=True, eq=False)
class _Pass:
    """What one look at N faces gives, in photo pixels."""

    crops: list[Crop]
    position_maps: np.ndarray  # (N, S, S, 3)
    landmarks: np.ndarray  # (N, 68, 3) of the crops as they are, without their mirror images
    mirrored: np.ndarray  # (N, 68, 3) of their mirror images, where those were looked at
    output: NetworkOutput


class FaceReconstructor:
    """Photo in, faces out.

    Parameters
    ----------
    network : PositionMapNetwork
    layout : UVLayout
        The one that belongs to the network.
    detector : FaceDetector, optional
        Without one, boxes have to be given.
    lids_and_lips : LidsAndLips, optional
        Looks at them a second time.
    """

    def __init__(
        self,
        network: PositionMapNetwork,
        layout: UVLayout,
        detector: FaceDetector | None = None,
        lids_and_lips: LidsAndLips | None = None,
    ) -> None:
        self.network, self.layout = network, layout
        self._detector, self._lids_and_lips = detector, lids_and_lips
        self._foldovers = Foldovers(layout)

    @classmethod
    def load(
        cls,
        model: str | os.PathLike[str] | None = None,
        threads: int | None = None,
        providers: Sequence[str] | None = None,
        look_again: bool = True,
    ) -> FaceReconstructor:
        """Open a model, by default the one that comes with the add-on.

        The detector starts when it is first needed.

        Parameters
        ----------
        model : path-like, optional
        threads, providers : optional
            See `PositionMapNetwork`.
        look_again : bool
            Whether a second network looks at lids and lips once more (`LidsAndLips`), where there
            is one for the model's layout.

        Raises
        ------
        ModelError, MissingDependencyError
        """
        network, layout = open_model(model, threads, providers)
        # A file of ours beside the default model; for other layouts there is none.
        again = LidsAndLips.beside(models_folder(), layout, threads) if look_again else None
        return cls(network, layout, lids_and_lips=again)

    def __call__(
        self,
        photo: Photo | str | os.PathLike[str],
        boxes: Sequence[Sequence[float]] | None = None,
        max_faces: int | None = None,
        passes: int = 2,
    ) -> list[Face]:
        """Reconstruct the faces of a photo.

        Parameters
        ----------
        photo : Photo or path-like
        boxes : sequence of (x0, y0, x1, y1), optional
            Where faces are, photo pixels, from brows to chin; skips the detector. The faces may
            lie down or be upside down.
        max_faces : int, optional
            The largest ones only; with 1 the search ends at the first face found.
        passes : {1, 2}
            The second pass looks again at where the first one saw the face, upright. With 1 the
            crop is that of the given or detected box, as in PRNet; only a face that this does not
            show is looked for in the given box with the photo turned.

        Returns
        -------
        list of Face
            Largest first; in the order of `boxes` where those are given.

        Raises
        ------
        PhotoError
            The photo cannot be read.
        NoFaceError
            No face was found, or only ones smaller than 20 pixels.
        OptionError
            A box makes no sense.
        """
        if not isinstance(photo, Photo):
            photo = read_photo(photo)
        if max_faces is not None and max_faces < 1:
            raise OptionError(
                "The number of faces is {max_faces}; it has to be at least 1.", max_faces=max_faces
            )
        if boxes is not None:
            found = [given_box(box, photo) for box in boxes]
        else:
            found = self.detector(photo, largest_only=max_faces == 1)
        name = shown(photo.path) if photo.path else "the photo"
        if not found:
            raise NoFaceError(
                "No face was found in {name}; try a clearer picture, or crop it closer to the "
                "face.",
                name=name,
            )
        faces = self._reconstruct(photo, found, passes)
        if boxes is not None:
            faces = self._again_if_unclear(
                photo, faces, found, passes, boxes_as_meant, MIN_AGREEMENT
            )
        else:
            detected, faces = faces, distinct_faces(faces, found)
            if not faces:
                detected = self._again_if_unclear(
                    photo, detected, found, passes, leaning_boxes, MIN_AGREEMENT_TURNED
                )
                faces = distinct_faces(detected, found)
            if not faces:
                raise NoFaceError(
                    "What looked like a face in {name} is too unclear to be reconstructed; try a "
                    "clearer picture, or crop it closer to the face.",
                    name=name,
                )
        large = [face for face in faces if face.size >= MIN_FACE_PIXELS]
        if not large:
            raise NoFaceError(
                "The largest face in {name} is {size:.0f} pixels wide; at least "
                "{limit} are needed.",
                name=name,
                size=faces[0].size,
                limit=MIN_FACE_PIXELS,
            )
        return [self.finish(face) for face in large[:max_faces]]

    @property
    def detector(self) -> FaceDetector:
        """The face detector; started on first use, because a given box needs none."""
        if self._detector is None:
            self._detector = FaceDetector(detector_model_path())
        return self._detector

    def close(self) -> None:
        """Free the detector; with the next photo it starts again."""
        self._detector = None

    def _again_if_unclear(
        self,
        photo: Photo,
        faces: list[Face],
        boxes: list[FaceBox],
        passes: int,
        others: Callable[[FaceBox], list[FaceBox]],
        least: float,
    ) -> list[Face]:
        """The faces; in place of one that is none, what other boxes in place of its own show.

        That is taken of which two looks agree best, if they do by at least `least`.
        """

        def seen_again(face: Face, box: FaceBox) -> Face:
            if agreement_of(face) >= least:
                return face
            again = self._reconstruct(photo, others(box), passes)
            best = max(
                again, key=lambda f: agreement_of(f) - OVERTURNED * (abs(f.pose.lean) > UPSIDE_DOWN)
            )
            return best if agreement_of(best) >= least else face

        return [seen_again(face, box) for face, box in zip(faces, boxes, strict=True)]

    def finish(self, face: Face) -> Face:
        """The face as the network saw it, without folds, its lids and lips looked at again."""
        position_map = self._foldovers.unfold(face.position_map, face.pose)
        if self._lids_and_lips is not None:
            position_map = self._lids_and_lips(face.photo, position_map, face.pose)
        return replace(face, position_map=position_map)

    def _reconstruct(self, photo: Photo, boxes: list[FaceBox], passes: int) -> list[Face]:
        scale = self.network.info.crop_scale
        first = self._look(photo, [box.crop(scale) for box in boxes], last=passes == 1)
        # The second look is cropped, and turned upright, by what the first one saw: the result
        # no longer depends on the detector's idea of a box.
        canonical = self.layout.canonical[self.layout.mask]
        crops = []
        for points, positions in zip(first.landmarks, first.position_maps, strict=True):
            lean = fit_pose(canonical, positions[self.layout.mask]).lean
            roll = lean if abs(lean) > _UPRIGHT else 0.0
            crops.append(crop_around_points(points, scale, roll))
        if passes > 1:
            second = self._look(photo, crops, last=True)
            again = second.landmarks
        else:
            second, again = first, first.mirrored
        return [
            Face(
                photo=photo,
                layout=self.layout,
                position_map=second.position_maps[i],
                crop=crop,
                confidence=confidence(first.landmarks[i], again[i], crop.fraction_outside(photo)),
                coefficients={k: v[i] for k, v in second.output.coefficients.items()},
                expression=self._expression(second.output, i),
            )
            for i, crop in enumerate(second.crops)
        ]

    def _look(self, photo: Photo, crops: list[Crop], last: bool) -> _Pass:
        if self.network.resolution != crops[0].resolution:
            crops = [Crop(c.centre, c.size, c.roll, self.network.resolution) for c in crops]
        images = np.stack([crop.extract(photo) for crop in crops])
        output = self.network(images)
        maps = _in_photo(crops, output.position_maps)
        # Two looks are compared by their straight halves: a mean moves less, right or wrong.
        texels = (slice(None), *tuple(self.layout.landmark_texels.T))
        straight = mirrored = maps[texels]
        if last and self.network.info.mirror:
            in_mirror = _in_photo(crops, self.network.in_mirror(images))
            mirrored = in_mirror[texels]
            maps = (maps + in_mirror) / 2
        return _Pass(crops, maps, straight, mirrored, output)

    def _expression(self, output: NetworkOutput, index: int) -> dict[str, float]:
        names, values = self.network.info.expression_names, output.coefficients.get("expression")
        if values is None or len(names) != values.shape[1]:
            return {}
        return {name: float(v) for name, v in zip(names, values[index], strict=True)}


def _in_photo(crops: list[Crop], maps: np.ndarray) -> np.ndarray:
    return np.stack([c.positions_to_photo(m) for c, m in zip(crops, maps, strict=True)])
