"""Another face's features on a face's pose and expression."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import cv2
import numpy as np

from ..geometry.face_geometry import FaceGeometry
from ..geometry.parts import feathered, part_mask
from ..geometry.pose import PHOTO_TO_BLENDER
from ..image.diffusion import membrane
from ..texture.masks import shrink_mask
from ..typed import Mask, PositionMap

# Share of the map's side: finer differences of shape are noise.
_BLUR = 0.02
# Eye distances over which the donor's shape becomes the target's; steeper, the mesh would fold.
_FEATHER = 0.6


def donor_shape(target: FaceGeometry, donor: FaceGeometry, mask: Mask) -> PositionMap:
    """The target's position map with the donor's features.

    Parameters
    ----------
    target, donor : FaceGeometry
    mask : (M, M) float32
        Where, in UV space. Towards its border the target's own shape returns, so that the face
        still fits into its photo.

    Returns
    -------
    (S, S, 3) float32
        Photo pixels, in the target's pose.

    Notes
    -----
    The two faces are compared in the canonical frame. What differs around eyes and mouth is
    expression, which stays the target's: there the difference of the surroundings is continued.
    """
    layout = target.layout
    local = [
        face.pose.similarity.invert(face.extended_position_map @ PHOTO_TO_BLENDER.T)
        for face in (donor, target)
    ]
    difference = (local[0] - local[1]).astype(np.float32)
    expression = part_mask(layout, ("eyes", "mouth"), feather=0) > 0
    difference = membrane(difference, layout.mask & ~expression)
    difference = cv2.GaussianBlur(difference, (0, 0), _BLUR * layout.size)
    share = feathered(layout, shrink_mask(mask, layout.size) > 0, _FEATHER)[..., None]
    turn = target.pose.matrix[:, :3].T.astype(np.float32)
    return target.position_map + share * (difference @ turn)
