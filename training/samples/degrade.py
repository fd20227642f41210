"""Augmentation: what photos in the wild have and studio portraits have not.

Occluders, shadows, colour casts, blur, low resolution, noise, cut-off crops and JPEG. Everything
works on samples of S x S pixels; random numbers come from the caller.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray


class Degrader:
    """Degrades pictures at random, and makes random backgrounds.

    Parameters
    ----------
    images : list of (S', S', 3) uint8 RGB
        Photos; pieces of them become occluders and backgrounds.
    size : int
        Side of the samples, pixels.
    """

    def __init__(self, images: list[NDArray[np.uint8]], size: int) -> None:
        self.images, self.size = images, size

    def background(self, rng: np.random.Generator) -> NDArray[np.float32]:
        """Make a background (S, S, 3), 0..255: a piece of a photo, one colour or soft blotches."""
        s = self.size
        u = rng.random()
        if u < 0.5:
            other = self.images[rng.integers(len(self.images))]
            side = int(rng.integers(40, 240))
            y, x = rng.integers(0, other.shape[0] - side, 2)
            out = cv2.resize(other[y : y + side, x : x + side], (s, s)).astype(np.float32)
            return np.asarray(cv2.GaussianBlur(out, (0, 0), rng.uniform(0.3, 5)))
        if u < 0.75:
            return np.full((s, s, 3), rng.uniform(0, 255, 3), np.float32)
        coarse = rng.uniform(0, 255, (rng.integers(2, 12), rng.integers(2, 12), 3))
        out = cv2.resize(coarse.astype(np.float32), (s, s), interpolation=cv2.INTER_CUBIC)
        return np.asarray(out.clip(0, 255))

    def __call__(self, rng: np.random.Generator, o: NDArray[np.float32]) -> NDArray[np.uint8]:
        """Degrade a picture `o` (S, S, 3), 0..255, which is overwritten; returns uint8."""
        s = self.size
        if rng.random() < 0.4:
            for _ in range(rng.integers(1, 3)):
                self._occlude(rng, o)
        if rng.random() < 0.12:
            o *= self._shadow(rng)[..., None]
        o = o * (rng.uniform(0.75, 1.3, 3) * rng.uniform(0.6, 1.3)).astype(np.float32)
        o += np.float32(rng.uniform(-20, 25))
        u = rng.random()
        if u < 0.15:
            o[:] = o.mean(2, keepdims=True)
        elif u < 0.25:
            o = (np.clip(o, 0, 255) / 255) ** np.float32(rng.uniform(0.6, 2.2)) * 255
        u = rng.random()
        if u < 0.2:
            o = cv2.GaussianBlur(o, (0, 0), rng.uniform(0.3, 1.8))
        elif u < 0.4:
            small = int(s * rng.uniform(0.25, 0.8))
            o = cv2.resize(cv2.resize(o, (small, small), interpolation=cv2.INTER_AREA), (s, s))
        elif u < 0.45:
            n = int(rng.integers(3, 10))
            kernel = np.zeros((n, n), np.float32)
            start, end = rng.integers(0, n, (2, 2)).tolist()
            cv2.line(kernel, start, end, 1.0)
            o = cv2.filter2D(o, -1, kernel / max(kernel.sum(), 1))
        if rng.random() < 0.6:
            noise = np.empty(o.shape, np.float32)
            cv2.randn(noise, 0, rng.uniform(0, 10))
            o = o + noise
        image = np.clip(o, 0, 255).astype(np.uint8)
        if rng.random() < 0.15:
            self._cut(rng, image)
        if rng.random() < 0.25:
            quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(15, 70))]
            image = cv2.imdecode(cv2.imencode(".jpg", image, quality)[1], cv2.IMREAD_COLOR)
        return np.asarray(image)

    def _shadow(self, rng: np.random.Generator) -> NDArray[np.float32]:
        """Factor (S, S) on the light: a hard or soft shadow on one side of a line."""
        line = np.linspace(-1, 1, self.size, dtype=np.float32)
        angle = rng.uniform(0, 2 * np.pi)
        across = np.cos(angle) * line + (np.sin(angle) * line)[:, None] - rng.uniform(-0.4, 0.4)
        lit = 1 / (1 + np.exp(-across * rng.uniform(3, 40)))
        dark = rng.uniform(0.08, 0.5)
        return np.asarray(dark + (1 - dark) * lit, np.float32)

    def _cut(self, rng: np.random.Generator, image: NDArray[np.uint8]) -> None:
        """Blacken one or two sides of (S, S, 3): crops are black where the photo has ended."""
        for side in rng.permutation(4)[: rng.integers(1, 3)]:
            n = int(rng.uniform(0.02, 0.3) * self.size)
            np.rot90(image, side)[:n] = 0

    def _occlude(self, rng: np.random.Generator, o: NDArray[np.float32]) -> None:
        """Draw a rectangle, strands of hair or a blob over `o` (S, S, 3)."""
        s = self.size
        w, h = rng.integers(8, s // 2, 2)
        y, x = rng.integers(-h // 2, s - h // 2), rng.integers(-w // 2, s - w // 2)
        u = rng.random()
        if u < 0.3:
            o[max(y, 0) : y + h, max(x, 0) : x + w] = rng.uniform(0, 255, 3)
            return
        if u < 0.45:
            # Strands of hair.
            colour = rng.uniform(0, 120) * np.array([1.0, 0.8, 0.65])
            for _ in range(rng.integers(3, 25)):
                start = np.array([x + rng.normal(0, 12), rng.uniform(-20, s / 3)])
                drift = np.array([rng.normal(0, 4), rng.uniform(6, 20)])
                line = (start + np.cumsum(rng.normal(0, 6, (6, 2)) + drift, 0)).astype(np.int32)
                cv2.polylines(o, [line], False, colour.tolist(), int(rng.integers(1, 4)))
            return
        # A blob of ellipses. Its texture is a piece of another photo, from the lower right quarter
        # (mostly skin: a hand) or from anywhere (an object), or one colour.
        other = self.images[rng.integers(len(self.images))]
        if u < 0.75:
            q = int(rng.integers(20, 80))
            cy, cx = rng.integers(200, 384 - q, 2) if u < 0.6 else rng.integers(0, 384 - q, 2)
            patch = cv2.resize(other[cy : cy + q, cx : cx + q], (s, s)).astype(np.float32)
        else:
            patch = np.full((s, s, 3), rng.uniform(0, 255, 3), np.float32)
        stencil = np.zeros((s, s), np.float32)
        for _ in range(rng.integers(1, 5)):
            middle = (int(x + w / 2 + rng.normal(0, w / 4)), int(y + h / 2 + rng.normal(0, h / 4)))
            axes = (int(max(w * rng.uniform(0.1, 0.5), 3)), int(max(h * rng.uniform(0.2, 0.6), 3)))
            cv2.ellipse(stencil, middle, axes, rng.uniform(0, 180), 0, 360, 1.0, -1, cv2.LINE_AA)
        o += stencil[..., None] * (patch - o)
