"""Another face, or any texture, in place of a face in a photo."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import cv2
import numpy as np

from .choices import COLOR_MATCHES, FEATHER, MOUTHS, SHAPES
from .completion import CompletionOptions
from .covered import covered_features, unlike_features
from .donor import DonorPaint, donor_paint, looks_aside, shown_well
from .donor_shape import donor_shape
from .errors import OptionError, Sentence
from .face import Face
from .image.blend import blend, check_blend
from .image.patch import RenderedFace
from .image.sharpness import as_blurred
from .matte import SILHOUETTE, comparable, outline, without_covered, without_hair
from .mouth import around_mouth, is_open
from .parts import FEATURE_PARTS, check_parts, feathered, part_mask
from .render import check_texture, see, shrink
from .uv_layout import UVLayout

# Of the face's size: how far the seam's colours reach into a donor whose colours are matched.
_SEAM = 0.15
# Faces turned by less than 50 degrees show that much of another from the front.
_ENOUGH = 0.91
# What is taken from a donor that shows less only where it shows nearly all of it.
_WHOLE = 0.95
# Of what is to be swapped: where less is, eyes are missing or most of the skin.
_LITTLE = 0.3
# Of the matte: where it is the donor's face all but alone.
_INNER = 0.9
# Of eyes, nose and mouth: who does not show so many of them shows no face.
_NO_FACE = 2
# Of the map's side: how far from what it does not show.
_MARGIN = 0.02


@dataclass(frozen=True)
class SwapOptions:
    """How a face takes the place of another.

    Attributes
    ----------
    parts : tuple of str
        What is swapped, see `parts.part_names`.
    mask : (N, N) float32 or None
        An artist's own mask in UV space, 0..1, instead of parts.
    strength : float
        0..1.
    color_match : {"light", "tone", "none"}
        Bring the donor's skin into the target's light and colour; only into its colour; nothing.
    blend : {"poisson", "feather", "laplacian"}
        See `blend.blend`.
    feather : float
        Width of the mask's soft rim, eye distances.
    keep_hair : bool
        Leave out where hair (or a hat) hangs into the forehead or the temples, and beards, the
        target's or the donor's.
    keep_glasses : bool
        Leave out eyes, nose or mouth that glasses, hair, a hand, a shadow cover on either face: the
        target keeps its own. Not where they are most of what is swapped.
    repair : float
        0..1: how far the target's own skin stays where the donor's photo shows none (the edge of
        a hard shadow, a burnt spot, a hand, a strand). Only with `color_match` "light".
    mouth : {"auto", "target", "donor"}
        What shows between the lips: the target's, the donor's; by default the donor's, unless
        the target's mouth is open and the donor's is not. By default a smile's teeth do not show
        on closed lips either.
    shape : {"target", "donor"}
        Whose features the result has; pose and expression are the target's in either case.
    completion : CompletionOptions
        For the donor's hidden side.
    texture_size : int or "auto"
        Of the result's texture.
    """

    parts: tuple[str, ...] = ("face",)
    mask: np.ndarray | None = None
    strength: float = 1.0
    color_match: str = "light"
    blend: str = "poisson"
    feather: float = FEATHER
    keep_hair: bool = True
    keep_glasses: bool = True
    repair: float = 1.0
    mouth: str = "auto"
    shape: str = "target"
    completion: CompletionOptions = field(default_factory=CompletionOptions)
    texture_size: int | str = "auto"


@dataclass(frozen=True, eq=False)
class SwapResult:
    """What a swap gives.

    Attributes
    ----------
    picture : (H, W, 3) uint8 sRGB
        The photo with the swap.
    mask : (M, M) float32
        What of it is used, in UV space.
    rendered : RenderedFace
        That texture as the photo's camera sees it, before blending; with the matte.
    positions : (S, S, 3) float32
        The geometry it was drawn on; the target's own unless the donor's shape was asked for.
    paint : DonorPaint
        The donor's texture before its colours are matched.
    kept : (h, w) float32 or None
        0..1: what of the mask may show at the pixels it covers; less than 1 where the target's
        teeth stay, which have no place in UV space. None: all of it.
    seen : float
        0..1: how much of what is swapped the donor's photo shows well enough, or shows of the
        other half; see `warning`.
    used : float
        0..1: how much of what was to be swapped is; hair, beards, glasses and what is no skin
        are not.
    stay : tuple of str
        Of "eyes", "nose", "mouth" those that stay the target's, as one of the photos does not
        show them.
    aside : float
        Degrees that the donor looks to the side, where that is too far; else 0.
    """

    picture: np.ndarray
    mask: np.ndarray
    rendered: RenderedFace
    positions: np.ndarray
    paint: DonorPaint
    kept: np.ndarray | None
    seen: float
    used: float
    stay: tuple[str, ...] = ()
    aside: float = 0.0

    @property
    def warning(self) -> Sentence | None:
        """A sentence if the donor's photo shows too little; then the rest is not swapped."""
        if self.seen >= _ENOUGH and self.used < _LITTLE:
            return Sentence(
                "Only {used:.0%} of what was to be swapped is: hair, beards, glasses or hard "
                "shadows hide the rest, on this face or the donor's.",
                used=self.used,
            )
        if self.seen >= _ENOUGH and not self.stay and self.aside > 0:
            return Sentence(
                "The donor looks {angle:.0f} degrees to the side: eyes and nose may be smeared. "
                "One that is turned like this face, or less, does better.",
                angle=self.aside,
            )
        if self.seen >= _ENOUGH and not self.stay:
            return None
        if self.seen >= _ENOUGH:
            return Sentence(
                "Something covers what is to be swapped, on this face or the donor's: glasses, "
                "hair, a hand, a shadow. What stays as it is: {names}.",
                names=_listed(self.stay),
            )
        return Sentence(
            "The donor's photo shows only {seen:.0%} of what is swapped; the rest stays as it is. "
            "One that is turned like this face, or less, does better.",
            seen=self.seen,
        )

    @cached_property
    def texture(self) -> np.ndarray:
        """(N, N, 4) uint8 sRGB: the donor's texture, completed and matched, for the target."""
        return self.paint.matched()

    @property
    def matte(self) -> np.ndarray:
        """(H, W) uint8 of the whole photo."""
        return self.rendered.full_matte(self.picture.shape[1], self.picture.shape[0])


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


def _listed(features: tuple[str, ...]) -> Sentence:
    """Their names, in whatever language the sentence is said in."""
    known = {
        "eyes": Sentence("the eyes"), "nose": Sentence("the nose"), "mouth": Sentence("the mouth"),
    }  # fmt: skip
    first, *others = (known[feature] for feature in features)
    for other in others:
        first = Sentence("{some}, {more}", some=first, more=other)
    return first


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


def check_swap(
    layout: UVLayout, donor: Face | np.ndarray | None, options: SwapOptions
) -> np.ndarray:
    """Refuse what makes no sense; returns the mask (M, M) float32 that the options ask for.

    Without a donor, what can be told before there is one.

    Raises
    ------
    OptionError
    """
    check_blend(options.blend, options.strength)
    for what, value, known in (
        (Sentence("colour match"), options.color_match, COLOR_MATCHES),
        (Sentence("shape"), options.shape, SHAPES),
        (Sentence("mouth"), options.mouth, MOUTHS),
    ):
        if value not in known:
            raise OptionError(
                "The {what} is {value!r}; it can be {names}.",
                what=what,
                value=value,
                names=", ".join(known),
            )
    if not 0 <= options.feather <= 1:
        raise OptionError(
            "The feather is {feather}; it can be 0 to 1 eye distances.", feather=options.feather
        )
    if not 0 <= options.repair <= 1:
        raise OptionError("The repair is {repair}; it can be 0 to 1.", repair=options.repair)
    if isinstance(donor, Face) and not same_layout(donor.layout, layout):
        raise OptionError(
            "The donor's UV layout {donor!r} is not the target's, {target!r}; "
            "reconstruct both with the same model.",
            donor=donor.layout.name,
            target=layout.name,
        )
    if isinstance(donor, np.ndarray):
        check_texture(donor, Sentence("donor's texture"))
        if options.shape == "donor":
            raise OptionError("A texture has no shape; the donor's shape needs a donor's photo.")
    if options.mask is None:
        return part_mask(layout, check_parts(layout, options.parts), feather=options.feather)
    mask = options.mask
    if mask.ndim != 2 or mask.shape[0] != mask.shape[1]:
        raise OptionError(
            "The mask is {shape}; it has to be square, as the texture is.", shape=mask.shape
        )
    return mask.astype(np.float32)


def same_layout(a: UVLayout, b: UVLayout) -> bool:
    """Whether texels of both mean the same."""
    return a is b or (
        a.size == b.size
        and bool(np.array_equal(a.mask, b.mask))
        and bool(np.array_equal(a.landmark_texels, b.landmark_texels))
    )
