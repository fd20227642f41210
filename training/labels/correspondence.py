"""Finds where MediaPipe's 468 points lie on the head, without hand work.

Rendered heads of known geometry are shown to the teachers. A point that a teacher returns falls on
a triangle of the rendered head, and the same triangle of the mean head has the place. Its average
over many heads is what the fit uses; the scatter tells how far to trust it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..config import CorrespondenceConfig
from ..geometry import (
    HEAD_TO_IMAGE,
    closest_on_mesh,
    on_triangles,
    rotation,
    to_image,
    vertex_normals,
)
from ..head.head_model import PARTS, HeadModel
from ..head.landmarks import MIRROR_68, landmark_positions
from ..raster import zbuffer
from .teacher import MEDIAPIPE_INNER, AttentionTeacher, Teacher, merge_teachers

RENDER_SIDE = 512
"""Pixels of a rendered head's picture."""
RENDER_SCALE = 95.0
"""Pixels per head unit in it."""
RENDER_CROP = 360.0
"""Pixels of the square in it that the teacher looks at first."""
SKIN_COLOUR = np.array([225.0, 175.0, 150.0])
EYE_COLOUR = np.array([235.0, 232.0, 228.0])
INNER_COLOUR = np.array([120.0, 50.0, 50.0])


@dataclass(frozen=True)
class Correspondence:
    """The place of each of MediaPipe's points on the head model.

    Attributes
    ----------
    corners : (468, 3) int64
        Vertices of the triangle that it lies on.
    bary : (468, 3) float64
        Barycentric weights in it.
    spread : (468,) float64
        Median distance from the place, over the rendered heads, head units.
    mirror : (468,) int64
        The point on the other side of the face.
    offset : (468, 3) float64
        Mean distance of the teacher's points from the places, head frame, head units
        (`measure_offset`).
    """

    corners: NDArray[np.int64]
    bary: NDArray[np.float64]
    spread: NDArray[np.float64]
    mirror: NDArray[np.int64]
    offset: NDArray[np.float64]

    def save(self, path: Path) -> None:
        """Write an `.npz` that `load` reads."""
        np.savez(
            path,
            corners=self.corners,
            bary=self.bary,
            spread=self.spread,
            mirror=self.mirror,
            offset=self.offset,
        )

    @classmethod
    def load(cls, path: Path) -> Correspondence:
        """Read what `save` wrote."""
        with np.load(path) as z:
            return cls(z["corners"], z["bary"], z["spread"], z["mirror"], z["offset"])


def shaded(
    head: HeadModel, vertices: NDArray[Any], size: int = RENDER_SIDE
) -> tuple[NDArray[np.uint8], NDArray[np.int32], NDArray[np.float32]]:
    """Render a head in plain colours, good enough for the teachers to see a face in.

    Parameters
    ----------
    head
    vertices : (V, 3)
        Pixels, image frame.
    size
        Pixels of each side of the picture.

    Returns
    -------
    picture : (size, size, 3) uint8 RGB
    index : (size, size) int32
        The triangle that each pixel shows, or -1.
    bary : (size, size, 3) float32
        Barycentric weights in it.
    """
    t = head.triangles
    _, index, bary = zbuffer(vertices, t, (size, size))
    light = np.array([0.3, -0.4, -0.85])
    normals = vertex_normals(vertices, t)
    shade = np.clip(np.abs(normals @ (light / np.linalg.norm(light))), 0, 1) * 0.75 + 0.25
    colours = np.tile(SKIN_COLOUR, (len(PARTS), 1))
    for name, colour in (
        ("left_eyeball", EYE_COLOUR),
        ("right_eyeball", EYE_COLOUR),
        ("tongue", INNER_COLOUR),
        ("teeth", EYE_COLOUR),
        ("mouth_bag", INNER_COLOUR),
    ):
        colours[PARTS.index(name)] = colour
    picture = np.full((size, size, 3), 90.0)
    seen = index >= 0
    k = index[seen]
    value = (shade[t[k]] * bary[seen]).sum(1, keepdims=True)
    picture[seen] = colours[head.triangle_part[k]] * value
    return picture.astype(np.uint8), index, bary


def find_correspondence(
    head: HeadModel,
    teacher: Teacher,
    attention: AttentionTeacher,
    config: CorrespondenceConfig,
    seed: int,
) -> Correspondence:
    """Show rendered heads to both teachers and collect where their points fall.

    Parameters
    ----------
    head
    teacher
        The plain face mesh.
    attention
        The face mesh with attention, whose points of brows, lids and lips are used.
    config
    seed
        Of the random identities and expressions.

    Returns
    -------
    Correspondence
        With `offset` zero.
    """
    rng = np.random.default_rng(seed)
    names = head.expression_names
    t = head.triangles
    rendered = []
    for i in range(config.renders):
        c = rng.normal(0, config.identity_sigma, len(head.identity)) if i >= 3 else np.zeros(1)
        e = np.zeros(len(names))
        # Lips touch at rest: only an open mouth tells the upper from the lower one. Likewise lids
        # are told apart better by half closed eyes.
        if i % 2:
            e[names.index("jawOpen")] = rng.uniform(0.2, 0.6)
            blink = rng.uniform(0, 0.7)
            e[[names.index("eyeBlinkLeft"), names.index("eyeBlinkRight")]] = blink
        v = (
            head.mean
            + np.tensordot(c, head.identity[: len(c)], 1)
            + np.tensordot(e, head.expression, 1)
        )
        turn = rotation(np.radians([0, -1, 1][i % 3] * config.yaw_degrees), 0, 0)
        p = to_image(v) @ turn.T
        p = p - p.mean(0)
        p = p * RENDER_SCALE + np.array([RENDER_SIDE / 2, RENDER_SIDE / 2, 0])
        rendered.append((p, *shaded(head, p)))
    pictures = [picture for _, picture, _, _ in rendered]
    middle = np.array([RENDER_SIDE / 2] * 2)
    plain = np.stack([teacher(picture, middle, RENDER_CROP) for picture in pictures])
    seen = merge_teachers(plain, attention(pictures))
    found: list[list[tuple[float, NDArray[Any]]]] = [[] for _ in range(468)]
    for (p, _, index, bary), points in zip(rendered, seen, strict=True):
        normals = np.cross(p[t[:, 1]] - p[t[:, 0]], p[t[:, 2]] - p[t[:, 0]])
        facing = np.abs(normals[:, 2]) / np.maximum(np.linalg.norm(normals, axis=1), 1e-9)
        at = np.round(points[:, :2]).astype(int)
        inside = ((at >= 0) & (at < RENDER_SIDE)).all(1)
        for k in np.flatnonzero(inside):
            x, y = at[k]
            f = index[y, x]
            if f >= 0:
                found[k].append((float(facing[f]) ** 2, bary[y, x] @ head.mean[t[f]]))
    places = np.empty((468, 3))
    spread = np.empty(468)
    for k, items in enumerate(found):
        if not items:
            raise RuntimeError(f"the teacher never put point {k} on the head")
        # Weighted mean (slanted triangles count less) of the 70 % nearest to the median.
        weight = np.array([w for w, _ in items]) + 1e-6
        q = np.array([p for _, p in items])
        away = np.linalg.norm(q - np.median(q, axis=0), axis=1)
        keep = away <= np.quantile(away, 0.7) + 1e-9
        places[k] = (weight[keep, None] * q[keep]).sum(0) / weight[keep].sum()
        spread[k] = np.median(away)
    return symmetric_correspondence(head, places, spread)


def symmetric_correspondence(
    head: HeadModel, places: NDArray[Any], spread: NDArray[Any]
) -> Correspondence:
    """Pair the points left and right, average the pairs and project the places onto the skin.

    Parameters
    ----------
    head
    places : (468, 3)
        On or near the mean head, head frame.
    spread : (468,)

    Returns
    -------
    Correspondence
        With `offset` zero.
    """
    from scipy.optimize import linear_sum_assignment

    flipped = places * np.array([-1.0, 1.0, 1.0])
    cost = ((places[:, None] - flipped[None]) ** 2).sum(-1)
    _, mirror = linear_sum_assignment(cost + cost.T)
    # Where points are dense, the assignment may pair a with b but b with c. Such points are paired
    # if they are nearest to each other's mirror image; what is left stays without a partner.
    nearest = (cost + cost.T).argmin(1)
    bad = mirror[mirror] != np.arange(len(mirror))
    mirror[bad] = np.where(nearest[nearest[bad]] == np.flatnonzero(bad), nearest[bad], mirror[bad])
    a, b = 1 / (spread + 0.01) ** 2, 1 / (spread[mirror] + 0.01) ** 2
    mutual = mirror[mirror] == np.arange(len(mirror))
    mean = (a[:, None] * places + b[:, None] * flipped[mirror]) / (a + b)[:, None]
    mean[~mutual] = places[~mutual]
    mean[mirror == np.arange(len(mirror)), 0] = 0.0
    skin = head.triangles[head.triangle_part == PARTS.index("skin")]
    corners, bary = closest_on_mesh(mean, head.mean, skin)
    return Correspondence(corners, bary, (spread + spread[mirror]) / 2, mirror, np.zeros_like(mean))


@dataclass(frozen=True)
class Rendered:
    """N rendered heads of known geometry, and what the teacher saw in them.

    Attributes
    ----------
    vertices : (N, V, 3)
        Pixels, image frame.
    rotation : (N, 3, 3)
        How each head is turned, in the image frame.
    landmarks : (N, 468, 3)
        The teacher's points, pixels.
    scale : float
        Pixels per head unit.
    """

    vertices: NDArray[Any]
    rotation: NDArray[Any]
    landmarks: NDArray[Any]
    scale: float


def render_known_heads(head: HeadModel, teacher: Teacher, count: int, seed: int) -> Rendered:
    """Render nearly frontal heads of random identity, a third of them with open mouths."""
    rng = np.random.default_rng(seed)
    jaw = head.expression_names.index("jawOpen")
    vertices, rotations, landmarks = [], [], []
    for i in range(count):
        shape = head.mean + np.tensordot(rng.normal(0, 0.8, len(head.identity)), head.identity, 1)
        if i % 3 == 0:
            shape = shape + rng.uniform(0, 0.5) * head.expression[jaw]
        r = rotation(rng.normal(0, 0.1), rng.normal(0, 0.12), 0)
        p = to_image(shape) @ r.T
        p = (p - p.mean(0)) * RENDER_SCALE + np.array([RENDER_SIDE / 2, RENDER_SIDE / 2, 0])
        picture, _, _ = shaded(head, p)
        landmarks.append(teacher(picture, np.array([RENDER_SIDE / 2] * 2), RENDER_CROP))
        vertices.append(p)
        rotations.append(r)
    return Rendered(np.array(vertices), np.array(rotations), np.array(landmarks), RENDER_SCALE)


def measure_offset(c: Correspondence, seen: Rendered) -> NDArray[np.float64]:
    """Measure the teacher's bias: how far it puts its points off their places, on average.

    The places were found in the picture plane, so the bias is mostly one of depth: the teacher's
    faces are tilted. A fit that takes this depth as it is looks up by six degrees, and its
    identity bends to agree (the mean identity of the generated faces is 4.4 standard deviations
    from the mean instead of 1.9, and the error in depth doubles).

    Returns
    -------
    (468, 3)
        Symmetric, head frame, head units.
    """
    true = np.array([on_triangles(v, c.corners, c.bary) for v in seen.vertices])
    residual = seen.landmarks - true
    trust = 1 / (c.spread + 0.03)
    residual = residual - (residual * trust[:, None]).sum(1, keepdims=True) / trust.sum()
    local = np.einsum("npj,nji->npi", residual / seen.scale, seen.rotation)
    image = np.median(local, axis=0)
    offset = image @ HEAD_TO_IMAGE
    return np.asarray((offset + offset[c.mirror] * np.array([-1.0, 1.0, 1.0])) / 2)


def places_of(head: HeadModel, c: Correspondence) -> NDArray[Any]:
    """The places (468, 3) on the mean head, head frame, head units."""
    return on_triangles(head.mean, c.corners, c.bary)


def check_places(head: HeadModel, correspondence: Correspondence) -> dict[str, float]:
    """Check the committed 68 landmarks against geometry and MediaPipe's points.

    Returns
    -------
    dict
        `asymmetry`, the largest distance from a partner's mirror image, and `inner_to_mediapipe`,
        the median distance from MediaPipe's nearest points, in head units; `jaw_step_ratio`, the
        longest over the shortest step along the jaw.
    """
    p = landmark_positions(head)
    mirrored = p[MIRROR_68] * np.array([-1.0, 1.0, 1.0])
    inner = places_of(head, correspondence)[MEDIAPIPE_INNER]
    jaw = p[:17]
    steps = np.linalg.norm(np.diff(jaw, axis=0), axis=1)
    return {
        "asymmetry": float(np.linalg.norm(p - mirrored, axis=1).max()),
        "inner_to_mediapipe": float(np.median(np.linalg.norm(p[17:] - inner, axis=1))),
        "jaw_step_ratio": float(steps.max() / steps.min()),
    }
