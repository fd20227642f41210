"""Takes the facets of the mean head off faces.

The head that the network has learnt from is a mesh of some thousand quads, and so is the layout's
mean face: in grazing light its skin has ripples, tenths of a millimetre high at most. The network
gives them to everybody, and so they can be taken off everybody.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np

from ..geometry.parts import feathered, part_mask
from ..geometry.pose import PHOTO_TO_BLENDER, Pose
from ..geometry.uv_layout import UVLayout
from ..image.filters import ramp
from ..typed import PositionMap

# Share of the map's side, standard deviation of a blur: what is finer on plain skin is a facet.
_FINE = 1 / 128
# Standard deviations: so close to the map's end the blur knows one side only.
_END = (1.0, 3.0)
# Eye distances: so softly facets come back where a face has shapes as fine as they are.
_FEATHER = 0.1
_FEATURES = ("eyes", "brows", "nose", "mouth")
_FINE_PARTS = ("left_ear", "right_ear", "left_lids", "right_lids")


def without_facets(position_map: PositionMap, layout: UVLayout, pose: Pose) -> PositionMap:
    """Smooth the skin of a face where the mean face of its layout is faceted.

    Parameters
    ----------
    position_map : (S, S, 3) float32
        Photo pixels, of a network that has learnt from heads with the layout's facets.
    layout : UVLayout
    pose : Pose

    Returns
    -------
    (S, S, 3) float32
        Moved along the surface's normals by hundredths of a millimetre; eyes, brows, nose, mouth
        and ears are as they were.
    """
    stance = pose.similarity
    turn = stance.scale * stance.rotation.T @ PHOTO_TO_BLENDER
    return position_map + _facets(layout) @ turn.astype(np.float32)


@lru_cache(maxsize=4)
def _facets(layout: UVLayout) -> np.ndarray:
    """(S, S, 3) float32: what takes the facets off the mean face, canonical frame, metres."""
    sigma = _FINE * layout.size
    places = layout.extend(layout.canonical).astype(np.float32)
    once = cv2.GaussianBlur(places, (0, 0), sigma)
    # Blurred twice it shrinks twice as much where it is curved: so this does not shrink.
    smooth = 2 * once - cv2.GaussianBlur(once, (0, 0), sigma)
    down, right = np.gradient(once, axis=(0, 1))
    normals = np.cross(down, right)
    normals /= np.linalg.norm(normals, axis=-1, keepdims=True).clip(1e-12)
    along = ((smooth - places) * normals).sum(axis=-1)
    features = part_mask(layout, _FEATURES, feather=0) > 0
    for part in _FINE_PARTS:
        if part in layout.parts:
            features |= layout.parts[part]
    inside = np.pad(layout.mask.astype(np.uint8), 1)
    depth = cv2.distanceTransform(inside, cv2.DIST_L2, 5)[1:-1, 1:-1] / np.float32(sigma)
    along *= feathered(layout, ~features, _FEATHER) * ramp(depth, _END)
    result = (along[..., None] * normals).astype(np.float32)
    result.flags.writeable = False
    return result
