"""One reconstructed face: the network's output, and everything that is derived from it."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from ..appearance.albedo import Delit, delight
from ..appearance.cast_shadows import fit_light
from ..appearance.eye_occlusion import covered_eyes
from ..appearance.feature_likeness import feature_likeness
from ..appearance.fine_detail import FineDetail
from ..appearance.hair import hair_region
from ..appearance.illumination import Illumination, fit_illumination
from ..appearance.monochrome import Toning, find_toning
from ..appearance.skin import skin_likeness
from ..appearance.skin_fill import continued_face, shading
from ..appearance.texel_confidence import background, foreign, shown, texel_confidence, whole_beard
from ..choices import TextureSize
from ..errors import NoFaceError
from ..geometry.face_geometry import FaceGeometry
from ..geometry.pose import Pose, Similarity
from ..geometry.uv_layout import UVLayout
from ..head.face_shape import bundled_shape
from ..head.head_model import HeadModel, head_for
from ..head.whole_head import Head, head_of_face
from ..image.colour import stored
from ..photo.crop import Crop
from ..photo.photo import Photo, encode_image
from ..texture.texel_maps import TexelMaps
from ..texture.unwrap import texture_size, unwrap
from ..typed import (
    Landmarks,
    Normals,
    Pixels,
    Points,
    PositionMap,
    TexelColours,
    TexelMap,
    TexelMask,
    Texture,
)
from .detail import detail_in_photo

_SMALL = 512
"""Side of a texture, texels, up to which it is always kept: 1 MB."""
MOMENTS = "expression_moments"
"""Name of the network's output that `geometry.pose.expression_pull` takes."""
IDENTITY = "fitted_identity"
"""Name of the identity coefficients that `core.head` has fitted, among `Face.coefficients`."""

IRISES = "irises"
"""Name of the middles of the right and of the left iris among `Face.coefficients`: x, y, x, y in
photo pixels, as the network for lids and lips sees them."""


@dataclass(frozen=True, eq=False)
class Face:
    """A face in a photo. What is derived from it is computed on first use and kept.

    Attributes
    ----------
    photo : Photo
    layout : UVLayout
        Which place of the face each texel of the position map is.
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
        Coefficients of named expressions, 0..1; may be empty.
    head_model : HeadModel or None
        Of `head`; None: the one that comes with the add-on.
    """

    photo: Photo
    layout: UVLayout
    position_map: PositionMap
    crop: Crop
    confidence: float
    coefficients: Mapping[str, np.ndarray] = field(default_factory=dict)
    expression: Mapping[str, float] = field(default_factory=dict)
    head_model: HeadModel | None = None

    # Geometry, see `FaceGeometry` --------------------------------------------------------------

    @cached_property
    def geometry(self) -> FaceGeometry:
        """Everything that follows from the position map without the photo's colours."""
        return FaceGeometry(
            self.layout, self.position_map, self.photo_size, self.coefficients.get(MOMENTS)
        )

    @property
    def identity(self) -> np.ndarray | None:
        """(K,) float32: who it is, as coefficients of the model's face shape.

        Spread over people as the unit normal distribution. None if the model does not tell.
        """
        return None if self.neutral is None else self.coefficients[IDENTITY]

    @cached_property
    def neutral(self) -> Points | None:
        """(n, 3) float32: the person's face without expression, in `layout.texels` order.

        Canonical frame, metres; the head's true size is not known from a photo. None if the model
        does not tell.
        """
        shape, identity = bundled_shape(self.layout), self.coefficients.get(IDENTITY)
        if shape is None or identity is None or identity.shape != (shape.identities,):
            return None
        return shape.vertices(identity)

    @cached_property
    def head(self) -> Head | None:
        """The whole head with eyes, teeth and 52 expressions, see `core.head.whole_head`.

        None if the model does not tell identity, or the head that comes with the add-on is not
        known in its layout.
        """
        model = self.head_model or head_for(self.layout)
        if model is None or self.identity is None:
            return None
        return head_of_face(
            self.geometry, self.identity, self.expression, model, self.coefficients.get(IRISES)
        )

    @cached_property
    def expression_move(self) -> Points | None:
        """(n, 3) float32: what the expression does to the face, in `layout.texels` order.

        Canonical frame, metres. Taken off the vertices there, it leaves the face that the photo
        shows without its expression. None if the model does not tell.
        """
        shape, values = bundled_shape(self.layout), self.coefficients.get("expression")
        if self.neutral is None or shape is None or values is None:
            return None
        return shape.moved(values)

    @property
    def photo_size(self) -> tuple[int, int]:
        """(width, height) of the photo, pixels."""
        return self.photo.width, self.photo.height

    @property
    def landmarks(self) -> Landmarks:
        """(68, 3) float32 photo pixels: the iBUG 68 points, see `geometry.landmarks`."""
        return self.geometry.landmarks

    @property
    def vertices(self) -> Points:
        """(n, 3) float32 photo pixels: the texels of the mask, in `layout.texels` order."""
        return self.geometry.vertices

    @property
    def extended_position_map(self) -> PositionMap:
        """(S, S, 3) float32 photo pixels: the position map continued past the mask."""
        return self.geometry.extended_position_map

    @property
    def pose(self) -> Pose:
        """The head's pose, fitted to all vertices, without the bias of the expression."""
        return self.geometry.pose

    def fit_head(self, vertices: Points) -> Similarity:
        """Find how the head stands if its vertices lie there, see `FaceGeometry.fit_head`."""
        return self.geometry.fit_head(vertices)

    stance = fit_head  # its name in the first releases

    @property
    def box(self) -> tuple[float, float, float, float]:
        """(x0, y0, x1, y1): the bounding box of the landmarks, photo pixels."""
        return self.geometry.box

    @property
    def size(self) -> float:
        """Mean side of the landmarks' box, photo pixels."""
        return self.geometry.size

    @property
    def normals(self) -> Normals:
        """(S, S, 3) float32: unit normals out of the head, photo frame in Blender's axes."""
        return self.geometry.normals

    @property
    def smooth_normals(self) -> Normals:
        """(S, S, 3) float32: unit normals of the face without its folds, to tell light by."""
        return self.geometry.smooth_normals

    @property
    def facing(self) -> TexelMap:
        """(S, S) float32: cosine between each texel's normal and the direction to the viewer."""
        return self.geometry.facing

    @property
    def visibility(self) -> TexelMask:
        """(S, S) bool: texels that the photo shows, see `FaceGeometry.visibility`."""
        return self.geometry.visibility

    @property
    def depth_inside(self) -> TexelMap:
        """(S, S) float32 photo pixels: distance of each texel from the face's outline."""
        return self.geometry.depth_inside

    def shows(self, points: Points) -> np.ndarray:
        """(h, w) bool: whether the photo shows points (h, w, 3), see `FaceGeometry.shows`."""
        return self.geometry.shows(points)

    # Texture ------------------------------------------------------------------------------------

    def texture(self, size: TextureSize = "auto") -> Texture:
        """Unwrap the photo into the layout's UV space.

        The last one is kept for further calls, and all that are small.

        Parameters
        ----------
        size : int or "auto"
            Side in texels, from 16 to 8192; "auto" keeps the photo's detail, see `texture_size`.

        Returns
        -------
        (size, size, 4) uint8 sRGB, straight alpha, read-only
            As photographed, hair included. Alpha is 0 where the photo does not show the face, but
            its background, or a place so close to the outline that it may be that; skin in the
            face's light is continued there, so that no dark rim shows at any mip level.

        Raises
        ------
        OptionError
            The size is out of bounds.
        """
        side = texture_size(self.geometry, size)
        kept = self._textures.get(side)
        if kept is None:
            # At most one large texture is kept: at 8192 it takes 256 MB.
            for other in [n for n in self._textures if n > max(_SMALL, self.layout.size)]:
                del self._textures[other]
            kept = unwrap(self.photo, self.geometry, side, self.photographed, self._fill)
            kept.flags.writeable = False
            self._textures[side] = kept
        return kept

    def albedo(self, size: TextureSize = "auto") -> Texture:
        """The texture without the photo's light, for materials that a scene lights.

        Size, alpha and errors are those of `texture`; `delit.suns` light it as the photo was lit.

        Raises
        ------
        NoFaceError
            Too little skin is visible to tell the light.
        """
        return self.delit.apply(self.texture(size))

    def fine_detail(self, size: TextureSize = "auto") -> FineDetail:
        """Wrinkles and pores as a height, see `appearance.fine_detail`; size as in `texture`."""
        light = None if self.smooth_light is None else self.illumination
        seen, texture = self.texel_confidence(), self.texture(size)
        return detail_in_photo(self.photo, self.maps, light, seen, texture)

    def texture_png(self, size: TextureSize = "auto") -> bytes:
        """Encode `texture` as a PNG file. The last one is kept for further calls."""
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
        """The face as maps of the layout's size, with all that the photo shows there."""
        return TexelMaps(self.geometry, unwrap(self.photo, self.geometry, self.layout.size))

    @cached_property
    def photographed(self) -> TexelMap:
        """(S, S) float32, 0..1: how far `texture` is the photo."""
        return shown(self.geometry) * (1 - background(self.geometry, self.foreign))

    @cached_property
    def skin_shading(self) -> TexelColours:
        """(S, S, 3) float32: skin in the face's light, linear, see `appearance.skin_fill`."""
        return shading(self.maps, self.smooth_light, self.texel_confidence())

    @cached_property
    def _fill(self) -> Pixels:
        """(S, S, 3) uint8 sRGB: what `texture` is where it is not the photo."""
        shade = self.skin_shading
        light = continued_face(self.maps, self.photographed, self.texel_confidence(), shade)
        return (stored(light) * 255 + 0.5).astype(np.uint8)

    # Appearance ---------------------------------------------------------------------------------

    @cached_property
    def illumination(self) -> Illumination:
        """The light on the face, see `appearance.cast_shadows.fit_light`.

        Raises
        ------
        NoFaceError
            Too little skin is visible to tell.
        """
        return fit_light(self.maps, self.smooth_light)

    @cached_property
    def smooth_light(self) -> Illumination | None:
        """The light on the face without cast shadows; None if too little skin tells."""
        try:
            return fit_illumination(self.maps)
        except NoFaceError:
            return None

    @cached_property
    def delit(self) -> Delit:
        """How the texture becomes albedo, and the light on it as lamps, see `appearance.albedo`.

        Raises
        ------
        NoFaceError
            Too little skin is visible to tell.
        """
        return delight(self.maps, self.illumination, self.texel_confidence())

    @cached_property
    def foreign(self) -> TexelMap:
        """(S, S) float32, 0..1: hair, cloth, background, see `appearance.texel_confidence`."""
        if self.smooth_light is None:
            return np.zeros(self.layout.mask.shape, np.float32)
        return foreign(self.maps, self.smooth_light, self.beard)

    def texel_confidence(self, keep_hair: float = 0.0) -> TexelMap:
        """(S, S) float32, 0..1: how far the photo can be trusted at each texel.

        Parameters
        ----------
        keep_hair : float
            0..1: how far hair in front of the face counts as the face's.
        """
        return texel_confidence(self.geometry, self.foreign, keep_hair)

    @cached_property
    def skin(self) -> TexelMap:
        """(S, S) float32, 0..1: how much each texel looks like skin, see `appearance.skin`.

        Raises
        ------
        NoFaceError
            Too little skin is visible to tell.
        """
        return skin_likeness(self.maps, self.illumination)

    @cached_property
    def hair(self) -> TexelMask:
        """(S, S) bool: hair or a hat over the face, see `appearance.hair.hair_region`.

        Raises
        ------
        NoFaceError
            Too little skin is visible to tell.
        """
        return hair_region(self.layout, self.skin, self.maps.known)

    @cached_property
    def beard(self) -> TexelMask:
        """(S, S) bool: a beard, down to the layout's end, see `appearance.texel_confidence`."""
        return whole_beard(self.maps, self.smooth_light)

    @cached_property
    def likeness(self) -> Mapping[str, float]:
        """How much eyes, nose and mouth look like ones, see `appearance.feature_likeness`."""
        return feature_likeness(self.layout, self.maps.texture)

    @cached_property
    def covered_eyes(self) -> tuple[bool, bool]:
        """Whether something covers the right and the left eye, see `appearance.eye_occlusion`."""
        return covered_eyes(self.maps, self.likeness)

    @cached_property
    def toning(self) -> Toning | None:
        """How a grey or sepia photo is toned; None if it has colours of its own."""
        return find_toning(self.maps)
