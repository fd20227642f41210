"""What a face is swapped with: another photo's face, or a texture an artist made.

Both answer the same questions, so that nothing else in `swap` has to ask which of the two it has.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np

from ..appearance.cast_shadows import fit_light
from ..appearance.illumination import Illumination
from ..appearance.monochrome import Toning
from ..choices import Shape, TextureSize
from ..editing.completion import CompletionOptions, complete
from ..errors import OptionError, Sentence
from ..face.face import Face
from ..geometry.face_geometry import FaceGeometry
from ..geometry.uv_layout import UVLayout
from ..image.colour import GAMMA, LUMA
from ..image.filters import soft_inside
from ..image.sampling import sample
from ..image.sharpness import match_sharpness
from ..texture.fragments import Fragments
from ..texture.render import check_texture
from ..texture.texel_maps import at_layout_size
from ..texture.unwrap import fill_hidden, texture_size
from ..typed import Mask, Matte, Pixels, PositionMap, TexelMap, Texture
from .donor_confidence import clear_view, shown_well, unspoilt
from .donor_shape import donor_shape
from .openings import between_lips, is_open

# Share of the face's size: the width over which a photo fades to the texture where it ends.
_RIM = 0.03
# Cosine between normal and line of sight: more oblique, a donor's photo is smeared.
_OBLIQUE = 0.3
# Degrees. Donors that look so far to the side, and so much otherwise than the target, show little
# of the other eye and of the nose's other side; on two such photos both came out smeared.
_ASIDE = 40.0
_OTHERWISE = 30.0


@dataclass(frozen=True, eq=False)
class DonorTexture:
    """A donor in the target's UV space, before its colours are matched.

    Attributes
    ----------
    pixels : (N, N, 4) uint8 sRGB
    clear : (S, S) float32
        0..1: where the donor's photo is looked up instead of this texture.
    unspoilt : (S, S) float32
        The same, however obliquely the photo shows the texel.
    """

    pixels: Texture
    clear: TexelMap
    unspoilt: TexelMap


def without_teeth(texture: DonorTexture, layout: UVLayout) -> DonorTexture:
    """A donor's texture in which the lips are closed over a smile's teeth."""
    lips = 1 - between_lips(layout)
    pixels = texture.pixels.copy()
    alpha = pixels[..., 3].copy()
    pixels[..., 3] = cv2.resize(lips * 255, pixels.shape[:2]) + 0.5
    fill_hidden(pixels)
    pixels[..., 3] = np.minimum(pixels[..., 3], alpha)
    return DonorTexture(pixels, texture.clear * lips, texture.unspoilt * lips)


class PhotoDonor:
    """A face in another photo.

    Parameters
    ----------
    face : Face
    """

    def __init__(self, face: Face) -> None:
        self.face = face

    @property
    def faces(self) -> tuple[Face, ...]:
        """The photographed faces that can be asked for hair, skin, covered features."""
        return (self.face,)

    @property
    def toning(self) -> Toning | None:
        """How the photo is toned; None if it has colours of its own."""
        return self.face.toning

    def check(self, layout: UVLayout, shape: Shape) -> None:
        """Refuse a donor of another layout than the target's with an OptionError."""
        if not same_layout(self.face.layout, layout):
            raise OptionError(
                "The donor's UV layout {donor!r} is not the target's, {target!r}; "
                "reconstruct both with the same model.",
                donor=self.face.layout.name,
                target=layout.name,
            )

    def unwrapped(
        self, target: Face, size: TextureSize, completion: CompletionOptions, close_mouth: bool
    ) -> DonorTexture:
        """The donor's texture with its hidden side completed.

        Parameters
        ----------
        target : Face
        size : int or "auto"
            Of the texture.
        completion : CompletionOptions
        close_mouth : bool
            Leave out the teeth of a smile where the target's lips are closed.
        """
        clear, intact = self.used_for(target)
        pixels = complete(self.face, texture_size(target.geometry, size), completion, clear)
        texture = DonorTexture(pixels, clear, intact)
        if close_mouth and is_open(self.face.geometry, target.geometry):
            return without_teeth(texture, self.face.layout)
        return texture

    def used_for(self, target: Face) -> tuple[TexelMap, TexelMap]:
        """What of the photo is looked up for a target: `clear` and `unspoilt` of the texture."""
        intact = unspoilt(self.face, target)
        return clear_view(self.face) * intact, intact

    def light(self, target: Face, texture: DonorTexture) -> Illumination:
        """The light on the donor; NoFaceError where too little skin tells."""
        return self.face.illumination

    def lit_geometry(self, target: Face) -> FaceGeometry:
        """The geometry on which that light shines."""
        return self.face.geometry

    def brightening(self, light: Illumination, goal: Illumination) -> float:
        """How many times as bright, as stored, the donor's skin becomes in the target's light."""
        if self.toning is not None:
            return float((goal.mean @ LUMA) / (light.mean @ LUMA)) ** (1 / GAMMA)
        return float((goal.mean / light.mean).max() ** (1 / GAMMA))

    def as_painted(self, target: Face, texture: DonorTexture) -> Texture | None:
        """(S, S, 4) uint8 sRGB: the donor as the target is painted with it, unmatched."""
        # What the target shows as obliquely is looked up in the photo, too.
        alike = self.face.visibility & (self.face.facing >= target.facing - 1e-4)
        alike &= texture.unspoilt > 0.5
        completed = at_layout_size(texture.pixels, self.face.layout.size)
        return np.where(alike[..., None], self.face.maps.texture, completed)

    def looked_up(
        self, target: Face, texture: DonorTexture, fragments: Fragments
    ) -> tuple[Pixels, Matte] | None:
        """What the donor's photo itself shows of each place that the target's camera sees.

        Parameters
        ----------
        target : Face
        texture : DonorTexture
        fragments : Fragments
            Of the target.

        Returns
        -------
        colour : (h, w, 3) uint8 sRGB
        share : (h, w) float32
            0..1: how far to use it. 0 where the photo does not show the place, or shows it so much
            more obliquely than the target's photo that it would be smeared.
        """
        donor = self.face
        maps = (donor.extended_position_map, donor.facing, target.facing, texture.clear,
                texture.unspoilt)  # fmt: skip
        # How far to use it is smooth enough to be decided at the samples.
        seen = fragments.sampled(np.dstack(maps))
        points, facing, wanted, clear, intact = (
            seen[..., :3], seen[..., 3], seen[..., 4], seen[..., 5], seen[..., 6]
        )  # fmt: skip
        shown = donor.shows(points)
        # From the end of what is shown inwards: there the donor's background shines in.
        rim = _RIM * target.size / fragments.cell
        share = soft_inside(shown & (facing > np.minimum(_OBLIQUE, 0.5 * wanted)), rim) * clear
        # What the target shows as obliquely as the donor is no worse for it.
        alike = soft_inside(shown & (facing >= wanted - 1e-4), rim)
        share = np.maximum(share, alike) * intact
        found = fragments.enlarged(np.dstack([points[..., :2], share]))
        at = np.ascontiguousarray(found[..., :2])
        return sample(donor.photo.pixels, at), np.ascontiguousarray(found[..., 2])

    def well_shown(self, target: Face, texture: DonorTexture) -> TexelMap:
        """(S, S) float32: where the donor's photo shows a texel well, or as the target's does."""
        alike = self.face.visibility & (self.face.facing >= target.facing - 1e-3)
        return np.maximum(shown_well(self.face.geometry, texture.clear), alike)

    def shape_on(self, target: Face, mask: Mask) -> PositionMap:
        """(S, S, 3) float32: the target's position map with the donor's features."""
        return donor_shape(target.geometry, self.face.geometry, mask)

    def shows_teeth(self, target: Face) -> bool:
        """Whether what lies between the donor's lips can be shown between the target's."""
        return not is_open(target.geometry, self.face.geometry)

    def matched_sharpness(
        self, colour: Pixels, photo: Pixels, inside: np.ndarray, size: float
    ) -> Pixels:
        """(h, w, 3) uint8: the rendered donor, no sharper than the photo (h, w, 3)."""
        return match_sharpness(colour, photo, inside, size)

    def degrees_aside(self, target: Face) -> float:
        """How far the donor looks to the side, degrees; 0 where that does no harm."""
        yaw, apart = math.degrees(self.face.pose.yaw), self.face.pose.yaw - target.pose.yaw
        harms = abs(yaw) > _ASIDE and abs(math.degrees(apart)) > _OTHERWISE
        return abs(yaw) if harms else 0.0


class TextureDonor:
    """A texture in the target's layout: painted, baked, from another program.

    It is meant as it is: nothing of it is hidden, covered or seen from the side.

    Parameters
    ----------
    texture : (N, N, 3) or (N, N, 4) uint8 sRGB
    """

    def __init__(self, texture: Texture) -> None:
        self.texture = texture

    @property
    def faces(self) -> tuple[Face, ...]:
        """None: no photographed face is known."""
        return ()

    @property
    def toning(self) -> Toning | None:
        """None: its colours are its own."""
        return None

    def check(self, layout: UVLayout, shape: Shape) -> None:
        """Refuse what is no texture, or another shape than the target's, with an OptionError."""
        check_texture(self.texture, Sentence("donor's texture"))
        if shape == "donor":
            raise OptionError("A texture has no shape; the donor's shape needs a donor's photo.")

    def unwrapped(
        self, target: Face, size: TextureSize, completion: CompletionOptions, close_mouth: bool
    ) -> DonorTexture:
        """The texture itself, opaque where it has no alpha, at its own size."""
        pixels = self.texture
        if pixels.shape[2] == 3:
            pixels = np.dstack([pixels, np.full(pixels.shape[:2], 255, np.uint8)])
        everywhere = np.ones(target.layout.mask.shape, np.float32)
        return DonorTexture(pixels, everywhere, everywhere)

    def light(self, target: Face, texture: DonorTexture) -> Illumination:
        """The light that the texture shows on the target's geometry."""
        return fit_light(target.maps.with_texture(texture.pixels))

    def lit_geometry(self, target: Face) -> FaceGeometry:
        """The target's: a texture has no other."""
        return target.geometry

    def brightening(self, light: Illumination, goal: Illumination) -> float:
        """How many times as bright, as stored, its skin becomes in the target's light."""
        return float((goal.mean / light.mean).max() ** (1 / GAMMA))

    def as_painted(self, target: Face, texture: DonorTexture) -> Texture | None:
        """None: what is coarse in a texture is meant so, and nothing in it is judged."""
        return None

    def looked_up(
        self, target: Face, texture: DonorTexture, fragments: Fragments
    ) -> tuple[Pixels, Matte] | None:
        """None: there is no photo."""
        return None

    def well_shown(self, target: Face, texture: DonorTexture) -> TexelMap:
        """(S, S) float32: 1 everywhere."""
        return np.ones(target.layout.mask.shape, np.float32)

    def shape_on(self, target: Face, mask: Mask) -> PositionMap:
        """The target's position map."""
        return target.position_map

    def shows_teeth(self, target: Face) -> bool:
        """False: the target's own teeth show."""
        return False

    def matched_sharpness(
        self, colour: Pixels, photo: Pixels, inside: np.ndarray, size: float
    ) -> Pixels:
        """The colours as they are: a texture is as sharp as it was made."""
        return colour

    def degrees_aside(self, target: Face) -> float:
        """0: a texture looks nowhere."""
        return 0.0


Donor = PhotoDonor | TextureDonor


def as_donor(donor: Face | Texture | Donor) -> Donor:
    """What callers give, a face or a texture, as a donor."""
    if isinstance(donor, Face):
        return PhotoDonor(donor)
    return TextureDonor(donor) if isinstance(donor, np.ndarray) else donor


def same_layout(a: UVLayout, b: UVLayout) -> bool:
    """Whether texels of both mean the same."""
    return a is b or (
        a.size == b.size
        and bool(np.array_equal(a.mask, b.mask))
        and bool(np.array_equal(a.landmark_texels, b.landmark_texels))
    )
