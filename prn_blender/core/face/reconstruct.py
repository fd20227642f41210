"""From a photo to its faces: the one call that most callers need."""
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
from ..head.face_shape import FaceShape
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
from .likeness import Likeness
from .search import MIN_FACE_PIXELS, boxes_as_meant, given_box, leaning_boxes

# Radians: a face that leans less than this is shown to the network as it is. Networks are trained
# on leaning faces, and in profile a lean is a nod, which turning the crop would make unusual.
_UPRIGHT = 0.5


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


class FaceReconstructor:
    """Reconstructs the faces of photos.

    Parameters
    ----------
    network : PositionMapNetwork
    layout : UVLayout
        The layout that belongs to the network.
    detector : FaceDetector, optional
        By default one is started when it is first needed.
    lids_and_lips : LidsAndLips, optional
        Refines lids and lips; by default they stay as the network has them.
    shape : FaceShape, optional
        The shape whose identity coefficients the network tells; by default the depth of faces
        stays as the network has it.
    """

    def __init__(
        self,
        network: PositionMapNetwork,
        layout: UVLayout,
        detector: FaceDetector | None = None,
        lids_and_lips: LidsAndLips | None = None,
        shape: FaceShape | None = None,
    ) -> None:
        self.network, self.layout = network, layout
        self._detector, self._lids_and_lips = detector, lids_and_lips
        self._shape = shape
        self._likeness = None if shape is None else Likeness(shape, network.info.expression_names)
        self._foldovers = Foldovers(layout)

    @classmethod
    def load(
        cls,
        model: str | os.PathLike[str] | None = None,
        threads: int | None = None,
        providers: Sequence[str] | None = None,
        look_again: bool = True,
        likeness: bool = True,
    ) -> FaceReconstructor:
        """Open a model.

        Parameters
        ----------
        model : path-like, optional
            The .onnx file; by default that of the model that comes with the add-on.
        threads, providers : optional
            See `PositionMapNetwork`.
        look_again : bool
            Whether lids and lips are refined by a second network (`LidsAndLips`), if there is one
            for the model's layout.
        likeness : bool
            Whether faces get the person's depth (`Likeness`), if the model tells identity.

        Returns
        -------
        FaceReconstructor

        Raises
        ------
        ModelError
            A file is missing or damaged.
        MissingDependencyError
            onnxruntime is absent or cannot be loaded.
        """
        network, layout = open_model(model, threads, providers)
        # The add-on has the files for the layout of its own model only.
        refinement = LidsAndLips.beside(models_folder(), layout, threads) if look_again else None
        shape = FaceShape.beside(models_folder(), layout) if likeness else None
        if shape is not None and not _told_by(network, shape):
            shape = None
        return cls(network, layout, lids_and_lips=refinement, shape=shape)

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
            A file above 80 megapixels is read at half its size, see `Photo.reduction`.
        boxes : sequence of (x0, y0, x1, y1), optional
            Bounding boxes of the faces from brows to chin, photo pixels; the detector is not used
            then. The faces may lie on their side or be upside down.
        max_faces : int, optional
            Reconstruct the largest faces only, that many. With 1 the search ends at the first
            scale at which a face is found.
        passes : {1, 2}
            With 2 the network is run again on a crop around where it saw the face first, turned
            upright. With 1 the crop is that of the box, as in PRNet. If a given box shows no face
            like that, it is looked for turned in either case.

        Returns
        -------
        list of Face
            Largest first; in the order of `boxes` where those are given.

        Raises
        ------
        PhotoError
            The photo cannot be read.
        NoFaceError
            No face was found, or only faces smaller than 20 pixels.
        OptionError
            A box or the number of faces makes no sense.
        ModelError
            The network fails.
        MissingDependencyError
            onnxruntime is absent or cannot be loaded.
        """
        if not isinstance(photo, Photo):
            photo = read_photo(photo, reduced=True)
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
            faces = self._retry_unclear(photo, faces, found, passes, boxes_as_meant, MIN_AGREEMENT)
        else:
            candidates, faces = faces, distinct_faces(faces, found)
            if not faces:
                candidates = self._retry_unclear(
                    photo, candidates, found, passes, leaning_boxes, MIN_AGREEMENT_TURNED
                )
                faces = distinct_faces(candidates, found)
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
        """The face detector. It is started on first use, because given boxes need none."""
        if self._detector is None:
            self._detector = FaceDetector(detector_model_path())
        return self._detector

    def close(self) -> None:
        """Free the detector. It is started again when it is needed."""
        self._detector = None

    def _retry_unclear(
        self,
        photo: Photo,
        faces: list[Face],
        boxes: list[FaceBox],
        passes: int,
        variants: Callable[[FaceBox], list[FaceBox]],
        least: float,
    ) -> list[Face]:
        """Replace faces that are unclear by what variants of their boxes show.

        Parameters
        ----------
        faces, boxes : list
            Faces, and the box that each of them was made from.
        variants : callable
            Gives the boxes to look at in place of a box.
        least : float
            A face is unclear if its agreement is less than this. It is replaced by the variant
            with the most agreement, unless that is unclear, too.
        """

        def rank(face: Face) -> float:
            return agreement_of(face) - OVERTURNED * (abs(face.pose.lean) > UPSIDE_DOWN)

        def retried(face: Face, box: FaceBox) -> Face:
            if agreement_of(face) >= least:
                return face
            best = max(self._reconstruct(photo, variants(box), passes), key=rank)
            return best if agreement_of(best) >= least else face

        return [retried(face, box) for face, box in zip(faces, boxes, strict=True)]

    def finish(self, face: Face) -> Face:
        """Refine lids and lips of a face as the network sees it, and give it the person's depth.

        Foldovers are removed.
        """
        position_map = self._foldovers.unfold(face.position_map, face.pose)
        if self._lids_and_lips is not None:
            position_map = self._lids_and_lips(face.photo, position_map, face.pose)
        face = replace(face, position_map=position_map)
        return face if self._likeness is None else self._likeness(face)

    def _reconstruct(self, photo: Photo, boxes: list[FaceBox], passes: int) -> list[Face]:
        """One unfinished face for each box, whether or not there is one."""
        scale = self.network.info.crop_scale
        first = self._look(photo, [box.crop(scale) for box in boxes], last=passes == 1)
        # The crop of the second pass, and its roll, follow from what the first pass saw, so that
        # the result does not depend on how the detector draws its boxes.
        canonical = self.layout.canonical[self.layout.mask]
        crops = []
        for points, positions in zip(first.landmarks, first.position_maps, strict=True):
            lean = fit_pose(canonical, positions[self.layout.mask]).lean
            roll = lean if abs(lean) > _UPRIGHT else 0.0
            crops.append(crop_around_points(points, scale, roll))
        if passes > 1:
            second = self._look(photo, crops, last=True)
            compared = second.landmarks
        else:
            second, compared = first, first.mirrored
        return [
            Face(
                photo=photo,
                layout=self.layout,
                position_map=second.position_maps[i],
                crop=crop,
                confidence=confidence(
                    first.landmarks[i], compared[i], crop.fraction_outside(photo)
                ),
                coefficients=self._coefficients(second, i),
                expression=self._expression(second.output, i),
            )
            for i, crop in enumerate(second.crops)
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


def _told_by(network: PositionMapNetwork, shape: FaceShape) -> bool:
    """Whether a network's outputs are coefficients of a shape."""
    sizes = {"identity": shape.identities, "expression": len(shape.moves)}
    return (
        network.info.face_shape_sha256 == shape.sha256
        and len(network.info.expression_names) == len(shape.moves)
        and all(network.coefficient_sizes.get(name) == size for name, size in sizes.items())
    )


def _in_photo(crops: list[Crop], maps: np.ndarray) -> np.ndarray:
    """(N, S, S, 3) float32: position maps from the pixels of their crops to the photo's."""
    return np.stack([c.positions_to_photo(m) for c, m in zip(crops, maps, strict=True)])
