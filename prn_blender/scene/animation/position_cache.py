"""A face's mesh that follows each frame's own shape: a file of positions, and what plays it."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import contextlib
from collections.abc import Generator
from pathlib import Path

import bpy
import numpy as np

from ...core.choices import STRIDES, CameraKind
from ...core.errors import OptionError
from ...core.face.reconstruct import FaceReconstructor
from ...core.geometry.uv_layout import UVLayout
from ...core.outputs.point_cache import at_whole_frames, whole_frames, write_point_cache
from ...core.photo.frames import Shot
from ...core.sequence.mesh_positions import MeshOf, head_mesh, lattice_mesh, mesh_positions
from ...core.sequence.performance import Performance
from ...core.sequence.world import shot_camera
from ..names import POSITION_CACHE
from ..record.known_head import head_model_of
from .perform import Timing


def mesh_of(item: bpy.types.Object, layout: UVLayout) -> MeshOf:
    """How an object's mesh follows from a face.

    Parameters
    ----------
    item : bpy.types.Object
        A face.
    layout : UVLayout
        Its layout.

    Raises
    ------
    OptionError
        Vertices were added or taken away, so nobody knows where they go.
    ModelError
        The file of its head is gone.
    """
    count = len(item.data.vertices)
    model = head_model_of(item, layout)
    if model is not None and model.count == count:
        return head_mesh(model)
    if model is None:
        for stride in STRIDES:
            if len(layout.mesh(stride)[0]) == count:
                return lattice_mesh(stride)
    raise OptionError(
        "{item!r} has other vertices than it was built with, so it cannot follow positions.",
        item=item.name,
    )


def write_positions(
    path: Path,
    shot: Shot,
    performance: Performance,
    reconstructor: FaceReconstructor,
    of: MeshOf,
    rate: float,
    camera: CameraKind = "persp",
    focal: float | None = None,
) -> Generator[tuple[int, int], None, None]:
    """Write where the vertices are in each frame of the scene. Touches nothing in Blender.

    Parameters
    ----------
    path : Path
        A `.pc2` file; an older one stays until all of it is written.
    shot : Shot
    performance : Performance
        Of the person whom the face plays.
    reconstructor : FaceReconstructor
    of : callable
        See `mesh_of`.
    rate : float
        The scene's frames a second.
    camera, focal
        As in `PlayOptions`.

    Yields
    ------
    done : int
    total : int
        Frames.

    Raises
    ------
    OptionError
        The face has another layout; the focal length is too short.
    PhotoError, ModelError
        A frame cannot be read; the network fails.
    OutputError
        The file cannot be written.
    """
    view = shot_camera(performance, camera, focal)
    frames = Timing(0, rate).frames(performance.seconds)
    moving = mesh_positions(shot, performance, reconstructor, view, of)
    length = whole_frames(frames)
    samples = at_whole_frames(moving, frames, np.asarray(performance.starts))
    try:
        for done in write_point_cache(path, samples, length):
            yield done, length
    finally:
        moving.close()


def play_positions(item: bpy.types.Object, filepath: str, start: int) -> None:
    """Have an object's vertices go where a file has them, whatever its shape keys say.

    Parameters
    ----------
    item : bpy.types.Object
        Without positions of another shot, see `stop_positions`.
    filepath : str
        A file of `write_positions` for this object's mesh, as Blender names it.
    start : int
        The scene's frame of its first sample.
    """
    modifier = item.modifiers.new(POSITION_CACHE, "MESH_CACHE")
    # Before an armature, subdivision or whatever else works on the shape.
    item.modifiers.move(len(item.modifiers) - 1, 0)
    modifier.cache_format = "PC2"
    modifier.interpolation = "LINEAR"
    modifier.frame_start = start
    modifier.filepath = filepath


def named(path: Path) -> str:
    """A path as the file that is open names it: from where that lies, if it can be."""
    if bpy.data.filepath:
        with contextlib.suppress(ValueError):  # on another drive
            return bpy.path.relpath(str(path))
    return str(path)
