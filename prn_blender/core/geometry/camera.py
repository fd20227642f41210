"""The photo's camera in Blender: it sees the mesh exactly where the photo shows the face."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ..choices import CAMERA_KINDS, CameraKind
from ..errors import OptionError
from ..photo.exif import DIAGONAL_35MM
from ..photo.photo import Photo
from ..typed import Points, PositionMap
from .face_geometry import FaceGeometry
from .pose import Similarity

SENSOR_MM = 36.0
"""Width of the sensor, Blender's default. Only the ratio of the lens to it matters."""
DEFAULT_FOCAL_MM = 50.0
"""35 mm equivalent where neither the user nor EXIF tells the focal length: a normal lens."""

# Bounds of a focal length, 35 mm equivalent.
_FOCAL_BOUNDS_MM = (1, 5000)
# Bounds, in metres, of the eye distance that a user gives.
_EYE_DISTANCES = (0.001, 10)
# Nearest over farthest distance of a face's vertices from the camera. Below this the focal length
# is so short that part of the face would lie behind the camera, or be blown up beyond use.
_NEAREST = 0.1
# Metres from an orthographic camera to the plane Y = 0, at least.
_LEAST_DISTANCE = 1.0


@dataclass(frozen=True)
class Camera:
    """The photo's camera: on the axis X = Z = 0 at negative Y, looking along +Y, with +Z up.

    Attributes
    ----------
    width, height : int
        Size of the photo, pixels.
    metres_per_pixel : float
        Scale in the plane Y = 0, where the first face stands.
    focal_length : float or None
        Pixels; None for an orthographic camera.
    enlargement : float
        How large faces really are, as a ratio to the layout's eye distance.
    """

    width: int
    height: int
    metres_per_pixel: float
    focal_length: float | None = None
    enlargement: float = 1.0

    @property
    def distance(self) -> float:
        """Metres from the camera to the plane Y = 0."""
        if self.focal_length is not None:
            return self.focal_length * self.metres_per_pixel
        # For an orthographic camera any distance serves. One width of the photo away it does not
        # stand inside the face.
        return max(_LEAST_DISTANCE, self.ortho_scale)

    @property
    def ortho_scale(self) -> float:
        """Metres along the photo's longer side, as Blender's orthographic camera has it."""
        return max(self.width, self.height) * self.metres_per_pixel

    @property
    def lens_mm(self) -> float:
        """Focal length in mm for a sensor of `SENSOR_MM` along the photo's longer side."""
        if self.focal_length is None:
            return DEFAULT_FOCAL_MM
        return self.focal_length / max(self.width, self.height) * SENSOR_MM

    def place(self, face: FaceGeometry) -> Placement:
        """Place a face in the world so that the camera sees it where the photo shows it.

        Parameters
        ----------
        face : FaceGeometry
            In the photo that this camera was made for.

        Returns
        -------
        Placement

        Raises
        ------
        OptionError
            The focal length is too short for this face.

        Notes
        -----
        The depth of a face is counted from its canonical origin, between the eyes. Under
        perspective each vertex moves along its own ray of sight, so that its image stays where it
        is, and each face stands at the distance at which it has its real size.
        """
        kept = face.placements.get(self)
        if kept is None:
            world = self.to_world(face, face.extended_position_map)
            transform = face.fit_head(world.reshape(-1, 3)[face.layout.texels])
            kept = Placement(transform, transform.invert(world).astype(np.float32))
            kept.local.flags.writeable = False
            face.placements.clear()  # of one camera: each takes as much as the position map
            face.placements[self] = kept
        return kept

    def to_world(self, face: FaceGeometry, positions: Points) -> np.ndarray:
        """Where points of a face's head stand, so that the camera sees them where they are.

        Parameters
        ----------
        face : FaceGeometry
        positions : (..., 3) float
            Photo pixels, as in the face's position map.

        Returns
        -------
        (..., 3) float64
            World coordinates, metres.

        Raises
        ------
        OptionError
            The focal length is too short for these points.
        """
        about_origin = positions.astype(np.float64)
        about_origin[..., 2] -= face.pose.matrix[2, 3]
        return self.head_to_world(about_origin, face.pose.scale)

    def head_to_world(self, points: Points, scale: float) -> np.ndarray:
        """Where points of any head stand, see `to_world`.

        Parameters
        ----------
        points : (..., 3) float
            Photo pixels, z toward the viewer from the head's canonical origin.
        scale : float
            Pixels for each metre of the head.

        Returns
        -------
        (..., 3) float64
            World coordinates, metres.

        Raises
        ------
        OptionError
            The focal length is too short for these points.
        """
        x = points[..., 0] + 0.5 - self.width / 2
        y = self.height / 2 - points[..., 1] - 0.5
        depth = points[..., 2]
        unit = self.metres_per_pixel
        if self.focal_length is None:
            return np.stack([x * unit, -depth * unit, y * unit], axis=-1)
        far = (self.focal_length - depth) * (self.enlargement / scale)
        if far.min() < _NEAREST * far.max():
            raise OptionError(
                "The focal length is too short: part of the face would lie behind the camera. "
                "Choose a longer one or the orthographic camera."
            )
        ray = far / self.focal_length
        return np.stack([x * ray, far - self.distance, y * ray], axis=-1)

    def distances(self, face: FaceGeometry, z: np.ndarray) -> np.ndarray:
        """Convert depths of a face to distances from the camera.

        Parameters
        ----------
        face : FaceGeometry
        z : (...) float
            Photo pixels toward the viewer, as in the face's position map.

        Returns
        -------
        (...) float
            Metres along the camera's axis.
        """
        depth = z - face.pose.matrix[2, 3]
        if self.focal_length is None:
            return self.distance - depth * self.metres_per_pixel
        return (self.focal_length - depth) * (self.enlargement / face.pose.scale)

    def project(self, world: Points) -> np.ndarray:
        """Project points onto the photo.

        Parameters
        ----------
        world : (..., 3) float
            World coordinates, metres.

        Returns
        -------
        (..., 2) float
            (x, y), photo pixels.
        """
        if self.focal_length is None:
            per_metre = np.asarray(1 / self.metres_per_pixel)
        else:
            per_metre = self.focal_length / (world[..., 1] + self.distance)
        x = world[..., 0] * per_metre + self.width / 2 - 0.5
        y = self.height / 2 - 0.5 - world[..., 2] * per_metre
        return np.stack([x, y], axis=-1)


@dataclass(frozen=True, eq=False)
class Placement:
    """Where a face stands in the world.

    Attributes
    ----------
    transform : Similarity
        The head's pose, from the canonical frame to the world, metres: the transform of the
        Blender object.
    local : (S, S, 3) float32
        Positions in the canonical frame, metres: the mesh data.
    """

    transform: Similarity
    local: PositionMap


def make_camera(
    photo: Photo,
    face: FaceGeometry,
    kind: CameraKind = "ortho",
    focal_mm: float | None = None,
    eye_distance: float | None = None,
) -> Camera:
    """Make the camera of a photo, scaled so that its first face has its real size.

    Parameters
    ----------
    photo : Photo
    face : FaceGeometry
        The first (largest) face of the photo.
    kind : {"ortho", "persp"}
        The projection.
    focal_mm : float, optional
        Focal length of a perspective camera, 35 mm equivalent; by default what EXIF says, else 50.
    eye_distance : float, optional
        Real distance of the eye centres, metres; by default the layout's.

    Returns
    -------
    Camera

    Raises
    ------
    OptionError
        An option has a value that makes no sense.
    """
    if eye_distance is not None and not _EYE_DISTANCES[0] <= eye_distance <= _EYE_DISTANCES[1]:
        raise OptionError(
            "The eye distance is {eye_distance} m; it can be 0.001 to 10.",
            eye_distance=eye_distance,
        )
    enlargement = 1.0
    if eye_distance is not None:
        enlargement = eye_distance / face.layout.eye_distance
    size = photo.width, photo.height
    return camera_of_size(size, face.pose.scale, kind, focal_mm, photo.focal_length, enlargement)


def camera_of_size(
    size: tuple[int, int],
    scale: float,
    kind: CameraKind = "ortho",
    focal_mm: float | None = None,
    own_focal: float | None = None,
    enlargement: float = 1.0,
) -> Camera:
    """Make the camera of a picture by numbers alone, see `make_camera`.

    Parameters
    ----------
    size : (width, height)
        Pixels.
    scale : float
        Pixels for each metre of the first face, before it is enlarged.
    kind : {"ortho", "persp"}
    focal_mm : float, optional
        35 mm equivalent.
    own_focal : float, optional
        Pixels: what the picture itself says, where nothing else is asked for; else 50 mm.
    enlargement : float

    Raises
    ------
    OptionError
        An option has a value that makes no sense.
    """
    if kind not in CAMERA_KINDS:
        raise OptionError("The camera is {kind!r}; it can be ortho or persp.", kind=kind)
    if focal_mm is not None and not _FOCAL_BOUNDS_MM[0] <= focal_mm <= _FOCAL_BOUNDS_MM[1]:
        raise OptionError(
            "The focal length is {focal_mm} mm; it can be 1 to 5000.", focal_mm=focal_mm
        )
    focal = None
    if kind == "persp":
        if focal_mm is None and own_focal is not None:
            focal = own_focal
        else:
            focal = (focal_mm or DEFAULT_FOCAL_MM) / DIAGONAL_35MM * math.hypot(*size)
    return Camera(*size, enlargement / scale, focal, enlargement)
