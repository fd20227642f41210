"""What a whole head is made of: a material for each kind of surface, in files and in Blender."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ...head.head_model import HeadModel


@dataclass(frozen=True)
class Surface:
    """A material of a head.

    Attributes
    ----------
    parts : tuple of str
        Of `HeadModel.part_names`.
    colour : (red, green, blue) or None
        Linear light; of what is in the head's texture only where no texture is shown.
    roughness : float
        0..1.
    textured : bool
        It is in the head's texture.
    coat : float
        0..1, of a clear coat.
    hairs : bool
        It shows only where `head.lashes.lash_picture` has hairs.
    clear : bool
        It does not show.
    """

    parts: tuple[str, ...]
    colour: tuple[float, float, float] | None
    roughness: float
    textured: bool = False
    coat: float = 0.0
    hairs: bool = False
    clear: bool = False


# Of linear light, Rec. 709.
_LINEAR_LUMA = (0.2126, 0.7152, 0.0722)

SURFACES: dict[str, Surface] = {
    "Skin": Surface(("skin",), None, 0.6, textured=True),
    # The tear film and the cornea are a clear coat over what is painted.
    "Eyes": Surface(("eyes",), None, 0.1, textured=True, coat=1.0),
    "Mouth": Surface(("mouth_bag",), (0.32, 0.05, 0.05), 0.35, textured=True),
    "Teeth": Surface(("teeth",), (0.75, 0.7, 0.6), 0.25, textured=True),
    "Tongue": Surface(("tongue",), (0.4, 0.08, 0.08), 0.35, textured=True),
    "Lashes": Surface(("lashes",), (0.01, 0.008, 0.006), 0.6, hairs=True),
    # What shows of the sockets are the wet edges of the lids, and the corners of the eyes.
    "Lids": Surface(("eye_sockets",), (0.40, 0.17, 0.14), 0.25),
}
"""By the material's name, in the order of a mesh's slots; every part of a head is in one."""
GUEST_SURFACES: dict[str, Surface] = {
    # Which need their owner's picture of hairs: without it they would be black sheets.
    "Lash Cards": Surface(("lash_cards",), (0.01, 0.008, 0.006), 0.6, clear=True),
    # Tears, corneas and shadows, each to be let through by light in a way of its own.
    "Films": Surface(("films",), (1.0, 1.0, 1.0), 0.1, clear=True),
}
"""Further ones of others' heads, which come after these where such a head has them."""


def surfaces_of(model: HeadModel, grey: bool = False) -> dict[str, Surface]:
    """The surfaces of a head, in the order of its slots; `grey`: of a photo without colours."""
    has = {model.part_names[k] for k in np.unique(model.part)}
    guests = {name: of for name, of in GUEST_SURFACES.items() if has & set(of.parts)}
    found = {**SURFACES, **guests}
    return {name: _without_colour(of) for name, of in found.items()} if grey else found


def _without_colour(of: Surface) -> Surface:
    if of.colour is None:
        return of
    light = float(np.dot(of.colour, _LINEAR_LUMA))
    return replace(of, colour=(light, light, light))
