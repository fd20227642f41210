"""Complete a face's texture: colours for what its photo does not show, or shows badly."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np

from ..appearance.skin_fill import continued_skin
from ..choices import FILLS, Fill, TextureSize
from ..errors import OptionError
from ..face.face import Face
from ..geometry.uv_layout import UVLayout
from ..image.bands import bands
from ..image.colour import FLOOR, GAMMA, linear_light, log_ratio, stored
from ..image.diffusion import continued
from ..texture.unwrap import BAND_TEXELS, stretch, texture_size
from ..typed import Pixels, TexelColours, TexelMap, Texture

# Logarithm of light: a larger difference between a texel and its mirror image is a feature or a
# shadow. The light that is left after matching makes no such step.
_MOST_STEP = 1.2
# Share of the map's side, standard deviation: blur of what makes both halves meet, so that no eye
# leaves a trail in it; and how far both have to be known around a place that tells of it.
_BLUR = 1 / 64
_BOTH = 0.5
# Gains of stored sRGB values that mirrored texels may get: stronger ones are errors of the light.
_GAINS = (1 / 3, 2.5)
# Texels along a side at which holes are inpainted: OpenCV takes a second for a million texels.
_INPAINT_SIZE = 512
# Texels that OpenCV's inpainting looks around each texel.
_INPAINT_RADIUS = 3


@dataclass(frozen=True)
class CompletionOptions:
    """How texels get their colours that the photo does not show, or shows badly.

    Attributes
    ----------
    mirror : bool
        Take them from the other half of the face, where the photo shows that better.
    fill : {"smooth", "inpaint"}
        How texels are filled that neither half shows: with skin in the face's light; or by
        OpenCV's inpainting.
    keep_hair : float
        0..1: how far hair in front of the face, and whatever else hangs into it, is kept: at 0
        there is skin in its place.
    """

    mirror: bool = True
    fill: Fill = "smooth"
    keep_hair: float = 0.0


@dataclass(frozen=True, eq=False)
class _Sources:
    """What a completed texture is mixed from, and how, in the layout's size.

    Attributes
    ----------
    own : (S, S) float32
        Share of the photo.
    mirrored : (S, S) float32
        Share of its mirror image.
    gain : (S, S, 3) float32
        Of the mirror image's stored values.
    fill : (S, S, 3) uint8 sRGB
        What has the rest.
    """

    own: TexelMap
    mirrored: TexelMap
    gain: TexelColours
    fill: Pixels


def complete(
    face: Face,
    size: TextureSize = "auto",
    options: CompletionOptions | None = None,
    trust: TexelMap | None = None,
) -> Texture:
    """Complete the texture of a face.

    Parameters
    ----------
    face : Face
    size : int or "auto"
        As in `Face.texture`.
    options : CompletionOptions, optional
    trust : (S, S) float32, optional
        0..1: how far the photo may be used at all; by default everywhere.

    Returns
    -------
    (size, size, 4) uint8 sRGB
        Every texel has a colour. Alpha tells how far it is the photo's own, so that visible and
        completed texels can still be told apart and mixed. Where it is 255 the colour is the
        photo's.

    Raises
    ------
    OptionError
        The size is out of bounds, there is no such fill, or `keep_hair` is out of bounds.

    Notes
    -----
    Each texel is the photo as far as that can be trusted there, of the rest the mirror image as
    far as that can be, and what is still left is skin.
    """
    options = options or CompletionOptions()
    if options.fill not in FILLS:
        raise OptionError(
            "The fill is {fill!r}; it can be {names}.", fill=options.fill, names=", ".join(FILLS)
        )
    if not 0 <= options.keep_hair <= 1:
        raise OptionError("Hair is kept by {share}; it can be 0 to 1.", share=options.keep_hair)
    side = texture_size(face.geometry, size)
    result = face.texture(side).copy()
    sources = _sources(face, options, trust)
    if options.fill == "inpaint":
        sources = _inpainted(face, sources)
    for v in bands(side, side, BAND_TEXELS):
        result[v] = _mixed(result[v], sources, side, v)
    return result


def _sources(face: Face, options: CompletionOptions, trust: TexelMap | None) -> _Sources:
    """Decide what each texel of the map is mixed from."""
    layout, maps, mirrored = face.layout, face.maps, face.layout.mirrored
    own = face.texel_confidence(options.keep_hair)
    own = own if trust is None else own * trust
    shade = face.skin_shading
    gain = np.ones_like(shade)
    other = np.zeros_like(own)
    if options.mirror:
        other = np.ascontiguousarray(mirrored(own))
        gain = _gain(layout, maps.light, shade, own * other)
        other *= 1 - own
    known = own + other
    colour = stored(maps.light)
    mixed = own[..., None] * colour + other[..., None] * (mirrored(colour) * gain)
    mixed = (mixed / np.maximum(known, 1e-3)[..., None]).clip(0, 1)
    skin = continued_skin(layout, linear_light(mixed * 255), known, shade)
    return _Sources(own, other, gain, (stored(skin) * 255 + 0.5).astype(np.uint8))


def _gain(
    layout: UVLayout, light: TexelColours, shade: TexelColours, both: TexelMap
) -> TexelColours:
    """(S, S, 3) float32: what brings mirrored texels into the light of the side they come to.

    That is the ratio of both sides' shading, and what is left between them where both are known,
    continued into the hidden side as a membrane. So there is no step where they meet.
    """
    mirrored = layout.mirrored
    ratio = log_ratio(light, shade)
    left = (ratio - mirrored(ratio)).clip(-_MOST_STEP, _MOST_STEP)
    known = continued(left, both, _BLUR * layout.size, _BOTH)
    left = np.log((shade + FLOOR) / (mirrored(shade) + FLOOR))
    left = left if known is None else left + known
    return np.exp(left / np.float32(GAMMA)).clip(*_GAINS)


def _mixed(texture: Texture, sources: _Sources, size: int, rows: slice) -> Texture:
    """Some rows (h, size, 4) uint8 of a texture, mixed from its sources."""
    own, other = (stretch(share, size, rows) for share in (sources.own, sources.mirrored))
    colour = np.ascontiguousarray(texture[..., :3])
    rest = stretch(sources.fill, size, rows)
    if other.any():
        mirrored = np.ascontiguousarray(UVLayout.mirrored(texture)[..., :3])
        gain = stretch(sources.gain, size, rows)
        mirrored = cv2.multiply(mirrored, gain, dtype=cv2.CV_8U)
        share = other / np.maximum(1 - own, 1e-6)
        rest = cv2.blendLinear(mirrored, rest, share, 1 - share)
    mixed = cv2.blendLinear(colour, rest, own, 1 - own)
    # The photo stays as it is, bit by bit.
    return np.dstack([np.where(own[..., None] < 1, mixed, colour), np.rint(own * 255)]).astype(
        np.uint8
    )


def _inpainted(face: Face, sources: _Sources) -> _Sources:
    """The same with OpenCV's inpainting in place of skin."""
    side = min(face.layout.size, _INPAINT_SIZE)
    texture = _mixed(face.texture(side), sources, side, slice(0, side))
    known = stretch(sources.own + sources.mirrored, side, slice(0, side))
    filled = cv2.inpaint(
        np.ascontiguousarray(texture[..., :3]),
        (known < _BOTH).astype(np.uint8),
        _INPAINT_RADIUS,
        cv2.INPAINT_TELEA,
    )
    return replace(sources, fill=filled)
