"""A camera that sees the mesh exactly where the photo shows the face."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ..choices import CAMERA_KINDS, CameraKind
from ..errors import OptionError
from ..photo.photo import Photo
from .face_geometry import FaceGeometry
from .pose import Similarity

# Blender's default sensor; only the ratio of lens to sensor matters.
SENSOR_MM = 36.0
_DIAGONAL_35MM = math.hypot(36.0, 24.0)
DEFAULT_FOCAL_MM = 50.0


@dataclass(frozen=True)
class Camera:
    """The photo's camera, at the world's origin side, looking along +Y with +Z up.

    Attributes
    ----------
    width, height : int
        The photo's size in pixels.
    metres_per_pixel : float
        Of the first face's plane, Y = 0.
    focal_length : float or None
        Pixels; None makes it orthographic.
    """

    width: int
    height: int
    metres_per_pixel: float
    focal_length: float | None = None

    @property
    def distance(self) -> float:
        """Metres from the camera to the plane Y = 0."""
        if self.focal_length is not None:
            return self.focal_length * self.metres_per_pixel
        # Any distance serves; a photo's width away the camera is out of the face's way.
        return max(1.0, self.ortho_scale)

    @property
    def ortho_scale(self) -> float:
        """Metres along the photo's longer side, as Blender's orthographic camera wants it."""
        return max(self.width, self.height) * self.metres_per_pixel

    @property
    def lens_mm(self) -> float:
        """Focal length in mm for a `SENSOR_MM` sensor along the photo's longer side."""
        if self.focal_length is None:
            return DEFAULT_FOCAL_MM
        return self.focal_length / max(self.width, self.height) * SENSOR_MM

    def place(self, face: FaceGeometry) -> Placement:
        """Put a face into the world so that the camera sees it where the photo shows it.

        Parameters
        ----------
        face : FaceGeometry
            Of the photo this camera was made for.

        Returns
        -------
        Placement

        Notes
        -----
        The depth of a face is counted from its canonical origin, between the eyes. Under
        perspective each vertex moves along its own ray, so the overlay stays exact; each face
        stands at the distance at which it has its real size.
        """
        positions = face.extended_position_map.astype(np.float64)
        x = positions[..., 0] + 0.5 - self.width / 2
        y = self.height / 2 - positions[..., 1] - 0.5
        depth = positions[..., 2] - face.pose.matrix[2, 3]
        unit = self.metres_per_pixel
        if self.focal_length is None:
            world = np.stack([x * unit, -depth * unit, y * unit], axis=-1)
        else:
            far = (self.focal_length - depth) / face.pose.scale
            if self._too_close(far):
                raise OptionError(
                    "The focal length is too short: part of the face would lie behind the camera. "
                    "Choose a longer one or the orthographic camera."
                )
            ray = far / self.focal_length
            world = np.stack([x * ray, far - self.distance, y * ray], axis=-1)
        transform = face.fit_head(world.reshape(-1, 3)[face.layout.texels])
        return Placement(transform, transform.invert(world).astype(np.float32))

    def distances(self, face: FaceGeometry, z: np.ndarray) -> np.ndarray:
        """Metres from the camera, along its line of sight, to what lies at depth z of a face.

        Parameters
        ----------
        face : FaceGeometry
        z : (...) float
            Photo pixels toward the viewer, as in its position map.
        """
        depth = z - face.pose.matrix[2, 3]
        if self.focal_length is None:
            return self.distance - depth * self.metres_per_pixel
        return (self.focal_length - depth) / face.pose.scale

    def _too_close(self, far: np.ndarray) -> bool:
        return bool(far.min() < 0.1 * far.max())

    def project(self, world: np.ndarray) -> np.ndarray:
        """(..., 3) world metres to (..., 2) photo pixels."""
        if self.focal_length is None:
            per_metre = np.asarray(1 / self.metres_per_pixel)
        else:
            per_metre = self.focal_length / (world[..., 1] + self.distance)
        x = world[..., 0] * per_metre + self.width / 2 - 0.5
        y = self.height / 2 - 0.5 - world[..., 2] * per_metre
        return np.stack([x, y], axis=-1)


@dataclass(frozen=True, eq=False)
class Placement:
    """A face in the world.

    Attributes
    ----------
    transform : Similarity
        The pose: canonical frame to world, metres. The transform of the Blender object.
    local : (S, S, 3) float32
        Vertices in the canonical frame, metres: the mesh data.
    """

    transform: Similarity
    local: np.ndarray


def make_camera(
    photo: Photo,
    face: FaceGeometry,
    kind: CameraKind = "ortho",
    focal_mm: float | None = None,
    eye_distance: float | None = None,
) -> Camera:
    """The camera of a photo, scaled so that its first face has its real size.

    Parameters
    ----------
    photo : Photo
    face : FaceGeometry
        The first (largest) face of the photo.
    kind : {"ortho", "persp"}
    focal_mm : float, optional
        35 mm equivalent for a perspective camera; by default what EXIF says, else 50.
    eye_distance : float, optional
        Real distance of the eye centres in metres; by default the layout's.

    Raises
    ------
    OptionError
        An option has a value that makes no sense.
    """
    if kind not in CAMERA_KINDS:
        raise OptionError("The camera is {kind!r}; it can be ortho or persp.", kind=kind)
    if focal_mm is not None and not 1 <= focal_mm <= 5000:
        raise OptionError(
            "The focal length is {focal_mm} mm; it can be 1 to 5000.", focal_mm=focal_mm
        )
    if eye_distance is not None and not 0.001 <= eye_distance <= 10:
        raise OptionError(
            "The eye distance is {eye_distance} m; it can be 0.001 to 10.",
            eye_distance=eye_distance,
        )
    unit = 1 / face.pose.scale
    if eye_distance is not None:
        unit *= eye_distance / face.layout.eye_distance
    focal = None
    if kind == "persp":
        if focal_mm is None and photo.focal_length is not None:
            focal = photo.focal_length
        else:
            diagonal = math.hypot(photo.width, photo.height)
            focal = (focal_mm or DEFAULT_FOCAL_MM) / _DIAGONAL_35MM * diagonal
    return Camera(photo.width, photo.height, unit, focal)
