"""Puts `head.npz` together: the contract is in docs/head.md, the reader in `core/head`."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from prn_blender.core.files.safe import write_bytes
from prn_blender.core.geometry.layout_file import load_uv_layout
from prn_blender.core.head.face_shape import FILE as SHAPE_FILE
from prn_blender.core.head.head_model import FILE, VERSION
from prn_blender.core.head.head_model import HeadModel as HeadFile

from ..config import Config
from ..head.anny_head import source_vertices
from ..head.head_model import HeadModel, expression_partners
from ..layout.uv_layout import LAYOUT_FILE
from ..npz import npz_bytes
from ..population.population import Population
from . import rig
from .bases import build_bases
from .makehuman import data_folder, read_base_mesh, read_ears, read_face_units, read_weights
from .selection import PARTS, select
from .slide import find_slide
from .smooth_fields import smooth_fields
from .uv_tile import FACE_RECT, tile

RIM = (0.5, 2.0)
"""Texels from the layout's rim: the head follows a position map fully from the second on, not at
all up to the first. What it follows there fades out on the skin beyond, see `core.head.whole_head`.
"""
NECK = (0.5, 6.0)
"""The same from the layout's neck: wider, since no skin that follows nothing lies beyond it, and
under a jaw that is turned a narrow one would be seen as a crease."""
_TILED = 1.5
"""Texels from the layout's rim up to which vertices need not keep their place in the flat map: if
all did, some quads at the rim, where they are irregular, would turn over."""
LARGEST = 12 * 2**20
"""Bytes that the file may have."""


def make_head(config: Config) -> Path:
    """Write `head.npz` beside the exported model.

    Raises
    ------
    FileNotFoundError
        A step before this one has not been done.
    ValueError
        The result is larger than the add-on's package has room for.
    """
    arrays = head_arrays(config, source_vertices(config.head))
    path = config.output / FILE
    write_bytes(path, npz_bytes(arrays))
    arrays["slide"] = find_slide(config, HeadFile.load(path)).astype(np.float16)
    data = npz_bytes(arrays)
    if len(data) > LARGEST:
        raise ValueError(f"{FILE} would have {len(data)} bytes, more than {LARGEST}")
    write_bytes(path, data)
    return path


def head_arrays(config: Config, source: NDArray[np.int64]) -> dict[str, NDArray[Any]]:
    """The arrays of the file.

    Parameters
    ----------
    config
    source : (U,)
        Vertex of MakeHuman's base mesh of each of the head model's.
    """
    head = HeadModel.load(config.work / "head_model.npz")
    population = Population.load(config.work / "population.npz")
    layout = load_uv_layout(config.output / LAYOUT_FILE)
    shape = hashlib.sha256((config.output / SHAPE_FILE).read_bytes()).hexdigest()
    data = data_folder()
    base = read_base_mesh(data)
    units = read_face_units(data, head.expression_names, len(base.vertices))
    selection = select(head, source, base)
    with np.load(config.work / "texels.npz") as z:
        texels = z["corners"], z["bary"]
    ears = read_ears(data, len(base.vertices))
    bases = build_bases(
        *(head, population, selection, base, units, layout, config.layout, texels),
        [weight[source] for weight in ears],
    )
    mean = bases.fields[0]
    inside = depth_inside(bases.texel, layout.mask)
    off_neck = depth_inside(bases.texel, ~layout.parts["neck"])
    k = len(population.modes)
    fields, slopes = smooth_fields(selection, mean, bases.closing, bases.carriers)
    own_ears = [weight[selection.source] for weight in ears]
    groups = rig.groups(selection, mean, bases.texel, layout, own_ears)
    carriers, shares = rig.joints(selection, base)
    return {
        "version": np.array(VERSION, np.int32),
        "name": np.array("makehuman"),
        "layout_sha256": np.array(layout.sha256),
        "shape_sha256": np.array(shape),
        "quads": selection.quads.astype(np.uint16),
        "uv": tile(selection, mean, bases.texel, inside > _TILED, layout.size),
        "part": selection.part.astype(np.uint8),
        "part_names": np.array(PARTS),
        "mean": mean.astype(np.float32),
        "modes": bases.fields[1 : 1 + k].astype(np.float16),
        "sign": population.sign.astype(np.int8),
        "moves": bases.fields[1 + k :].astype(np.float16),
        "move_names": np.array(head.expression_names),
        "partner": expression_partners(head.expression_names).astype(np.int16),
        "mirror": selection.mirror.astype(np.uint16),
        "texel": bases.texel.astype(np.float32),
        "follow": follow(inside, off_neck, own_ears).astype(np.float16),
        "slide": np.zeros_like(mean, np.float16),
        "face_rect": np.array(FACE_RECT, np.float32),
        "smooth": fields.astype(np.float16),
        "slopes": slopes.astype(np.float32),
        "lips": selection.lips.astype(np.uint16),
        "left_lids": selection.lids[0].astype(np.uint16),
        "right_lids": selection.lids[1].astype(np.uint16),
        "neck_end": selection.neck.astype(np.uint16),
        "group_names": np.array(list(groups)),
        "groups": np.packbits(np.stack(list(groups.values())), axis=1),
        "bone_names": np.array(rig.BONES),
        "weights": rig.weights(selection, read_weights(data, len(base.vertices))).astype(
            np.float16
        ),
        "joint_vertices": carriers.astype(np.uint16),
        "joint_weights": shares.astype(np.float32),
        "source": selection.source.astype(np.uint16),
    }


def depth_inside(texel: NDArray[Any], mask: NDArray[np.bool_]) -> NDArray[np.float64]:
    """How many texels inside a mask (S, S) vertices (V,) lie; -1 where the layout has them not."""
    import cv2

    padded = np.pad(mask.astype(np.uint8), 1)
    inside = cv2.distanceTransform(padded, cv2.DIST_L2, 5)[1:-1, 1:-1]
    known = np.isfinite(texel).all(1)
    at = np.where(known[:, None], texel, -1).astype(np.float32)
    depth = cv2.remap(inside, at[:, None], None, cv2.INTER_LINEAR)[:, 0]
    return np.where(known, depth.astype(np.float64), -1.0)


def follow(
    inside: NDArray[np.float64], off_neck: NDArray[np.float64], ears: list[NDArray[np.float64]]
) -> NDArray[np.float64]:
    """How far vertices (V,) may follow a position map: not at its rim, on the neck or on ears.

    What a network says of necks is a guess. A map's ears have no folds, see `ears`.

    Parameters
    ----------
    inside, off_neck : (V,)
        Texels from the layout's rim and from its neck.
    ears : list of (V,)
        Weight of each vertex in an ear.
    """
    share = np.minimum(_ramp(inside, RIM), _ramp(off_neck, NECK))
    return np.asarray(share * (1 - np.maximum(*ears)))


def _ramp(values: NDArray[np.float64], ends: tuple[float, float]) -> NDArray[np.float64]:
    """0 up to the first end, 1 from the second on, smooth in between."""
    share = np.clip((values - ends[0]) / (ends[1] - ends[0]), 0, 1)
    return np.asarray(share * share * (3 - 2 * share))
