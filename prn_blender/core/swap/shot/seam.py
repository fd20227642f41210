"""How a swapped face meets the rest of the photo, as something that can change slowly.

Poisson's equation takes a face to the photo's colours at its border, and with them to the noise
that each frame has there: the whole face flickers. So it is solved at a few frames, and what it
adds to the face's colours is kept in UV space.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from ...face.face import Face
from ...image.blend import blend
from ...image.diffusion import membrane
from ...typed import TexelColours
from ..pipeline import SwapPlan, draw_swap

# Share of the map's side: what is added is blurred so, standard deviation. Finer is noise.
_SMOOTH = 0.012
# Matte from which on what is added is known; in the rim it ends in the photo's own noise.
_INSIDE = 0.5


def seam_of(target: Face, plan: SwapPlan) -> TexelColours | None:
    """What blending adds to the colours of a swapped face.

    Parameters
    ----------
    target : Face
    plan : SwapPlan
        Of this face.

    Returns
    -------
    (S, S, 3) float32 or None
        Levels, smooth. None if the blend mode adds nothing, or too little is seen.
    """
    mode = plan.options.blend
    if mode == "feather":
        return None
    bare = replace(plan, options=replace(plan.options, blend="feather", strength=1.0), seam=None)
    rendered = draw_swap(target, bare).rendered
    if rendered.colour.size == 0:
        return None
    whole = replace(rendered, matte=(rendered.matte > 0).astype(np.float32))
    blended = rendered.crop(blend(target.photo.pixels, whole, mode))
    added = cv2.subtract(blended, rendered.colour, dtype=cv2.CV_32F)
    x0, y0, _, _ = rendered.region
    at = np.ascontiguousarray(target.position_map[..., :2] - np.array([x0, y0], np.float32))
    matte = cv2.remap(rendered.matte, at, None, cv2.INTER_LINEAR)
    known = (matte > _INSIDE) & target.visibility & target.layout.mask
    if not known.any():
        return None
    values = cv2.remap(added, at, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return cv2.GaussianBlur(membrane(values, known), (0, 0), _SMOOTH * len(matte))
