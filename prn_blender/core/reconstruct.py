"""From a photo to its faces: the one call most callers need."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import math
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from .crop import Crop, crop_around_points
from .detection import FaceBox, FaceDetector, overlap
from .errors import NoFaceError, OptionError
from .face import Face
from .files import shown
from .folds import Folds
from .lids_and_lips import LidsAndLips
from .model_store import detector_model_path, models_folder, open_model
from .network import NetworkOutput, PositionMapNetwork
from .photo import Photo, read_photo
from .pose import fit_pose
from .uv_layout import UVLayout

MIN_FACE_PIXELS = 20
# Mean distance of the landmarks between the two passes, over the face's size, at which the
# confidence has fallen to a half: faces that were found well move by 0.01 to 0.03.
_HALF_SHIFT = 0.08
# A detection with less is a pattern that looked like a face until it was looked at twice: on 100
# photos hands, ears and backs of heads stayed below 0.35, faces of every pose above 0.5.
_MIN_AGREEMENT = 0.4
# A given box says nothing of how its face is turned: what it does not show upright is looked for
# in sixteen directions. Of six such faces in 1,004 annotated photos (AFLW2000-3D, HELEN, AFW) four,
# in profile or looking down, are seen best in a direction between the quarters.
_ANY_TURN = tuple(k * math.tau / 16 for k in range(1, 16))
# It may also have been drawn a little too high, low, large or small (parts of its sides). A face
# upside down has to agree that much better than one that is not.
_OVERTURNED, UPSIDE_DOWN = 0.15, 2.0  # radians
_MEANT = ((0, -0.12, 1), (0, 0.12, 1), (-0.12, 0, 1), (0.12, 0, 1), (0, 0, 0.85), (0, 0, 1.2))
# A detected face's turn is known by quarters; where no detection is trusted, each is looked for
# leaning: so four of twelve faces are found in AFLW2000-3D's photos that were not before.
_LEANING = tuple(k * math.tau / 16 for k in (-3, -2, -1, 1, 2, 3))
# So many looks, and those at a photo turned by quarters, find something in what is no face, too:
# leaning, of 13 false detections one has 0.63, the others at most 0.54; a cup of coffee has 0.43.
# Of 362 detections in photos that had been turned, 318 were right, two of them below this.
_MIN_AGREEMENT_TURNED = 0.55
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
        self._folds = Folds(layout)

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
            found = [_given_box(box, photo) for box in boxes]
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
            faces = self._again_if_unclear(photo, faces, found, passes, _as_meant, _MIN_AGREEMENT)
        else:
            detected, faces = faces, _distinct(faces, found)
            if not faces:
                detected = self._again_if_unclear(
                    photo, detected, found, passes, _leaning, _MIN_AGREEMENT_TURNED
                )
                faces = _distinct(detected, found)
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
            if _agreement(face) >= least:
                return face
            again = self._reconstruct(photo, others(box), passes)
            best = max(
                again, key=lambda f: _agreement(f) - _OVERTURNED * (abs(f.pose.lean) > UPSIDE_DOWN)
            )
            return best if _agreement(best) >= least else face

        return [seen_again(face, box) for face, box in zip(faces, boxes, strict=True)]

    def finish(self, face: Face) -> Face:
        """The face as the network saw it, without folds, its lids and lips looked at again."""
        position_map = self._folds.laid_flat(face.position_map, face.pose)
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


def confidence(first: np.ndarray, second: np.ndarray, outside: float) -> float:
    """How far a reconstruction can be trusted.

    Parameters
    ----------
    first, second : (68, 3) float
        Landmarks of two looks, photo pixels: of the two passes or, with one pass, of the crop and
        its mirror image.
    outside : float
        Share of the second crop that lies outside the photo, 0..1.

    Returns
    -------
    float
        0..1. A face is where the network sees the same thing in both crops: the confidence
        halves with every 0.08 of the face's size that the landmarks move on average, and falls
        with the part of the crop that the photo does not show.
    """
    size = float(np.ptp(second[:, :2], axis=0).mean())
    shift = float(np.linalg.norm(second - first, axis=1).mean()) / max(size, 1e-6)
    return float(0.5 ** (shift / _HALF_SHIFT) * (1 - outside))


def _as_meant(box: FaceBox) -> list[FaceBox]:
    """A given box in all turns, and as it may have been meant."""
    wide, high = box.x1 - box.x0, box.y1 - box.y0
    boxes = [replace(box, roll=box.roll + turn) for turn in _ANY_TURN]
    for across, down, larger in _MEANT:
        x, y = (box.x0 + box.x1) / 2 + across * wide, (box.y0 + box.y1) / 2 + down * high
        w, h = wide * larger / 2, high * larger / 2
        boxes.append(replace(box, x0=x - w, y0=y - h, x1=x + w, y1=y + h))
    return boxes


def _leaning(box: FaceBox) -> list[FaceBox]:
    return [replace(box, roll=box.roll + turn) for turn in _LEANING]


def _agreement(face: Face) -> float:
    # What the photo's border cuts off lowers the confidence, but makes it no less of a face.
    return face.confidence / max(1 - face.crop.fraction_outside(face.photo), 1e-6)


def _given_box(box: Sequence[float], photo: Photo) -> FaceBox:
    try:
        values = np.asarray(box, np.float64).ravel()
    except (TypeError, ValueError):
        values = np.empty(0)
    # A face can reach past the photo, but not by so much.
    largest = 10 * max(photo.width, photo.height)
    if values.shape != (4,) or not (np.abs(values) <= largest).all():
        raise OptionError(
            "A box is four numbers, x0 y0 x1 y1, in pixels of the photo of {width} x "
            "{height}; found {box}.",
            width=photo.width,
            height=photo.height,
            box=str(box)[:80],
        )
    x0, y0, x1, y1 = values.tolist()
    if x1 - x0 < MIN_FACE_PIXELS or y1 - y0 < MIN_FACE_PIXELS:
        raise OptionError(
            "The box {x0:g} {y0:g} {x1:g} {y1:g} is {w:g} x {h:g} pixels; each side "
            "needs at least {limit} (x0 y0 is the upper left corner).",
            x0=x0,
            y0=y0,
            x1=x1,
            y1=y1,
            w=x1 - x0,
            h=y1 - y0,
            limit=MIN_FACE_PIXELS,
        )
    if x0 >= photo.width or y0 >= photo.height or x1 <= 0 or y1 <= 0:
        raise OptionError(
            "The box {x0:g} {y0:g} {x1:g} {y1:g} lies outside the photo of {width} x "
            "{height} pixels.",
            x0=x0,
            y0=y0,
            x1=x1,
            y1=y1,
            width=photo.width,
            height=photo.height,
        )
    return FaceBox(x0, y0, x1, y1, given=True)


def _distinct(faces: list[Face], boxes: list[FaceBox]) -> list[Face]:
    """Faces that are faces, each once, largest first.

    Of reconstructions that cover each other the one wins that detector and network trust most;
    one that stands upright needs less trust (both numbers from profiles and upside-down faces of
    140 photos: 2 % of profiles turned wrongly, 90 to 98 % of upside-down faces recognised).
    """
    trusted = []
    for face, box in zip(faces, boxes, strict=True):
        agreement = _agreement(face)
        if agreement >= (_MIN_AGREEMENT_TURNED if box.turned else _MIN_AGREEMENT):
            trusted.append((box.score + 0.5 * agreement - 0.15 * box.turned, face))
    kept: list[Face] = []
    for _, face in sorted(trusted, key=lambda pair: -pair[0]):
        if all(overlap(FaceBox(*face.box), FaceBox(*other.box)) < 0.5 for other in kept):
            kept.append(face)
    return sorted(kept, key=lambda face: -face.size)
