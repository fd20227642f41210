"""Whether a photo shows a face's eyes, nose and mouth: what covers or swallows them does not."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np

from ..errors import ModelError, Sentence
from ..files.safe import read_bounded, shown
from ..geometry.rasterize import barycentric, rasterize
from ..geometry.uv_layout import UVLayout
from ..image.colour import GAMMA, LUMA
from ..model.bundled import models_folder

MODEL = "features.npz"
MAX_FILE_BYTES = 4 * 2**20
WINDOWS = {
    "eye": ((-1.0, 0.0), (-0.55, 0.45)),
    "nose": ((-0.42, 0.42), (-1.0, -0.5)),
    "mouth": ((-0.55, 0.55), (-1.5, -0.9)),
}
"""To the subject's left and up from between the eyes, eye distances; of the eyes the right one."""
FEATURES = {"right eye": "eye", "left eye": "eye", "nose": "nose", "mouth": "mouth"}
"""Each feature's kind; left eyes are mirrored."""

# The front view: pixels of an eye distance, of the whole; where it has the middle of the eyes.
_UNIT, _SIZE, _MIDDLE = 48, (128, 144), (63.5, 52.8)
# Its pixels: what is finer is noise, what is coarser is light.
_FINE, _COARSE = 0.8, 12.0
# Linear light: what is darker tells nothing.
_DARK = 0.02
# Standard deviation of a pattern that shows nothing.
_FAINT = 0.01
SEEN = 0.6
"""Share of a window that has to be seen to say something."""
# What a feature's pattern, of variance 1, has that no other face's can tell.
_OWN = 0.3
# Likeness from which on a photo shows a feature. What lies over a nose or a mouth is told less
# surely: shadows and beards change them more than eyes.
_CLEAR = {"eye": 0.86, "nose": 0.78, "mouth": 0.77}


@dataclass(frozen=True, eq=False)
class Feature:
    """What patterns of brightness a feature can have: principal components.

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
        """Correlation of a pattern (n,), where it is `seen`, with the likest that there can be."""
        strength = float(pattern[seen].std())
        if strength < _FAINT:
            return 0.0
        pattern = (pattern - pattern[seen].mean()) / strength
        basis, rest = self.basis[:, seen], (pattern - self.mean)[seen]
        weights = np.linalg.solve(basis @ basis.T + np.diag(_OWN / self.spread), basis @ rest)
        likest = self.mean[seen] + weights @ basis
        return float(np.corrcoef(likest, pattern[seen])[0, 1])


def likeness(layout: UVLayout, texture: np.ndarray) -> dict[str, float]:
    """How much what a texture shows of each feature looks like that feature.

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
    """Whether something else is shown over a feature of this kind, or in its place."""
    return value < _CLEAR[kind]


def patterns(layout: UVLayout, texture: np.ndarray) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Of each of `FEATURES` what is as fine as it in the logarithm of brightness, in a front view.

    Returns
    -------
    dict of str to ((n,) float32, (n,) bool)
        The pattern, row by row, and where the texture shows it.
    """
    linear = (texture[..., :3] / np.float32(255)) ** np.float32(GAMMA)
    level = np.log(linear @ LUMA + np.float32(_DARK))
    values = np.dstack([level, texture[..., 3] == 255]).astype(np.float32)
    border = cv2.BORDER_CONSTANT
    level, share = cv2.split(
        cv2.remap(values, _front_view(layout), None, cv2.INTER_LINEAR, borderMode=border)
    )
    seen = share > 0.99
    weight = seen.astype(np.float32)

    def smooth(sigma: float) -> np.ndarray:
        total = np.maximum(cv2.GaussianBlur(weight, (0, 0), sigma), 1e-3)
        return cv2.GaussianBlur(level * weight, (0, 0), sigma) / total

    band = smooth(_FINE) - smooth(_COARSE)
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
    place = layout.canonical - layout.canonical_landmarks[36:48].mean(axis=0)
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
    """What each kind of feature looks like, of the file that comes with the program.

    Raises
    ------
    ModelError
        It is missing or damaged.
    """
    return read_features(models_folder() / MODEL)


def read_features(path: Path) -> dict[str, Feature]:
    """What each kind of feature looks like, of another file.

    Raises
    ------
    ModelError
        It is missing or damaged.
    """
    content = read_bounded(path, MAX_FILE_BYTES, Sentence("model"), ModelError)
    result = {}
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as z:
            for kind in WINDOWS:
                arrays = (z[f"{kind}_{part}"].astype(np.float32) for part in _ARRAYS)
                result[kind] = Feature(*arrays)
    except Exception as e:  # zip and npy parsers raise many kinds on damaged data
        raise ModelError("{path} is damaged or not an .npz file.", path=shown(path)) from e
    for kind, feature in result.items():
        rows, columns = _window(kind)
        size = (rows.stop - rows.start) * (columns.stop - columns.start)
        count = feature.spread.shape
        if feature.mean.shape != (size,) or feature.basis.shape != (*count, size):
            raise ModelError(
                "{path} has arrays of unexpected shape, type or values.", path=shown(path)
            )
    return result


_ARRAYS = ("mean", "basis", "spread")
