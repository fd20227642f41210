"""Another face, or any texture, in place of a face in a photo: all steps in order."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from ..errors import OptionError
from ..face.face import Face
from ..image.blend import blend
from ..image.patch import RenderedFace
from ..photo.photo import check_full_size
from ..texture.fragments import Fragments, rasterize_face
from ..texture.masks import shrink_mask
from ..texture.render import SILHOUETTE, fade_to_outline
from ..typed import Matte, Pixels, Texture
from .caution import Showing, stays
from .donor import Donor, as_donor
from .kept_features import covered_features, unlike_features
from .mask import both_skin, without_covered, without_hair, without_unseen
from .mouth import outside_mouth
from .options import SwapOptions, check_swap
from .paint import make_paint
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
    donor = as_donor(donor)
    options = options or SwapOptions()
    showing = Showing(target, check_swap(target.layout, donor, options))
    if stays("hair", options.caution):
        showing.leave_out("hair", without_hair(target, donor, showing.mask, options.feather))
    covered = covered_features(target, donor)
    paint = make_paint(target, donor, options, covered)
    well = donor.well_shown(target, paint.texture)
    seen = _share(well, target, showing.mask)
    if seen < ENOUGH and stays("unseen", options.caution):
        left = without_unseen(target.layout, showing.mask, well, options.feather)
        showing.leave_out("unseen", left)
    stay: tuple[str, ...] = ()
    if stays("features", options.caution):
        unlike = {} if paint.shown is None else unlike_features(target.layout, paint.shown)
        if len(unlike) >= _NO_FACE:
            showing.leave_out("features", np.zeros_like(showing.mask))
        left, stay = without_covered(
            target.layout, showing.mask, showing.wanted, unlike | covered, options.feather
        )
        showing.leave_out("features", left)
    if paint.outliers is not None:
        outliers = cv2.resize(paint.outliers, showing.mask.shape[::-1])
        own = np.float32(stays("skin", options.caution)) * outliers
        showing.leave_out("skin", showing.mask * (1 - own))
    mask = showing.mask
    positions = target.position_map
    if options.shape == "donor":
        positions = donor.shape_on(target, mask)
    fragments = rasterize_face(
        target.geometry,
        shrink_mask(mask, target.layout.size) > 0,
        positions,
        margin=SILHOUETTE * target.size,
    )
    kept = _kept_mouth(target, donor, options, fragments)
    matte = fade_to_outline(fragments, target.size) * fragments.look_up(mask)
    matte = matte if kept is None else matte * kept
    meets = both_skin(target, donor, fragments)
    if meets is not None and kept is not None:
        meets &= kept >= 1
    # Colours that match already change no further from the seam than they have to.
    reach = None if paint.match is None else _SEAM * target.size
    base = target.photo.pixels if picture is None else picture
    x0, y0, x1, y1 = fragments.region
    colour = donor.matched_sharpness(
        paint.on(fragments), base[y0:y1, x0:x1], matte > _INNER, target.size
    )
    rendered = RenderedFace(fragments.region, colour, matte, meets, reach)
    return SwapResult(
        picture=blend(base, rendered, options.blend, options.strength),
        mask=mask,
        rendered=rendered,
        positions=positions,
        paint=paint,
        kept=kept,
        seen=seen,
        used=showing.used,
        stay=stay,
        left_out=showing.left_out,
        aside=donor.degrees_aside(target),
    )


def _kept_mouth(
    target: Face, donor: Donor, options: SwapOptions, fragments: Fragments
) -> Matte | None:
    """(h, w) float32: 0 where the target's teeth stay, else 1; None where the donor's show."""
    own = options.mouth == "target"
    careful = options.mouth == "auto" and options.caution > 0
    if own or (careful and not donor.shows_teeth(target)):
        return outside_mouth(target.geometry, fragments)
    return None


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
