"""Another head becomes a topology: a mesh of our own whose truth is known, and ICT-FaceKit's."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from synthetic import write_folder, write_synthetic

from prn_blender.core import Face, FaceReconstructor, Photo
from prn_blender.core.errors import ModelError
from prn_blender.core.face.other_heads import bring_head
from prn_blender.core.head.head_model import HeadModel, bundled_head, kept_head
from prn_blender.core.head.other_heads import ImportedHead, write_head, write_tables
from prn_blender.core.head.whole_head import Head, surface
from prn_blender.core.outputs.head.glb import head_glb


@dataclass(frozen=True)
class Brought:
    """An imported head, read again from its file, and our vertex of each of its own."""

    found: ImportedHead
    model: HeadModel
    truth: np.ndarray


@pytest.fixture(scope="module")
def brought(reconstructor: FaceReconstructor, tmp_path_factory: pytest.TempPathFactory) -> Brought:
    folder = tmp_path_factory.mktemp("other") / "somebody"
    truth = write_synthetic(folder, bundled_head(), reconstructor.layout)
    found = bring_head(folder, reconstructor)
    write_head(found.model, folder / "head.npz")
    return Brought(found, kept_head(folder / "head.npz"), truth)


def flipped(head: Head, but: tuple[str, ...] = ()) -> int:
    """Triangles of the seen face, but of some groups, turned over against the mean head."""
    model = head.model
    mine = model.triangles[model.triangles[:, 1] != model.triangles[:, 2]]
    mine = mine[(head.seen[mine] > 0.9).all(1)]
    for name in but:
        mine = mine[~model.groups[name][mine].any(1)]
    normals = []
    for points in (head.vertices, model.mean):
        a, b, c = (points[mine[:, k]] for k in range(3))
        normals.append(np.cross(b - a, c - a))
    return int(((normals[0] * normals[1]).sum(1) < 0).sum())


def off_the_map(face: Face, head: Head) -> np.ndarray:
    """Millimetres between seen vertices and the position map."""
    shown = head.model.shown
    seen = head.seen[shown] > 0.9
    away = surface(face.geometry, head.model) - head.vertices[shown]
    return np.linalg.norm(away, axis=1)[seen] * 1000


def test_vertices_are_where_they_were_taken_from(brought: Brought) -> None:
    ours, model = bundled_head(), brought.model
    face = model.follow > 0.5
    assert face.sum() > 0.8 * (ours.follow > 0.5).sum()
    off = np.linalg.norm(model.mean - ours.mean[brought.truth], axis=1)[face] * 1000
    # Cheeks and foreheads have nothing that says where along the surface a place is.
    assert np.median(off) < 1.1
    assert np.quantile(off, 0.95) < 6.0
    texels = np.linalg.norm(model.texel - ours.texel[brought.truth], axis=1)[face]
    assert np.nanmedian(texels) < 1.1


def test_the_frame_is_the_owners(brought: Brought) -> None:
    found = brought.found
    assert found.stance.scale == pytest.approx(100, rel=0.1)  # she is smaller than most
    up = found.stance.rotation @ [0, 0, 1]
    assert up == pytest.approx([0, 1, 0], abs=0.05)


def test_expressions_are_as_given_or_carried_over(brought: Brought) -> None:
    ours, model = bundled_head(), brought.model
    jaw = ours.moves[ours.move_names.index("jawOpen")][brought.truth]
    mine = model.moves[model.move_names.index("jawOpen")]
    given = 0.9 * jaw * 100 / brought.found.stance.scale
    assert np.linalg.norm(mine - given, axis=1).max() < 0.05 * np.abs(jaw).max()
    assert brought.found.own_expressions == ("jawOpen",)
    smile = ours.moves[ours.move_names.index("mouthSmileLeft")][brought.truth]
    carried = model.moves[model.move_names.index("mouthSmileLeft")]
    face = model.follow > 0.5
    off = np.linalg.norm(carried - smile, axis=1)[face]
    assert np.quantile(off, 0.95) < 0.4 * np.linalg.norm(smile, axis=1).max()
    assert any("eyeballs" in sentence for sentence in brought.found.left_out)


def test_a_photo_is_put_on_it(brought: Brought, face: Face) -> None:
    head = replace(face, head_model=brought.model).head
    assert head is not None and head.model is brought.model
    off = off_the_map(face, head)
    assert len(off) > 500
    assert off.mean() < 0.5
    # Lids have no eyeballs to lie on there.
    assert flipped(head, ("left_lids", "right_lids")) == 0
    jaw = head.model.move_names.index("jawOpen")
    assert np.abs(head.shape(np.eye(len(head.expression))[jaw]) - head.neutral).max() > 0.01
    assert len(head_glb(replace(face, head_model=brought.model), face.texture(256))) > 10**5


def test_tables_lead_there_and_back(
    brought: Brought, reconstructor: FaceReconstructor, tmp_path: Path
) -> None:
    write_tables(brought.found, bundled_head(), reconstructor.layout, tmp_path / "t.npz")
    with np.load(tmp_path / "t.npz") as table:
        there = {name: table[name] for name in table.files}
    points = brought.found.points
    on = there["their_weights"].sum(1) > 0.5
    assert on.mean() > 0.7
    at = (points[there["their_vertices"]] * there["their_weights"][..., None]).sum(1)[on]
    # The mean person there and this one lie near each other.
    canonical = reconstructor.layout.canonical_vertices[on]
    assert np.median(np.linalg.norm(at - canonical, axis=1)) < 0.012
    assert np.allclose(there["our_weights"].sum(1).max(), 1, atol=1e-5)


def test_a_head_of_nothing_but_skin_is_seen_from_the_front(
    reconstructor: FaceReconstructor, face: Face, tmp_path: Path
) -> None:
    """With z up its crown is what is seen first, and there are holes where eyes and mouth were."""
    ours = bundled_head()
    quads = ours.quads[ours.part == ours.part_names.index("skin")]
    used, number = np.unique(quads, return_inverse=True)
    points = ours.mean[used]
    np.savez(tmp_path / "skin.npz", points=points, quads=number.reshape(-1, 4))
    found = bring_head(tmp_path / "skin.npz", reconstructor)
    assert found.stance.rotation == pytest.approx(np.eye(3), abs=0.05)
    shown = np.isfinite(ours.texel[used]).all(1)
    assert np.isfinite(found.model.texel).all(1).sum() > 0.8 * shown.sum()
    assert len(found.model.left_lids) and len(found.model.right_lids)
    whole = replace(face, head_model=found.model)
    assert whole.head is not None
    assert off_the_map(face, whole.head).mean() < 0.5
    assert len(head_glb(whole, face.texture(256))) > 10**5


def test_a_head_of_another_layout_is_refused(brought: Brought) -> None:
    other = replace(brought.model, layout_sha256="0" * 64)
    with pytest.raises(ModelError, match="does not fit this model"):
        FaceReconstructor.load(head=other)


def test_icts_head_takes_photos(
    shared: Path,
    reconstructor: FaceReconstructor,
    face: Face,
    astronaut: Photo,
    tmp_path: Path,
) -> None:
    path = shared / "data" / "ict_facekit.npz"
    if not path.exists():
        pytest.skip("no ICT-FaceKit in ../shared")
    _write_ict(path, tmp_path / "ict")
    found = bring_head(tmp_path / "ict", reconstructor)  # which sees its landmarks
    model = found.model
    assert {"jawOpen", "eyeBlinkLeft", "browInnerUp"} <= set(found.own_expressions)
    assert len(model.left_lids) > 20 and len(model.right_lids) > 20
    mirrored = reconstructor(Photo.from_pixels(np.ascontiguousarray(astronaut.pixels[:, ::-1])))[0]
    for each in (face, mirrored):
        head = replace(each, head_model=model).head
        assert head is not None
        off = off_the_map(each, head)
        assert len(off) > 2000
        assert off.mean() < 0.6
        assert flipped(head) == 0
        blink = head.moves[model.move_names.index("eyeBlinkLeft")]
        assert 0.005 < np.abs(blink).max() < 0.03


def _write_ict(path: Path, folder: Path) -> None:
    """A neutral and four expressions of ICT-FaceKit, as OBJ files with its materials' names."""
    with np.load(path) as z:
        points, quads, names = z["vertices"], z["quads"].astype(int), list(z["expression_names"])
        kept = ("jawOpen", "eyeBlink_L", "eyeBlink_R", "browInnerUp_L", "browInnerUp_R")
        meshes = {"neutral": points}
        meshes |= {n: points + z["expression"][names.index(n)].astype(np.float32) for n in kept}
        uv, corners = z["uv"], z["quad_uv"].astype(int)
    starts = [0, 9409, 11248, 13294, 14062, 17039, 21451, 24591, 25351]
    called = (
        *("M_Face", "M_BackHead", "M_MouthSocket", "M_EyeSocket", "M_GumsTongue", "M_Teeth"),
        *("M_Eyeball", "M_EyeOcclusion", "M_EyeLashes"),
    )
    of = np.searchsorted(starts, quads[:, :3].max(1), side="right") - 1
    faces = [[v for v in quad if v >= 0] for quad in quads.tolist()]
    at = [mine[: len(face)] for mine, face in zip(corners.tolist(), faces, strict=True)]
    write_folder(folder, meshes, faces, [called[k] for k in of], (uv, at))
