"""Renders of known heads: people drawn from a population, under the skin of a photo of another.

What a network is to tell of a head must not follow from the skin, so the shape is drawn without
regard to the photo that lends it: `training.samples.generate` varies the photo's own head instead.
The photo's light belongs to its own head. It is described by spherical harmonics, divided out, and
the new head is lit anew, half of the time by the light of another photo.

Source of the light: R. Ramamoorthi, P. Hanrahan, "An efficient representation for irradiance
environment maps", SIGGRAPH 2001.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ..config import KnownHeadsConfig
from ..geometry import rotation, to_image, vertex_normals
from ..head.head_model import HeadModel
from ..labels.fit import Fits
from ..layout.chart import build_chart
from ..layout.openings import build_openings, opened
from ..population.population import Population
from ..raster import zbuffer
from .backdrop import Photos
from .generate import FACING, Generator, draw

GAMMA = 2.2
_LUMA = np.array([0.299, 0.587, 0.114])
# Cosine between the normal and the direction to the viewer from which on skin tells the light.
_TELLS_LIGHT = 0.35
# Ridge on the nine coefficients: the ambient light is free, directions are held back, and the
# second order more so.
_RIDGE = 3e-4 * np.diag([1e-6, 3, 3, 3, 10, 10, 10, 10, 10])
_STEPS = 6
# Least light on skin, relative to the mean: before (it is divided by) and after.
_LEAST_BEFORE, _LEAST_AFTER = 0.15, 0.12


@dataclass(frozen=True)
class KnownHead:
    """A render and the head that it shows.

    Attributes
    ----------
    image : (S, S, 3) uint8 RGB
    weights : (K,) float64
        Of the population's modes.
    expression : (E,) float32
    yaw : float
        Radians.
    points : (68, 2) float32
        The landmarks' places in the picture, pixels.
    """

    image: NDArray[np.uint8]
    weights: NDArray[np.float64]
    expression: NDArray[np.float32]
    yaw: float
    points: NDArray[np.float32]


def harmonics(normals: NDArray[Any]) -> NDArray[Any]:
    """The nine real spherical harmonics up to order 2, unscaled, of unit normals (..., 3)."""
    x, y, z = np.moveaxis(normals, -1, 0)
    one = np.ones_like(x)
    return np.stack([one, x, y, z, x * y, y * z, x * z, 3 * z * z - 1, x * x - y * y], -1)


def fit_light(luma: NDArray[Any], normals: NDArray[Any]) -> NDArray[np.float64]:
    """Fit light to skin; beards, brows, hair and highlights have no say (Tukey's biweight).

    Parameters
    ----------
    luma : (n,)
        Linear brightness of places of the skin.
    normals : (n, 3)

    Returns
    -------
    (9,) float64
        Coefficients of `harmonics`: brightness relative to its mean.
    """
    basis, weight = harmonics(normals), np.ones(len(luma))
    luma = luma / max(float(luma.mean()), 1e-6)
    light = np.zeros(9)
    for _ in range(_STEPS):
        weighted = basis * weight[:, None]
        light = np.linalg.solve(weighted.T @ basis + _RIDGE * weight.sum(), weighted.T @ luma)
        error = np.abs(np.log(luma + 1e-3) - np.log(np.maximum(basis @ light, 0.02)))
        width = np.clip(3.7 * np.median(error), 0.12, 0.7)
        weight = (1 - np.clip(error / width, 0, 1) ** 2) ** 2 + 1e-3
    return np.asarray(light / max(float((basis @ light).mean()), 1e-3))


def calm_expression(fits: Fits, identities: int, share: float) -> NDArray[np.float32]:
    """What fits (N photos) take for expression on calm faces, too: (E,).

    The quantile `share` of each expression over all photos. Fits explain by raised brows and a
    tongue put out what in truth sets real faces apart from the head model's mean.
    """
    return np.asarray(np.quantile(fits.coefficients[:, identities:], share, axis=0), np.float32)


class KnownHeads(Generator):
    """Renders heads of a population.

    Parameters
    ----------
    head, fits, photos, size
        As in `Generator`.
    population
    calm : (E,)
        See `calm_expression`: taken off the photos' own expressions.
    config
    """

    def __init__(
        self,
        head: HeadModel,
        fits: Fits,
        photos: Photos,
        population: Population,
        calm: NDArray[np.float32],
        config: KnownHeadsConfig,
    ) -> None:
        super().__init__(head, fits, photos, np.zeros(len(photos.images)), config.size, 0.0)
        self.population, self.calm, self.config = population, calm, config
        person = replace(
            head,
            mean=population.mean.astype(np.float32),
            identity=population.modes.astype(np.float32),
        )
        rings = build_chart(head).rings
        self.person_openings = build_openings(person, rings)
        self.person_mean = to_image(person.mean)
        self.person_basis = to_image(person.basis).reshape(len(person.basis), -1)
        chart = build_chart(head)
        skin = np.unique(chart.quads[chart.kind == 0])
        self._skin = skin[skin < len(head.mean)]
        self.lights = np.stack([self._light(i) for i in range(len(photos.images))])

    def fitted(self, i: int) -> NDArray[np.float32]:
        """Vertices (V, 3) of the head fitted to photo i, photo pixels."""
        f = self.fits
        shape = self.mean + (f.coefficients[i] @ self.basis).reshape(-1, 3)
        return np.asarray(f.scale[i] * (shape @ f.rotation[i].T) + f.shift[i], np.float32)

    def _normals(self, vertices: NDArray[Any]) -> NDArray[Any]:
        """Unit normals (V, 3) out of the head: z is negative where it faces the viewer."""
        return -vertex_normals(vertices, self.triangles)

    def _light(self, i: int) -> NDArray[np.float64]:
        """The light (9,) of photo i."""
        image, at = self.photos.images[i], self.fitted(i)
        normals = self._normals(at)
        skin = self._skin[normals[self._skin, 2] < -_TELLS_LIGHT]
        small = cv2.GaussianBlur(image, (0, 0), image.shape[0] / 200)
        x, y = (np.clip(at[skin, k], 0, image.shape[0] - 1).astype(int) for k in (0, 1))
        return fit_light((small[y, x] / 255.0) ** GAMMA @ _LUMA, normals[skin])

    def draw_person(self, rng: np.random.Generator) -> NDArray[np.float64]:
        """Weights (K,) of a random person."""
        return rng.normal(0, 1, len(self.population.modes))

    def draw_expression(self, rng: np.random.Generator, i: int) -> NDArray[np.float32]:
        """An expression (E,): that of photo i above the calm one, changed at random."""
        k = self.identities
        own = self.fits.coefficients[i].copy()
        own[k:] = np.maximum(own[k:] - self.calm, 0)
        return self._new_coefficients(rng, own)[k:]

    def draw_yaw(self, rng: np.random.Generator) -> float:
        """Radians by which a head is turned to the side."""
        if rng.random() < self.config.turned:
            return float(rng.uniform(-1, 1) * self.config.widest)
        return float(np.clip(rng.normal(0, 0.3), -0.61, 0.61))

    def render(
        self,
        rng: np.random.Generator,
        i: int,
        weights: NDArray[np.float64],
        expression: NDArray[np.float32],
        yaw: float,
    ) -> KnownHead:
        """Render a person under the skin of photo i; what is not given is drawn by `rng`."""
        s = self.size
        x = np.concatenate([weights, expression])[None].astype(np.float32)
        x = opened(x, self.person_openings)[0].astype(np.float32)
        shape = (x @ self.person_basis).reshape(-1, 3) + self.person_mean
        source = self.fitted(i)
        r = rotation(yaw, rng.normal(0, 0.18), rng.normal(0, 0.1)).astype(np.float32)
        v = (shape @ r.T).astype(np.float32)
        normals = self._normals(v)
        perspective = rng.uniform(0, 0.12) if rng.random() < 0.5 else 0.0
        v[:, :2] /= 1 + perspective * v[:, 2:]
        marks = (v[self.corners] * self.bary[..., None]).sum(1)
        k, centre = self._crop(rng, marks)
        shift = s / 2 - k * centre
        p = (v * k).astype(np.float32)
        p[:, :2] += shift
        sampled = self.sampled_at[rng.integers(len(FACING))]
        shade = self._shade(rng, i, normals, self._normals(source)[sampled])
        out = self.degrader.background(rng)
        depth = np.full((s, s), 1e9, np.float32)
        backdrop = self._backdrop(i, source, r, k, shift) if abs(yaw) < 1.1 else None
        if backdrop is not None and rng.random() < 0.85:
            replace(backdrop, gain=float(rng.uniform(0.8, 1.1))).paint(out, depth)
        _, index, bary = zbuffer(p, self.triangles, (s, s), depth, one_sided=True)
        values = np.concatenate([source[sampled, :2], shade[:, None]], 1, dtype=np.float32)
        own = self.fits.coefficients[i]
        now = np.concatenate([own[: self.identities], expression])
        paint, of = self._paint(rng, own, now)
        draw(out, index, bary, self.triangles, values, self.photos.images[i], paint, of)
        if rng.random() < self.config.degraded:
            image = self.degrader(rng, out)
        else:
            image = np.clip(out, 0, 255).astype(np.uint8)
        points = np.asarray(marks[:, :2] * k + shift, np.float32)
        return KnownHead(image, weights, expression, yaw, points)

    def _shade(
        self, rng: np.random.Generator, i: int, normals: NDArray[Any], before: NDArray[Any]
    ) -> NDArray[np.float32]:
        """Factor (V,) on the photo's colours: light on `normals` over photo i's on `before`."""
        other = i if rng.random() < 0.5 else int(rng.integers(len(self.lights)))
        lamp = rng.normal(0, 1, 3)
        lamp /= np.linalg.norm(lamp)
        after = np.maximum(harmonics(normals) @ self.lights[other], _LEAST_AFTER)
        after *= 1 + rng.uniform(0, 0.4) * np.maximum(normals @ lamp, 0)
        was = np.maximum(harmonics(before) @ self.lights[i], _LEAST_BEFORE)
        shade = ((after / was) ** (1 / GAMMA)).clip(0.25, 1.9) * rng.uniform(0.8, 1.1)
        return np.asarray(shade, np.float32)
