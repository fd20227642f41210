"""One reconstructed face: the network's answer, and everything that is derived from it."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from ..appearance.cast_shadows import fit_light
from ..appearance.eye_occlusion import covered_eyes
from ..appearance.feature_likeness import feature_likeness
from ..appearance.hair import hair_region
from ..appearance.illumination import Illumination
from ..appearance.monochrome import Toning, find_toning
from ..appearance.skin import skin_likeness
from ..choices import TextureSize
from ..geometry.face_geometry import FaceGeometry
from ..geometry.pose import Pose, Similarity
from ..geometry.uv_layout import UVLayout
from ..photo.crop import Crop
from ..photo.photo import Photo, encode_image
from ..texture.texel_maps import TexelMaps
from ..texture.unwrap import texture_size, unwrap

MOMENTS = "expression_moments"
"""The network's output that `geometry.pose.expression_pull` takes."""


@dataclass(frozen=True, eq=False)
class Face:
    """A face in a photo.

    Attributes
    ----------
    photo : Photo
    layout : UVLayout
        What the texels of the position map mean.
    position_map : (S, S, 3) float32
        Photo pixels: x right, y down, z toward the viewer in the same unit, its zero arbitrary.
        Outside the layout's mask the values mean nothing.
    crop : Crop
        What the network saw.
    confidence : float
        0..1, see `face.confidence`.
    coefficients : mapping of str to (k,) float32
        Further outputs of the network, such as `identity`; may be empty.
    expression : mapping of str to float
        Named expression coefficients, 0..1; may be empty.
    """

    photo: Photo
    layout: UVLayout
    position_map: np.ndarray
    crop: Crop
    confidence: float
    coefficients: Mapping[str, np.ndarray] = field(default_factory=dict)
    expression: Mapping[str, float] = field(default_factory=dict)

    # Geometry, see `FaceGeometry` --------------------------------------------------------------

    @cached_property
    def geometry(self) -> FaceGeometry:
        """What follows from the position map without the photo's colours."""
        return FaceGeometry(
            self.layout, self.position_map, self.photo_size, self.coefficients.get(MOMENTS)
        )

    @property
    def photo_size(self) -> tuple[int, int]:
        """(width, height) of the photo, pixels."""
        return self.photo.width, self.photo.height

    @property
    def landmarks(self) -> np.ndarray:
        """(68, 3) float32 photo pixels, the iBUG 68-point order; see `geometry.landmarks`."""
        return self.geometry.landmarks

    @property
    def vertices(self) -> np.ndarray:
        """(n, 3) float32 photo pixels: the texels of the mask, in `layout.texels` order."""
        return self.geometry.vertices

    @property
    def extended_position_map(self) -> np.ndarray:
        """(S, S, 3) float32 the position map continued past the mask."""
        return self.geometry.extended_position_map

    @property
    def pose(self) -> Pose:
        """Pose from all vertices, without what the expression does to them."""
        return self.geometry.pose

    def fit_head(self, vertices: np.ndarray) -> Similarity:
        """How the head stands if its vertices lie there, see `FaceGeometry.fit_head`."""
        return self.geometry.fit_head(vertices)

    stance = fit_head  # its name in the first releases

    @property
    def box(self) -> tuple[float, float, float, float]:
        """(x0, y0, x1, y1) of the landmarks, photo pixels."""
        return self.geometry.box

    @property
    def size(self) -> float:
        """Mean side of the landmarks' box, photo pixels."""
        return self.geometry.size

    @property
    def normals(self) -> np.ndarray:
        """(S, S, 3) float32 unit normals, out of the head; photo frame in Blender's axes."""
        return self.geometry.normals

    @property
    def smooth_normals(self) -> np.ndarray:
        """(S, S, 3) float32 unit normals of the face without its folds: light changes slowly."""
        return self.geometry.smooth_normals

    @property
    def facing(self) -> np.ndarray:
        """(S, S) float32 cosine between each texel's normal and the direction to the viewer."""
        return self.geometry.facing

    @property
    def visibility(self) -> np.ndarray:
        """(S, S) bool: texels the photo shows, see `FaceGeometry.visibility`."""
        return self.geometry.visibility

    @property
    def depth_inside(self) -> np.ndarray:
        """(S, S) float32 photo pixels from each texel's place to the face's outline; 0 outside."""
        return self.geometry.depth_inside

    def shows(self, points: np.ndarray) -> np.ndarray:
        """Whether the photo shows points (h, w, 3) of the surface, see `FaceGeometry.shows`."""
        return self.geometry.shows(points)

    # Texture ------------------------------------------------------------------------------------

    def texture(self, size: TextureSize = "auto") -> np.ndarray:
        """The photo unwrapped into the layout's UV space.

        Parameters
        ----------
        size : int or "auto"
            Side in texels, up to 8192; "auto" keeps the photo's own detail.

        Returns
        -------
        (size, size, 4) uint8 sRGB, RGBA, read-only
            Alpha is 0 where the photo does not show the face; colours go on there, so that no
            dark rim shows at any mip level. The last one asked for is kept, and the one of the
            layout's size.
        """
        side = texture_size(self.geometry, size)
        kept = self._textures.get(side)
        if kept is None:
            for other in [n for n in self._textures if n != self.layout.size]:
                del self._textures[other]  # one large at most: at 8192 it takes 256 MB
            kept = unwrap(self.photo, self.geometry, side)
            kept.flags.writeable = False
            self._textures[side] = kept
        return kept

    def texture_png(self, size: TextureSize = "auto") -> bytes:
        """`texture` as a PNG file; the last one asked for is kept."""
        texture = self.texture(size)
        if self._last_png.get(len(texture)) is None:
            self._last_png.clear()
            self._last_png[len(texture)] = encode_image(texture, ".png")
        return self._last_png[len(texture)]

    @cached_property
    def _textures(self) -> dict[int, np.ndarray]:
        return {}

    @cached_property
    def _last_png(self) -> dict[int, bytes]:
        return {}

    @cached_property
    def maps(self) -> TexelMaps:
        """The face as maps of the layout's size, with the photo's own texture."""
        return TexelMaps(self.geometry, self.texture(self.layout.size))

    # Appearance ---------------------------------------------------------------------------------

    @cached_property
    def illumination(self) -> Illumination:
        """The light on the face, see `appearance.cast_shadows.fit_light`.

        Raises
        ------
        NoFaceError
            Too little skin is visible to tell.
        """
        return fit_light(self.maps)

    @cached_property
    def skin(self) -> np.ndarray:
        """(S, S) float32: how much each texel looks like skin, see `appearance.skin`.

        Raises
        ------
        NoFaceError
            Too little skin is visible to tell.
        """
        return skin_likeness(self.maps, self.illumination)

    @cached_property
    def hair(self) -> np.ndarray:
        """(S, S) bool: hair or a hat over the face, see `appearance.hair.hair_region`.

        Raises
        ------
        NoFaceError
            Too little skin is visible to tell.
        """
        return hair_region(self.layout, self.skin, self.maps.known)

    @cached_property
    def likeness(self) -> Mapping[str, float]:
        """How much eyes, nose and mouth look like such, see `appearance.feature_likeness`."""
        return feature_likeness(self.layout, self.maps.texture)

    @cached_property
    def covered_eyes(self) -> tuple[bool, bool]:
        """Whether something lies over the right and the left eye, see `eye_occlusion`."""
        return covered_eyes(self.maps, self.likeness)

    @cached_property
    def toning(self) -> Toning | None:
        """How a photo without colours is toned, None if it has colours; see `monochrome`."""
        return find_toning(self.maps)
