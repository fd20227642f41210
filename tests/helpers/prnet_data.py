"""PRNet's own position maps of 16 photos, as faces; from the research data."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from prn_blender.core.face.face import Face
from prn_blender.core.geometry.layout_file import load_uv_layout
from prn_blender.core.geometry.uv_layout import UVLayout
from prn_blender.core.model.importer.uv_data import write_layout
from prn_blender.core.photo.crop import Crop
from prn_blender.core.photo.photo import read_photo


@dataclass(frozen=True, eq=False)
class PRNetData:
    """The layout, a face for each photo, and the 68 points that are true of it."""

    layout: UVLayout
    faces: list[Face]
    truth: np.ndarray
    canonical: np.ndarray


def read(data: Path, work: Path) -> PRNetData:
    path = work / "prnet_layout.npz"
    path.write_bytes(write_layout(data / "prnet_uv"))
    layout = load_uv_layout(path)
    faces, truth = [], []
    for file in sorted((data / "prnet_outputs").glob("image*.npz")):
        positions = np.zeros((256, 256, 3), np.float32)
        with np.load(file) as arrays:
            positions[layout.mask] = arrays["vertices"]
            truth.append(arrays["landmarks_68_ground_truth"])
        crop = Crop(np.full(2, 225.0), 300.0)
        faces.append(Face(read_photo(file.with_suffix(".jpg")), layout, positions, crop, 1.0))
    canonical = np.load(data / "prnet_uv" / "canonical_vertices.npy")
    return PRNetData(layout, faces, np.stack(truth), canonical)


def prnet_layout(shared: Path) -> UVLayout:
    """PRNet's layout straight from its own files, without the program that imports them."""
    folder = shared / "data" / "prnet_uv"
    inside = np.loadtxt(folder / "face_ind.txt").astype(np.int64)
    column, row = np.loadtxt(folder / "uv_kpt_ind.txt").astype(np.int64)
    vertices = np.load(folder / "canonical_vertices.npy")
    mask = np.zeros(256 * 256, bool)
    mask[inside] = True
    canonical = np.zeros((256 * 256, 3), np.float32)
    centred = vertices - vertices.mean(axis=0)
    unit = 0.063 / 75.9
    canonical[inside] = np.stack([centred[:, 0], -centred[:, 2], -centred[:, 1]], -1) * unit
    return UVLayout("prnet", mask.reshape(256, 256), np.stack([row, column], axis=1),
                    canonical.reshape(256, 256, 3))  # fmt: skip
