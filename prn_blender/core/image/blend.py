"""Put a rendered face into its photo: the blend modes.

Another mode needs its name in `choices.BlendMode` and a branch in `blend`.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import cv2
import numpy as np

from ..choices import BLEND_MODES, BlendMode
from ..errors import OptionError
from .diffusion import membrane, solve_poisson
from .patch import RenderedFace

# Pixels: in a rim of this width cv2.seamlessClone takes the photo's own gradients.
_ERODED = 3
# Pixels: the photo is continued past its border by this, so that a mask may touch it.
_PAD = 2 * _ERODED + 2
# Share of the rim around the matte where photo and face show the same thing: with less the face is
# blended as it is.
_FEWEST_MET = 0.02
# Pixels along the longer side at which their difference is continued to the rest.
_COARSE = 256
# Levels of the Laplacian pyramid.
_BANDS = 6
# Pixels: larger pictures are solved for at this size.
_MOST_SOLVED = 2**20


def blend(
    photo: np.ndarray, rendered: RenderedFace, mode: BlendMode = "poisson", strength: float = 1.0
) -> np.ndarray:
    """Put a rendered face into its photo.

    Parameters
    ----------
    photo : (H, W, 3) uint8 sRGB
    rendered : RenderedFace
    mode : {"poisson", "feather", "laplacian"}
        Poisson takes the detail of the rendered face and the colours of the photo at the matte's
        border; feather mixes by the matte; laplacian mixes coarse structure over a wide border
        and fine structure over a narrow one.
    strength : float
        0..1; 0 leaves the photo as it is.

    Returns
    -------
    (H, W, 3) uint8
        A new picture; equal to the photo wherever the matte is 0.

    Raises
    ------
    OptionError
        Another mode, or a strength out of bounds.
    """
    check_blend(mode, strength)
    result = photo.copy()
    matte = rendered.matte * np.float32(strength)
    if not matte.any() or not strength:
        return result
    view = rendered.crop(result)
    part = _box(matte > 0)
    below = np.ascontiguousarray(view[part])
    above = np.ascontiguousarray(rendered.colour[part])
    if mode != "feather":
        around = below
        if rendered.meets is not None:
            above, around = _met(above, below, rendered, part)
        if mode == "poisson":
            above = _cloned(above, around, rendered.matte[part] > 0)
        else:
            above = _bands(above, around, rendered.matte[part])
    view[part] = mix(below, above, matte[part])
    return result


def _met(
    above: np.ndarray, below: np.ndarray, rendered: RenderedFace, part: tuple[slice, slice]
) -> tuple[np.ndarray, np.ndarray]:
    """Make face and photo meet where both show the same thing, and ignore the photo elsewhere.

    Returns
    -------
    above : (h, w, 3) uint8
        The face, corrected so that it meets the photo there; the correction is continued smoothly
        to the rest, within `rendered.reach`.
    below : (h, w, 3) uint8
        The photo where both show the same thing, elsewhere that picture: so neither hair nor
        teeth nor what lies behind the face lend their colours to the skin.
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


def mix(below: np.ndarray, above: np.ndarray, share: np.ndarray) -> np.ndarray:
    """(h, w, 3) uint8: `above` over `below` by `share` (h, w) float32; equal where that is 0."""
    mixed = cv2.blendLinear(above, below, share, 1 - share)
    # blendLinear divides by the sum of its weights plus 1e-5: half a level at most, but not 0.
    return cv2.copyTo(below, (share <= 0).astype(np.uint8), mixed)


def clone(source: np.ndarray, target: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """The source with the target's colours at the mask's border.

    Parameters
    ----------
    source, target : (h, w, 3) uint8
    mask : (h, w) bool
        It may touch the border.

    Returns
    -------
    (h, w, 3) uint8
        What ``cv2.seamlessClone(source, target, mask, centre, cv2.NORMAL_CLONE)`` gives within
        the mask, both pictures continued past their border.

    Notes
    -----
    P. Perez, M. Gangnet, A. Blake, "Poisson Image Editing", SIGGRAPH 2003, eq. 11, as OpenCV
    solves it: over the mask's whole box, the gradients being the source's within the mask
    (eroded by three pixels) and the target's outside, the target's colours holding on the box's
    border. Its centre, after PRNet int((min + max) / 2 + 0.5) of the mask in x and in y, leaves
    the mask where it is. The correction of the target is solved for, by multigrid: about twice
    as fast as OpenCV's sine transforms.
    """
    return cv2.add(target, _correction(source, target, mask), dtype=cv2.CV_8U)


def _cloned(source: np.ndarray, target: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """As `clone` within the mask; what is added to large pictures is solved for at a smaller size.

    That loses little: it is smooth except within a few pixels of the mask's border.
    """
    height, width = mask.shape
    shrink = float(np.sqrt(_MOST_SOLVED / (height * width)))
    if shrink >= 1:
        return clone(source, target, mask)
    size = (max(8, round(width * shrink)), max(8, round(height * shrink)))
    small = [cv2.resize(p, size, interpolation=cv2.INTER_AREA) for p in (source, target)]
    inside = cv2.resize(mask.astype(np.float32), size, interpolation=cv2.INTER_AREA) > 0.5
    added = _correction(small[0], small[1], inside, max(1, round(_ERODED * shrink)))
    added += cv2.subtract(small[1], small[0], dtype=cv2.CV_32F)
    added = cv2.resize(added, (width, height), interpolation=cv2.INTER_LINEAR)
    return cv2.add(source, added, dtype=cv2.CV_8U)


def _correction(
    source: np.ndarray, target: np.ndarray, mask: np.ndarray, eroded_by: int = _ERODED
) -> np.ndarray:
    """(h, w, 3) float32: what `clone` adds to the target."""
    pad = [(_PAD, _PAD), (_PAD, _PAD)]
    inside = np.pad(mask, pad, mode="edge")
    # In the continuation the mask ends where erosion has not reached the photo.
    for edge in (np.s_[:2], np.s_[-2:], np.s_[:, :2], np.s_[:, -2:]):
        inside[edge] = False
    box = _box(inside)
    eroded = cv2.erode(
        inside[box].astype(np.uint8), np.ones((3, 3), np.uint8), iterations=eroded_by,
        borderType=cv2.BORDER_CONSTANT, borderValue=0,
    )  # fmt: skip
    difference = cv2.subtract(source, target, dtype=cv2.CV_32F)
    difference = cv2.copyMakeBorder(difference, _PAD, _PAD, _PAD, _PAD, cv2.BORDER_REPLICATE)[box]
    correction = np.zeros((*inside.shape, 3), np.float32)
    inner = eroded[..., None].astype(np.float32)
    # What remains to be solved for is smooth but at the mask's border.
    right = _divergence(difference, inner)
    difference *= inner
    right -= _divergence(difference, np.ones((1, 1, 1), np.float32))
    difference += solve_poisson(right)
    correction[box] = difference
    return np.ascontiguousarray(correction[_PAD:-_PAD, _PAD:-_PAD])


def _divergence(values: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Of the masked forward differences of `values` (h, w, k), by backward differences."""
    result = np.zeros_like(values)
    mask = np.broadcast_to(mask, (*values.shape[:2], 1))
    step = (values[:, 1:] - values[:, :-1]) * mask[:, :-1]
    result[:, :-1] += step
    result[:, 1:] -= step
    step = (values[1:] - values[:-1]) * mask[:-1]
    result[:-1] += step
    result[1:] -= step
    return result


def _bands(above: np.ndarray, below: np.ndarray, matte: np.ndarray) -> np.ndarray:
    """The pictures mixed level by level of a Laplacian pyramid.

    P. Burt, E. Adelson, "A multiresolution spline with application to image mosaics", ACM TOG
    2(4), 1983.
    """
    side = min(matte.shape)
    count = max(1, min(_BANDS, int(np.log2(max(2, side / 8)))))
    a, b = above.astype(np.float32), below.astype(np.float32)
    # From far enough inside the matte that the widest band has faded out at its border.
    inside = np.pad((matte > 0).astype(np.uint8), 1)
    distance = cv2.distanceTransform(inside, cv2.DIST_L2, 5)[1:-1, 1:-1]
    share = matte * (distance > min(2.0**count, float(distance.max()) / 2))
    kept: list[np.ndarray] = []
    for _ in range(count):
        half = [cv2.pyrDown(x) for x in (a, b, share)]
        size = (a.shape[1], a.shape[0])
        difference = (a - b) - cv2.pyrUp(half[0] - half[1], dstsize=size)
        kept.append(difference * share[..., None])
        a, b, share = half
    mixed = (a - b) * share[..., None]
    for level in reversed(kept):
        mixed = cv2.pyrUp(mixed, dstsize=(level.shape[1], level.shape[0])) + level
    return ((below + mixed).clip(0, 255) + 0.5).astype(np.uint8)


def _box(mask: np.ndarray) -> tuple[slice, slice]:
    """The smallest box that holds what is True."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
