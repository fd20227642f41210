"""Tells whether photos show one person, by what the network says of identity and by the features.

The two are compared with many people's: `same_person.npz` has the mean and the spread of what the
network tells of them, and the mean pattern of their features. Nobody's face is in it.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np

from ..errors import ModelError, Sentence
from ..face.face import Face
from ..files.npz import unpack_npz
from ..files.safe import read_bounded, shown
from ..geometry.parts import part_mask
from ..geometry.uv_layout import UVLayout
from ..image.colour import LUMA
from ..model.bundled import models_folder

MODEL = "same_person.npz"
"""File name of what is known of people."""
MAX_FILE_BYTES = 4 * 2**20
SIDE = 64
"""Texels along the side of a pattern."""
# Texels of a pattern, standard deviation: coarser is light.
_COARSE = 4.0
# Levels: contrast below which a place shows noise.
_FAINT = 4.0
# How much the features count beside the network's identity.
_FEATURES = 0.3
# Mean likeness to the others, over the root of the others' among themselves, below which a photo
# is of somebody else. Of LFW, one foreign photo among five: 0.31 finds 54 of 100 and takes a photo
# for foreign in 6 of 100 sets of four of one person; 0.38 finds 67 (12), 0.41 as many (16).
_ALIKE = 0.38
_LEAST = 0.05
# Two photos alone that are less alike may be of two people; which of them is wrong nobody knows.
_DOUBTFUL = 0.15
FEWEST = 3
"""Photos from which on one can be told to be of somebody else."""


@dataclass(frozen=True, eq=False)
class People:
    """What is known of people.

    Attributes
    ----------
    mean : (K,) float32
        Of what the network tells of identity.
    whitening : (K, K) float32
        Brings differences from the mean to one scale in all directions.
    pattern : (SIDE, SIDE) float32
        Mean of `pattern_of`.
    """

    mean: np.ndarray
    whitening: np.ndarray
    pattern: np.ndarray


@lru_cache(maxsize=1)
def load_people() -> People:
    """What is known of people, from the file that comes with the program.

    Raises
    ------
    ModelError
        It is missing or damaged.
    """
    return read_people(models_folder() / MODEL)


def read_people(path: Path) -> People:
    """What is known of people, from any file.

    Raises
    ------
    ModelError
        It is missing or damaged.
    """
    content = read_bounded(path, MAX_FILE_BYTES, Sentence("model"), ModelError)
    try:
        arrays = unpack_npz(content, ("mean", "whitening", "pattern"))
        people = People(**{name: value.astype(np.float32) for name, value in arrays.items()})
    except ValueError as e:
        raise ModelError("{path} is damaged or not an .npz file.", path=shown(path)) from e
    count = people.mean.shape
    fits = len(count) == 1 and people.whitening.shape == (*count, *count)
    fits &= people.pattern.shape == (SIDE, SIDE)
    arrays_of = (people.mean, people.whitening, people.pattern)
    if not fits or not all(np.isfinite(array).all() for array in arrays_of):
        raise ModelError("{path} has arrays of unexpected shape, type or values.", path=shown(path))
    return people


def pattern_of(face: Face) -> tuple[np.ndarray, np.ndarray]:
    """The pattern of a face's features: its texture without light, and where it is seen.

    Returns
    -------
    (SIDE, SIDE) float32
        Standard deviation about 1.
    (SIDE, SIDE) float32
        0..1.
    """
    # Not `Face.texture`: what is filled in says nothing of the person, and takes as long again.
    grey = face.maps.texture[..., :3].astype(np.float32) @ LUMA
    seen = (face.photographed > 0.5).astype(np.float32) * _counted(face.layout)
    grey, seen = (cv2.resize(v, (SIDE, SIDE), interpolation=cv2.INTER_AREA) for v in (grey, seen))
    around = cv2.GaussianBlur(seen, (0, 0), _COARSE) + 1e-3
    detail = (grey - cv2.GaussianBlur(grey * seen, (0, 0), _COARSE) / around) * seen
    contrast = np.sqrt(cv2.GaussianBlur(detail * detail, (0, 0), _COARSE) / around)
    return detail / (contrast + _FAINT), seen


@lru_cache(maxsize=4)
def _counted(layout: UVLayout) -> np.ndarray:
    """(S, S) float32: the face between brows and chin."""
    return np.asarray(part_mask(layout, "face", feather=0), np.float32)


def alikeness(faces: Sequence[Face]) -> np.ndarray:
    """How much each two of some faces look like one person.

    Parameters
    ----------
    faces : sequence of Face
        Of the bundled model: their coefficients have `identity`.

    Returns
    -------
    (n, n) float64
        About 0 for two people, 0.6 for one; symmetric.

    Raises
    ------
    ModelError
        What is known of people is missing, or does not fit the model.
    """
    people = load_people()
    each = [face.coefficients["identity"] for face in faces]
    if len({len(told) for told in each}) > 1:
        raise ModelError("The faces were read by different models; use Update to This Model first.")
    told = np.array(each)
    if told.shape[1] != len(people.mean):
        raise ModelError("{path} does not belong to this model.", path=MODEL)
    apart = (told - people.mean) @ people.whitening
    apart /= np.maximum(np.linalg.norm(apart, axis=1, keepdims=True), 1e-9)
    patterns, seen = (np.array(v) for v in zip(*map(pattern_of, faces), strict=True))
    own = ((patterns - people.pattern) * seen).reshape(len(faces), -1)
    where = seen.reshape(len(faces), -1)
    strength = np.sqrt((own**2 @ where.T) * (where @ (own**2).T))
    features = (own @ own.T) / np.maximum(strength, 1e-6)
    return np.asarray(apart @ apart.T + _FEATURES * features, np.float64)


def strangers(alike: np.ndarray) -> list[int]:
    """Which photos are of somebody else than the others.

    Parameters
    ----------
    alike : (n, n)
        See `alikeness`.

    Returns
    -------
    list of int
        The least alike first. Always fewer than half: who is meant is what most photos show.
        Empty with fewer than `FEWEST` photos.
    """
    left = list(range(len(alike)))
    found: list[int] = []
    while len(left) >= FEWEST and 2 * (len(found) + 1) < len(alike):
        among = alike[np.ix_(left, left)].copy()
        np.fill_diagonal(among, 0)
        count = len(left)
        sums = among.sum(1)
        others = (among.sum() - 2 * sums) / ((count - 1) * (count - 2))
        score = sums / (count - 1) / np.sqrt(np.maximum(others, _LEAST))
        worst = int(score.argmin())
        if score[worst] > _ALIKE:
            break
        found.append(left.pop(worst))
    return found


def is_doubtful(alike: np.ndarray) -> bool:
    """Whether the only two photos may be of two people."""
    return len(alike) == FEWEST - 1 and bool(alike[0, 1] < _DOUBTFUL)
