"""Colours for the side of a face that its photo does not show."""
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
from .relight import mirror_curve

# Levels: a larger step between a texel and its mirror image is hair or a shadow, not the light.
_MOST_STEP = 60.0
# Share of the face's size: background shows this far inside a face that misses the outline.
_NEAR = 0.1
# Share of the map's side: blur of the correction, so that no eye or strand leaves a trail.
_BLUR = 1 / 64
# Texels along a side: OpenCV's inpainting takes a second for a million texels.
_INPAINT_SIZE = 512


@dataclass(frozen=True)
class CompletionOptions:
    """How hidden texels get their colours.

    Attributes
    ----------
    mirror : bool
        From the other half of the face where the photo shows that.
    match_light : bool
        Mirrored texels are brought into the light of their own side.
    blend : bool
        A smooth correction makes them meet the visible texels without a step (Poisson).
    fill : {"smooth", "inpaint"}
        What neither half shows: the colours around, blurred; or continued by OpenCV's inpainting.
    """

    mirror: bool = True
    match_light: bool = True
    blend: bool = True
    fill: Fill = "smooth"


def complete(
    face: Face,
    size: TextureSize = "auto",
    options: CompletionOptions | None = None,
    trust: np.ndarray | None = None,
) -> np.ndarray:
    """A face's texture with its hidden side.

    Parameters
    ----------
    face : Face
    size : int or "auto"
        As in `Face.texture`.
    options : CompletionOptions, optional
    trust : (S, S) float32, optional
        Where visible texels count as hidden: 0; by default `trusted`.

    Returns
    -------
    (size, size, 4) uint8 sRGB
        Colours everywhere; alpha says how far they are the photo's, so that a mix of visible and
        completed texels stays possible.

    Raises
    ------
    OptionError
        Another size or fill.
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


def trusted(face: Face) -> np.ndarray:
    """(S, S) float32: 0 for visible texels that show the background in place of the face, else 1.

    Where a reconstruction misses the outline, texels beside it show what lies behind. They do not
    look like skin where the other half of the face does.
    """
    try:
        skin = face.skin
    except NoFaceError:  # too little of it to tell
        return np.ones(face.layout.mask.shape, np.float32)
    seen = face.maps.texture[..., 3] > 127
    near = face.depth_inside < _NEAR * face.size
    wrong = seen & near & (skin < 0.5) & (face.layout.mirrored(skin) > 0.5)
    wrong = cv2.dilate(wrong.astype(np.uint8), np.ones((5, 5), np.uint8))
    return 1 - cv2.blur(wrong.astype(np.float32), (3, 3))


def _add_mirrored(
    face: Face, texture: np.ndarray, trust: np.ndarray, options: CompletionOptions
) -> None:
    """Give hidden texels their mirror image's colour; alpha becomes what is known now."""
    curve = None
    if options.match_light:
        with contextlib.suppress(NoFaceError):  # too little skin: as it is
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
        whole = cv2.add(alpha, known, dtype=cv2.CV_8U)
        lit = whole > 0
        band[lit, :3] = colour[lit]
        band[..., 3] = whole


def _mirrored(texture: np.ndarray, values: np.ndarray | None) -> np.ndarray:
    """(h, w, 3) uint8: the mirror image of a texture, under a tone curve."""
    colour = np.ascontiguousarray(UVLayout.mirrored(texture)[..., :3])
    return colour if values is None else ToneCurve.apply_values(colour, values)


def _correction(face: Face, curve: ToneCurve | None, trust: np.ndarray | int) -> np.ndarray:
    """(S, S, 3) float32: what makes mirrored texels meet the visible ones.

    Their difference where both are known, continued into the hidden side as a membrane.
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


def _inpaint(texture: np.ndarray) -> None:
    """Continue what is known into the rest by OpenCV's inpainting; alpha becomes 255."""
    size = len(texture)
    side = min(size, _INPAINT_SIZE)
    small = cv2.resize(texture, (side, side), interpolation=cv2.INTER_AREA)
    hole = (small[..., 3] < 128).astype(np.uint8)
    filled = cv2.inpaint(np.ascontiguousarray(small[..., :3]), hole, 3, cv2.INPAINT_TELEA)
    for rows in bands(size, size, BAND_TEXELS):
        band = texture[rows]
        smooth = stretch(filled, size, rows)
        share = band[..., 3].astype(np.float32) / 255
        band[..., :3] = mix(smooth, np.ascontiguousarray(band[..., :3]), share)
        band[..., 3] = 255
