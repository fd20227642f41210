"""Another face, or any texture, in place of a face in a photo."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import cv2
import numpy as np

from .blend import blend, check_blend, membrane
from .completion import CompletionOptions, complete, trusted
from .errors import NoFaceError, OptionError, Sentence
from .face import Face
from .illumination import ToneCurve, fit_illumination, relight_curve, tone_curve
from .parts import FEATHER, check_parts, feathered, part_mask
from .pose import PHOTO_TO_BLENDER
from .render import RenderedFace, Surface, check_texture, sample, see, shrink
from .texture import fill_hidden, texture_size
from .uv_layout import UVLayout

COLOR_MATCHES = ("light", "tone", "none")
SHAPES = ("target", "donor")
MOUTHS = ("auto", "target", "donor")

# Of the face's size: the width over which a swap fades towards the face's outline.
_SILHOUETTE = 0.05
# The same for the donor's photo where it ends to show what is wanted.
_RIM = 0.03
# Cosine between normal and line of sight: more oblique, the donor's photo is smeared.
_OBLIQUE = 0.3
# An open mouth: distance between the inner lips over the mouth's width. Width of its soft edge,
# of the face's size.
_OPEN, _LIP = 0.06, 0.015
# Per cent of the map's side: half the blurred edge of hair.
_HAIR = 2
# Of the map's side: finer differences of shape are noise. Width over which the donor's shape
# becomes the target's, eye distances: steeper, the mesh would fold.
_SHAPE_BLUR, _SHAPE_FEATHER = 0.02, 0.6
# Levels between the channels of a photo without colour, and the share of pixels allowed more.
_GREY_LEVELS, _GREY_SHARE = 6, 0.01


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
        Leave out where hair (or a hat) hangs into the forehead or the temples, the target's or
        the donor's.
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
    """

    picture: np.ndarray
    mask: np.ndarray
    rendered: RenderedFace
    positions: np.ndarray
    _paint: _Paint

    @cached_property
    def texture(self) -> np.ndarray:
        """(N, N, 4) uint8 sRGB: the donor's texture, completed and matched, for the target."""
        return self._paint.matched()

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
    mask = check_swap(target.layout, donor, options)
    if options.keep_hair:
        mask = _without_hair(target, donor, mask, options.feather)
    paint = _paint(target, donor, options)
    positions = target.position_map
    if options.shape == "donor" and isinstance(donor, Face):
        positions = donor_shape(target, donor, mask)
    surface = see(target, shrink(mask, target.layout.size) > 0, positions)
    outline = _fading(surface.coverage > 0.999, _SILHOUETTE * target.size)
    matte = outline * surface.look_up(mask)
    has_teeth = isinstance(donor, Face) and not _is_open(target, donor)
    if options.mouth == "target" or (options.mouth == "auto" and not has_teeth):
        matte = matte * _around_mouth(target, surface)
    rendered = RenderedFace(surface.region, paint.on(surface), matte)
    base = target.photo.pixels if picture is None else picture
    done = blend(base, rendered, options.blend, options.strength)
    return SwapResult(done, mask, rendered, positions, paint)


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


def donor_shape(target: Face, donor: Face, mask: np.ndarray) -> np.ndarray:
    """The target's geometry with the donor's features.

    Parameters
    ----------
    target, donor : Face
    mask : (M, M) float32
        Where, in UV space; towards its border the target's own shape returns, so that the face
        still fits into its photo.

    Returns
    -------
    (S, S, 3) float32
        Photo pixels, in the target's pose.

    Notes
    -----
    The two faces are compared in the canonical frame. What differs around eyes and mouth is
    expression, which stays the target's: there the difference of the surroundings is continued.
    """
    layout = target.layout
    local = [
        face.pose.similarity.invert(face.extended_position_map @ PHOTO_TO_BLENDER.T)
        for face in (donor, target)
    ]
    difference = (local[0] - local[1]).astype(np.float32)
    expression = part_mask(layout, ("eyes", "mouth"), feather=0) > 0
    difference = membrane(difference, layout.mask & ~expression)
    difference = cv2.GaussianBlur(difference, (0, 0), _SHAPE_BLUR * layout.size)
    share = feathered(layout, shrink(mask, layout.size) > 0, _SHAPE_FEATHER)[..., None]
    turn = target.pose.matrix[:, :3].T.astype(np.float32)
    return target.position_map + share * (difference @ turn)


def same_layout(a: UVLayout, b: UVLayout) -> bool:
    """Whether texels of both mean the same."""
    return a is b or (
        a.size == b.size
        and bool(np.array_equal(a.mask, b.mask))
        and bool(np.array_equal(a.landmark_texels, b.landmark_texels))
    )


@dataclass(frozen=True, eq=False)
class _Paint:
    """What the target is painted with.

    Where the donor's photo shows a place it is looked up there, not in the texture: nothing of
    its detail is lost on the way, and a face swapped with itself stays what it was.
    """

    plain: np.ndarray  # (N, N, 4) uint8, before matching
    match: ToneCurve | None
    grey: bool
    trust: np.ndarray  # (S, S) float32: where the donor's photo is to be looked up
    target: Face
    donor: Face | None

    def matched(self) -> np.ndarray:
        """(N, N, 4) uint8: the texture in the target's colours."""
        result = self.plain.copy()
        colour = np.ascontiguousarray(self.plain[..., :3])
        if self.match is not None:
            colour = self.match.apply(colour)
        result[..., :3] = _grey(colour) if self.grey else colour
        return result

    def on(self, surface: Surface) -> np.ndarray:
        """(h, w, 3) uint8: as the target's camera sees it."""
        colour = sample(
            np.ascontiguousarray(self.plain[..., :3]),
            surface.texture_coordinates(self.plain.shape[0]),
        )
        if self.donor is not None:
            at, share = _look_up(self.donor, self.target, self.trust, surface)
            direct = sample(self.donor.photo.pixels, at)
            colour = cv2.blendLinear(direct, colour, share, 1 - share)
        if self.match is not None:
            colour = self.match.apply_values(colour, surface.interpolate(self.match.values))
        return _grey(colour) if self.grey else colour


def _paint(target: Face, donor: Face | np.ndarray, options: SwapOptions) -> _Paint:
    trust = np.ones(target.layout.mask.shape, np.float32)
    if isinstance(donor, Face):
        trust = trusted(donor)
        size = texture_size(target, options.texture_size)
        plain = complete(donor, size, options.completion)
        if options.mouth == "auto" and _is_open(donor, target):
            trust = trust * (1 - _between_lips(donor.layout))
            plain[..., 3] = cv2.multiply(plain[..., 3], cv2.resize(trust, (size, size)),
                                         dtype=cv2.CV_8U)  # fmt: skip
            fill_hidden(plain)
    else:
        alpha = [] if donor.shape[2] == 4 else [np.full(donor.shape[:2], 255, np.uint8)]
        plain = np.dstack([donor, *alpha])
    match = _match(target, donor, plain, options.color_match)
    grey = match is not None and _is_grey(target)
    return _Paint(plain, match, grey, trust, target, donor if isinstance(donor, Face) else None)


def _match(target: Face, donor: Face | np.ndarray, plain: np.ndarray, how: str) -> ToneCurve | None:
    """The donor's skin to the target's."""
    if how == "none":
        return None
    source = donor if isinstance(donor, Face) else target
    try:
        light = donor.illumination if isinstance(donor, Face) else fit_illumination(target, plain)
        goal = target.illumination
    except NoFaceError:  # too little skin to tell; blending is left
        return None
    if how == "tone":
        return tone_curve(source, light, goal)
    return relight_curve(source, light, goal, target)


def _is_grey(face: Face) -> bool:
    """Whether its photo has no colour there; the donor's would give the swap away."""
    texture = face.texture(face.layout.size)
    shown = texture[texture[..., 3] == 255][:, :3].astype(np.int16)
    apart = np.abs(shown - shown[:, [1, 2, 0]]).max(axis=1, initial=0)
    return bool((apart > _GREY_LEVELS).mean() < _GREY_SHARE) if len(apart) else False


def _grey(colour: np.ndarray) -> np.ndarray:
    return cv2.merge([cv2.cvtColor(colour, cv2.COLOR_RGB2GRAY)] * 3)


def _openness(face: Face) -> float:
    """Distance between the inner lips over the mouth's width."""
    marks = face.landmarks.astype(np.float64)
    gap = np.linalg.norm(marks[[61, 62, 63]] - marks[[67, 66, 65]], axis=1).mean()
    return float(gap / max(np.linalg.norm(marks[60] - marks[64]), 1e-6))


def _is_open(face: Face, other: Face) -> bool:
    """Whether a face shows its teeth and another does not."""
    opened = _openness(face)
    return opened > _OPEN and _openness(other) < 0.5 * opened


def _between_lips(layout: UVLayout) -> np.ndarray:
    """(S, S) float32: 1 for the texels between the lips, which a closed mouth hides."""
    inside = np.zeros(layout.mask.shape, np.uint8)
    inner = layout.landmark_texels[60:68, ::-1].astype(np.int32)
    cv2.fillPoly(inside, [np.ascontiguousarray(inner)], 1)
    inside = cv2.dilate(inside, np.ones((3, 3), np.uint8))
    return cv2.blur(inside.astype(np.float32), (3, 3))


def _around_mouth(face: Face, surface: Surface) -> np.ndarray:
    """(h, w) float32: 0 between the lips, 1 outside, soft at the lips' inner edge."""
    points = face.landmarks[60:68, :2] - surface.region[:2]
    outside = np.ones(surface.coverage.shape, np.uint8)
    cv2.fillPoly(outside, [np.rint(points).astype(np.int32)], 0)
    return _fading(outside > 0, _LIP * face.size)


def _without_hair(
    target: Face, donor: Face | np.ndarray, mask: np.ndarray, feather: float
) -> np.ndarray:
    """The mask without hair that reaches into it from its upper border."""
    layout = target.layout
    size = layout.size
    soft = shrink(mask, size)
    # Above the nostrils: below them what differs from skin is a beard. Features are no hair.
    features = part_mask(layout, ("eyes", "nose", "mouth"), feather=0) > 0
    # Hair at the end of a brow is no brow.
    brows = part_mask(layout, "brows", feather=0).astype(np.uint8)
    features |= cv2.erode(brows, np.ones((_HAIR * size // 100,) * 2, np.uint8)) > 0
    upper = layout.canonical[..., 2] > layout.canonical[tuple(layout.landmark_texels[33])][2]
    strange = np.zeros((size, size), bool)
    for face in (target, donor):
        with contextlib.suppress(NoFaceError):  # too little skin to tell
            if isinstance(face, Face):
                seen = face.texture(size)[..., 3] == 255
                strange |= seen & (face.skin < 0.5)
    strange &= upper & ~features & layout.mask
    # What is as thin as a brow is one; its end may reach the border.
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * (_HAIR * size // 100) - 1,) * 2)
    strange = cv2.morphologyEx(strange.astype(np.uint8), cv2.MORPH_OPEN, kernel) > 0
    outside = (soft <= 0) | strange
    _, labels = cv2.connectedComponents(outside.astype(np.uint8), connectivity=4)
    border = np.unique(labels[soft <= 0])
    hair = strange & np.isin(labels, border[border > 0])
    if not hair.any():
        return mask
    # Its edge is half skin: as the border of a Poisson blend it would brighten all of the face.
    reach = 2 * (_HAIR * size // 100) + 1
    hair = cv2.dilate(hair.astype(np.uint8), np.ones((reach, reach), np.uint8)) > 0
    trimmed = feathered(layout, (soft > 0) & ~(hair & ~features), feather)
    return np.minimum(mask, cv2.resize(trimmed, mask.shape[::-1], interpolation=cv2.INTER_LINEAR))


def _look_up(
    donor: Face, target: Face, trust: np.ndarray, surface: Surface
) -> tuple[np.ndarray, np.ndarray]:
    """Where the donor's photo shows what the target's camera sees.

    Returns
    -------
    at : (h, w, 2) float32
        Donor's photo pixels.
    share : (h, w) float32
        How far to trust them: 0 where the donor's photo does not show the place, or so much more
        obliquely than the target's that it would be smeared.
    """
    maps = (donor.extended_position_map, donor.facing, target.facing, trust)
    seen = surface.interpolate(np.dstack(maps))
    points, facing, wanted, trusted_here = seen[..., :3], seen[..., 3], seen[..., 4], seen[..., 5]
    shown = donor.shows(points)
    # From where it ends inwards: there the donor's background shines in.
    rim = _RIM * target.size
    share = _fading(shown & (facing > np.minimum(_OBLIQUE, 0.5 * wanted)), rim)
    share *= trusted_here
    # What the target shows as obliquely as the donor is no worse for it.
    share = np.maximum(share, _fading(shown & (facing >= wanted - 1e-4), rim))
    return np.ascontiguousarray(points[..., :2]), share


def _fading(covered: np.ndarray, width: float) -> np.ndarray:
    """(h, w) float32: rises from 0 where `covered` (h, w) bool ends to 1 `width` pixels inside."""
    if covered.size == 0 or covered.all():
        return covered.astype(np.float32)
    distance = cv2.distanceTransform(covered.astype(np.uint8), cv2.DIST_L2, 5)
    t = (distance / np.float32(max(width, 1.0))).clip(0, 1)
    return t * t * (3 - 2 * t)
