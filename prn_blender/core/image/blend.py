"""Blend a rendered face into its photo: by its matte, by Poisson's equation, by a pyramid.

A new mode needs its name in `choices.BlendMode` and a branch in `blend`.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import cv2
import numpy as np

from ..choices import BLEND_MODES, BlendMode
from ..errors import OptionError
from ..typed import Matte, Pixels
from .diffusion import membrane, solve_poisson
from .patch import RenderedFace

# Pixels by which cv2.seamlessClone erodes its mask: in a rim of this width the gradients are the
# photo's.
_ERODED = 3
# Pixels by which the pictures are continued past their border, so that a mask may touch it.
_PAD = 2 * _ERODED + 2
# Least share of the rim around the matte in which photo and face have to show the same thing. With
# less they tell too little, and the face is blended without them.
_FEWEST_MET = 0.02
# Pixels of the longer side at which the difference of face and photo is continued. It is smooth.
_COARSE = 256
# Most levels of the Laplacian pyramid.
_PYRAMID_LEVELS = 6
# Pixels of the shorter side that the pyramid's coarsest level has at least.
_PYRAMID_TOP = 8
# Pixels: for larger pictures Poisson's equation is solved at this size.
_MOST_SOLVED = 2**20
# Pixels of a side at which it is solved at least.
_LEAST_SOLVED = 8


def blend(
    photo: Pixels, rendered: RenderedFace, mode: BlendMode = "poisson", strength: float = 1.0
) -> Pixels:
    """Blend a rendered face into its photo.

    Parameters
    ----------
    photo : (H, W, 3) uint8 sRGB
    rendered : RenderedFace
    mode : {"poisson", "feather", "laplacian"}
        "poisson" keeps the gradients of the rendered face and takes the photo's colours at the
        border of the matte. "feather" mixes by the matte. "laplacian" mixes coarse structure over
        a wide border and fine structure over a narrow one.
    strength : float
        0..1: factor of the matte. 0 leaves the photo as it is.

    Returns
    -------
    (H, W, 3) uint8
        A new picture, equal to the photo wherever the matte is 0.

    Raises
    ------
    OptionError
        An unknown mode, or a strength out of bounds.
    """
    check_blend(mode, strength)
    result = photo.copy()
    matte = rendered.matte * np.float32(strength)
    if not matte.any() or not strength:
        return result
    view = rendered.crop(result)
    part = _bounding_box(matte > 0)
    below = np.ascontiguousarray(view[part])
    above = np.ascontiguousarray(rendered.colour[part])
    if mode != "feather":
        around = below
        if rendered.meets is not None:
            above, around = _make_meet(above, below, rendered, part)
        if mode == "poisson":
            above = _poisson_blend(above, around, rendered.matte[part] > 0)
        else:
            above = _pyramid_blend(above, around, rendered.matte[part])
    view[part] = mix(below, above, matte[part])
    return result


def _make_meet(
    above: Pixels, below: Pixels, rendered: RenderedFace, part: tuple[slice, slice]
) -> tuple[Pixels, Pixels]:
    """Make face and photo meet where both show the same thing, and ignore the photo elsewhere.

    Otherwise hair, teeth and what lies behind the face would lend their colours to the skin.

    Parameters
    ----------
    above, below : (h, w, 3) uint8
        Face and photo.
    rendered : RenderedFace
        With its `meets`.
    part : (rows, columns)
        The part of its region that the two pictures are.

    Returns
    -------
    above : (h, w, 3) uint8
        The face, corrected so that it equals the photo in the rim where both show the same
        thing. The correction is continued smoothly to the rest, within `rendered.reach`.
    below : (h, w, 3) uint8
        The photo in that part of the rim, elsewhere the corrected face.
    """
    inside = (rendered.matte[part] > 0).astype(np.uint8)
    inner = cv2.erode(inside, np.ones((3, 3), np.uint8), iterations=_ERODED)
    rim = inner == 0
    assert rendered.meets is not None
    known = rendered.meets[part] & rim
    if known.sum() < _FEWEST_MET * rim.sum():
        return above, below
    difference = cv2.subtract(below, above, dtype=cv2.CV_32F)
    weighted = np.dstack([difference * known[..., None], known])
    height, width = known.shape
    shrink = min(1.0, _COARSE / max(height, width))
    small = (max(1, round(width * shrink)), max(1, round(height * shrink)))
    weighted = cv2.resize(weighted, small, interpolation=cv2.INTER_AREA)
    weight = weighted[..., 3]
    smooth = membrane(weighted[..., :3] / np.maximum(weight, 1e-6)[..., None], weight > 0)
    if rendered.reach is not None:
        far = cv2.distanceTransform((weight <= 0).astype(np.uint8), cv2.DIST_L2, 5)
        smooth *= np.exp(-far / np.float32(max(rendered.reach * shrink, 1.0)))[..., None]
    smooth = cv2.resize(smooth, (width, height), interpolation=cv2.INTER_LINEAR)
    above = cv2.add(above, smooth, dtype=cv2.CV_8U)
    return above, np.where(known[..., None], below, above)


def check_blend(mode: str, strength: float) -> None:
    """Refuse an unknown mode or a strength out of bounds with an OptionError."""
    if mode not in BLEND_MODES:
        raise OptionError(
            "The blend is {mode!r}; it can be {names}.", mode=mode, names=", ".join(BLEND_MODES)
        )
    if not 0 <= strength <= 1:
        raise OptionError("The strength is {strength}; it can be 0 to 1.", strength=strength)


def mix(below: Pixels, above: Pixels, share: Matte) -> Pixels:
    """Mix two pictures linearly.

    Parameters
    ----------
    below, above : (h, w, 3) uint8
    share : (h, w) float32
        0..1: how far `above` shows.

    Returns
    -------
    (h, w, 3) uint8
        Exactly `below` where the share is 0.
    """
    mixed = cv2.blendLinear(above, below, share, 1 - share)
    # blendLinear divides by the sum of its weights plus 1e-5. That changes a pixel by half a level
    # at most, but where the share is 0 nothing may change.
    return cv2.copyTo(below, (share <= 0).astype(np.uint8), mixed)


def clone(source: Pixels, target: Pixels, mask: np.ndarray) -> Pixels:
    """Clone one picture seamlessly into another.

    Parameters
    ----------
    source, target : (h, w, 3) uint8
    mask : (h, w) bool
        What is cloned; it may touch the pictures' border.

    Returns
    -------
    (h, w, 3) uint8
        Within the mask what ``cv2.seamlessClone(source, target, mask, centre, cv2.NORMAL_CLONE)``
        gives if both pictures are continued past their border.

    Notes
    -----
    P. Perez, M. Gangnet, A. Blake, "Poisson Image Editing", SIGGRAPH 2003, eq. 11, as OpenCV
    solves it: over the whole box around the mask. The gradients are the source's within the mask,
    eroded by three pixels, and the target's outside; the target's colours hold on the border of
    the box. OpenCV shifts the source to a centre; PRNet's, int((min + max) / 2 + 0.5) of the mask
    in x and in y, leaves it in place, as here. What is solved for is the correction of the target,
    by multigrid: about twice as fast as OpenCV's sine transforms.
    """
    return cv2.add(target, _correction(source, target, mask), dtype=cv2.CV_8U)


def _poisson_blend(source: Pixels, target: Pixels, mask: np.ndarray) -> Pixels:
    """As `clone` within the mask, but large pictures are solved for at a smaller size.

    That loses little: the correction is smooth except within a few pixels of the mask's border.
    """
    height, width = mask.shape
    shrink = float(np.sqrt(_MOST_SOLVED / (height * width)))
    if shrink >= 1:
        return clone(source, target, mask)
    size = tuple(max(_LEAST_SOLVED, round(n * shrink)) for n in (width, height))
    small = [cv2.resize(p, size, interpolation=cv2.INTER_AREA) for p in (source, target)]
    inside = cv2.resize(mask.astype(np.float32), size, interpolation=cv2.INTER_AREA) > 0.5
    added = _correction(small[0], small[1], inside, max(1, round(_ERODED * shrink)))
    added += cv2.subtract(small[1], small[0], dtype=cv2.CV_32F)
    added = cv2.resize(added, (width, height), interpolation=cv2.INTER_LINEAR)
    return cv2.add(source, added, dtype=cv2.CV_8U)


def _correction(
    source: Pixels, target: Pixels, mask: np.ndarray, eroded_by: int = _ERODED
) -> np.ndarray:
    """(h, w, 3) float32 levels: what `clone` adds to the target."""
    pad = [(_PAD, _PAD), (_PAD, _PAD)]
    inside = np.pad(mask, pad, mode="edge")
    # The continued mask ends within the padding, so far outside that its erosion does not reach
    # the pictures.
    for edge in (np.s_[:2], np.s_[-2:], np.s_[:, :2], np.s_[:, -2:]):
        inside[edge] = False
    box = _bounding_box(inside)
    eroded = cv2.erode(
        inside[box].astype(np.uint8), np.ones((3, 3), np.uint8), iterations=eroded_by,
        borderType=cv2.BORDER_CONSTANT, borderValue=0,
    )  # fmt: skip
    difference = cv2.subtract(source, target, dtype=cv2.CV_32F)
    difference = cv2.copyMakeBorder(difference, _PAD, _PAD, _PAD, _PAD, cv2.BORDER_REPLICATE)[box]
    correction = np.zeros((*inside.shape, 3), np.float32)
    inner = eroded[..., None].astype(np.float32)
    # The correction starts from the pictures' difference within the mask. What remains to be
    # solved for is smooth except at the mask's border.
    laplacian = _divergence(difference, inner)
    difference *= inner
    laplacian -= _divergence(difference, np.ones((1, 1, 1), np.float32))
    difference += solve_poisson(laplacian)
    correction[box] = difference
    return np.ascontiguousarray(correction[_PAD:-_PAD, _PAD:-_PAD])


def _divergence(values: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """(h, w, k): divergence of the gradient of `values` (h, w, k), where a mask keeps that.

    The gradient is by forward differences, the divergence by backward ones. The mask (h, w, 1)
    has a value for each pixel from which a difference starts.
    """
    result = np.zeros_like(values)
    mask = np.broadcast_to(mask, (*values.shape[:2], 1))
    step = (values[:, 1:] - values[:, :-1]) * mask[:, :-1]
    result[:, :-1] += step
    result[:, 1:] -= step
    step = (values[1:] - values[:-1]) * mask[:-1]
    result[:-1] += step
    result[1:] -= step
    return result


def _pyramid_blend(above: Pixels, below: Pixels, matte: Matte) -> Pixels:
    """Mix two pictures level by level of their Laplacian pyramids.

    P. Burt, E. Adelson, "A multiresolution spline with application to image mosaics", ACM TOG
    2(4), 1983.
    """
    side = min(matte.shape)
    count = max(1, min(_PYRAMID_LEVELS, int(np.log2(max(2, side / _PYRAMID_TOP)))))
    a, b = above.astype(np.float32), below.astype(np.float32)
    # The mixing starts so far inside the matte that the coarsest level has faded out at its border.
    inside = np.pad((matte > 0).astype(np.uint8), 1)
    distance = cv2.distanceTransform(inside, cv2.DIST_L2, 5)[1:-1, 1:-1]
    share = matte * (distance > min(2.0**count, float(distance.max()) / 2))
    levels: list[np.ndarray] = []
    for _ in range(count):
        half = [cv2.pyrDown(x) for x in (a, b, share)]
        size = (a.shape[1], a.shape[0])
        difference = (a - b) - cv2.pyrUp(half[0] - half[1], dstsize=size)
        levels.append(difference * share[..., None])
        a, b, share = half
    mixed = (a - b) * share[..., None]
    for level in reversed(levels):
        mixed = cv2.pyrUp(mixed, dstsize=(level.shape[1], level.shape[0])) + level
    return ((below + mixed).clip(0, 255) + 0.5).astype(np.uint8)


def _bounding_box(mask: np.ndarray) -> tuple[slice, slice]:
    """Rows and columns of the smallest box that holds all that is True."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
