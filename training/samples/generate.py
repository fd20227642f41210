"""Makes samples by face profiling: photos of fitted faces rendered from all sides.

A sample starts from a photo and the head fitted to it. Identity and expression are changed, the
head is turned by up to 92 degrees, textured with its own photo, lit, and rendered into a crop like
the network's. Hair and background are carried along on a plane at the depth of the ears
(`training.samples.backdrop`). Then the picture is degraded (`training.samples.degrade`). The label
is exact: it holds the very numbers that the picture was rendered with. A sample takes some 10 ms on
one core.

Source of the idea: X. Zhu et al., "Face alignment across large poses: a 3D solution", CVPR 2016.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import cv2
import numba
import numpy as np
from numpy.typing import NDArray

from ..geometry import rotation, to_image, vertex_normals
from ..head.head_model import PARTS, HeadModel
from ..head.landmarks import anchor_positions, load_places
from ..labels.fit import Fits
from ..labels.outline import ear_front
from ..layout.openings import build_openings, opened
from ..raster import zbuffer
from .backdrop import BACKDROP_SIDE, Backdrop, Photos
from .degrade import Degrader
from .sample_label import LABEL_POSE

FACING = (0.25, 0.4)
"""Cosine of the angle to the viewer from which on a vertex takes its colour from its own place in
the photo. A sample uses one of the two at random: the first leaves some background on cheeks, the
second cuts hair off at the temples."""


@numba.njit(cache=True, fastmath=True, nogil=True)
def draw(
    out: Any,
    index: Any,
    bary: Any,
    triangles: Any,
    values: Any,
    photo: Any,
    paint: Any,
    paint_of: Any,
) -> None:
    """Draw the textured head over `out` (S, S, 3).

    `index` (S, S) and `bary` (S, S, 3) come from `zbuffer`. `values` (V, 3) holds, for each vertex,
    the pixel (x, y) of the photo from which it takes its colour, and its shading. `paint` (P, 4)
    are colours with alpha; `paint_of` (T,) says which of them covers a triangle, -1 for none.
    """
    height, width = photo.shape[0], photo.shape[1]
    for y in range(out.shape[0]):
        for x in range(out.shape[1]):
            t = index[y, x]
            if t < 0:
                continue
            u, v, shade = 0.0, 0.0, 0.0
            for k in range(3):
                c, w = triangles[t, k], bary[y, x, k]
                u += w * values[c, 0]
                v += w * values[c, 1]
                shade += w * values[c, 2]
            u = min(max(u, 0.0), width - 1.001)
            v = min(max(v, 0.0), height - 1.001)
            iu, iv = int(u), int(v)
            fu, fv = u - iu, v - iv
            p = paint_of[t]
            alpha = paint[p, 3] if p >= 0 else 0.0
            for k in range(3):
                q = (1 - fv) * ((1 - fu) * photo[iv, iu, k] + fu * photo[iv, iu + 1, k])
                q += fv * ((1 - fu) * photo[iv + 1, iu, k] + fu * photo[iv + 1, iu + 1, k])
                if alpha > 0:
                    q = (1 - alpha) * q + alpha * paint[p, k]
                out[y, x, k] = q * shade


class Generator:
    """Makes samples.

    Parameters
    ----------
    head
    fits
        The head fitted to each photo.
    photos
    groups : (N,)
        Group of people that each photo belongs to; rare groups are drawn more often.
    size
        Pixels of a sample's side, S.
    plain
        Share of samples that show a photo as it is.
    """

    def __init__(
        self,
        head: HeadModel,
        fits: Fits,
        photos: Photos,
        groups: NDArray[Any],
        size: int,
        plain: float,
    ) -> None:
        self.head, self.fits, self.photos, self.size = head, fits, photos, size
        self.plain = plain
        self.degrader = Degrader(photos.images, size)
        self.mean = to_image(head.mean)
        self.basis = to_image(head.basis).reshape(len(head.basis), -1)
        self.identities = len(head.identity)
        t = head.triangles
        # The z-buffer drops back faces, so all triangles have to turn the right way. The frontmost
        # one of the head certainly faces the viewer: if it turns the wrong way, all do.
        front = int(self.mean[t].mean(1)[:, 2].argmin())
        a, b, c = self.mean[t[front], :2]
        if (b[0] - a[0]) * (c[1] - a[1]) - (c[0] - a[0]) * (b[1] - a[1]) > 0:
            t = t[:, [0, 2, 1]]
        self.triangles = np.ascontiguousarray(t, np.int32)
        self.corners, self.bary = load_places()
        self.openings = build_openings(head)
        self.names = {n: i for i, n in enumerate(head.expression_names)}
        # Few photos are of dark-skinned people: a group is drawn by the square root of its size.
        _, group, count = np.unique(groups, return_inverse=True, return_counts=True)
        p = 1 / np.sqrt(count[group])
        self.probability = p / p.sum()
        self.regions = self._regions()
        self.sampled_at = [self._sampled_at(v) for v in FACING]
        self.inner = np.isin(head.triangle_part, [PARTS.index("teeth"), PARTS.index("tongue")])

    def _sampled_at(self, facing: float) -> NDArray[np.int64]:
        """For each vertex, the vertex (V,) at whose place in the photo it takes its colour.

        Where the head turns away from the viewer, a nearly frontal photo shows background instead
        of skin: such vertices take the colour of the nearest one that faces the viewer.
        """
        from scipy.spatial import cKDTree

        normals = vertex_normals(self.mean, self.triangles)
        outwards = -1.0 if normals[self.mean[:, 2].argmin(), 2] < 0 else 1.0
        faces_us = np.flatnonzero(normals[:, 2] * outwards > facing)
        _, nearest = cKDTree(self.mean[faces_us]).query(self.mean)
        sampled = faces_us[nearest]
        skin = np.unique(self.head.triangles[self.head.triangle_part == PARTS.index("skin")])
        other = np.setdiff1d(np.arange(len(sampled)), skin)
        sampled[other] = other
        # The inside of the mouth faces in all directions and is seen between the lips: it keeps its
        # own colours.
        mouth = anchor_positions(self.mean)[48:68]
        low, high = mouth.min(0) - 0.02, mouth.max(0) + np.array([0.02, 0.02, 0.4])
        bag = ((self.mean > low) & (self.mean < high)).all(1)
        sampled[bag] = np.flatnonzero(bag)
        # So do ears, which face in all directions too and would be smeared.
        side = np.abs(self.mean[:, 0])
        ear = (side > 0.6 * side[self.mean[:, 1] < mouth[0, 1]].max()) & (
            self.mean[:, 2] > ear_front(self.head) - 0.25
        )
        sampled[ear] = np.flatnonzero(ear)
        return np.asarray(sampled)

    def _regions(self) -> dict[str, NDArray[np.bool_]]:
        """Masks (T,) of the triangles that a medical mask, glasses, a scarf or a cap covers."""
        p = anchor_positions(self.mean)
        centre = self.mean[self.head.triangles].mean(1)
        front = centre[:, 2] < p[[0, 16], 2].mean()
        mask = front & (centre[:, 1] > p[28, 1]) & (centre[:, 1] < p[8, 1] + 0.12)
        mask &= centre[:, 1] > p[28, 1] + 0.25 * np.abs(centre[:, 0])
        glasses = np.zeros(len(centre), bool)
        for eye in (p[36:42].mean(0), p[42:48].mean(0)):
            d = (centre[:, :2] - eye[:2] - [0, 0.03]) / [0.21, 0.17]
            glasses |= front & ((d**4).sum(1) < 1)
        scarf = centre[:, 1] > p[33, 1] + 0.05
        cap = centre[:, 1] < p[[19, 24], 1].mean() - 0.1
        return {"mask": mask, "glasses": glasses, "scarf": scarf, "cap": cap}

    def _new_coefficients(self, rng: np.random.Generator, x: NDArray[Any]) -> NDArray[np.float32]:
        """Change identity and expression of a photo's coefficients (K + E,) at random."""
        y = x.copy()
        k = self.identities
        if rng.random() < 0.7:
            y[:k] += rng.normal(0, rng.uniform(0.15, 0.45), k)
        u = rng.random()
        if u < 0.5:
            chosen = k + rng.integers(0, len(y) - k, rng.integers(1, 6))
            y[chosen] = np.clip(y[chosen] + rng.uniform(-0.3, 0.9, len(chosen)), 0, 1)
        # Faces in the wild close their eyes and open their mouths; those of the photos seldom do.
        if rng.random() < 0.3:
            blink = np.clip(rng.uniform(0, 1) + rng.normal(0, 0.05, 2), 0, 1)
            if rng.random() < 0.15:
                blink[rng.integers(2)] = rng.uniform(0, 1)
            for side, value in zip(("Left", "Right"), blink, strict=True):
                y[k + self.names["eyeBlink" + side]] = value
        if rng.random() < 0.25:
            y[k + self.names["jawOpen"]] = rng.uniform(0, 0.9)
        return y

    def _crop(
        self, rng: np.random.Generator, points: NDArray[Any]
    ) -> tuple[float, NDArray[np.float64]]:
        """Choose a square crop around landmarks (68, 2 or 3).

        It is about 1.6 times the face, as the add-on crops it, displaced and scaled at random.

        Returns
        -------
        float
            Sample pixels per unit of the landmarks.
        (2,)
            Middle of the crop, in that unit.
        """
        low, high = points[:, :2].min(0), points[:, :2].max(0)
        side = float((high - low).mean()) * 1.6 * rng.uniform(0.87, 1.18)
        centre = (low + high) / 2 + rng.normal(0, 0.05, 2) * side / 1.6
        return self.size / side, centre

    def _paint(
        self, rng: np.random.Generator, x: NDArray[Any], y: NDArray[Any]
    ) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
        """Choose what covers the photo's texture: `paint` and `paint_of` of `draw`.

        `x` are the photo's coefficients, `y` those of the sample.
        """
        paint = np.zeros((5, 4), np.float32)
        of = np.full(len(self.triangles), -1, np.int32)
        jaw = self.identities + self.names["jawOpen"]
        if y[jaw] > x[jaw] + 0.15:
            # The photo's mouth was less open: it does not show the teeth and the dark inside that
            # are seen now, so these are painted.
            inside = np.array([215, 205, 190]) if rng.random() < 0.4 else np.array([110, 45, 45])
            paint[0] = (*(rng.uniform(0.4, 1.0) * inside), 0.85)
            of[self.inner] = 0
        u = rng.random()
        if u < 0.05:
            paint[1] = (*rng.uniform(0, 90, 3), rng.uniform(0.6, 1.0))
            of[self.regions["glasses"]] = 1
        elif u < 0.09:
            paint[2] = (*np.clip(rng.normal(190, 60, 3), 0, 255), rng.uniform(0.9, 1.0))
            of[self.regions["mask"]] = 2
        elif u < 0.11:
            paint[3] = (*rng.uniform(0, 255, 3), 1.0)
            of[self.regions["scarf"]] = 3
        elif u < 0.15:
            paint[4] = (*rng.uniform(0, 255, 3), 1.0)
            of[self.regions["cap"]] = 4
        return paint, of

    def batch(
        self, rng: np.random.Generator, count: int
    ) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
        """Make samples.

        Returns
        -------
        images : (count, S, S, 3) uint8 RGB
        labels : (count, K + E + 13) float32
            See `training.samples.sample_label`.
        """
        s, f = self.size, self.fits
        chosen = rng.choice(len(self.photos.images), count, p=self.probability)
        old = f.coefficients[chosen]
        new = opened(np.stack([self._new_coefficients(rng, x) for x in old]), self.openings)
        shapes = (np.concatenate([old, new]) @ self.basis).reshape(2 * count, -1, 3) + self.mean
        images = np.empty((count, s, s, 3), np.uint8)
        labels = np.empty((count, old.shape[1] + LABEL_POSE), np.float32)
        for j, i in enumerate(chosen):
            if rng.random() < self.plain:
                images[j], labels[j] = self._plain(rng, i, old[j], shapes[j])
                continue
            source = f.scale[i] * (shapes[j] @ f.rotation[i].T) + f.shift[i]
            yaw = rng.normal(0, 0.25) if rng.random() < 0.25 else rng.uniform(-1.6, 1.6)
            pitch = rng.normal(0, 0.25)
            r = rotation(yaw, pitch, _roll(rng)).astype(np.float32)
            v = (shapes[count + j] @ r.T).astype(np.float32)
            perspective = rng.uniform(0, 0.12) if rng.random() < 0.5 else 0.0
            if perspective:
                v[:, :2] /= 1 + perspective * v[:, 2:]
            k, centre = self._crop(rng, (v[self.corners] * self.bary[..., None]).sum(1))
            shift = s / 2 - k * centre
            p = (v * k).astype(np.float32)
            p[:, :2] += shift
            light = rng.normal(0, 1, 3)
            light /= np.linalg.norm(light)
            strength = rng.uniform(0, 0.6)
            lit = vertex_normals(v, self.triangles) @ light
            shade = (1 - 0.4 * strength + strength * lit).clip(0.12, 1.6)
            out = self.degrader.background(rng)
            depth = np.full((s, s), 1e9, np.float32)
            backdrop = None
            if abs(yaw) < 1.1 and rng.random() < 0.85:
                backdrop = self._backdrop(i, source, r, k, shift)
            paint, of = self._paint(rng, old[j], new[j])
            gain = float(rng.uniform(0.8, 1.1))
            if backdrop is not None:
                replace(backdrop, gain=gain).paint(out, depth)
            _, index, bary = zbuffer(p, self.triangles, (s, s), depth, one_sided=True)
            place = source[self.sampled_at[rng.integers(len(FACING))], :2]
            values = np.concatenate([place, shade[:, None]], 1, dtype=np.float32)
            draw(out, index, bary, self.triangles, values, self.photos.images[i], paint, of)
            images[j] = self.degrader(rng, out)
            labels[j] = [*new[j], *r.ravel(), k / s, *(shift / s), perspective]
        return images, labels

    def _plain(
        self, rng: np.random.Generator, i: int, x: NDArray[Any], shape: NDArray[Any]
    ) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
        """Make a sample that shows photo i as it is, only turned in its plane, cropped, degraded.

        So the network also learns from pictures that went through no renderer.
        """
        s, f = self.size, self.fits
        turn = rotation(0, 0, _roll(rng))
        r = (turn @ f.rotation[i]).astype(np.float32)
        v = shape @ r.T
        k, centre = self._crop(rng, (v[self.corners] * self.bary[..., None]).sum(1))
        shift = s / 2 - k * centre
        linear = k / f.scale[i] * turn[:2, :2]
        to_crop = np.column_stack([linear, shift - linear @ f.shift[i, :2]])
        edge = (cv2.BORDER_CONSTANT, cv2.BORDER_REPLICATE, cv2.BORDER_REFLECT_101)
        picture = cv2.warpAffine(
            self.photos.images[i], to_crop, (s, s), borderMode=edge[rng.integers(3)]
        )
        label = np.array([*x, *r.ravel(), k / s, *(shift / s), 0], np.float32)
        return self.degrader(rng, picture.astype(np.float32)), label

    def _backdrop(
        self, i: int, source: NDArray[Any], r: NDArray[Any], k: float, shift: NDArray[Any]
    ) -> Backdrop | None:
        """Place photo i's plane, at the depth of the ears, behind the turned head.

        Parameters
        ----------
        i
        source : (V, 3)
            The fitted head's vertices, photo pixels.
        r : (3, 3)
            Rotation of the sample.
        k : float
            Sample pixels per head unit.
        shift : (2,)
            Sample pixels.

        Returns
        -------
        Backdrop or None
            None where the plane is seen edge on.
        """
        f = self.fits
        depth = float(np.quantile(source[:, 2], 0.72))
        corners = np.array([[0, 0, depth], [1, 0, depth], [0, 1, depth]])
        local = (corners - f.shift[i]) / f.scale[i] @ f.rotation[i]
        seen = local @ r.T * k
        seen[:, :2] += shift
        m = np.stack([seen[1, :2] - seen[0, :2], seen[2, :2] - seen[0, :2]], 1)
        if abs(np.linalg.det(m)) < 0.05 * (k / f.scale[i]) ** 2:
            return None
        inverse = np.linalg.inv(m)
        photo = np.concatenate([inverse, -(inverse @ seen[0, :2])[:, None]], 1)
        slope = np.array([seen[1, 2] - seen[0, 2], seen[2, 2] - seen[0, 2]])
        plane = slope @ photo
        plane[2] += seen[0, 2]
        scale = BACKDROP_SIDE / self.photos.images[i].shape[0]
        return Backdrop(self.photos.backdrops[i], photo * scale, plane, 1.0)


def _roll(rng: np.random.Generator) -> float:
    """Draw a roll angle in radians: mostly upright, but people lie down, too."""
    u = rng.random()
    reach = np.pi if u < 0.05 else 0.9
    return float(rng.uniform(-reach, reach) if u < 0.23 else rng.normal(0, 0.25))
