"""The mean head's facets are taken off faces, and nothing else."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from prn_blender.core import Face
from prn_blender.core.geometry.parts import part_mask
from prn_blender.core.geometry.pose import PHOTO_TO_BLENDER
from prn_blender.core.head.facets import without_facets


def ripples(face: Face, places: np.ndarray, where: np.ndarray) -> float:
    """How far normals are from those around, median in degrees, of a map of places (S, S, 3)."""
    normals = replace(face, position_map=places.astype(np.float32)).normals
    around = cv2.GaussianBlur(normals, (0, 0), 2)
    around /= np.maximum(np.linalg.norm(around, axis=-1, keepdims=True), 1e-6)
    apart = np.arccos((normals * around).sum(axis=-1).clip(-1, 1))
    return float(np.degrees(np.median(apart[where])))


def test_cheeks_are_smooth_and_features_are_not_touched(face: Face) -> None:
    layout, pose = face.layout, face.pose
    mean = pose.similarity.apply(layout.canonical.astype(np.float64)) @ PHOTO_TO_BLENDER
    smooth = without_facets(mean.astype(np.float32), layout, pose)
    cheeks = part_mask(layout, "cheeks", feather=0.2) == 1
    assert cheeks.sum() > 500
    assert ripples(face, smooth, cheeks) < 0.5 * ripples(face, mean, cheeks)
    features = part_mask(layout, ("eyes", "nose", "mouth"), feather=0) > 0
    assert np.abs(smooth - mean)[features].max() < 1e-3
    # In the units of a face of this size: a quarter of a millimetre at most, no landmark a tenth.
    moved = np.linalg.norm(smooth - mean, axis=-1) / pose.scale
    assert moved[layout.mask].max() < 0.25e-3
    assert moved[tuple(layout.landmark_texels.T)].max() < 0.1e-3


def test_faces_as_reconstructed_have_none(face: Face) -> None:
    cheeks = part_mask(face.layout, "cheeks", feather=0.2) == 1
    places = face.position_map
    with_facets = 2 * places - without_facets(places, face.layout, face.pose)
    assert ripples(face, places, cheeks) < 0.8 * ripples(face, with_facets, cheeks)
