"""Find faces of all sizes and directions in a photo: BlazeFace over an image pyramid."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from ..photo.crop import Crop
from ..photo.photo import Photo
from .blazeface import SIDE, BlazeFace
from .both_ways import BothWays, look_both_ways
from .face_box import FaceBox, box_in_crop, box_of_row, moved, overlap, placed, turned_back
from .windows import is_cut, places_of, shrunk, side_of, turned_by_an_eighth

# BlazeFace sees 128 x 128 pixels and finds faces from about a tenth of that size on. On each level
# of the pyramid the windows have half the side of the level before. They overlap by half, so every
# face of up to half a window's size lies whole in one of them. Three levels find faces of a
# fortieth of the photo's longer side. Where they show none, finer levels are searched, which take
# ever more windows: those are the tiles.
_LEVELS = 3
# Most windows of all tiles of a photo: three seconds on two cores.
_MOST_TILES = 2000
# The smallest faces of the finest level are a thousandth of the photo's longer side.
_FINEST_LEVEL = 7
# Pixels that a window is scaled to: enough for the network, and quickly made.
_WINDOW = 256
# Photo pixels of the smallest windows. In smaller ones faces would be too small to be of use.
_SMALLEST_WINDOW = 160

# Score from which on something is a face, in the window that shows the whole photo ...
_SCORE = 0.5
# ... and in smaller windows, which show a hundred times as many places that can look like a face.
_SCORE_SMALL = 0.75
# Score from which on what looks like a face may be one, when nothing better is in the photo: that
# of profiles that look away, and of faces in the dark. In the window of the whole photo, and below.
_FAINT = 0.3
_FAINT_SMALL = 0.6
# Most detections of a step of the thorough search: each is looked at by the large network.
_MOST_FAINT = 16
_MOST_IN_TILES = 48
SURE = 0.85
"""If no face has at least this score, the photo is also searched turned.

Upside-down faces are found upright, too, but with a lower score (0.79 at most in 42 photos) and the
wrong roll; profiles have scores as low. `confidence.distinct_faces` decides which are right."""
# Beside a sure face, how many faint ones are looked at upside down, and the side of their crops
# over that of their boxes: an upside-down face seen upright has a score of 0.4 to 0.8, and lies
# lower. One that lies on its side has more, and is a detection.
_MOST_HINTS = 2
_HINT_CROP = 2.5
# Overlap from which on two boxes are of the same face.
_SAME_FACE = 0.5


class FaceDetector:
    """Finds the faces of photos.

    Parameters
    ----------
    model : path-like
        face_detector.onnx, see `BlazeFace`.
    threads : int, optional
        CPU threads; by default onnxruntime's own choice.

    Raises
    ------
    MissingDependencyError
        onnxruntime is absent or cannot be loaded.
    ModelError
        The file is missing, damaged or another network.
    """

    def __init__(self, model: str | os.PathLike[str], threads: int | None = None) -> None:
        self._network = BlazeFace(model, _SCORE, threads)

    def __call__(self, photo: Photo, largest_only: bool = False) -> list[FaceBox]:
        """Find the faces of a photo.

        Parameters
        ----------
        photo : Photo
        largest_only : bool
            Stop at the first level of the pyramid that shows a face.

        Returns
        -------
        list of FaceBox
            Largest first. If no upright face is found for sure, the photo is searched turned by
            quarters, too; a face can then be in the list twice, once with `sought`.

        Raises
        ------
        ModelError
            The network fails.
        """
        # Shrunk once: no level and no direction needs more pixels than the finest level.
        small = shrunk(photo.pixels, _WINDOW * 2 ** (_LEVELS - 1))
        stretch = np.array([photo.width / small.shape[1], photo.height / small.shape[0]])
        found = self._search_all_ways(small, largest_only)
        return [placed(box, np.array([0.5, 0.5]), stretch) for box in found]

    def thorough(self, photo: Photo, largest_only: bool = False) -> Iterator[list[FaceBox]]:
        """Look harder for the faces of a photo: for one in which nothing found so far is a face.

        First for faint faces in eight directions, then in tiles: levels of the pyramid that are
        finer than the usual ones, upright, and then turned by quarters.

        Parameters
        ----------
        photo : Photo
        largest_only : bool
            Each level of the tiles is a step of its own, instead of all upright ones together.

        Yields
        ------
        list of FaceBox
            What a step finds, all `sought`, by falling score. The caller ends the search when one
            of them is a face.

        Raises
        ------
        ModelError
            The network fails.
        """
        small = shrunk(photo.pixels, 2 * _WINDOW)
        yield _in_photo(self._faint(small), photo, small)[:_MOST_FAINT]
        left = _MOST_TILES
        for quarters in ((0,), (1, 2, 3)):
            together: list[FaceBox] = []
            for level in range(_LEVELS, _FINEST_LEVEL + 1):
                small = shrunk(photo.pixels, _WINDOW * 2**level)
                left -= len(quarters) * len(places_of(small, level))
                if left < 0 or max(photo.width, photo.height) < _SMALLEST_WINDOW * 2**level:
                    break
                boxes = []
                for quarter in quarters:
                    turned = np.ascontiguousarray(np.rot90(small, quarter))
                    found = self._search_level(turned, level)
                    height, width = small.shape[:2]
                    boxes += [turned_back(box, quarter, width, height) for box in found]
                together += _in_photo(_distinct(boxes), photo, small)
                if largest_only:
                    yield together[:_MOST_IN_TILES]
                    together = []
            yield _distinct(together)[:_MOST_IN_TILES]

    def both_ways(self, photo: Photo, readings: Sequence[tuple[Crop, float]]) -> list[BothWays]:
        """Ask the detector whether faces stand as they were read, see `look_both_ways`."""
        return look_both_ways(self._network, photo, readings)

    def _faint(self, pixels: np.ndarray) -> list[FaceBox]:
        """Faint faces in eight directions of a picture; a face can be in the list many times."""
        found: list[FaceBox] = []
        for eighth in range(8):
            quarter, half = divmod(eighth, 2)
            turned = np.ascontiguousarray(np.rot90(pixels, quarter))
            if half:
                leaning, to_turned = turned_by_an_eighth(turned)
                boxes = [moved(box, to_turned) for box in self._search_level(leaning, 0, _FAINT)]
            else:
                boxes = self._search_level(turned, 0, _FAINT)
                boxes += self._search_level(turned, 1, _FAINT_SMALL)
            height, width = pixels.shape[:2]
            found += [turned_back(box, quarter, width, height) for box in boxes]
        return found

    def _search_all_ways(self, pixels: np.ndarray, largest_only: bool) -> list[FaceBox]:
        """Search a picture upright and, unless a face is sure, turned by quarters."""
        hints: list[FaceBox] = []
        found = self._search(pixels, largest_only, hints)
        if found and max(box.score for box in found) >= SURE:
            return (
                found
                if largest_only
                else found + self._upside_down_neighbours(pixels, found, hints)
            )
        turned_found = []
        for quarter in (1, 2, 3):
            turned = np.ascontiguousarray(np.rot90(pixels, quarter))
            for box in self._search(turned, largest_only):
                back = turned_back(box, quarter, pixels.shape[1], pixels.shape[0])
                turned_found.append(replace(back, sought=True))
        return sorted(found + _distinct(turned_found), key=lambda box: -box.area)

    def _upside_down_neighbours(
        self, pixels: np.ndarray, found: list[FaceBox], hints: list[FaceBox]
    ) -> list[FaceBox]:
        """Upside-down faces beside upright ones, where a faint face hints at them."""
        fresh = [h for h in _distinct(hints) if all(overlap(h, b) < _SAME_FACE for b in found)]
        photo = Photo(pixels)
        crops = [
            Crop(hint.crop(1.0).centre, _HINT_CROP * (hint.x1 - hint.x0), math.pi, SIDE)
            for hint in fresh[:_MOST_HINTS]
        ]
        rows = self._network([crop.extract(photo) for crop in crops], SURE) if crops else []
        return _distinct(
            [
                box_in_crop(crop, row)
                for crop, several in zip(crops, rows, strict=True)
                for row in several
            ]
        )

    def _search(
        self, pixels: np.ndarray, largest_only: bool, hints: list[FaceBox] | None = None
    ) -> list[FaceBox]:
        """Search all levels of the pyramid of a picture; what is too faint goes to `hints`."""
        found: list[FaceBox] = []
        for level in range(_LEVELS):
            if level and max(pixels.shape[:2]) < _SMALLEST_WINDOW * 2**level:
                break
            found += self._search_level(pixels, level, hints=hints)
            if largest_only and found:
                break
        return sorted(_distinct(found), key=lambda box: -box.area)

    def _search_level(
        self,
        pixels: np.ndarray,
        level: int,
        least: float | None = None,
        hints: list[FaceBox] | None = None,
    ) -> list[FaceBox]:
        """Search one level of the pyramid, by default with its usual least score.

        Level 0 is the whole picture. What has less goes to `hints`.
        """
        small = shrunk(pixels, _WINDOW * 2**level)
        stretch = np.array([pixels.shape[1] / small.shape[1], pixels.shape[0] / small.shape[0]])
        side = side_of(small, level)
        places = places_of(small, level)
        windows = [small[top : top + side, left : left + side] for left, top in places]
        least = least or (_SCORE_SMALL if level else _SCORE)
        boxes = []
        # A face that only just counts is averaged from all that the usual score admits.
        found = self._network(windows, min(least, _SCORE))
        for (left, top), window, rows in zip(places, windows, found, strict=True):
            for box in map(box_of_row, rows):
                if level and is_cut(box, window, left, top, small):
                    continue  # another window shows it whole
                box = placed(box, np.array([left, top]), stretch)
                if box.score >= least:
                    boxes.append(box)
                elif hints is not None:
                    hints.append(box)
        return boxes


def _distinct(boxes: list[FaceBox]) -> list[FaceBox]:
    """Keep, of boxes that overlap, the one with the best score."""
    kept: list[FaceBox] = []
    for box in sorted(boxes, key=lambda b: -b.score):
        if all(overlap(box, other) < _SAME_FACE for other in kept):
            kept.append(box)
    return kept


def _in_photo(boxes: list[FaceBox], photo: Photo, picture: np.ndarray) -> list[FaceBox]:
    """Boxes in the shrunk picture as sought boxes in the photo, by falling score."""
    stretch = np.array([photo.width / picture.shape[1], photo.height / picture.shape[0]])
    return [
        replace(placed(box, np.array([0.5, 0.5]), stretch), sought=True)
        for box in sorted(boxes, key=lambda box: -box.score)
    ]
