"""Makes the UV layout: a grid of texels over the flattened chart, each on a triangle of it.

Only the left half is sampled and then mirrored, so that column u and column size - 1 - u are exact
mirror images.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from prn_blender.core.files.safe import write_bytes
from prn_blender.core.photo.photo import write_image

from ..config import Config, LayoutConfig
from ..geometry import on_triangles
from ..head.head_model import HeadModel
from ..head.landmarks import MIRROR_68, landmark_positions, symmetric
from ..npz import npz_bytes
from ..raster import zbuffer
from .chart import ChartMesh, build_chart, extent
from .flatten import flatten
from .parts import find_parts
from .subdivide import subdivide

LAYOUT_FILE = "prn_uv_layout.npz"
"""Name of the file in the work folder and beside the model."""
VERSION = 2
"""Of the file's format, which `prn_blender.core` reads."""
EYE_DISTANCE = 0.063
"""Metres between the centres of the canonical face's eyes."""
CANONICAL_PITCH = np.radians(-2.7)
"""Radians by which the head is turned. Which way a face looks straight ahead is a convention: this
is PRNet's canonical face, and so that of the angles of 300W-LP and AFLW2000-3D; it was found by
aligning the 68 landmarks of both faces."""
SMALLEST, LARGEST = 64, 1024
"""Texels that a side may have."""
EDGE = 1.5
"""Texels left free around the chart, so that sampling between texels never leaves the map."""

FINER = 4
"""To find the triangle at a place, the map is rasterised at so many pixels per texel."""

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Layout:
    """A UV layout of S x S texels, and the place of each texel on the mesh.

    Attributes
    ----------
    name : str
    corners : (S, S, 3) int64
        Each texel's triangle: vertices of `smooth_chart`. Row 0 is the forehead.
    bary : (S, S, 3) float64
        Barycentric weights in it.
    mask : (S, S) bool
        Texels that show the face. The others repeat the nearest of these.
    landmark_texels : (68, 2) int64
        Row and column of each landmark.
    canonical : (S, S, 3) float32
        The canonical face: metres, Blender axes, origin between the eye centres.
    parts : dict of (S, S) bool
        Masks, by the names of `training.layout.parts`.
    weights : (S, S) float32
        PRNet's loss weights: 16 landmarks, 4 eyes, nose and mouth, 3 face, 0 neck.
    """

    name: str
    corners: Ints
    bary: NDArray[np.float64]
    mask: NDArray[np.bool_]
    landmark_texels: Ints
    canonical: NDArray[np.float32]
    parts: dict[str, NDArray[np.bool_]]
    weights: NDArray[np.float32]


def _triangles_at(
    chart: ChartMesh, uv: NDArray[Any], places: NDArray[Any]
) -> tuple[Ints, NDArray[np.float64]]:
    """Look up which triangle of the map lies at each place.

    Parameters
    ----------
    chart
    uv : (W, 2)
        Places of the chart's vertices in the map, in texels: column, row.
    places : (S, S, 2)
        In texels: column, row.

    Returns
    -------
    triangle : (S, S) int64
        Index into `chart.triangles`, or -1.
    bary : (S, S, 3) float64
        Barycentric weights in it.
    """
    t, size = chart.triangles, len(places) * FINER
    flat = np.concatenate([np.nan_to_num(uv), np.zeros((len(uv), 1))], 1)
    _, index, _ = zbuffer(flat * FINER, t, (size, size))
    x, y = np.clip(np.round(places * FINER), 0, size - 1).astype(int).transpose(2, 0, 1)
    triangle = index[y, x].astype(np.int64)
    # The z-buffer's weights are those of the nearest pixel, in single precision: compute exact
    # ones.
    a, b, c = (flat[t[np.maximum(triangle, 0), k], :2] for k in range(3))
    area = np.cross(b - a, c - a)
    area = np.where(area == 0, 1, area)
    w1 = np.cross(places - a, c - a) / area
    w2 = np.cross(b - a, places - a) / area
    weights = np.clip(np.stack([1 - w1 - w2, w1, w2], -1), 0, 1)
    return triangle, weights / weights.sum(-1, keepdims=True)


def _onto_rim(
    places: NDArray[Any], reach: NDArray[Any], mask: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Move the outermost texels onto the curve where `reach` is 1: a smooth rim, no staircase.

    Parameters
    ----------
    places : (S, S, 2)
        Column and row of each texel.
    reach : (S, S)
        About the distance from the head's middle direction, 1 at the rim of the face.
    mask : (S, S)

    Returns
    -------
    (S, S, 2)
        Places between the texels; only those of the mask's outermost texels have moved.
    """
    from scipy.ndimage import binary_erosion

    slope = np.stack(np.gradient(reach)[::-1], -1)
    step = (1 - reach)[..., None] * slope / np.maximum((slope**2).sum(-1, keepdims=True), 1e-9)
    length = np.linalg.norm(step, axis=-1, keepdims=True)
    step /= np.maximum(length / 1.2, 1)
    rim = mask & ~binary_erosion(mask, np.ones((3, 3)))
    return np.where(rim[..., None], places + step, places)


def _sample(
    chart: ChartMesh, head: HeadModel, uv: NDArray[Any], size: int
) -> tuple[Ints, NDArray[Any], NDArray[np.bool_], Ints]:
    """Sample the chart at each texel; the result is exactly mirror-symmetric.

    Parameters
    ----------
    chart, head
    uv : (W, 2)
        Places of the chart's vertices in the map, in texels.
    size
        S.

    Returns
    -------
    corners : (S, S, 3), bary : (S, S, 3), mask : (S, S)
        As in `Layout`.
    kind : (S, S)
        As `ChartMesh.kind`.
    """
    from scipy.ndimage import binary_fill_holes, distance_transform_edt

    t = chart.triangles
    places = np.stack(np.meshgrid(np.arange(size), np.arange(size)), -1).astype(float)
    index, weights = _triangles_at(chart, uv, places)
    # The rim is a curve on the head and cuts through the mesh's faces. The power makes `reach` grow
    # about linearly towards it, as `_onto_rim` needs.
    where = (chart.mean[t[np.maximum(index, 0)]] * weights[..., None]).sum(-2)
    reach = extent(head, where) ** (1 / 6)
    mask = binary_fill_holes((index >= 0) & (reach < 1)) & (index >= 0)
    moved, moved_weights = _triangles_at(chart, uv, _onto_rim(places, reach, mask))
    index, weights = (
        np.where(moved >= 0, moved, index),
        np.where(moved[..., None] >= 0, moved_weights, weights),
    )
    corners, kind = t[np.maximum(index, 0)], chart.triangle_kind[np.maximum(index, 0)]
    # Outside the mask repeat its nearest texel: interpolation at the rim then uses no other value.
    near = distance_transform_edt(~mask, return_distances=False, return_indices=True)
    corners, weights = corners[near[0], near[1]], weights[near[0], near[1]]
    h = size // 2
    left = slice(None, h)
    flip = (slice(None), slice(h, None))
    corners[flip] = chart.mirror[corners[:, left]][:, ::-1]
    weights[flip] = weights[:, left][:, ::-1]
    mask[flip] = mask[:, left][:, ::-1]
    kind[flip] = np.array([0, 2, 1, 3])[kind[:, left]][:, ::-1]
    return corners, weights, mask, kind


def _place_landmarks(
    chart: ChartMesh, head: HeadModel, corners: Ints, bary: NDArray[Any], mask: NDArray[np.bool_]
) -> Ints:
    """Texel (row, column) nearest to each landmark, (68, 2).

    Pairs of landmarks get mirrored texels, and no two get the same one.
    """
    p, size = symmetric(landmark_positions(head)), len(mask)
    where = on_triangles(chart.mean, corners.reshape(-1, 3), bary.reshape(-1, 3)).reshape(
        size, size, 3
    )
    where[~mask] = np.inf
    texels = np.zeros((68, 2), np.int64)
    taken: set[tuple[int, int]] = set()
    for i in range(68):
        if MIRROR_68[i] < i:
            texels[i] = texels[MIRROR_68[i]] * [1, -1] + [0, size - 1]
            continue
        d = ((where - p[i]) ** 2).sum(-1)
        if MIRROR_68[i] != i:
            own = slice(None, size // 2) if p[i, 0] < 0 else slice(size // 2, None)
            hidden = np.ones_like(mask)
            hidden[:, own] = False
            d[hidden] = np.inf
        for k in np.argsort(d, axis=None)[:50]:
            texel = (int(k) // size, int(k) % size)
            if texel not in taken:
                break
        taken |= {texel, (texel[0], size - 1 - texel[1])}
        texels[i] = texel
    return texels


def _canonical(where: NDArray[Any], texels: Ints) -> NDArray[np.float32]:
    """Bring texels (S, S, 3) from the head frame to the canonical one.

    Eye centres `EYE_DISTANCE` apart, the origin between them, turned by `CANONICAL_PITCH`.
    """
    eyes = where[tuple(texels[36:48].T)]
    right, left = eyes[:6].mean(0), eyes[6:].mean(0)
    scale = EYE_DISTANCE / np.linalg.norm(left - right)
    c, s = np.cos(CANONICAL_PITCH), np.sin(CANONICAL_PITCH)
    turn = np.array([[1, 0, 0], [0, c, -s], [0, s, c]])
    return np.asarray((where - (left + right) / 2) * scale @ turn.T, np.float32)


def smooth_chart(
    head: HeadModel, config: LayoutConfig | None = None
) -> tuple[ChartMesh, NDArray[np.float64]]:
    """Build the subdivided chart, whose vertices a layout's texels refer to, and flatten it.

    Parameters
    ----------
    head
    config
        Changes only the places; the chart is the same for every layout.

    Returns
    -------
    ChartMesh
    (W, 2) float64
        Place of each vertex in the map, in texels: column, row.
    """
    config = config or LayoutConfig()
    coarse = build_chart(head)
    chart, uv = subdivide(coarse, flatten(coarse, head, config))
    half = (config.size - 1) / 2
    return chart, half + uv * [half - EDGE, EDGE - half]


def build_layout(head: HeadModel, config: LayoutConfig) -> Layout:
    """Make a layout for a head.

    Raises
    ------
    ValueError
        The size is odd (a middle column would have no mirror image) or out of range.
    """
    size = config.size
    if size % 2 or not SMALLEST <= size <= LARGEST:
        raise ValueError(
            f"layout.size: expected an even number from {SMALLEST} to {LARGEST}, found {size}"
        )
    chart, uv = smooth_chart(head, config)
    corners, bary, mask, kind = _sample(chart, head, uv, size)
    texels = _place_landmarks(chart, head, corners, bary, mask)
    where = on_triangles(chart.mean, corners.reshape(-1, 3), bary.reshape(-1, 3)).reshape(
        size, size, 3
    )
    parts = find_parts(chart, head, where, kind, mask, uv)
    weights = np.where(mask, 3.0, 0.0)
    for name, part in parts.items():
        if name == "neck":
            weights[part] = 0
        elif any(w in name for w in ("eye", "lids", "nose", "lip", "mouth")):
            weights[part] = 4
    weights[texels[:, 0], texels[:, 1]] = 16
    return Layout(
        config.name,
        corners,
        bary,
        mask,
        texels,
        _canonical(where, texels),
        parts,
        weights.astype(np.float32),
    )


def layout_bytes(layout: Layout) -> bytes:
    """The `.npz` that lies beside a model; the same bytes for the same layout."""
    arrays = {
        "version": np.array(VERSION, np.int32),
        "name": np.array(layout.name),
        "mask": layout.mask,
        "landmark_texels": layout.landmark_texels.astype(np.int32),
        "canonical": layout.canonical,
        "weights": layout.weights,
        **{f"part_{k}": v for k, v in layout.parts.items()},
    }
    return npz_bytes(arrays)


def make_layout(config: Config) -> None:
    """Make the layout and write it to the work folder.

    The layout's file, a picture of it, and `texels.npz`: the places of the texels on the mesh,
    which training and export need and the add-on does not.
    """
    layout = build_layout(HeadModel.load(config.work / "head_model.npz"), config.layout)
    write_bytes(config.work / LAYOUT_FILE, layout_bytes(layout))
    write_image(config.work / "layout.png", picture(layout))
    np.savez(
        config.work / "texels.npz",
        corners=layout.corners,
        bary=layout.bary,
        weights=layout.weights,
    )


def picture(layout: Layout) -> NDArray[np.uint8]:
    """Draw a layout, (2 S, 4 S, 3) RGB: parts with landmarks, canonical positions as colours."""
    rng = np.random.default_rng(3)
    parts = np.full((*layout.mask.shape, 3), 40, np.uint8)
    for part in layout.parts.values():
        parts[part] = rng.integers(70, 240, 3)
    big = parts.repeat(2, 0).repeat(2, 1)
    for row, column in layout.landmark_texels:
        big[2 * row : 2 * row + 2, 2 * column : 2 * column + 2] = 255
    c = layout.canonical
    low, high = c[layout.mask].min(0), c[layout.mask].max(0)
    colours = (255 * (c - low) / (high - low) * layout.mask[..., None]).clip(0, 255)
    return np.concatenate([big, colours.astype(np.uint8).repeat(2, 0).repeat(2, 1)], 1)
