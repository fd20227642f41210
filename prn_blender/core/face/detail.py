"""The fine detail of a face in its photo: what `appearance.fine_detail` needs of both."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import TYPE_CHECKING

from ..appearance.fine_detail import FineDetail, fine_detail, no_detail
from ..image.compression import block_errors
from ..typed import Texture

if TYPE_CHECKING:
    from .face import Face


def detail_of(face: Face, texture: Texture) -> FineDetail:
    """Find a face's wrinkles, folds and pores.

    Parameters
    ----------
    face : Face
    texture : (N, N, 4) uint8 sRGB
        The photo, unwrapped, as large as the result.

    Returns
    -------
    FineDetail
        Flat where the photo does not tell: where nothing is seen, under hair and on features, in
        flat light from the front.
    """
    if face.smooth_light is None:
        return no_detail(face.maps, len(texture))
    x0, y0, x1, y1 = (max(0, round(v)) for v in face.box)
    blocks = block_errors(face.photo.pixels[y0:y1, x0:x1])
    return fine_detail(face.maps, face.illumination, face.texel_confidence(), texture, blocks)
