"""The fine detail of a face in its photo: what `appearance.fine_detail` needs of both."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ..appearance.fine_detail import FineDetail, fine_detail, no_detail
from ..appearance.illumination import Illumination
from ..image.compression import block_errors
from ..photo.photo import Photo
from ..texture.texel_maps import TexelMaps
from ..typed import TexelMap, Texture


def detail_in_photo(
    photo: Photo, maps: TexelMaps, light: Illumination | None, seen: TexelMap, texture: Texture
) -> FineDetail:
    """Find a face's wrinkles, folds and pores.

    Parameters
    ----------
    photo : Photo
    maps : TexelMaps
        Of a face in it.
    light : Illumination or None
        On the face, with cast shadows; None if it is not known.
    seen : (S, S) float32
        0..1: how far the photo can be trusted.
    texture : (N, N, 4) uint8 sRGB
        The photo, unwrapped, as large as the result.

    Returns
    -------
    FineDetail
        Flat where the photo does not tell: where nothing is seen, under hair and on features, in
        flat light from the front.
    """
    if light is None:
        return no_detail(maps, len(texture))
    x0, y0, x1, y1 = (max(0, round(v)) for v in maps.geometry.box)
    return fine_detail(maps, light, seen, texture, block_errors(photo.pixels[y0:y1, x0:x1]))
