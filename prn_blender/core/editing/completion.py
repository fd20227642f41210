"""Complete a face's texture: colours for the side that its photo does not show."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import contextlib
from dataclasses import dataclass

import cv2
import numpy as np

from ..appearance.cast_shadows import fit_light
from ..choices import FILLS, Fill, TextureSize
from ..errors import NoFaceError, OptionError
from ..face.face import Face
from ..geometry.uv_layout import UVLayout
from ..image.bands import bands
from ..image.blend import mix
from ..image.diffusion import membrane
from ..image.tone_curve import ToneCurve
from ..texture.unwrap import BAND_TEXELS, fill_hidden, stretch, texture_size
from ..typed import Pixels, TexelColours, TexelMap, Texture
from .relight import mirror_curve

# Levels of 255: a larger difference between a texel and its mirror image is hair or a shadow. The
# light that is left after matching makes no such step.
_MOST_STEP = 60.0
# Share of the face's size: how far inside a face background may show, if the reconstruction misses
# the outline.
_NEAR = 0.1
# Share of the map's side, standard deviation: blur of the correction, so that no eye and no strand
# of hair leaves a trail in it.
_BLUR = 1 / 64
# Texels along a side at which holes are inpainted: OpenCV takes a second for a million texels.
_INPAINT_SIZE = 512
# Texels that OpenCV's inpainting looks around each texel.
_INPAINT_RADIUS = 3


@dataclass(frozen=True)
class CompletionOptions:
    """How hidden texels get their colours.

    Attributes
    ----------
    mirror : bool
        Take them from the other half of the face, where the photo shows that.
    match_light : bool
        Bring mirrored texels into the light of their own side.
    blend : bool
        Correct mirrored texels smoothly, so that they meet the visible ones without a step, as
        Poisson blending does.
    fill : {"smooth", "inpaint"}
        How texels are filled that neither half shows: with the colours around, blurred; or by
        OpenCV's inpainting.
    """

    mirror: bool = True
    match_light: bool = True
    blend: bool = True
    fill: Fill = "smooth"


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
        0..1: how far visible texels count as visible; by default `trusted`.

    Returns
    -------
    (size, size, 4) uint8 sRGB
        Every texel has a colour. Alpha tells how far it is the photo's own, so that visible and
        completed texels can still be told apart and mixed.

    Raises
    ------
    OptionError
        The size is out of bounds, or there is no such fill.
    """
    options = options or CompletionOptions()
    if options.fill not in FILLS:
        raise OptionError(
            "The fill is {fill!r}; it can be {names}.", fill=options.fill, names=", ".join(FILLS)
        )
    side = texture_size(face.geometry, size)
    result = face.texture(side).copy()
    if int(result[..., 3].min()) == 255:
        return result
    trust = trusted(face) if trust is None else trust
    if trust.min() < 1:
        for v in bands(side, side, BAND_TEXELS):
            share = stretch(trust, side, v)
            result[v, :, 3] = cv2.multiply(result[v, :, 3], share, dtype=cv2.CV_8U)
    alpha = result[..., 3].copy()
    if options.mirror:
        _add_mirrored(face, result, trust, options)
    if options.fill == "inpaint":
        _inpaint(result)
    fill_hidden(result)
    result[..., 3] = alpha
    return result


def trusted(face: Face) -> TexelMap:
    """Find visible texels that show the background in place of the face.

    Where a reconstruction misses the outline, texels beside it show what lies behind the face.
    They do not look like skin, while their mirror images on the other half of the face do.

    Parameters
    ----------
    face : Face

    Returns
    -------
    (S, S) float32
        0 for those texels, 1 for all others.
    """
    try:
        skin = face.skin
    except NoFaceError:  # too little skin is visible to tell
        return np.ones(face.layout.mask.shape, np.float32)
    visible = face.maps.texture[..., 3] > 127
    near_outline = face.depth_inside < _NEAR * face.size
    wrong = visible & near_outline & (skin < 0.5) & (face.layout.mirrored(skin) > 0.5)
    wrong = cv2.dilate(wrong.astype(np.uint8), np.ones((5, 5), np.uint8))
    return 1 - cv2.blur(wrong.astype(np.float32), (3, 3))


def _add_mirrored(
    face: Face, texture: Texture, trust: TexelMap, options: CompletionOptions
) -> None:
    """Give hidden texels the colours of their mirror images, in place.

    Alpha becomes how far each texel's colour is known, visible or mirrored.
    """
    curve = None
    if options.match_light:
        with contextlib.suppress(NoFaceError):  # too little skin is visible: without
            curve = mirror_curve(face.geometry, fit_light(face.maps, whole=True))
    correction = _correction(face, curve, trust) if options.blend else None
    size = len(texture)
    for v in bands(size, size, BAND_TEXELS):
        band = texture[v]
        mirrored = _mirrored(band, None if curve is None else stretch(curve.values, size, v))
        if correction is not None:
            mirrored = cv2.add(mirrored, stretch(correction, size, v), dtype=cv2.CV_8U)
        alpha = band[..., 3].astype(np.float32)
        known = np.ascontiguousarray(face.layout.mirrored(band[..., 3])) * ((255 - alpha) / 255)
        colour = cv2.blendLinear(np.ascontiguousarray(band[..., :3]), mirrored, alpha, known)
        total = cv2.add(alpha, known, dtype=cv2.CV_8U)
        some = total > 0
        band[some, :3] = colour[some]
        band[..., 3] = total


def _mirrored(texture: Texture, values: np.ndarray | None) -> Pixels:
    """(h, w, 3) uint8: the mirror image of some rows of a texture, under a tone curve."""
    colour = np.ascontiguousarray(UVLayout.mirrored(texture)[..., :3])
    return colour if values is None else ToneCurve.apply_values(colour, values)


def _correction(face: Face, curve: ToneCurve | None, trust: TexelMap) -> TexelColours:
    """(S, S, 3) float32 levels: what makes mirrored texels meet the visible ones.

    It is their difference where both are known, continued into the hidden side as a membrane.
    """
    texture = face.maps.texture
    mirrored = _mirrored(texture, None if curve is None else curve.values)
    alpha = texture[..., 3] * (trust / np.float32(255))
    both = np.minimum(alpha, face.layout.mirrored(alpha))
    difference = cv2.subtract(
        np.ascontiguousarray(texture[..., :3]), mirrored, dtype=cv2.CV_32F
    ).clip(-_MOST_STEP, _MOST_STEP)
    weighted = np.dstack([difference * both[..., None], both])
    smooth = cv2.GaussianBlur(weighted, (0, 0), _BLUR * len(texture))
    known = both > 0.5
    value = smooth[..., :3] / np.maximum(smooth[..., 3:], 1e-3)
    return membrane(value, known)


def _inpaint(texture: Texture) -> None:
    """Fill what is not known by OpenCV's inpainting, in place; alpha becomes 255."""
    size = len(texture)
    side = min(size, _INPAINT_SIZE)
    small = cv2.resize(texture, (side, side), interpolation=cv2.INTER_AREA)
    hole = (small[..., 3] < 128).astype(np.uint8)
    filled = cv2.inpaint(
        np.ascontiguousarray(small[..., :3]), hole, _INPAINT_RADIUS, cv2.INPAINT_TELEA
    )
    for rows in bands(size, size, BAND_TEXELS):
        band = texture[rows]
        smooth = stretch(filled, size, rows)
        share = band[..., 3].astype(np.float32) / 255
        band[..., :3] = mix(smooth, np.ascontiguousarray(band[..., :3]), share)
        band[..., 3] = 255
