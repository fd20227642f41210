"""Where the head of a performance stands in the world, in front of the shot's camera."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import numpy as np

from ..choices import CameraKind
from ..geometry.camera import Camera, camera_of_size
from ..geometry.pose import PHOTO_TO_BLENDER, Similarity, fit_similarity
from .performance import Performance

_EVERY = 97
"""Places of the face by which it is placed under perspective: a few hundred, all over it."""


def shot_camera(
    performance: Performance, kind: CameraKind = "persp", focal_mm: float | None = None
) -> Camera:
    """The camera of a shot, scaled so that the head has its real size in the first frame.

    Parameters
    ----------
    performance : Performance
    kind : {"ortho", "persp"}
    focal_mm : float, optional
        Focal length of a perspective camera, 35 mm equivalent; by default 50. Movies do not say.

    Raises
    ------
    OptionError
        An option has a value that makes no sense.
    """
    return camera_of_size(performance.size, float(performance.scale[0]), kind, focal_mm)


def places(performance: Performance, camera: Camera) -> list[Similarity]:
    """How the head stands in each frame: from the canonical frame to the world, metres.

    Parameters
    ----------
    performance : Performance
    camera : Camera

    Returns
    -------
    list of Similarity
        Of the T frames. As in `Camera.place` the head has its real size under perspective, and
        changes its scale before an orthographic camera, which knows no distance.

    Raises
    ------
    OptionError
        The focal length is too short for the head.
    """
    layout = performance.layout
    points = layout.canonical.reshape(-1, 3)[layout.texels[::_EVERY]].astype(np.float64)
    found = []
    for k in range(len(performance)):
        pose = performance.pose(k).similarity
        seen = pose.apply(points) @ PHOTO_TO_BLENDER
        found.append(fit_similarity(points, camera.head_to_world(seen, pose.scale)))
    return found if camera.focal_length is None else [_life_size(f, camera) for f in found]


def _life_size(place: Similarity, camera: Camera) -> Similarity:
    """The head at its real size, as far away as it then has to be to look the same."""
    eye = np.array([0.0, -camera.distance, 0.0])
    nearer = camera.enlargement / place.scale
    shift = eye + (place.translation - eye) * nearer
    return Similarity(camera.enlargement, place.rotation, shift)
