"""Files that are read without a network: UV layouts, annotations, pictures."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import io
import shutil
from pathlib import Path
from typing import Any

import numpy as np
from mutations import Random, array, arrays, damaged, npz, odds, pick, swollen_npz
from PIL import Image
from samples import astronaut_pixels
from synthetic import ball_arrays, plain_photo, posed_face

from prn_blender.core.appearance.feature_likeness import FEATURES, patterns, read_features
from prn_blender.core.choices import PARTS, PRESETS
from prn_blender.core.errors import PRNError
from prn_blender.core.face.annotations import load_annotations, read_annotation
from prn_blender.core.face.evaluate import measure
from prn_blender.core.face.face import Face
from prn_blender.core.face.lids_and_lips import MODEL, PLACES, LidsAndLips
from prn_blender.core.files.safe import make_folder
from prn_blender.core.geometry.layout_file import load_uv_layout
from prn_blender.core.geometry.parts import part_mask
from prn_blender.core.geometry.uv_layout import UVLayout
from prn_blender.core.model.bundled import models_folder
from prn_blender.core.outputs.options import KINDS, OutputOptions
from prn_blender.core.outputs.outputs import write_outputs
from prn_blender.core.photo.edited import write_edited
from prn_blender.core.photo.photo import Photo, read_photo, read_texture
from prn_blender.core.texture.masks import read_mask

from . import Run


def layouts(folder: Path) -> Run:
    """UV layouts; one that is accepted has to work."""
    ball: dict[str, np.ndarray] = {**ball_arrays(32), "version": np.array(1, np.int32)}
    ball["weights"] = np.ones((32, 32), np.float32)
    ball["part_left_eye"] = ball["mask"] & False
    ball["part_left_eye"][4:9, 4:9] = True
    ball["canonical_source"] = np.eye(4)
    bundled = (models_folder() / "prn_uv_layout.npz").read_bytes()
    with np.load(io.BytesIO(bundled)) as archive:
        whole = dict(archive)
    photo = plain_photo(96, 96)

    def content(rng: Random) -> bytes:
        base = whole if odds(rng, 0.03) else ball
        if odds(rng, 0.6):
            return npz(arrays(rng, base))
        if odds(rng, 0.5):
            return swollen_npz(rng, base)
        return damaged(rng, npz(base))

    def run(rng: Random, folder: Path) -> list[str]:
        path = folder / "layout.npz"
        path.write_bytes(content(rng))
        layout = load_uv_layout(path)
        _use(rng, layout, photo, folder / "out")
        return []

    return run


def _use(rng: Random, layout: UVLayout, photo: Photo, out: Path) -> None:
    for stride in (1, 2, 4):
        layout.mesh(stride)
    for part in (*PARTS, *PRESETS, *layout.parts):
        assert np.isfinite(part_mask(layout, (part,))).all(), part
    if odds(rng, 0.7):
        return
    face = posed_face(layout, photo, np.eye(3), 60.0, (48.0, 48.0))
    names = [name for name in KINDS if odds(rng, 0.15)]
    options = OutputOptions(**dict.fromkeys(names, True), stride=4, texture_size=32)
    write_outputs(face, make_folder(out), "x", options)


def bundled(folder: Path) -> Run:
    """The arrays that come with the models, on a disk that has damaged them."""
    layout = load_uv_layout(models_folder() / "prn_uv_layout.npz")
    sound = {}
    for name in ("features.npz", PLACES):
        with np.load(models_folder() / name) as archive:
            sound[name] = dict(archive)
    texture = np.full((layout.size, layout.size, 4), 128, np.uint8)
    texture[..., :3] = np.random.default_rng(0).integers(0, 256, texture[..., :3].shape)

    def run(rng: Random, folder: Path) -> list[str]:
        name = pick(rng, sorted(sound))
        path = folder / name
        path.write_bytes(
            npz(arrays(rng, sound[name]))
            if odds(rng, 0.6)
            else damaged(rng, (models_folder() / name).read_bytes())
        )
        if name == PLACES:
            shutil.copy(models_folder() / MODEL, folder / MODEL)
            LidsAndLips(folder, layout, threads=1)
            return []
        known = read_features(path)
        for name, (pattern, seen) in patterns(layout, texture).items():
            if seen.any():
                assert not np.isinf(known[FEATURES[name]].likeness(pattern, seen))
        return []

    return run


def annotations(folder: Path) -> Run:
    """Annotated photos (.npz, .mat), true position maps (.npy): what a model is measured by."""
    import scipy.io

    layout = load_uv_layout(_ball(folder))
    photo = plain_photo(96, 96)
    face = posed_face(layout, photo, np.eye(3), 60.0, (48.0, 48.0))
    sound = {
        "name": np.array(["a.png"]),
        "landmarks": face.landmarks[None].astype(np.float32),
        "pitch_yaw_roll": np.zeros((1, 3)),
    }

    def run(rng: Random, folder: Path) -> list[str]:
        if odds(rng, 0.4):
            stream = io.BytesIO()
            pose = {"pt3d_68": face.landmarks.T, "Pose_Para": np.zeros((1, 7))}
            changed = {k: v for k, v in arrays(rng, pose).items() if k.isidentifier()}
            try:
                scipy.io.savemat(stream, changed)
            except (TypeError, ValueError):
                scipy.io.savemat(stream, pose)
            data = stream.getvalue()
            (folder / "a.mat").write_bytes(damaged(rng, data) if odds(rng, 0.5) else data)
            (folder / "a.jpg").write_bytes(b"x")
            read_annotation(folder / "a.jpg")
            truth = load_annotations(folder)
        else:
            path = folder / "set.npz"
            kind = rng.random()
            path.write_bytes(
                npz(arrays(rng, sound)) if kind < 0.5
                else swollen_npz(rng, sound) if kind < 0.7 else damaged(rng, npz(sound))
            )  # fmt: skip
            truth = load_annotations(path)
        _measured(rng, face, truth, folder)
        return []

    return run


def _measured(rng: Random, face: Face, truth: Any, folder: Path) -> None:
    from dataclasses import replace

    if odds(rng, 0.5):
        stream = io.BytesIO()
        np.save(stream, array(rng, face.position_map), allow_pickle=False)
        data = stream.getvalue()
        dense = make_folder(folder / "dense")
        for name in truth.names[:3]:
            if name and Path(name).name == name and len(name) < 99 and name.isprintable():
                (dense / f"{Path(name).stem}.npy").write_bytes(
                    damaged(rng, data) if odds(rng, 0.5) else data
                )
        truth = replace(truth, dense=dense)
    figures = measure(((i, face) for i in range(len(truth.names))), truth)
    for key, row in figures.items():
        if isinstance(row, dict):
            assert all(v is None or np.isfinite(v) for v in row.values()), (key, row)


def _ball(folder: Path) -> Path:
    path = folder / "ball.npz"
    np.savez(path, **ball_arrays(32))
    return path


_FORMATS: dict[str, dict[str, Any]] = {
    "JPEG": {"quality": 80}, "PNG": {}, "WEBP": {"quality": 60}, "TIFF": {}, "BMP": {},
    "AVIF": {"speed": 10}, "GIF": {}, "TGA": {}, "ICO": {}, "PPM": {}, "JPEG2000": {}, "MPO": {},
}  # fmt: skip


def photos(folder: Path) -> Run:
    """Pictures of all formats, as photos, as textures, as masks, and written again."""
    layout = load_uv_layout(_ball(folder))
    small = Image.fromarray(astronaut_pixels()[100:196, 180:276])
    pictures = []
    for format_, options in _FORMATS.items():
        for mode in ("RGB", "L", "RGBA", "P", "CMYK", "I;16", "1", "LA"):
            stream = io.BytesIO()
            try:
                exif = Image.Exif()
                exif[274], exif[41989] = 6, 35
                image = (
                    small.convert("I").convert("I;16") if mode == "I;16" else small.convert(mode)
                )
                image.save(stream, format_, exif=exif, **options)
            except (OSError, KeyError, ValueError):
                continue
            pictures.append((format_, stream.getvalue()))

    def run(rng: Random, folder: Path) -> list[str]:
        format_, data = pick(rng, pictures)
        path = folder / f"a.{format_.lower()}"
        path.write_bytes(damaged(rng, data))
        said = []
        for read in (read_texture, lambda p: read_mask(p, layout)):
            try:
                read(path)
            except PRNError as e:
                said.append(str(e))
        photo = read_photo(path, reduced=odds(rng, 0.5))
        edited = photo.pixels.copy()
        edited[: photo.height // 2] = 255 - edited[: photo.height // 2]
        out = make_folder(folder / "out")
        write_edited(out / pick(rng, ("a.png", "a.jpg")), edited, photo)
        return said

    return run
