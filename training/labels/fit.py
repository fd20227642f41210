"""Fits the head model to dense landmarks, many photos at once.

The camera is weak perspective: photo = s R (mean + x B) + t, with coefficients x and basis B.
Identity coefficients have a ridge penalty, expression weights stay within 0 and 1. Two steps
alternate:

- pose: a Procrustes step, refined by Gauss-Newton;
- coefficients: accelerated projected gradient descent on the normal equations.

Ordinary points count the same in all directions, so their normal matrix is the same for all photos
and is computed once. Outline points (`training.labels.outline`) count along the silhouette's normal
only, which differs from photo to photo: they add a matrix for each photo.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from ..config import FitConfig
from ..geometry import on_triangles, to_image
from ..head.head_model import HeadModel
from .correspondence import Correspondence
from .outline import Outline

BATCH = 250
"""Photos fitted together; memory limits it."""


@dataclass(frozen=True)
class Fits:
    """The head model fitted to each of N photos.

    Vertices in photo pixels are `scale * (shape @ rotation.T) + shift`, where `shape` is mean +
    coefficients @ basis in the image frame (`fitted_vertices`).

    Attributes
    ----------
    coefficients : (N, K + E) float32
    scale : (N,) float32
        Photo pixels per head unit.
    rotation : (N, 3, 3) float32
        In the image frame; multiplies column vectors.
    shift : (N, 3) float32
        Pixels.
    """

    coefficients: NDArray[np.float32]
    scale: NDArray[np.float32]
    rotation: NDArray[np.float32]
    shift: NDArray[np.float32]

    def save(self, path: Path, **more: NDArray[Any]) -> None:
        """Write an `.npz` that `load` reads, with further arrays by name."""
        np.savez(
            path,
            coefficients=self.coefficients,
            scale=self.scale,
            rotation=self.rotation,
            shift=self.shift,
            **more,
        )

    def chosen(self, index: NDArray[Any]) -> Fits:
        """The fits of some of the photos."""
        return Fits(
            self.coefficients[index], self.scale[index], self.rotation[index], self.shift[index]
        )

    @classmethod
    def load(cls, path: Path) -> Fits:
        """Read what `save` wrote."""
        with np.load(path) as z:
            return cls(z["coefficients"], z["scale"], z["rotation"], z["shift"])


class Fitter:
    """Fits heads to landmarks; holds what all photos share.

    Parameters
    ----------
    head
    correspondence
        Places of MediaPipe's points on the head, and how far to trust each.
    outline
        Tracks of the outline points; None to fit without.
    config
    """

    def __init__(
        self,
        head: HeadModel,
        correspondence: Correspondence,
        outline: Outline | None,
        config: FitConfig,
    ) -> None:
        self.config = config
        basis = to_image(head.basis)
        mean = to_image(head.mean)
        self.identities = len(head.identity)
        n = len(basis)
        c = correspondence
        self.mean = torch.tensor(on_triangles(mean, c.corners, c.bary), dtype=torch.float32)
        self.depth_bias = config.depth_bias * torch.tensor(to_image(c.offset)[:, 2])
        points = torch.tensor(on_triangles(basis, c.corners, c.bary), dtype=torch.float32)
        self.basis = points.reshape(n, -1)
        weight = 1 / (c.spread + 0.03)
        weight = np.clip(weight / weight.mean(), 0.2, 3)
        self.weight = torch.tensor(weight, dtype=torch.float32)
        self.pose_weight = self.weight / self.weight.sum()
        self.weight3 = self.weight[:, None].expand(-1, 3).reshape(-1)
        ridge = torch.cat(
            [
                torch.full((self.identities,), config.identity_ridge),
                torch.full((n - self.identities,), config.expression_ridge),
            ]
        )
        self.normal = (self.basis * self.weight3) @ self.basis.T + torch.diag(ridge**2)
        self.outline = outline
        if outline is not None and config.outline_weight > 0:
            flat = outline.corners.reshape(-1, 3), outline.bary.reshape(-1, 3)
            shape = outline.corners.shape[:2]
            self.track_mean = torch.tensor(on_triangles(mean, *flat), dtype=torch.float32).reshape(
                *shape, 3
            )
            self.track_basis = (
                torch.tensor(on_triangles(basis, *flat), dtype=torch.float32)
                .reshape(n, *shape, 3)
                .permute(1, 2, 0, 3)
                .contiguous()
            )
            self.outward = torch.tensor(to_image(outline.outward))
            self.offset = torch.tensor(outline.offset, dtype=torch.float32)
            trust = 1 / (outline.spread + 0.03)
            self.outline_weights = torch.tensor(
                config.outline_weight
                * np.clip(
                    trust / weight.mean() * (weight.mean() / np.mean(1 / (c.spread + 0.03))), 0.1, 3
                ),
                dtype=torch.float32,
            )

    def _pose(self, shape: torch.Tensor, target: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """Weighted Procrustes: scale (N,), rotation (N, 3, 3), shift (N, 1, 3).

        They take `shape` (N, 468, 3) to `target` (N, 468, 3).
        """
        w = self.pose_weight[:, None]
        centre = (w * shape).sum(1, keepdim=True)
        target_centre = (w * target).sum(1, keepdim=True)
        h = ((shape - centre) * w).transpose(1, 2) @ (target - target_centre)
        u, d, vt = torch.linalg.svd(h)
        sign = torch.ones(len(shape), 3)
        sign[:, 2] = torch.sign(torch.det(vt.transpose(1, 2) @ u.transpose(1, 2)))
        r = vt.transpose(1, 2) @ torch.diag_embed(sign) @ u.transpose(1, 2)
        s = (d * sign).sum(1) / (w * (shape - centre) ** 2).sum((1, 2))
        t = target_centre - s[:, None, None] * (centre @ r.transpose(1, 2))
        return s, r, t

    def _without_bias(
        self, landmarks: torch.Tensor, s: torch.Tensor, r: torch.Tensor
    ) -> torch.Tensor:
        """Landmarks (N, 468, 3) less the teacher's bias in depth.

        It is taken off the depth seen in the photo. To move the places on the head instead would
        shift the points in the picture as soon as the head turns.
        """
        depth = landmarks[..., 2] - (s * r[:, 2, 2])[:, None] * self.depth_bias
        return torch.cat([landmarks[..., :2], depth[..., None]], -1)

    def _refine_pose(
        self,
        shape: torch.Tensor,
        seen: torch.Tensor,
        s: torch.Tensor,
        r: torch.Tensor,
        t: torch.Tensor,
        steps: int = 3,
    ) -> tuple[torch.Tensor, ...]:
        """Refine the pose by Gauss-Newton on rotation and scale; depth counts `depth_weight`.

        Procrustes, the closed form, counts all directions the same, so the tilt in the teacher's
        depth would tilt the head.
        """
        w = self.pose_weight[:, None]
        axes = torch.tensor([1.0, 1.0, self.config.depth_weight])
        centre = (w * shape).sum(1, keepdim=True)
        goal = (w * seen).sum(1, keepdim=True)
        x, y = shape - centre, seen - goal
        for _ in range(steps):
            p = s[:, None, None] * (x @ r.transpose(1, 2))
            zero = torch.zeros_like(p[..., 0])
            columns = torch.stack(
                [
                    torch.stack([zero, -p[..., 2], p[..., 1]], -1),
                    torch.stack([p[..., 2], zero, -p[..., 0]], -1),
                    torch.stack([-p[..., 1], p[..., 0], zero], -1),
                    p,
                ],
                -1,
            )
            weighted = columns * (w * axes)[..., None]
            normal = torch.einsum("npai,npaj->nij", weighted, columns)
            right = torch.einsum("npai,npa->ni", weighted, y - p)
            change = torch.linalg.solve(normal, right)
            r = torch.linalg.matrix_exp(_cross_matrix(change[:, :3])) @ r
            s = s * torch.exp(change[:, 3])
        return s, r, goal - s[:, None, None] * (centre @ r.transpose(1, 2))

    def _mixed(
        self,
        seen: torch.Tensor,
        shape: torch.Tensor,
        s: torch.Tensor,
        r: torch.Tensor,
        t: torch.Tensor,
    ) -> torch.Tensor:
        """Landmarks with `depth_weight` of the teacher's depth and the rest of the fit's own.

        To fit these with equal weights is a majorisation step for the error in which depth counts
        less; so the normal matrix stays the same for all photos.
        """
        own = (s[:, None, None] * (shape @ r.transpose(1, 2)) + t)[..., 2:]
        return torch.cat(
            [seen[..., :2], own + self.config.depth_weight * (seen[..., 2:] - own)], -1
        )

    def _outline_terms(
        self,
        x: torch.Tensor,
        s: torch.Tensor,
        r: torch.Tensor,
        t: torch.Tensor,
        target: torch.Tensor,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """What the outline adds to the normal matrix (N, n, n) and the right side (N, n).

        n is the number of coefficients K + E.
        """
        assert self.outline is not None
        tracks = self.track_mean + torch.einsum("nk,pckd->npcd", x, self.track_basis)
        out = torch.einsum("nij,pj->npi", r, self.outward)[..., :2]
        out = out / out.norm(dim=-1, keepdim=True).clamp_min(1e-6)
        # The outward direction of the picture, in the head's own axes.
        along = torch.einsum("npi,nij->npj", out, r[:, :2])
        reach = torch.einsum("npcd,npd->npc", tracks, along)
        best = reach.argmax(2)
        n, p = best.shape
        pi = torch.arange(p)[None].expand(n, p)
        mean = self.track_mean[pi, best]
        rows = torch.einsum("npkd,npd->npk", self.track_basis[pi, best], along)
        seen = target[:, torch.as_tensor(self.outline.points)][..., :2] - t[..., :2]
        wanted = (seen * out).sum(-1) / s[:, None] - self.offset
        residual = wanted - (mean * along).sum(-1)
        # Once a side of the head turns towards the viewer, the teacher's outline points there lie
        # on the cheek instead of the silhouette: they fade out around 0.25 radians.
        turned = torch.asin(r[:, 0, 2].clamp(-1, 1))[:, None]
        side = torch.sign(self.outward[:, 0]) * (self.outward[:, 0].abs() > 0.25)
        weight = (
            self.outline_weights
            * torch.sigmoid((0.25 - side * turned) / 0.05)
            * torch.sigmoid((0.25 + side * turned * 0 - turned.abs() * (side == 0)) / 0.05)
        )
        rows_w = rows * weight[..., None]
        return rows_w.transpose(1, 2) @ rows, torch.einsum("npk,np->nk", rows_w, residual)

    def _fit_batch(self, landmarks: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """Coefficients, scale, rotation and shift of (n, 468, 3) landmarks."""
        n = len(landmarks)
        pose: tuple[torch.Tensor, ...] = ()
        x = torch.zeros(n, len(self.basis))
        k = self.identities
        with_outline = self.outline is not None and self.config.outline_weight > 0
        for iteration in range(self.config.iterations):
            shape = self.mean + (x @ self.basis).reshape(n, -1, 3)
            s, r, t = pose or self._pose(shape, landmarks)
            seen = self._without_bias(landmarks, s, r)
            s, r, t = pose = self._refine_pose(shape, seen, s, r, t)
            target = self._mixed(seen, shape, s, r, t)
            y = ((target - t) / s[:, None, None]) @ r - self.mean
            right = (y.reshape(n, -1) * self.weight3) @ self.basis.T
            normal = self.normal.expand(n, -1, -1)
            if iteration == 0:
                x = torch.linalg.solve(self.normal, right.T).T.contiguous()
                x[:, k:].clamp_(0, 1)
            elif with_outline:
                more, side = self._outline_terms(x, s, r, t, target)
                normal, right = normal + more, right + side
            v = torch.ones(n, len(self.basis), 1)
            for _ in range(12):
                v = normal @ v
                v = v / v.norm(dim=1, keepdim=True)
            # v is the leading eigenvector, by the power method, which finds too small an
            # eigenvalue: the margin keeps the step short enough to converge.
            step = 1 / (1.1 * (v.transpose(1, 2) @ normal @ v).reshape(n, 1))
            ahead, momentum = x.clone(), 1.0  # Nesterov's acceleration
            for _ in range(self.config.inner_iterations):
                new = ahead - step * ((normal @ ahead[..., None])[..., 0] - right)
                new[:, k:].clamp_(0, 1)
                new[:, :k].clamp_(-3, 3)
                m = (1 + (1 + 4 * momentum**2) ** 0.5) / 2
                ahead = new + (momentum - 1) / m * (new - x)
                x, momentum = new, m
        shape = self.mean + (x @ self.basis).reshape(n, -1, 3)
        s, r, t = pose
        s, r, t = self._refine_pose(shape, self._without_bias(landmarks, s, r), s, r, t)
        return x, s, r, t[:, 0]

    @torch.no_grad()
    def __call__(self, landmarks: NDArray[Any]) -> Fits:
        """Fit the head to each photo's landmarks.

        Parameters
        ----------
        landmarks : (N, 468, 3)
            Pixels, image frame (z away from the viewer).

        Returns
        -------
        Fits
        """
        parts = [
            self._fit_batch(torch.tensor(landmarks[i : i + BATCH], dtype=torch.float32))
            for i in range(0, len(landmarks), BATCH)
        ]
        x, s, r, t = (torch.cat(q).numpy() for q in zip(*parts, strict=True))
        return Fits(x, s, r, t)


def _cross_matrix(v: torch.Tensor) -> torch.Tensor:
    """Matrices M (N, 3, 3) of vectors v (N, 3) with M @ x = cross(v, x)."""
    x, y, z = v.unbind(1)
    zero = torch.zeros_like(x)
    rows = [zero, -z, y, z, zero, -x, -y, x, zero]
    return torch.stack(rows, 1).reshape(-1, 3, 3)


def fitted_vertices(head: HeadModel, fits: Fits, i: int) -> NDArray[np.float32]:
    """Vertices (V, 3) of the head fitted to photo i: photo pixels, image frame."""
    shape = to_image(head.mean) + np.tensordot(fits.coefficients[i], to_image(head.basis), 1)
    return np.asarray(fits.scale[i] * (shape @ fits.rotation[i].T) + fits.shift[i], np.float32)
