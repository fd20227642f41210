"""From a photo to its faces: the one call that most callers need."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace

from ..errors import NoFaceError, OptionError
from ..files.safe import shown
from ..geometry.foldovers import Foldovers
from ..geometry.landmarks import lean_of
from ..geometry.uv_layout import UVLayout
from ..head.face_shape import FaceShape
from ..head.facets import without_facets
from ..head.head_model import HeadModel
from ..head.whole_head import check_fits
from ..model.bundled import detector_model_path, models_folder, open_model
from ..model.network import PositionMapNetwork
from ..photo.crop import Crop
from ..photo.photo import Photo, read_photo
from .both_ways import BothWays
from .confidence import (
    MIN_AGREEMENT,
    MIN_AGREEMENT_SETTLED,
    OPPOSED,
    OVERTURNED,
    UPSIDE_DOWN,
    Reading,
    agreement_of,
    distinct_faces,
    is_opposed,
    is_sure,
)
from .detection import FaceDetector
from .face import IRISES, Face
from .face_box import FaceBox
from .lids_and_lips import LidsAndLips
from .likeness import Likeness, tells
from .looks import Looks
from .search import (
    MIN_FACE_PIXELS,
    boxes_as_meant,
    given_box,
    upside_down_box,
)


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
    faceted : bool
        Whether the network gives faces the facets of the layout's mean face, see `head.facets`.
    threads : int, optional
        CPU threads of a detector that is started here; by default onnxruntime's own choice.
    head : HeadModel, optional
        What whole heads are made of; by default the head that comes with the add-on.

    Raises
    ------
    ModelError
        That head belongs to another layout or face shape.
    """

    def __init__(
        self,
        network: PositionMapNetwork,
        layout: UVLayout,
        detector: FaceDetector | None = None,
        lids_and_lips: LidsAndLips | None = None,
        shape: FaceShape | None = None,
        faceted: bool = False,
        threads: int | None = None,
        head: HeadModel | None = None,
    ) -> None:
        check_fits(head, layout, shape)
        self.network, self.layout, self.head = network, layout, head
        self._faceted = faceted
        self._detector, self._lids_and_lips = detector, lids_and_lips
        self._threads = threads
        self._shape = shape
        self._looks = Looks(network, layout, shape)
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
        head: HeadModel | None = None,
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
        head : HeadModel, optional
            What whole heads are made of; by default the head that comes with the add-on.

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
        shape = FaceShape.beside(models_folder(), layout)
        if shape is not None and not tells(network, shape):
            shape = None
        # A network that tells this shape has learnt from its head.
        return cls(
            network,
            layout,
            lids_and_lips=refinement,
            shape=shape if likeness else None,
            faceted=shape is not None,
            threads=threads,
            head=head,
        )

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
            Bounding boxes of the faces from brows to chin, photo pixels. The faces may lie on their
            side or be upside down; the detector is asked for nothing else then.
        max_faces : int, optional
            Reconstruct the largest faces only, that many. With 1 the search ends at the first
            scale at which a face is found.
        passes : {1, 2}
            With 2 the network is run again on a crop around where it saw the face first, turned
            upright, and up to twice more where these disagree. With 1 the crop is that of the
            box, as in PRNet. If a given box shows no face like that, it is looked for turned in
            either case.

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
        if max_faces is not None and not (isinstance(max_faces, int) and max_faces >= 1):
            raise OptionError(
                "The number of faces is {max_faces}; it has to be at least 1.", max_faces=max_faces
            )
        if boxes is not None:
            faces = self._in_boxes(photo, [given_box(box, photo) for box in boxes], passes)
        else:
            faces = self._search(photo, max_faces == 1, passes)
        if not faces:  # no box was given
            raise _nothing_in(photo)
        large = [face for face in faces if face.size >= MIN_FACE_PIXELS]
        if not large:
            raise NoFaceError(
                "The largest face in {name} is {size:.0f} pixels wide; at least "
                "{limit} are needed.",
                name=_name(photo),
                size=faces[0].size,
                limit=MIN_FACE_PIXELS,
            )
        return [self.finish(face) for face in large[:max_faces]]

    def at(self, photo: Photo, crop: Crop) -> Face:
        """The face that a crop shows, by one look; whether or not there is one.

        For who knows already where a face is, as in the frames of a shot.

        Parameters
        ----------
        photo : Photo
        crop : Crop

        Returns
        -------
        Face
            Refined, see `finish`.
        """
        return self.finish(self._looks.at(photo, [crop])[0])

    @property
    def shape(self) -> FaceShape | None:
        """The shape whose coefficients the network tells, if it does."""
        return self._shape

    @property
    def detector(self) -> FaceDetector:
        """The face detector. It is started on first use."""
        if self._detector is None:
            self._detector = FaceDetector(detector_model_path(), self._threads)
        return self._detector

    @property
    def likeness(self) -> Likeness | None:
        """What gives faces the person's depth; None where the model does not tell identity."""
        return self._likeness

    def close(self) -> None:
        """Free the detector. It is started again when it is needed."""
        self._detector = None

    def _search(self, photo: Photo, largest_only: bool, passes: int) -> list[Face]:
        """Find the faces of a photo, unfinished; NoFaceError if there are none."""
        found = self.detector(photo, largest_only)
        faces = self.among(photo, found, passes)
        if faces:
            return faces
        for boxes in self.detector.thorough(photo, largest_only):
            faces = self.among(photo, boxes, passes)
            if faces:
                return faces
        if found:
            raise NoFaceError(
                "What looked like a face in {name} is too unclear to be reconstructed; try a "
                "clearer picture, or crop it closer to the face.",
                name=_name(photo),
            )
        raise _nothing_in(photo)

    def among(self, photo: Photo, boxes: list[FaceBox], passes: int = 2) -> list[Face]:
        """The faces among detections, each head once and the right way up.

        Parameters
        ----------
        photo : Photo
        boxes : list of FaceBox
            As `detector` finds them.
        passes : {1, 2}
            See `__call__`.

        Returns
        -------
        list of Face
            Largest first, not yet refined, see `finish`. Empty if none of them is a face.
        """
        if not boxes:
            return []
        faces = self._looks(photo, boxes, passes)
        readings = [
            Reading(face, box) for face, box in zip(faces, boxes, strict=True) if is_sure(face, box)
        ]
        if len(readings) < len(faces):
            unsure = [(f, b) for f, b in zip(faces, boxes, strict=True) if not is_sure(f, b)]
            readings += self._both_ways(photo, unsure, passes)
        least = MIN_AGREEMENT if passes == 1 else MIN_AGREEMENT_SETTLED
        return [reading.face for reading in distinct_faces(readings, least)]

    def _both_ways(
        self, photo: Photo, candidates: list[tuple[Face, FaceBox]], passes: int
    ) -> list[Reading]:
        """Have the detector judge readings, and read what it sees upside down the other way, too.

        Returns
        -------
        list of Reading
            First those of the candidates.
        """
        ways = self._judge(photo, [face for face, _ in candidates])
        readings = [
            Reading(face, box, way.margin)
            for (face, box), way in zip(candidates, ways, strict=True)
        ]
        others = [
            way.other_way for way in ways if way.margin < OPPOSED and way.other_way is not None
        ]
        if others:
            faces = self._looks(photo, others, passes)
            margins = [way.margin for way in self._judge(photo, faces)]
            readings += [Reading(*r) for r in zip(faces, others, margins, strict=True)]
        return readings

    def _judge(self, photo: Photo, faces: list[Face]) -> list[BothWays]:
        """What the detector says of faces this way up and upside down."""
        return self.detector.both_ways(photo, [(f.crop, lean_of(f.landmarks)) for f in faces])

    def _in_boxes(self, photo: Photo, boxes: list[FaceBox], passes: int) -> list[Face]:
        """One unfinished face for each given box, turned where it is clear only so."""
        faces = self._looks(photo, boxes, passes)
        faces = [self._as_meant(photo, *pair, passes) for pair in zip(faces, boxes, strict=True)]
        ways = self._judge(photo, faces)
        return [
            self._right_way_up(photo, Reading(face, box, way.margin), way, passes)
            for face, box, way in zip(faces, boxes, ways, strict=True)
        ]

    def _as_meant(self, photo: Photo, face: Face, box: FaceBox, passes: int) -> Face:
        """The face in a given box; if it is unclear, what is clearest as the box may be meant."""

        def rank(face: Face) -> float:
            return agreement_of(face) - OVERTURNED * (abs(face.pose.lean) > UPSIDE_DOWN)

        if agreement_of(face) >= MIN_AGREEMENT:
            return face
        best = max(self._looks(photo, boxes_as_meant(box), passes), key=rank)
        return best if agreement_of(best) >= MIN_AGREEMENT else face

    def _right_way_up(self, photo: Photo, reading: Reading, way: BothWays, passes: int) -> Face:
        """The face in a given box, or the same turned if detector and network trust that more."""
        if way.margin >= OPPOSED:
            return reading.face
        others = [upside_down_box(reading.box, lean_of(reading.face.landmarks))]
        if way.other_way is not None:
            others.append(way.other_way)
        faces = self._looks(photo, others, passes)
        margins = [way.margin for way in self._judge(photo, faces)]
        turned = [Reading(*r) for r in zip(faces, others, margins, strict=True)]
        # What came back to the same way up is only another look at it, not by the box as given.
        turned = [
            r for r in turned if r.is_clear(MIN_AGREEMENT) and is_opposed(r.face, reading.face)
        ]
        best = max([reading, *turned], key=lambda r: r.trust)
        return best.face

    def finish(self, face: Face) -> Face:
        """Refine lids and lips of a face as the network sees it, and give it the person's depth.

        Where its irises are is added to its coefficients. Foldovers and the facets of the mean head
        are removed.
        """
        position_map = self._foldovers.unfold(face.position_map, face.pose)
        if self._faceted:
            position_map = without_facets(position_map, self.layout, face.pose)
        seen = dict(face.coefficients)
        if self._lids_and_lips is not None:
            refined = self._lids_and_lips(face.photo, position_map, face.pose)
            position_map = refined.position_map
            if refined.irises is not None:
                seen[IRISES] = refined.irises.ravel()
        face = replace(face, position_map=position_map, coefficients=seen, head_model=self.head)
        return face if self._likeness is None else self._likeness(face)


def _nothing_in(photo: Photo) -> NoFaceError:
    return NoFaceError(
        "No face was found in {name}; try a clearer picture, or crop it closer to the face.",
        name=_name(photo),
    )


def _name(photo: Photo) -> str:
    """What messages call a photo."""
    return shown(photo.path) if photo.path else "the photo"
