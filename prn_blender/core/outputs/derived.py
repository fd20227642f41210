"""What PRNet's demos derive from a face: vertex colours, the front view, the camera matrix."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import cv2
import numpy as np

from ..errors import OptionError
from ..face.face import Face
from ..geometry.pose import PHOTO_TO_BLENDER
from ..typed import Points, Texture

# Eye distance of PRNet's canonical vertices, in their unit.
_PRNET_EYE_DISTANCE = 75.9


def vertex_colours(face: Face, edited: Texture | None = None) -> np.ndarray:
    """Look up the photo's colour at each vertex.

    Parameters
    ----------
    face : Face
    edited : (N, N, 4) uint8 sRGB, optional
        A texture to look it up in, in place of the photo's.

    Returns
    -------
    (n, 4) uint8 sRGB
        In `layout.texels` order. Alpha is 0 where the photo does not show the vertex; its colour
        is then that of the skin around.
    """
    side = face.layout.size
    if edited is None:
        return face.texture(side)[face.layout.mask]
    how = cv2.INTER_AREA if len(edited) > side else cv2.INTER_LINEAR
    return cv2.resize(edited, (side, side), interpolation=how)[face.layout.mask]


def front_vertices(face: Face, kind: str = "similarity") -> Points:
    """Turn the vertices of a face to the front.

    Parameters
    ----------
    face : Face
    kind : {"similarity", "affine"}
        "similarity" turns them by the pose, which keeps the face's shape. "affine" is PRNet's
        affine fit, which by shear and unequal scales bends the face toward the mean face.

    Returns
    -------
    (n, 3) float32
        Canonical frame, metres, in `layout.texels` order.

    Raises
    ------
    OptionError
        There is no such kind.
    """
    canonical = face.layout.canonical.reshape(-1, 3)[face.layout.texels].astype(np.float64)
    vertices = face.vertices.astype(np.float64)
    if kind == "similarity":
        inverse = np.linalg.inv(np.vstack([face.pose.matrix, [0, 0, 0, 1]]))
        return (vertices @ inverse[:3, :3].T + inverse[:3, 3]).astype(np.float32)
    if kind == "affine":
        homogeneous = np.column_stack([vertices, np.ones(len(vertices))])
        fit = np.linalg.lstsq(homogeneous, canonical, rcond=None)[0]
        return (homogeneous @ fit).astype(np.float32)
    raise OptionError("The front view is {kind!r}; it can be similarity or affine.", kind=kind)


def source_camera_matrix(face: Face) -> np.ndarray:
    """Compute the camera matrix that PRNet writes.

    Parameters
    ----------
    face : Face

    Returns
    -------
    (3, 4) float64
        From PRNet's canonical frame, see `source_frame`, to photo pixels.
    """
    return face.pose.matrix @ np.linalg.inv(source_frame(face))


def source_frame(face: Face) -> np.ndarray:
    """Find PRNet's canonical frame.

    Parameters
    ----------
    face : Face

    Returns
    -------
    (4, 4) float64
        The similarity from the canonical frame to PRNet's (y down, z toward the viewer, in its
        unit). A layout that was not made from PRNet's has none of its own: then the origin lies
        between the eyes, and the unit gives the face the size of PRNet's.
    """
    if face.layout.canonical_source is not None:
        return face.layout.canonical_source
    result = np.eye(4)
    result[:3, :3] = PHOTO_TO_BLENDER.T * (_PRNET_EYE_DISTANCE / face.layout.eye_distance)
    return result
