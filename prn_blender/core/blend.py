"""Put a rendered face into the photo: Poisson, feathered, or band by band."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import cv2
import numpy as np

from .choices import BLEND_MODES
from .errors import OptionError
from .render import RenderedFace

# seamlessClone takes the photo's own gradients in a rim of this many pixels.
_ERODED = 3
# Continued past the photo's border by this much, so that a mask may touch it.
_PAD = 2 * _ERODED + 2
# What photo and face have in common has to be known at this share of the rim around the matte; the
# side of what is continued elsewhere, pixels.
_FEWEST_MET, _COARSE = 0.02, 256
_BANDS = 6
_COARSEST = 8
# Values up to which three cycles cost nothing, and are exact; from four times as many on one has
# to do: its error is below a level but beside the mask's border, where the matte fades.
_SMALL = 3 * 2**18
# Pixels of larger pictures are solved for in the coarse.
_MOST_SOLVED = 2**20
_DAMPING = 0.8
_SWEEPS = 16
_BINOMIAL = np.array([0.25, 0.5, 0.25], np.float32)


def blend(
    photo: np.ndarray, rendered: RenderedFace, mode: str = "poisson", strength: float = 1.0
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
    """Both pictures so changed that they differ only where they show the same.

    Returns
    -------
    above : (h, w, 3) uint8
        With what makes it meet the photo there, continued smoothly as far as the face says.
    below : (h, w, 3) uint8
        The photo where it shows the same, elsewhere that picture: so neither hair nor teeth nor
        what lies behind the face lend their colours to the skin.
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
    """As `clone` within the mask; of large pictures what is added is solved for in the coarse.

    It is smooth but within a few pixels of the mask's border.
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


def solve_poisson(laplacian: np.ndarray) -> np.ndarray:
    """The values with a given Laplacian that are 0 on the border.

    Parameters
    ----------
    laplacian : (h, w, k) float32, k <= 4
        Five-point Laplacian, unit spacing; its border is set to 0.

    Returns
    -------
    (h, w, k) float32

    Notes
    -----
    Full multigrid, W. Briggs, V. Henson, S. McCormick, "A Multigrid Tutorial", 2nd ed., 2000,
    chapter 3: bilinear interpolation, full weighting, damped Jacobi smoothing.
    """
    right = _hold(laplacian)
    levels = [right]
    steps = [(1.0, 1.0)]
    while min(levels[-1].shape[:2]) > _COARSEST:
        fine = levels[-1]
        rows, columns = ((n - 1) // 2 + 1 for n in fine.shape[:2])
        ratio = ((fine.shape[1] - 1) / (columns - 1), (fine.shape[0] - 1) / (rows - 1))
        levels.append(_restrict(fine, rows, columns))
        steps.append((steps[-1][0] * ratio[0], steps[-1][1] * ratio[1]))
    values = np.zeros_like(levels[-1])
    for number in range(len(levels) - 1, -1, -1):
        if values.shape != levels[number].shape:
            values = _prolong(values, *levels[number].shape[:2])
        for _ in range(3 if values.size < _SMALL else 2 if values.size < 4 * _SMALL else 1):
            values = _cycle(values, levels[number], steps[number:])
    return values


def membrane(values: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Values continued smoothly into where they are not known.

    Parameters
    ----------
    values : (h, w, k) float32, k <= 4
    known : (h, w) bool

    Returns
    -------
    (h, w, k) float32
        Equal to `values` where known; elsewhere their Laplacian is 0, nearly, and no value flows
        over the picture's border. 0 if nothing is known.
    """
    levels = [(values * known[..., None], known.astype(np.float32))]
    while min(levels[-1][1].shape) > 2 and levels[-1][1].min() <= 0:
        sums, weights = (_half(x) for x in levels[-1])
        full = (weights > 0).astype(np.float32)
        levels.append((sums / np.maximum(weights, 1e-6)[..., None] * full[..., None], full))
    sums, weights = levels.pop()
    total = weights.sum()
    mean = sums.sum(axis=(0, 1)) / total if total else np.zeros(values.shape[2])
    result = sums + (1 - weights)[..., None] * mean.astype(np.float32)
    kernel = _cross(0.25, 0.25, 0.0)
    for sums, weights in reversed(levels):
        height, width = weights.shape
        result = cv2.resize(result, (width, height), interpolation=cv2.INTER_LINEAR)
        fixed = weights[..., None] > 0
        for _ in range(_SWEEPS):
            result = np.where(fixed, sums, result)
            result = cv2.filter2D(result, -1, kernel, borderType=cv2.BORDER_REPLICATE)
        result = np.where(fixed, sums, result)
    return result


def _half(values: np.ndarray) -> np.ndarray:
    height, width = ((n + 1) // 2 for n in values.shape[:2])
    return cv2.resize(values, (width, height), interpolation=cv2.INTER_AREA)


def _cycle(values: np.ndarray, right: np.ndarray, steps: list[tuple[float, float]]) -> np.ndarray:
    """One V-cycle for the values with the Laplacian `right`."""
    if len(steps) == 1:
        return _smooth(values, right, steps[0], _COARSEST**2)
    values = _smooth(values, right, steps[0], 2)
    residual = cv2.subtract(right, cv2.filter2D(values, -1, _cross(*_weights(steps[0]))))
    _hold(residual)
    rows, columns = ((n - 1) // 2 + 1 for n in right.shape[:2])
    coarse = _restrict(residual, rows, columns)
    coarse = _cycle(np.zeros_like(coarse), coarse, steps[1:])
    values += _prolong(coarse, *right.shape[:2])
    return _smooth(values, right, steps[0], 2)


def _weights(step: tuple[float, float]) -> tuple[float, float, float]:
    """Of the neighbours in x, in y, and of the middle, in the Laplacian with these steps."""
    across, down = 1 / step[0] ** 2, 1 / step[1] ** 2
    return across, down, -2 * (across + down)


def _cross(across: float, down: float, middle: float) -> np.ndarray:
    return np.array([[0, down, 0], [across, middle, across], [0, down, 0]], np.float32)


def _smooth(
    values: np.ndarray, right: np.ndarray, step: tuple[float, float], sweeps: int
) -> np.ndarray:
    """Damped Jacobi."""
    across, down, middle = _weights(step)
    part = -_DAMPING / middle
    kernel = _cross(across * part, down * part, 1 + middle * part)
    pushed = right * np.float32(-part)
    for _ in range(sweeps):
        values = cv2.filter2D(values, -1, kernel)
        _hold(cv2.add(values, pushed, dst=values))
    return values


def _restrict(fine: np.ndarray, rows: int, columns: int) -> np.ndarray:
    return _hold(_resample(cv2.sepFilter2D(fine, -1, _BINOMIAL, _BINOMIAL), rows, columns))


def _prolong(coarse: np.ndarray, rows: int, columns: int) -> np.ndarray:
    return _hold(_resample(coarse, rows, columns))


def _resample(values: np.ndarray, rows: int, columns: int) -> np.ndarray:
    """Bilinear, first and last lines staying where they are."""
    scale = [(values.shape[1] - 1) / (columns - 1), (values.shape[0] - 1) / (rows - 1)]
    matrix = np.array([[scale[0], 0, 0], [0, scale[1], 0]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return cv2.warpAffine(
        values, matrix, (columns, rows), flags=flags, borderMode=cv2.BORDER_REPLICATE
    )


def _hold(values: np.ndarray) -> np.ndarray:
    """Set the border to 0."""
    for edge in (np.s_[0], np.s_[-1], np.s_[:, 0], np.s_[:, -1]):
        values[edge] = 0
    return values


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
