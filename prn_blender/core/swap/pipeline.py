"""Another face, or any texture, in place of a face in a photo: all steps in order."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from ..errors import OptionError
from ..face.face import Face
from ..geometry.landmarks import EYE_OUTLINES, INNER_LIP_OUTLINES
from ..image.blend import blend
from ..image.patch import RenderedFace
from ..photo.photo import check_full_size
from ..texture.fragments import Fragments, rasterize_face
from ..texture.masks import shrink_mask
from ..texture.render import SILHOUETTE, fade_to_outline
from ..typed import Mask, Matte, Pixels, TexelColours, TexelMap, TexelMask, Texture
from .caution import LeftOut, Showing, stays
from .donor import Donor, as_donor
from .kept_features import covered_features, unlike_features
from .mask import both_skin, where_skin, without_covered, without_hair, without_unseen
from .openings import outside_openings
from .options import SwapOptions, check_swap
from .paint import DonorPaint, make_paint
from .result import ENOUGH, SwapResult

# Share of the face's size: how far the seam's colours reach into a donor whose colours are matched.
_SEAM = 0.15
# Matte from which on nearly only the donor shows: there its sharpness is compared.
_INNER = 0.9
# Features (of eyes, nose, mouth) that look like none: from so many on the donor shows no face.
_NO_FACE = 2


def swap(
    target: Face,
    donor: Face | Texture | Donor,
    options: SwapOptions | None = None,
    picture: Pixels | None = None,
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
    PhotoError
        The target's photo is too large to be drawn into at its full size.
    """
    check_full_size(target.photo)
    return draw_swap(target, plan_swap(target, donor, options), picture)


@dataclass(frozen=True, eq=False)
class SwapPlan:
    """All that is decided about a swap before anything is drawn.

    It lies in UV space, where the same texel is the same place of the face in every frame of a
    shot: so plans of neighbouring frames can be mixed.

    Attributes
    ----------
    donor : Donor
    options : SwapOptions
    mask : (M, M) float32
        Where the donor is used.
    paint : DonorPaint
        What the target is painted with.
    skin : (S, S) float32 or None
        0..1: where both photos show skin, see `mask.both_skin`.
    seen, used, stay, left_out
        As in `SwapResult`.
    seam : (S, S, 3) float32 or None
        Levels that are added to the donor's colours, so that they meet the photo's, instead of
        what the blend mode would do. None: that is done.
    """

    donor: Donor
    options: SwapOptions
    mask: Mask
    paint: DonorPaint
    skin: TexelMap | None
    seen: float
    used: float
    stay: tuple[str, ...]
    left_out: tuple[LeftOut, ...]
    seam: TexelColours | None = None


def plan_swap(
    target: Face,
    donor: Face | Texture | Donor,
    options: SwapOptions | None = None,
    features: Mapping[str, TexelMask] | None = None,
) -> SwapPlan:
    """Decide what of a target a donor takes the place of, and in which colours.

    Parameters
    ----------
    target, donor, options
        As in `swap`.
    features : mapping of str to (S, S) bool, optional
        Features that stay the target's, as of `features_that_stay`; by default they are found out.

    Returns
    -------
    SwapPlan

    Raises
    ------
    OptionError
        An option makes no sense, or donor and target have different layouts.
    """
    donor = as_donor(donor)
    options = options or SwapOptions()
    showing = Showing(target, check_swap(target.layout, donor, options))
    if stays("hair", options.caution):
        showing.leave_out("hair", without_hair(target, donor, showing.mask, options.feather))
    covered = covered_features(target, donor) if features is None else features
    paint = make_paint(target, donor, options, covered)
    well = donor.well_shown(target, paint.texture)
    seen = _share(well, target, showing.mask)
    if seen < ENOUGH and stays("unseen", options.caution):
        left = without_unseen(target.layout, showing.mask, well, options.feather)
        showing.leave_out("unseen", left)
    stay: tuple[str, ...] = ()
    if stays("features", options.caution):
        unlike: Mapping[str, TexelMask] = {}
        if paint.shown is not None and features is None:
            unlike = unlike_features(target.layout, paint.shown)
        if len(unlike) >= _NO_FACE:
            showing.leave_out("features", np.zeros_like(showing.mask))
        left, stay = without_covered(
            target.layout, showing.mask, showing.wanted, {**unlike, **covered}, options.feather
        )
        showing.leave_out("features", left)
    if paint.outliers is not None:
        outliers = cv2.resize(paint.outliers, showing.mask.shape[::-1])
        own = np.float32(stays("skin", options.caution)) * outliers
        showing.leave_out("skin", showing.mask * (1 - own))
    return SwapPlan(
        donor, options, showing.mask, paint, both_skin(target, donor), seen, showing.used, stay,
        showing.left_out,
    )  # fmt: skip


def features_that_stay(target: Face, plan: SwapPlan) -> dict[str, TexelMask]:
    """Features that something covers, or that do not fit, on either face; see `kept_features`.

    Parameters
    ----------
    target : Face
        That of the plan.
    plan : SwapPlan

    Returns
    -------
    dict of str to (S, S) bool
        Of "eyes", "nose", "mouth" those, and where they are.
    """
    shown = plan.paint.shown
    unlike = {} if shown is None else unlike_features(target.layout, shown)
    return unlike | covered_features(target, plan.donor)


def draw_swap(target: Face, plan: SwapPlan, picture: Pixels | None = None) -> SwapResult:
    """Draw a swap that was planned.

    Parameters
    ----------
    target : Face
        That of the plan, or the same face in a neighbouring frame of a shot.
    plan : SwapPlan
    picture : (H, W, 3) uint8, optional
        As in `swap`.
    """
    donor, options, mask, paint = plan.donor, plan.options, plan.mask, plan.paint
    positions = target.position_map
    if options.shape == "donor":
        positions = donor.shape_on(target, mask)
    fragments = rasterize_face(
        target.geometry,
        shrink_mask(mask, target.layout.size) > 0,
        positions,
        margin=SILHOUETTE * target.size,
    )
    kept = _kept_openings(target, donor, options, fragments)
    matte = fade_to_outline(fragments, target.size) * fragments.look_up(mask)
    matte = matte if kept is None else matte * kept
    meets = where_skin(plan.skin, fragments)
    if meets is not None and kept is not None:
        meets &= kept >= 1
    # Colours that match already change no further from the seam than they have to.
    reach = None if paint.match is None else _SEAM * target.size
    base = target.photo.pixels if picture is None else picture
    x0, y0, x1, y1 = fragments.region
    colour = donor.matched_sharpness(
        paint.on(fragments), base[y0:y1, x0:x1], matte > _INNER, target.size
    )
    mode = options.blend
    if plan.seam is not None and colour.size:
        colour = cv2.add(colour, fragments.interpolate(plan.seam), dtype=cv2.CV_8U)
        mode = "feather"
    rendered = RenderedFace(fragments.region, colour, matte, meets, reach)
    return SwapResult(
        picture=blend(base, rendered, mode, options.strength),
        mask=mask,
        rendered=rendered,
        positions=positions,
        paint=paint,
        kept=kept,
        seen=plan.seen,
        used=plan.used,
        stay=plan.stay,
        left_out=plan.left_out,
        aside=donor.degrees_aside(target),
    )


def _kept_openings(
    target: Face, donor: Donor, options: SwapOptions, fragments: Fragments
) -> Matte | None:
    """(h, w) float32: 0 where the target's teeth or eyeballs stay, else 1; None if none do."""
    careful = options.mouth == "auto" and options.caution > 0
    own_mouth = options.mouth == "target" or (careful and not donor.shows_teeth(target))
    outlines = INNER_LIP_OUTLINES if own_mouth else ()
    if options.gaze == "target":
        outlines = (*outlines, *EYE_OUTLINES)
    return outside_openings(target.geometry, fragments, outlines) if outlines else None


def _share(well: np.ndarray, target: Face, mask: np.ndarray) -> float:
    """How much of the mask (M, M), where the target shows, is `well` (S, S) 0..1."""
    weight = shrink_mask(mask, target.layout.size) * target.visibility
    return float((well * weight).sum() / max(float(weight.sum()), 1e-6)) if weight.any() else 1.0


def swap_faces(
    pairs: Sequence[tuple[Face, Face | Texture]], options: SwapOptions | None = None
) -> Pixels:
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
    picture: Pixels | None = None
    for target, donor in pairs:
        picture = swap(target, donor, options, picture).picture
    if picture is None:
        raise OptionError("There is no face to swap.")
    return picture
