"""Another face, or any texture, in place of a face in a photo."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from ..errors import OptionError
from ..face.face import Face
from ..geometry.parts import FEATURE_PARTS, feathered, part_mask
from ..geometry.uv_layout import UVLayout
from ..image.blend import blend
from ..image.patch import RenderedFace
from ..image.sharpness import as_blurred
from ..texture.render import SILHOUETTE, outline, see, shrink
from .donor import donor_paint
from .donor_confidence import looks_aside, shown_well
from .donor_shape import donor_shape
from .kept_features import covered_features, unlike_features
from .mask import comparable, without_covered, without_hair
from .mouth import around_mouth, is_open
from .options import SwapOptions, check_swap
from .paint import DonorPaint
from .result import _ENOUGH, SwapResult

# Of the face's size: how far the seam's colours reach into a donor whose colours are matched.
_SEAM = 0.15
# What is taken from a donor that shows less only where it shows nearly all of it.
_WHOLE = 0.95
# Of the matte: where it is the donor's face all but alone.
_INNER = 0.9
# Of eyes, nose and mouth: who does not show so many of them shows no face.
_NO_FACE = 2
# Of the map's side: how far from what it does not show.
_MARGIN = 0.02


def swap(
    target: Face,
    donor: Face | np.ndarray,
    options: SwapOptions | None = None,
    picture: np.ndarray | None = None,
) -> SwapResult:
    """Put a donor's face onto a target's geometry and into its photo.

    Parameters
    ----------
    target : Face
    donor : Face or (N, N, 3 or 4) uint8
        A face, or a texture in the target's layout.
    options : SwapOptions, optional
    picture : (H, W, 3) uint8, optional
        The photo with earlier swaps of other faces; by default the target's photo.

    Returns
    -------
    SwapResult

    Raises
    ------
    OptionError
        An option makes no sense, or donor and target have different layouts.
    """
    options = options or SwapOptions()
    mask = wanted = check_swap(target.layout, donor, options)
    if options.keep_hair:
        mask = without_hair(target, donor, mask, options.feather)
    covered = covered_features(target, donor) if options.keep_glasses else {}
    paint = donor_paint(
        target, donor, options.texture_size, options.completion, options.color_match,
        close_mouth=options.mouth == "auto", covered=covered,
    )  # fmt: skip
    seen = 1.0
    if isinstance(donor, Face):
        well = _well_shown(target, donor, paint)
        seen = _share(well, target, mask)
        if seen < _ENOUGH:
            mask = _without_made_up(target.layout, mask, well, options.feather)
    stay: tuple[str, ...] = ()
    if options.keep_glasses:
        unlike = {} if paint.shown is None else unlike_features(target.layout, paint.shown)
        # What lies so far beside its features, or over them, is no face.
        if len(unlike) >= _NO_FACE:
            mask = np.zeros_like(mask)
        mask, stay = without_covered(target.layout, mask, wanted, unlike | covered, options.feather)
    if paint.wrong is not None:
        mask = mask * (1 - np.float32(options.repair) * cv2.resize(paint.wrong, mask.shape[::-1]))
    used = _used(target, mask, wanted)
    positions = target.position_map
    if options.shape == "donor" and isinstance(donor, Face):
        positions = donor_shape(target, donor, mask)
    shows = shrink(mask, target.layout.size) > 0
    surface = see(target, shows, positions, around=SILHOUETTE * target.size)
    has_teeth = isinstance(donor, Face) and not is_open(target, donor)
    kept = None
    if options.mouth == "target" or (options.mouth == "auto" and not has_teeth):
        kept = around_mouth(target, surface)
    matte = outline(surface, target.size) * surface.look_up(mask)
    matte = matte if kept is None else matte * kept
    meets = comparable(target, paint.donor, surface)
    if meets is not None and kept is not None:
        meets &= kept >= 1
    # Colours that match already are to be changed no further than the seam asks for.
    reach = None if paint.match is None else _SEAM * target.size
    base = target.photo.pixels if picture is None else picture
    colour = paint.on(surface)
    if paint.donor is not None:
        x0, y0, x1, y1 = surface.region
        colour = as_blurred(colour, base[y0:y1, x0:x1], matte > _INNER, target.size)
    rendered = RenderedFace(surface.region, colour, matte, meets, reach)
    done = blend(base, rendered, options.blend, options.strength)
    return SwapResult(
        done, mask, rendered, positions, paint, kept, seen, used, stay, looks_aside(target, donor)
    )


def _well_shown(target: Face, donor: Face, paint: DonorPaint) -> np.ndarray:
    """(S, S) float32: where the donor's photo shows a texel well, or as well as the target's."""
    alike = donor.visibility & (donor.facing >= target.facing - 1e-3)
    return np.maximum(shown_well(donor, np.asarray(paint.trust)), alike)


def _share(well: np.ndarray, target: Face, mask: np.ndarray) -> float:
    """How much of the mask (M, M), where the target shows, is `well` (S, S)."""
    weight = shrink(mask, target.layout.size) * target.visibility
    return float((well * weight).sum() / max(float(weight.sum()), 1e-6)) if weight.any() else 1.0


def _used(target: Face, mask: np.ndarray, wanted: np.ndarray) -> float:
    """How much of the mask that was wanted (M, M) is left, where the target shows."""
    left, all_of_it = (
        float((shrink(m, target.layout.size) * target.visibility).sum()) for m in (mask, wanted)
    )
    return left / all_of_it if all_of_it else 1.0


def _without_made_up(
    layout: UVLayout, mask: np.ndarray, well: np.ndarray, feather: float
) -> np.ndarray:
    """The mask (M, M) without what the donor does not show: half an eye is worse than none."""
    shown = well > 0.5
    soft = shrink(mask, layout.size)
    wanted = lost = 0
    for feature in FEATURE_PARTS.values():
        region = part_mask(layout, feature, feather=0) > 0
        wanted += soft[region].mean() > 0.5
        if well[region].mean() < _WHOLE:
            shown &= ~region
            lost += soft[region].mean() > 0.5
    # Cheeks without any of the features they go with are blotches.
    if wanted and lost == wanted:
        return np.zeros_like(mask)
    # Islands, and where it ends: there it is smeared.
    margin = round(_MARGIN * layout.size)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * margin + 1,) * 2)
    shown = cv2.erode(shown.astype(np.uint8), kernel) > 0
    trimmed = feathered(layout, (soft > 0) & shown, feather)
    return np.minimum(mask, cv2.resize(trimmed, mask.shape[::-1], interpolation=cv2.INTER_LINEAR))


def swap_faces(
    pairs: Sequence[tuple[Face, Face | np.ndarray]], options: SwapOptions | None = None
) -> np.ndarray:
    """Several faces of one photo, each its own donor.

    Parameters
    ----------
    pairs : sequence of (target, donor)
        Targets of one photo; at least one.
    options : SwapOptions, optional

    Returns
    -------
    (H, W, 3) uint8
        The photo with all swaps.
    """
    picture: np.ndarray | None = None
    for target, donor in pairs:
        picture = swap(target, donor, options, picture).picture
    if picture is None:
        raise OptionError("There is no face to swap.")
    return picture
