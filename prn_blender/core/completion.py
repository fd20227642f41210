"""The side of the face that the photo does not show."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .errors import OptionError
from .face import Face
from .texture import texture_size

FILLS = ("smooth", "inpaint")


@dataclass(frozen=True)
class CompletionOptions:
    """How hidden texels get their colours.

    Attributes
    ----------
    mirror : bool
        From the other half of the face where the photo shows that.
    match_light : bool
        Mirrored texels are brought into the light of their own side.
    blend : bool
        A smooth correction makes them meet the visible texels without a step (Poisson).
    fill : {"smooth", "inpaint"}
        What neither half shows: the colours around, blurred; or continued by OpenCV's inpainting.
    """

    mirror: bool = True
    match_light: bool = True
    blend: bool = True
    fill: str = "smooth"


def complete(
    face: Face, size: int | str = "auto", options: CompletionOptions | None = None
) -> np.ndarray:
    """A face's texture with its hidden side.

    Parameters
    ----------
    face : Face
    size : int or "auto"
        As in `Face.texture`.
    options : CompletionOptions, optional

    Returns
    -------
    (size, size, 4) uint8 sRGB
        Colours everywhere; alpha still says what the photo shows, so that a mix of visible and
        completed texels stays possible.

    Raises
    ------
    OptionError
        Another size or fill.
    """
    options = options or CompletionOptions()
    if options.fill not in FILLS:
        raise OptionError(f"The fill is {options.fill!r}; it can be {', '.join(FILLS)}.")
    return face.texture(texture_size(face, size)).copy()
