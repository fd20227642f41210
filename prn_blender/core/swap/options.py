"""What can be chosen about a swap, checked before anything is computed."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import dataclass, field

from ..choices import (
    COLOR_MATCHES,
    FEATHER,
    GAZES,
    MOUTHS,
    SHAPES,
    BlendMode,
    ColorMatch,
    Gaze,
    Mouth,
    Shape,
    TextureSize,
)
from ..editing.completion import CompletionOptions
from ..errors import OptionError, Sentence
from ..face.face import Face
from ..geometry.parts import check_parts, part_mask
from ..geometry.uv_layout import UVLayout
from ..image.blend import check_blend
from ..texture.masks import check_mask
from ..typed import Mask, Texture
from .caution import check_caution
from .donor import Donor, as_donor


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
    caution : float
        0..1: how much stays the target's where something is in the way on either face, or where
        the donor's photo does not show it; see `reasons.Reason`. 1: all that might be wrong. Below
        it, less and less skin that looks like none (shadows' edges, hands) stays; at 0.75 none of
        it does, below 0.75 hair and beards do not stay either, below 0.5 covered eyes, noses and
        mouths, below 0.25 what the donor's photo does not show. With 0 all is swapped.
    mouth : {"auto", "target", "donor"}
        Whose teeth show between the lips. By default the donor's, unless the target's mouth is open
        and the donor's is not (and there is some caution); and a smile's teeth do not show on
        closed lips.
    gaze : {"donor", "target"}
        Whose eyeballs show between the lids: with the target's the face looks where it looked.
    shape : {"target", "donor"}
        Whose features the result has; pose and expression are the target's in either case.
    completion : CompletionOptions
        For the donor's hidden side.
    texture_size : int or "auto"
        Of the result's texture.
    """

    parts: tuple[str, ...] = ("face",)
    mask: Mask | None = None
    strength: float = 1.0
    color_match: ColorMatch = "light"
    blend: BlendMode = "poisson"
    feather: float = FEATHER
    caution: float = 1.0
    mouth: Mouth = "auto"
    gaze: Gaze = "donor"
    shape: Shape = "target"
    completion: CompletionOptions = field(default_factory=CompletionOptions)
    texture_size: TextureSize = "auto"


def check_swap(
    layout: UVLayout, donor: Face | Texture | Donor | None, options: SwapOptions
) -> Mask:
    """Refuse options that make no sense, and a donor that does not fit.

    Parameters
    ----------
    layout : UVLayout
        The target's.
    donor : Face, (N, N, 3 or 4) uint8, or None
        None: what can be told before there is a donor.
    options : SwapOptions

    Returns
    -------
    (M, M) float32
        The mask that the options ask for.

    Raises
    ------
    OptionError
    """
    check_blend(options.blend, options.strength)
    for what, value, known in (
        (Sentence("colour match"), options.color_match, COLOR_MATCHES),
        (Sentence("shape"), options.shape, SHAPES),
        (Sentence("mouth"), options.mouth, MOUTHS),
        (Sentence("gaze"), options.gaze, GAZES),
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
    check_caution(options.caution)
    if donor is not None:
        as_donor(donor).check(layout, options.shape)
    if options.mask is None:
        return part_mask(layout, check_parts(layout, options.parts), feather=options.feather)
    return check_mask(options.mask)
