"""How far a photo can be trusted at each texel: seen well enough, and the face, not what is before
or behind it.

One number a texel, 0 to 1. Everything that chooses between a photo and something else (its mirror
image, plain skin) mixes by it, so that no choice has an edge.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import cv2
import numpy as np

from ..geometry.face_geometry import FaceGeometry
from ..geometry.landmarks import NOSE_BASE
from ..geometry.parts import part_mask
from ..geometry.uv_layout import UVLayout
from ..image.colour import FLOOR, LUMA, log_ratio
from ..image.filters import disc, ramp, smoothstep
from ..texture.texel_maps import TexelMaps
from ..typed import TexelMap, TexelMask
from .hair import beard, under_fringe
from .illumination import Illumination
from .skin import STRANGE_TO_SKIN, likeness_within, skin_distance

# Cosine between normal and line of sight: none of a place that is more oblique than the first is
# told, all from the second on.
_FACING = (0.15, 0.5)
# Shares of the face's size: distance from the outline. A good reconstruction misses it by the
# first.
_OUTLINE = (0.015, 0.05)
_OUTLINE_RIM = (0.01, 0.03)
# Shares of the face's size: distance from the photo's border, where a photo ends in the middle of a
# face.
_BORDER = (0.0, 0.08)
# Cosine between normal and line of sight: a surface that ends while it still faces the viewer has
# no outline there but is cut off, as at the top of the forehead.
_CUT_OFF = (0.5, 0.7)
# Shares of the map's side: distance from what the photo does not show.
_HIDDEN = (0.002, 0.012)
_RIM = (0.002, 0.01)
# Share of the face's size: how far inside the outline background may show, where a reconstruction
# misses the outline: at the first or nearer, and hardly from the second on.
_BACKGROUND = (0.05, 0.12)
# Levels at which it is decided what is connected: the result has as many steps, before it is
# blurred.
_LEVELS = 6
# Robust standard deviations from lit skin, as in `skin_likeness`: beside hair this is hair ...
_SLIGHTLY = (3.0, 1.5)
# ... as far from it as this, a share of the map's side.
_STRANDS = 0.03
# Logarithm of a channel over the brightness: beards are less coloured, cloth is more.
_COLOURED = 0.7
# Share of the chin that a beard covers, at least.
_ON_CHIN = 0.4
# Logarithm of light over a hundredth of the map's side: an edge that the other side has not, and
# that stands out from what is around it, is where a hand, cloth or hair begins.
_EDGE_STEP = 0.22
# Shares of the map's side: how finely edges are looked for; how far they may be off on the other
# side, which is no exact mirror image; gaps in them; what they have to stand out from.
_FINE_EDGE, _OFF, _GAP, _SURROUND = 0.004, 0.016, 0.02, 0.05
# Shares of the map's side: shorter edges are hairs and spots.
_LENGTH = 0.06
# Times the mean of its surroundings: what is all edges is stubble or pores.
_STANDS_OUT = 1.2
# Shares of the map's side: ways within a face are wider than this; features have edges of their
# own up to so far around them.
_WAY, _AROUND_FEATURES = 0.008, 0.016
# Shares of the map's side: hair's edge, which is half skin; the blur of all that is decided.
_EDGE = 0.012
_BLUR = 0.006


def shown(geometry: FaceGeometry) -> TexelMap:
    """How far a photo shows each texel at all: the rim of what it shows is soft.

    Parameters
    ----------
    geometry : FaceGeometry

    Returns
    -------
    (S, S) float32
        0..1: away from the outline, which is half background, and from what is hidden.
    """
    return _product(geometry, _apart(geometry, _RIM), _off_contours(geometry, _OUTLINE_RIM))


def seen_well(geometry: FaceGeometry) -> TexelMap:
    """How well the geometry lets a photo see each texel.

    Parameters
    ----------
    geometry : FaceGeometry

    Returns
    -------
    (S, S) float32
        0..1: directly, away from the outline and from what is hidden. 0 where the photo does not
        show a texel.
    """
    facing = ramp(_facing(geometry), _FACING)
    return _product(geometry, facing, _apart(geometry, _HIDDEN), _off_contours(geometry, _OUTLINE))


def _product(geometry: FaceGeometry, *shares: np.ndarray) -> TexelMap:
    smooth = np.multiply.reduce([smoothstep(share) for share in (*shares, _in_photo(geometry))])
    return np.asarray(smooth * geometry.visibility, np.float32)


def _in_photo(geometry: FaceGeometry) -> TexelMap:
    """(S, S) float32: 0 at the photo's border, 1 away from it."""
    place = geometry.position_map[..., :2]
    far = np.array(geometry.photo_size, np.float32) - 1
    away = np.minimum(place, far - place).min(axis=-1)
    return np.asarray(ramp(away / np.float32(max(geometry.size, 1e-6)), _BORDER), np.float32)


def _facing(geometry: FaceGeometry) -> TexelMap:
    """(S, S) float32: how directly each texel is seen, without facets."""
    return cv2.GaussianBlur(geometry.facing, (0, 0), _BLUR * geometry.layout.size)


def _apart(geometry: FaceGeometry, between: tuple[float, float]) -> TexelMap:
    """(S, S) float32: 0 beside what is hidden, 1 away from it; the map's end hides nothing."""
    seen = (geometry.visibility | ~geometry.layout.mask).astype(np.uint8)
    distance = cv2.distanceTransform(seen, cv2.DIST_L2, 5)
    return np.asarray(ramp(distance / np.float32(geometry.layout.size), between))


def _inside(geometry: FaceGeometry, between: tuple[float, float]) -> TexelMap:
    """(S, S) float32: 0 at the face's outline, 1 away from it and where the mesh is cut off."""
    return _far_from(geometry, geometry.depth_inside, between)


def _off_contours(geometry: FaceGeometry, between: tuple[float, float]) -> TexelMap:
    """(S, S) float32: as `_inside`, and 0 at a cheek's edge before an ear, and at a nose's."""
    return _far_from(geometry, geometry.away_from_contours, between)


def _far_from(geometry: FaceGeometry, distance: TexelMap, between: tuple[float, float]) -> TexelMap:
    far = ramp(distance / np.float32(max(geometry.size, 1e-6)), between)
    return np.maximum(np.asarray(far), ramp(_facing(geometry), _CUT_OFF))


def foreign(maps: TexelMaps, light: Illumination, bearded: TexelMask) -> TexelMap:
    """What of a texture is not the face's: hair, hats, cloth, hands, background.

    Parameters
    ----------
    maps : TexelMaps
    light : Illumination
        On the face; its cast shadows are not used.
    bearded : (S, S) bool
        Its `whole_beard`, which is the face's.

    Returns
    -------
    (S, S) float32
        0..1.

    Notes
    -----
    By colour and by continuity: a place is as foreign as the strangest way to it from outside the
    face is strange all along (morphological reconstruction; L. Vincent, "Morphological Grayscale
    Reconstruction in Image Analysis", IEEE Transactions on Image Processing 2(2), 1993). So moles,
    spots and shadows within a face are its own, however dark.
    """
    layout, size = maps.layout, maps.size
    seen = maps.visibility
    distance = skin_distance(maps, light)
    strange, slightly = (
        1 - likeness_within(maps, distance, bounds) for bounds in (STRANGE_TO_SKIN, _SLIGHTLY)
    )
    inner = _features(layout, (strange > 0.5) & seen)
    outside = ~seen & ~inner
    for values in (strange, slightly):
        values[outside], values[inner] = 1, 0
    seeds = outside | ~layout.mask
    seeds[[0, -1]], seeds[:, [0, -1]] = True, True
    found = np.zeros((size, size), np.float32)
    for level in (np.arange(_LEVELS) + 0.5) / _LEVELS:
        found += _connected((strange > level) | seeds, seeds)
    found = found / _LEVELS * seen
    found[bearded] = 0
    # Single strands and the ends of hair are hardly stranger than skin; beside hair they are hair.
    found = np.maximum(found, slightly * seen * cv2.dilate(found, disc(_STRANDS * size)))
    # What looks like skin but is cut off from the face is a hand, cloth or hair.
    own = (found < 0.5) & seen
    inner |= bearded
    found[own & ~_reached(own, inner, own_edges(maps) & ~bearded)] = 1
    found = cv2.dilate(found, disc(_EDGE * size))
    return cv2.GaussianBlur(found, (0, 0), _BLUR * size).clip(0, 1)


def _connected(where: TexelMask, seeds: TexelMask) -> TexelMask:
    """(S, S) bool: the connected parts of `where` that have a seed in them."""
    _, labels = cv2.connectedComponents(where.astype(np.uint8), connectivity=4)
    reached = np.zeros(int(labels.max()) + 1, bool)
    reached[labels[seeds & where]] = True
    reached[0] = False
    return reached[labels]


def own_edges(maps: TexelMaps) -> TexelMask:
    """Find the edges that one side of a face has and the other has not.

    Parameters
    ----------
    maps : TexelMaps

    Returns
    -------
    (S, S) bool
        Features apart: lips, brows, lids and nostrils have edges of their own. Where the other side
        is not seen all edges count. Stubble and pores are none.
    """
    size, layout = maps.size, maps.layout
    level = cv2.GaussianBlur(np.log(maps.light + FLOOR), (0, 0), _FINE_EDGE * size)
    # Sobel's kernel, a hundredth of the side as unit.
    across, down = (
        cv2.Sobel(level, cv2.CV_32F, *axis, scale=size / 800) for axis in ((1, 0), (0, 1))
    )
    edges = np.sqrt(across**2 + down**2).max(axis=-1) * maps.known
    around = cv2.blur(edges, (2 * round(_SURROUND * size) + 1,) * 2)
    other = cv2.dilate(np.ascontiguousarray(layout.mirrored(edges)), disc(_OFF * size))
    found = (edges - other > _EDGE_STEP) & (edges > _STANDS_OUT * around)
    features = part_mask(layout, ("eyes", "brows", "nose", "mouth"), feather=0) > 0
    found &= cv2.dilate(features.astype(np.uint8), disc(_AROUND_FEATURES * size)) == 0
    found = _long(found, round(_LENGTH * size))
    closed = cv2.morphologyEx(found.astype(np.uint8), cv2.MORPH_CLOSE, disc(_GAP * size))
    return np.asarray(closed > 0)


def _long(edges: TexelMask, texels: int) -> TexelMask:
    """(S, S) bool: the connected parts of edges that reach over so many texels at least."""
    _, labels, boxes, _ = cv2.connectedComponentsWithStats(edges.astype(np.uint8), connectivity=8)
    sides = boxes[:, [cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT]]
    longer = np.asarray(np.hypot(*sides.T) >= texels)
    longer[0] = False
    return longer[labels]


def _reached(own: TexelMask, inner: TexelMask, edges: TexelMask) -> TexelMask:
    """(S, S) bool: what of a face's `own` is reached from its features, `inner`, across no edge."""
    way = disc(_WAY * len(own))
    free = cv2.morphologyEx((own & ~edges).astype(np.uint8), cv2.MORPH_OPEN, way) > 0
    reached = _connected(free | inner, inner)
    reached = cv2.dilate(reached.astype(np.uint8), way)
    # Edges with the face on both sides are the face's: wrinkles, and shadows.
    return cv2.morphologyEx(reached, cv2.MORPH_CLOSE, disc(_GAP * len(own))) > 0


def _features(layout: UVLayout, strange: TexelMask) -> TexelMask:
    """(S, S) bool: eyes, nose and mouth, and brows unless hair hangs over them."""
    inner = part_mask(layout, ("eyes", "nose", "mouth"), feather=0) > 0
    brows = part_mask(layout, "brows", feather=0) > 0
    return inner | (brows & ~under_fringe(brows, strange))


def whole_beard(maps: TexelMaps, light: Illumination | None) -> TexelMask:
    """(S, S) bool: a beard as of `beard`, down to the end of the map; not a sleeve or a scarf.

    None where no light is known.
    """
    if light is None:
        return np.zeros(maps.layout.mask.shape, bool)
    grows = beard(maps, light)
    layout = maps.layout
    chin = part_mask(layout, "chin", feather=0) > 0
    # Long hair beside a jaw leaves the chin free.
    if not grows[chin].sum() > _ON_CHIN * (chin & maps.visibility).sum():
        return np.zeros(chin.shape, bool)
    ratio = log_ratio(maps.light, light.shade(maps.smooth_normals))
    level = ratio @ LUMA
    hair = (level < 0) & (np.abs(ratio - level[..., None]).max(axis=-1) < _COLOURED)
    hair &= layout.canonical[..., 2] < layout.canonical_landmarks[NOSE_BASE, 2]
    found = _connected(hair | grows, grows)
    # A sleeve or a scarf in front of a jaw is on one side only.
    return found & (grows | layout.mirrored(found | ~maps.visibility))


def background(geometry: FaceGeometry, strange: TexelMap) -> TexelMap:
    """What of a texture is the photo's background.

    Parameters
    ----------
    geometry : FaceGeometry
    strange : (S, S) float32
        See `foreign`.

    Returns
    -------
    (S, S) float32
        0..1: what is foreign and so close to the outline that it may lie behind the face.
    """
    return strange * (1 - smoothstep(_inside(geometry, _BACKGROUND)))


def texel_confidence(
    geometry: FaceGeometry, strange: TexelMap, keep_hair: float, seen: TexelMap | None = None
) -> TexelMap:
    """How far a photo can be trusted at each texel.

    Parameters
    ----------
    geometry : FaceGeometry
    strange : (S, S) float32
        What is not the face's, see `foreign`.
    keep_hair : float
        0..1: how far what lies in front of the face, hair for the most part, counts as the face's.
    seen : (S, S) float32, optional
        0..1: how well a texture shows each texel that has more than one photo's; by default
        `seen_well`.

    Returns
    -------
    (S, S) float32
        0..1.
    """
    seen = seen_well(geometry) if seen is None else seen
    kept = keep_hair * background(geometry, strange) + (1 - keep_hair) * strange
    return np.asarray(seen * (1 - kept), np.float32)
