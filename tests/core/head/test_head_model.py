"""The whole head that comes with the add-on: its file, against the contract of docs/head.md."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import io
from collections import Counter
from pathlib import Path

import cv2
import numpy as np
import pytest

from prn_blender.core.errors import ModelError
from prn_blender.core.face.face import Face
from prn_blender.core.head.face_shape import FaceShape
from prn_blender.core.head.head_model import FILE, HeadModel, bundled_head, head_for
from prn_blender.core.model.bundled import models_folder

FLIP = np.array([-1, 1, 1], np.float32)

IRREGULAR = 12
"""Vertices at the face's rim whose place in the flat map is not that of their texel."""


@pytest.fixture(scope="module")
def head() -> HeadModel:
    return bundled_head()


def somebody(head: HeadModel, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Identity and expression of a person who does not exist."""
    rng = np.random.default_rng(seed)
    expression = rng.uniform(0, 1, len(head.moves)) * (rng.random(len(head.moves)) < 0.15)
    return rng.normal(0, 1, len(head.modes)), expression


def eyeballs(head: HeadModel, vertices: np.ndarray) -> list[tuple[np.ndarray, float]]:
    """Middle and radius of the left and the right eye."""
    found = []
    ball = head.of_part("eyes")
    for side in (1, -1):
        p = vertices[ball[np.sign(head.mean[ball, 0]) == side]].astype(np.float64)
        rows = np.c_[2 * p, np.ones(len(p))]
        x = np.linalg.lstsq(rows, (p**2).sum(1), rcond=None)[0]
        found.append((x[:3], float(np.sqrt(x[3] + x[:3] @ x[:3]))))
    return found


def test_the_file_is_small_and_belongs_to_the_layout_and_the_face_shape(face: Face) -> None:
    path = models_folder() / FILE
    assert path.stat().st_size <= 12 * 2**20
    head = head_for(face.layout)
    assert head is not None
    shape = FaceShape.beside(models_folder(), face.layout)
    assert shape is not None
    assert head.shape_sha256 == shape.sha256
    assert len(head.modes) == shape.identities
    assert len(head.moves) == len(shape.moves) == 52
    assert set(head.move_names) == set(face.expression)


def test_the_mirror_map_is_exact(head: HeadModel) -> None:
    assert (head.mean[head.mirror] * FLIP == head.mean).all()
    faces = {tuple(sorted(q)) for q in head.quads.tolist()}
    assert {tuple(sorted(q)) for q in head.mirror[head.quads].tolist()} == faces
    # Modes and moves are stored in 16 bits: a hundredth of a millimetre.
    modes = head.modes[:, head.mirror] * FLIP - head.sign[:, None, None] * head.modes
    assert np.abs(modes).max() < 1e-5
    moves = head.moves[:, head.mirror] * FLIP - head.moves[head.partner]
    assert np.abs(moves).max() < 1e-5
    assert all(
        head.move_names[partner]
        == name.replace("Left", "@").replace("Right", "Left").replace("@", "Right")
        for name, partner in zip(head.move_names, head.partner, strict=True)
        if name.endswith(("Left", "Right")) and name not in ("jawLeft", "mouthLeft")
    )


def test_it_is_a_clean_mesh_of_quads(head: HeadModel) -> None:
    quads = head.quads
    assert (np.sort(quads, 1)[:, :-1] != np.sort(quads, 1)[:, 1:]).all()
    directed = Counter(
        (int(a), int(b))
        for k in range(4)
        for a, b in zip(quads[:, k], quads[:, (k + 1) % 4], strict=True)
    )
    # No edge is run through twice the same way: neighbours are turned alike, and no edge has three
    # faces.
    assert max(directed.values()) == 1
    skin = np.isin(
        head.part, [head.part_names.index(n) for n in ("skin", "mouth_bag", "eye_sockets")]
    )
    inside = {e for e in directed if (e[1], e[0]) in directed}
    used = set(head.of_part("skin", "mouth_bag", "eye_sockets").tolist())
    rim = {a for a, b in directed if (a, b) not in inside and a in used}
    assert rim == set(head.neck_end.tolist())
    # The skin is a disc: V - E + F = 1.
    edges = {tuple(sorted(e)) for e in directed if e[0] in used}
    assert len(used) - len(edges) + skin.sum() == 1


def test_the_uv_tile_holds_everything_once(head: HeadModel) -> None:
    uv = head.uv.astype(np.float64)
    assert uv.min() >= 0
    assert uv.max() <= 1
    x, y = uv[..., 0], uv[..., 1]
    area = ((x * np.roll(y, -1, 1) - y * np.roll(x, -1, 1)) / 2).sum(1)
    assert (area > 0).all()
    # How many triangles lie over each of a million places.
    side = 1024
    covered = np.zeros((side, side), np.uint8)
    corners = np.stack([uv[:, [0, 1, 2]], uv[:, [0, 2, 3]]], 1).reshape(-1, 3, 2) * side
    for a, b, c in corners:
        low = np.ceil(np.minimum(np.minimum(a, b), c)).astype(int)
        high = np.floor(np.maximum(np.maximum(a, b), c)).astype(int) + 1
        p = np.stack(np.meshgrid(np.arange(low[0], high[0]), np.arange(low[1], high[1])), -1)
        across = [
            (q[0] - o[0]) * (p[..., 1] - o[1]) - (q[1] - o[1]) * (p[..., 0] - o[0])
            for o, q in ((a, b), (b, c), (c, a))
        ]
        covered[low[1] : high[1], low[0] : high[0]] += np.min(across, axis=0) > 1e-3
    assert covered.max() == 1
    face = head.follow[head.quads].min(1) > 0
    share = area[face].sum() / area.sum()
    assert 0.25 < share < 0.6


def test_the_face_lies_in_the_tile_as_in_the_layout(head: HeadModel, face: Face) -> None:
    left, bottom, side = head.face_rect
    size = face.layout.size
    inside = head.follow[head.quads].min(1) > 0
    texel = head.texel[head.quads[inside]]
    expected = np.stack(
        [
            left + side * (texel[..., 0] + 0.5) / size,
            bottom + side * (1 - (texel[..., 1] + 0.5) / size),
        ],
        -1,
    )
    apart = np.abs(expected - head.uv[inside]).max(axis=-1)
    elsewhere = np.unique(head.quads[inside][apart > 1e-5])
    # Where quads are irregular at the very rim, some would be turned over.
    assert len(elsewhere) <= IRREGULAR
    rim = cv2.distanceTransform(face.layout.mask.astype(np.uint8), cv2.DIST_L2, 5)
    at = head.texel[elsewhere][:, None]
    assert cv2.remap(rim, at, None, cv2.INTER_LINEAR).max() < 1.5


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_its_face_is_that_of_the_face_shape(head: HeadModel, face: Face, seed: int) -> None:
    layout = face.layout
    shape = FaceShape.beside(models_folder(), layout)
    assert shape is not None
    identity, expression = somebody(head, seed)
    grid = np.zeros((layout.mask.size, 3), np.float32)
    grid[layout.texels] = shape.vertices(identity, expression)
    grid = layout.extend(grid.reshape(*layout.mask.shape, 3))
    sure = head.follow > 0.99
    at = cv2.remap(grid, head.texel[sure][:, None], None, cv2.INTER_LINEAR)[:, 0]
    apart = np.linalg.norm(at - head.vertices(identity, expression)[sure], axis=1)
    assert apart.mean() < 1e-4  # metres; between texels the map is a little flatter
    assert np.quantile(apart, 0.99) < 8e-4


def test_smooth_fields_are_orthogonal_and_do_not_open_the_mouth(head: HeadModel) -> None:
    skin = head.of_part("skin", "mouth_bag", "eye_sockets")
    assert (np.diff(head.slopes) >= -1e-3 * head.slopes[1:]).all()
    assert np.abs(head.smooth[0, skin] - head.smooth[0, skin[0]]).max() < 0.02
    parity = np.sign((head.smooth[:, head.mirror] * head.smooth).sum(1))
    assert np.abs(head.smooth[:, head.mirror] - parity[:, None] * head.smooth).max() < 0.01
    middle = head.lips[np.abs(head.mean[head.lips, 0]) < 1e-6]
    assert len(middle) == 2
    assert np.abs(np.diff(head.smooth[:20, middle], axis=1)).max() < 0.1


def test_eyes_are_balls_behind_their_lids_whoever_it_is(head: HeadModel) -> None:
    for seed in range(4):
        identity, _ = somebody(head, seed)
        vertices = head.vertices(0.8 * identity if seed else 0 * identity)
        ball = head.of_part("eyes")
        for (middle, radius), margin, side in zip(
            eyeballs(head, vertices), (head.left_lids, head.right_lids), (1, -1), strict=True
        ):
            p = vertices[ball[np.sign(head.mean[ball, 0]) == side]]
            assert np.abs(np.linalg.norm(p - middle, axis=1) - radius).max() < 5e-4
            assert 0.011 < radius < 0.018
            if seed == 0:
                assert (np.linalg.norm(vertices[margin] - middle, axis=1) - radius).min() > 1e-4


def test_expressions_do_what_they_say(head: HeadModel) -> None:
    def moved(name: str) -> np.ndarray:
        return head.moves[head.move_names.index(name)]

    lips = head.lips[np.abs(head.mean[head.lips, 0]) < 1e-6]
    upper, lower = lips[np.argsort(-head.mean[lips, 2])]
    assert moved("jawOpen")[lower, 2] < -0.015
    assert abs(moved("jawOpen")[upper, 2]) < 0.006
    skin = np.isin(np.arange(head.count), head.of_part("skin"))
    left, right = (skin * np.linalg.norm(moved(f"eyeBlink{s}"), axis=1) for s in ("Left", "Right"))
    assert left[head.mean[:, 0] > 0.01].max() > 0.008 > 0.001 > right[head.mean[:, 0] > 0.01].max()
    # Lower teeth and tongue go with the jaw, upper teeth stay.
    teeth = head.of_part("teeth")
    low = head.weights[head.bone_names.index("jaw"), teeth] > 0.5
    assert np.linalg.norm(moved("jawOpen")[teeth], axis=1)[low].min() > 0.002
    assert np.linalg.norm(moved("jawOpen")[teeth], axis=1)[~low].max() < 1e-4
    eye = head.of_part("eyes")
    assert np.linalg.norm(moved("eyeLookInLeft")[eye], axis=1).max() > 0.003


def test_the_rig_is_symmetric_and_holds_every_vertex(head: HeadModel) -> None:
    assert head.bone_names == ("neck", "head", "jaw", "left_eye", "right_eye")
    assert np.abs(head.weights.sum(0) - 1).max() < 1e-3
    swapped = [0, 1, 2, 4, 3]
    assert np.abs(head.weights[swapped][:, head.mirror] - head.weights).max() < 1e-3
    joints = head.joints(head.mean)
    assert np.abs(joints[swapped] * FLIP - joints).max() < 1e-4
    neck, skull, jaw, left_eye, _ = joints
    assert neck[0, 2] < skull[0, 2] < skull[1, 2]
    assert jaw[1, 1] < jaw[0, 1]  # forwards
    middle, _ = eyeballs(head, head.mean)[0]
    assert np.linalg.norm(left_eye[0] - middle) < 0.002
    assert left_eye[1, 1] < left_eye[0, 1] - 0.02


def test_groups_say_where_things_are(head: HeadModel) -> None:
    scalp, face = head.groups["scalp"], head.groups["face"]
    assert not (scalp & face).any()
    assert scalp[head.mean[:, 2].argmax()]
    assert not scalp[head.neck_end].any()
    ears = head.groups["left_ear"] | head.groups["right_ear"]
    assert head.follow[ears].max() < 0.6
    assert (head.mean[head.groups["left_ear"], 0] > 0.05).all()
    for group in head.groups.values():
        assert group.any()


def changed(tmp_path: Path, **arrays: np.ndarray) -> Path:
    """The file with other arrays."""
    with np.load(models_folder() / FILE) as z:
        content = {name: z[name] for name in z.files}
    content.update(arrays)
    path = tmp_path / FILE
    np.savez(path, **content)
    return path


def test_damaged_files_are_refused_with_a_sentence(tmp_path: Path, head: HeadModel) -> None:
    path = tmp_path / "cut.npz"
    path.write_bytes((models_folder() / FILE).read_bytes()[:1000])
    with pytest.raises(ModelError, match="damaged"):
        HeadModel.load(path)
    with pytest.raises(ModelError, match="version 9"):
        HeadModel.load(changed(tmp_path, version=np.array(9)))
    wrong = (
        {"mean": head.mean[:-1]},
        {"mean": np.full_like(head.mean, np.nan)},
        {"quads": head.quads + 1},
        {"mirror": np.roll(np.arange(head.count), 1)},
        {"weights": head.weights / 2},
        {"groups": np.zeros((1, 3), np.uint8)},
        {"modes": np.array(["text"])},
    )
    for arrays in wrong:
        with pytest.raises(ModelError, match="unexpected"):
            HeadModel.load(changed(tmp_path, **arrays))
    buffer = io.BytesIO()
    np.savez(buffer, mean=head.mean)
    path.write_bytes(buffer.getvalue())
    with pytest.raises(ModelError, match="damaged"):
        HeadModel.load(path)
