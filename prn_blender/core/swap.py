"""Another face, or any texture, in place of a face in a photo."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np

from .blend import blend, check_blend
from .completion import CompletionOptions, complete
from .errors import OptionError
from .face import Face
from .illumination import apply_gain, fit_illumination, relight_gain
from .parts import FEATHER, check_parts, part_mask
from .render import RenderedFace, Surface, check_texture, sample, see, shrink
from .texture import texture_size
from .uv_layout import UVLayout

COLOR_MATCHES = ("light", "tone", "none")
SHAPES = ("target", "donor")

# Of the face's size: the width over which a swap fades towards the face's outline.
_SILHOUETTE = 0.05


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
        Bring the donor's skin into the target's light and colour; only mean and contrast of the
        colours; nothing.
    blend : {"poisson", "feather", "laplacian"}
        See `blend.blend`.
    feather : float
        Width of the mask's soft rim, eye distances.
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
    texture : (N, N, 4) uint8 sRGB
        The donor's texture for the target's mesh: completed, matched in colour.
    mask : (M, M) float32
        What of it is used, in UV space.
    rendered : RenderedFace
        That texture as the photo's camera sees it, before blending; with the matte.
    positions : (S, S, 3) float32
        The geometry it was drawn on; the target's own unless the donor's shape was asked for.
    """

    picture: np.ndarray
    texture: np.ndarray
    mask: np.ndarray
    rendered: RenderedFace
    positions: np.ndarray

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
    paint = _paint(target, donor, options)
    surface = see(target, shrink(mask, target.layout.size) > 0)
    matte = _fading(surface.coverage, _SILHOUETTE * target.size) * surface.look_up(mask)
    rendered = RenderedFace(surface.region, paint.on(surface), matte)
    base = target.photo.pixels if picture is None else picture
    done = blend(base, rendered, options.blend, options.strength)
    return SwapResult(done, paint.texture, mask, rendered, target.position_map)


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


def check_swap(layout: UVLayout, donor: Face | np.ndarray, options: SwapOptions) -> np.ndarray:
    """Refuse what makes no sense; returns the mask (M, M) float32 that the options ask for.

    Raises
    ------
    OptionError
    """
    check_blend(options.blend, options.strength)
    for what, value, known in (
        ("colour match", options.color_match, COLOR_MATCHES),
        ("shape", options.shape, SHAPES),
    ):
        if value not in known:
            raise OptionError(f"The {what} is {value!r}; it can be {', '.join(known)}.")
    if isinstance(donor, Face):
        if not same_layout(donor.layout, layout):
            raise OptionError(
                f"The donor's UV layout {donor.layout.name!r} is not the target's, "
                f"{layout.name!r}; reconstruct both with the same model."
            )
    else:
        check_texture(donor, "donor's texture")
        if options.shape == "donor":
            raise OptionError("A texture has no shape; the donor's shape needs a donor's photo.")
    if options.mask is None:
        return part_mask(layout, check_parts(layout, options.parts), feather=options.feather)
    mask = options.mask
    if mask.ndim != 2 or mask.shape[0] != mask.shape[1]:
        raise OptionError(f"The mask is {mask.shape}; it has to be square, as the texture is.")
    return mask.astype(np.float32)


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

    texture: np.ndarray  # (N, N, 4) uint8, matched
    plain: np.ndarray  # (N, N, 4) uint8, before matching
    match: _Match
    donor: Face | None

    def on(self, surface: Surface) -> np.ndarray:
        """(h, w, 3) uint8: as the target's camera sees it."""
        colour = sample(
            np.ascontiguousarray(self.plain[..., :3]),
            surface.texture_coordinates(self.plain.shape[0]),
        )
        if self.donor is not None:
            at = surface.interpolate(self.donor.extended_position_map[..., :2])
            direct = sample(self.donor.photo.pixels, at)
            share = surface.look_up(_alpha(self.donor))
            colour = cv2.blendLinear(direct, colour, share, 1 - share)
        return self.match.apply(colour, surface)


@dataclass(frozen=True, eq=False)
class _Match:
    """Colours of the donor to those of the target: times `gain`, plus `offset`."""

    gain: np.ndarray | None = None  # (S, S, 3) float32
    offset: np.ndarray | None = None  # (3,)

    def apply(self, colour: np.ndarray, surface: Surface | None = None) -> np.ndarray:
        if self.gain is None:
            return colour
        size = (colour.shape[1], colour.shape[0])
        if surface is None:
            gain = cv2.resize(self.gain, size, interpolation=cv2.INTER_LINEAR)
        else:
            gain = surface.interpolate(self.gain)
        if self.offset is None:
            return apply_gain(colour, gain)
        return (colour * gain + self.offset + 0.5).clip(0, 255).astype(np.uint8)


def _paint(target: Face, donor: Face | np.ndarray, options: SwapOptions) -> _Paint:
    if isinstance(donor, Face):
        size = texture_size(target, options.texture_size)
        plain = complete(donor, size, options.completion)
    else:
        alpha = [] if donor.shape[2] == 4 else [np.full(donor.shape[:2], 255, np.uint8)]
        plain = np.dstack([donor, *alpha])
    match = _match(target, donor, plain, options.color_match)
    matched = plain.copy()
    matched[..., :3] = match.apply(np.ascontiguousarray(plain[..., :3]))
    return _Paint(matched, plain, match, donor if isinstance(donor, Face) else None)


def _match(target: Face, donor: Face | np.ndarray, plain: np.ndarray, how: str) -> _Match:
    if how == "none":
        return _Match()
    if how == "light":
        source = donor if isinstance(donor, Face) else target
        light = fit_illumination(source, None if source is donor else plain)
        goal = fit_illumination(target)
        return _Match(relight_gain(source, light, goal, target))
    return _Match()


def _alpha(face: Face) -> np.ndarray:
    """(S, S) float32: how far the photo is to be trusted."""
    return face.texture(face.layout.size)[..., 3].astype(np.float32) / 255


def _fading(coverage: np.ndarray, width: float) -> np.ndarray:
    """Coverage that fades towards the face's outline over `width` pixels, from the inside."""
    if coverage.size == 0 or coverage.min() >= 1:
        return coverage
    distance = cv2.distanceTransform((coverage > 0.999).astype(np.uint8), cv2.DIST_L2, 5)
    t = (distance / np.float32(max(width, 1.0))).clip(0, 1)
    return t * t * (3 - 2 * t)
