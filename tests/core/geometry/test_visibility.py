"""What the photo shows of a face."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import numpy as np
import pytest
from synthetic import RADIUS, ball_layout, plain_photo, posed_face, rotation

from prn_blender.core.face.face import Face
from prn_blender.core.geometry.pose import PHOTO_TO_BLENDER
from prn_blender.core.photo.photo import Photo


def normals_to_viewer(turn: np.ndarray, canonical: np.ndarray) -> np.ndarray:
    """Cosine between a sphere's normals and the viewer, who stands at -Y."""
    return -(canonical.astype(np.float64) @ turn.T)[..., 1] / RADIUS


@pytest.mark.parametrize("angle", [0, 35, -60, 100])
def test_of_a_ball_the_near_half_is_visible(angle: float) -> None:
    layout = ball_layout(96, longitude=85)
    turn = rotation("z", angle)
    face = posed_face(layout, plain_photo(), turn, 150, (128, 128))
    cosine = normals_to_viewer(turn, layout.canonical)
    inner = np.zeros_like(layout.mask)
    inner[2:-2, 2:-2] = True  # at the lattice's rim normals are one-sided
    assert np.abs(face.facing - cosine)[inner].max() < 0.03
    assert face.visibility[inner & (cosine > 0.25)].all()
    assert not face.visibility[cosine < 0.05].any()


def test_a_mirrored_layout_faces_the_same_way() -> None:
    layout = ball_layout(64)
    mirrored = type(layout)("m", layout.mask, layout.landmark_texels, layout.canonical[:, ::-1])
    a = posed_face(layout, plain_photo(), rotation("z", 40), 150, (128, 128))
    b = posed_face(mirrored, plain_photo(), rotation("z", 40), 150, (128, 128))
    assert np.allclose(a.facing, b.facing[:, ::-1], atol=1e-4)
    assert (a.visibility != b.visibility[:, ::-1]).mean() < 0.01


def test_only_what_lies_inside_the_photo_is_visible() -> None:
    layout = ball_layout(96)
    face = posed_face(layout, plain_photo(256, 200), np.eye(3), 150, (10, 190))
    x, y = face.position_map[..., 0], face.position_map[..., 1]
    outside = (x < -0.5) | (y > 199.5)
    assert outside.mean() > 0.3
    assert not face.visibility[outside].any()
    facing = normals_to_viewer(np.eye(3), layout.canonical) > 0.3
    assert face.visibility[facing & (x > 0) & (y < 199)].all()


def test_only_texels_of_the_mask_are_visible() -> None:
    layout = ball_layout(96)
    mask = layout.mask.copy()
    mask[30:50, 40:60] = False
    holed = type(layout)("h", mask, layout.landmark_texels, layout.canonical)
    face = posed_face(holed, plain_photo(), np.eye(3), 150, (128, 128))
    assert not face.visibility[~mask].any()
    assert face.visibility[20:29, 40:60].all()


def test_most_of_the_astronaut_s_face_is_visible_and_the_back_of_her_head_is_not(
    face: Face,
) -> None:
    share = face.visibility[face.layout.mask].mean()
    assert 0.4 < share < 0.9
    # The points a photo from the front shows: nose, eyes, mouth.
    texels = face.layout.landmark_texels[[*range(27, 31), 36, 39, 42, 45, 48, 54, 57]]
    assert face.visibility[tuple(texels.T)].mean() > 0.9
    # The head grows wider towards the ears; behind them and under the jaw nothing is seen.
    parts = face.layout.parts
    behind = parts["left_ear"] | parts["right_ear"] | parts["neck"]
    behind &= face.layout.canonical[..., 1] > 0.03
    before = face.layout.mask & (face.layout.canonical[..., 1] < -0.03)
    assert face.visibility[behind].mean() < 0.25
    assert face.visibility[before].mean() > 0.95


class Rays:
    """Lines of sight through a mesh, one by one, in float64."""

    def __init__(self, points: np.ndarray, triangles: np.ndarray) -> None:
        self.points, self.triangles = points.astype(np.float64), triangles
        corners = self.points[triangles]
        self.x0, self.y0, _ = corners.min(axis=1).T.copy()
        self.x1, self.y1, _ = corners.max(axis=1).T.copy()

    def in_front(self, index: int) -> float:
        """How far the nearest other surface on a vertex' line of sight lies before it."""
        p = self.points[index]
        near = (self.x0 <= p[0]) & (self.x1 >= p[0]) & (self.y0 <= p[1]) & (self.y1 >= p[1])
        triangles = self.triangles[near]
        largest = -np.inf
        for a, b, c in self.points[triangles[(triangles != index).all(axis=1)]]:
            edges = np.column_stack([b - a, c - a])
            if abs(np.linalg.det(edges[:2])) < 1e-9:
                continue
            v, w = np.linalg.solve(edges[:2], (p - a)[:2])
            if v >= 0 and w >= 0 and v + w <= 1:
                largest = max(largest, float(a[2] + edges[2] @ (v, w) - p[2]))
        return largest


@pytest.mark.parametrize("angle", [60, -60])
def test_a_turned_face_hides_what_rays_say_it_hides(
    face: Face, astronaut: Photo, angle: float
) -> None:
    turned = posed_face(face.layout, astronaut, rotation("z", angle), 300, (256, 256))
    rays = Rays(turned.position_map.reshape(-1, 3), turned.layout.triangles)
    side = float(np.ptp(turned.vertices[:, :2], axis=0).max())
    # Those that face the viewer clearly: the rest is not the z-buffer's question.
    asked = np.flatnonzero((turned.layout.mask & (turned.facing > 0.3)).ravel())
    asked = np.random.default_rng(0).permutation(asked)[:800]
    visible = turned.visibility.ravel()
    wrong = hidden = 0
    for texel in asked:
        before = rays.in_front(texel)
        # The z-buffer is as fine as the face's side over 256; its tolerance is 2 % of the side.
        if before > 0.05 * side:
            hidden += 1
            wrong += bool(visible[texel])
        elif before < 0.005 * side:
            wrong += not visible[texel]
    assert hidden >= 3
    assert wrong <= 0.02 * len(asked)


@pytest.mark.parametrize(("angle", "near", "far"), [(60, 1, -1), (-60, -1, 1)])
def test_the_nose_hides_the_far_cheek_of_a_turned_face(
    face: Face, astronaut: Photo, angle: float, near: int, far: int
) -> None:
    turned = posed_face(face.layout, astronaut, rotation("z", angle), 300, (256, 256))
    canonical = face.layout.canonical
    # Beside the nose, halfway to the eye's outer corner, at the height of the nose's middle.
    tip, bridge = (canonical[tuple(face.layout.landmark_texels[i])] for i in (30, 28))
    beside = np.abs(canonical[..., 2] - (tip[2] + bridge[2]) / 2) < 0.006
    side = np.abs(np.abs(canonical[..., 0]) - 0.022) < 0.005
    front = face.layout.mask & beside & side & (canonical[..., 1] < 0)
    left, right = front & (canonical[..., 0] > 0), front & (canonical[..., 0] < 0)
    cheeks = {1: left, -1: right}
    # Turned to its left, the face shows the viewer its right side.
    assert cheeks[far].sum() > 10
    assert cheeks[near].sum() > 10
    seen_near = turned.visibility[cheeks[-near]].mean()
    seen_far = turned.visibility[cheeks[-far]].mean()
    assert seen_near > 0.9
    assert seen_far < 0.1


def test_the_photo_s_axes_are_blender_s_turned() -> None:
    assert np.linalg.det(PHOTO_TO_BLENDER) == pytest.approx(-1)  # y down: left-handed to right
    assert (PHOTO_TO_BLENDER @ (0, 0, 1)).tolist() == [0, -1, 0]  # toward the viewer is -Y
    assert (PHOTO_TO_BLENDER @ (0, 1, 0)).tolist() == [0, 0, -1]  # down is -Z
