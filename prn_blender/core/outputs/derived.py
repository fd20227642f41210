"""What else follows from a face: colours of its vertices, its front view, the camera matrix."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import numpy as np

from ..errors import OptionError
from ..face.face import Face
from ..geometry.pose import PHOTO_TO_BLENDER

_PRNET_EYE_DISTANCE = 75.9  # of its canonical vertices, in their unit


def vertex_colours(face: Face) -> np.ndarray:
    """The photo's colour at each vertex.

    Returns
    -------
    (n, 4) uint8 sRGB, RGBA
        In `layout.texels` order. Alpha is 0 where the photo does not show the vertex; its colour
        is then that of the skin around.
    """
    return face.texture(face.layout.size)[face.layout.mask]


def front_vertices(face: Face, kind: str = "similarity") -> np.ndarray:
    """The vertices of the face turned to the front.

    Parameters
    ----------
    face : Face
    kind : {"similarity", "affine"}
        By the pose, which keeps the face's shape, or by PRNet's affine fit, which bends it toward
        the mean face by shear and unequal scales.

    Returns
    -------
    (n, 3) float32
        Canonical frame, in `layout.texels` order.

    Raises
    ------
    OptionError
        Another kind.
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
    """The camera matrix for the frame the layout's canonical face was given in.

    Returns
    -------
    (3, 4) float64
        PRNet's own canonical vertices, or for other layouts what `source_frame` says, to photo
        pixels.
    """
    return face.pose.matrix @ np.linalg.inv(source_frame(face))


def source_frame(face: Face) -> np.ndarray:
    """The frame the layout's canonical face was given in.

    Returns
    -------
    (4, 4) float64
        Similarity from the canonical frame to PRNet's: y down, z toward the viewer. For a layout
        that is not PRNet's its origin lies between the eyes, and the unit makes it as large.
    """
    if face.layout.canonical_source is not None:
        return face.layout.canonical_source
    result = np.eye(4)
    result[:3, :3] = PHOTO_TO_BLENDER.T * (_PRNET_EYE_DISTANCE / face.layout.eye_distance)
    return result
