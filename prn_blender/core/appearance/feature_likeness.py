"""Whether a photo shows the eyes, nose and mouth of a face, or something that covers them."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np

from ..errors import ModelError, Sentence
from ..files.npz import unpack_npz
from ..files.safe import read_bounded, shown
from ..geometry.landmarks import EYES
from ..geometry.rasterize import barycentric, rasterize
from ..geometry.uv_layout import UVLayout
from ..image.colour import LUMA, linear_light
from ..image.filters import weighted_blur
from ..model.bundled import models_folder
from ..typed import Texture

MODEL = "features.npz"
MAX_FILE_BYTES = 4 * 2**20

WINDOWS = {
    "eye": ((-1.0, 0.0), (-0.55, 0.45)),
    "nose": ((-0.42, 0.42), (-1.0, -0.5)),
    "mouth": ((-0.55, 0.55), (-1.5, -0.9)),
}
"""Where each kind of feature is in a front view: eye distances from between the eyes, to the
subject's left (from, to) and up (from, to). Of the eyes it is the right one."""
FEATURES = {"right eye": "eye", "left eye": "eye", "nose": "nose", "mouth": "mouth"}
"""Each feature's kind; left eyes are mirrored."""

# The front view. Pixels per eye distance; width and height; place of the middle between the eyes.
_UNIT = 48
_SIZE = (128, 144)
_MIDDLE = (63.5, 52.8)
# Pixels of it, standard deviations of blurs: finer is noise, coarser is light.
_FINE = 0.8
_COARSE = 12.0
# Linear light: what is darker tells nothing.
_DARK = 0.02
# Standard deviation, logarithm of brightness: a pattern that is weaker shows nothing.
_FAINT = 0.01
SEEN = 0.6
"""Share of a window that has to be visible for the rest to be judged."""
# Share of a feature's pattern, of variance 1, that no other face's could predict.
_OWN = 0.3
# Likeness (a correlation) from which on a photo shows a feature. What lies over a nose or a mouth
# is told less surely: shadows and beards change them more than eyes.
_CLEAR = {"eye": 0.86, "nose": 0.78, "mouth": 0.77}
# Arrays of each kind in the file, named KIND_ARRAY.
_ARRAYS = ("mean", "basis", "spread")


@dataclass(frozen=True, eq=False)
class Feature:
    """The patterns of brightness that a kind of feature can have, as principal components.

    Attributes
    ----------
    mean : (n,) float32
        Of patterns of mean 0 and variance 1, row by row.
    basis : (k, n) float32
    spread : (k,) float32
        Variance along each.
    """

    mean: np.ndarray
    basis: np.ndarray
    spread: np.ndarray

    def likeness(self, pattern: np.ndarray, seen: np.ndarray) -> float:
        """Correlation of a pattern (n,), where `seen`, with the nearest one there can be."""
        strength = float(pattern[seen].std())
        if strength < _FAINT:
            return 0.0
        pattern = (pattern - pattern[seen].mean()) / strength
        basis, rest = self.basis[:, seen], (pattern - self.mean)[seen]
        weights = np.linalg.solve(basis @ basis.T + np.diag(_OWN / self.spread), basis @ rest)
        nearest = self.mean[seen] + weights @ basis
        return float(np.corrcoef(nearest, pattern[seen])[0, 1])


def feature_likeness(layout: UVLayout, texture: Texture) -> dict[str, float]:
    """How much a texture looks like a feature where each feature is.

    Parameters
    ----------
    layout : UVLayout
    texture : (S, S, 4) uint8 sRGB

    Returns
    -------
    dict of str to float
        For each of `FEATURES` a correlation; nan where the texture does not show it.
    """
    known = load_features()
    return {
        name: known[FEATURES[name]].likeness(pattern, seen) if seen.mean() > SEEN else np.nan
        for name, (pattern, seen) in patterns(layout, texture).items()
    }


def is_covered(kind: str, value: float) -> bool:
    """Whether such a likeness of a feature of this kind means that something covers it."""
    return value < _CLEAR[kind]


def patterns(layout: UVLayout, texture: Texture) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Each feature's pattern: the logarithm of brightness in a front view, at the feature's scale.

    Returns
    -------
    dict of str to ((n,) float32, (n,) bool)
        The pattern, row by row, and where the texture shows it.
    """
    level = np.log(linear_light(texture[..., :3]) @ LUMA + np.float32(_DARK))
    values = np.dstack([level, texture[..., 3] == 255]).astype(np.float32)
    border = cv2.BORDER_CONSTANT
    level, share = cv2.split(
        cv2.remap(values, _front_view(layout), None, cv2.INTER_LINEAR, borderMode=border)
    )
    seen = share > 0.99
    weight = seen.astype(np.float32)
    band = weighted_blur(level, weight, _FINE) - weighted_blur(level, weight, _COARSE)
    result = {}
    for name, kind in FEATURES.items():
        turned = (v[:, ::-1] if name == "left eye" else v for v in (band, seen))
        pattern, shown_there = (v[_window(kind)].ravel() for v in turned)
        result[name] = pattern, shown_there
    return result


def _window(kind: str) -> tuple[slice, slice]:
    (left, right), (low, high) = WINDOWS[kind]
    x, y = _MIDDLE
    return (
        slice(round(y - high * _UNIT), round(y - low * _UNIT)),
        slice(round(x + left * _UNIT), round(x + right * _UNIT)),
    )


@lru_cache(maxsize=4)
def _front_view(layout: UVLayout) -> np.ndarray:
    """(h, w, 2) float32: the texel (u, v) seen at each pixel from the front; -1 beside the face."""
    place = layout.canonical - layout.canonical_landmarks[EYES].mean(axis=0)
    place = (place * (_UNIT / layout.eye_distance)).reshape(-1, 3)
    points = np.stack([place[:, 0] + _MIDDLE[0], _MIDDLE[1] - place[:, 2], -place[:, 1]], axis=1)
    raster = rasterize(points, layout.triangles, *_SIZE)
    covered = raster.triangle >= 0
    corners = layout.triangles[raster.triangle[covered]]
    texels = np.stack([corners % layout.size, corners // layout.size], axis=-1)
    share = barycentric(points, layout.triangles, raster)
    result = np.full((*covered.shape, 2), -1, np.float32)
    result[covered] = (texels * share[..., None]).sum(axis=1)
    return result


@lru_cache(maxsize=1)
def load_features() -> dict[str, Feature]:
    """What each kind of feature looks like, from the file that comes with the program.

    Raises
    ------
    ModelError
        It is missing or damaged.
    """
    return read_features(models_folder() / MODEL)


def read_features(path: Path) -> dict[str, Feature]:
    """What each kind of feature looks like, from any file.

    Raises
    ------
    ModelError
        It is missing or damaged.
    """
    content = read_bounded(path, MAX_FILE_BYTES, Sentence("model"), ModelError)
    result = {}
    try:
        z = unpack_npz(content, [f"{kind}_{part}" for kind in WINDOWS for part in _ARRAYS])
        for kind in WINDOWS:
            arrays = (z[f"{kind}_{part}"].astype(np.float32) for part in _ARRAYS)
            result[kind] = Feature(*arrays)
    except ValueError as e:
        raise ModelError("{path} is damaged or not an .npz file.", path=shown(path)) from e
    for kind, feature in result.items():
        rows, columns = _window(kind)
        size = (rows.stop - rows.start) * (columns.stop - columns.start)
        count = feature.spread.shape
        fits = feature.mean.shape == (size,) and feature.basis.shape == (*count, size)
        numbers = all(np.isfinite(a).all() for a in (feature.mean, feature.basis, feature.spread))
        if not fits or not numbers or (feature.spread <= 0).any():
            raise ModelError(
                "{path} has arrays of unexpected shape, type or values.", path=shown(path)
            )
    return result
