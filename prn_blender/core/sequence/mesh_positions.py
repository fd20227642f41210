"""Where the vertices of a face's mesh lie in each frame of a shot, as the frames show them.

Expressions tell what a face does in 52 numbers; here each frame's own shape is taken, held steady
(`steady_faces`), so that lips and lids go where the picture has them.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import replace

import numpy as np

from ..errors import OptionError
from ..face.face import IDENTITY, Face
from ..face.reconstruct import FaceReconstructor
from ..geometry.camera import Camera
from ..head.head_model import HeadModel
from ..head.whole_head import head_of_face
from ..photo.frames import FrameRange, Shot
from ..typed import Points
from .performance import Performance
from .steady_faces import steady_faces
from .world import places

MeshOf = Callable[[Face], Points]
"""From a face to its mesh's vertices (V, 3), photo pixels, z toward the viewer."""


def lattice_mesh(stride: int) -> MeshOf:
    """The lattice: a vertex for every n-th texel of the position map."""

    def vertices(face: Face) -> Points:
        texels = face.layout.mesh(stride)[0]
        return np.ascontiguousarray(face.position_map.reshape(-1, 3)[texels])

    return vertices


def head_mesh(model: HeadModel) -> MeshOf:
    """The whole head.

    Raises
    ------
    OptionError
        The vertices are asked for of a face whose model does not tell this head.
    """

    def vertices(face: Face) -> Points:
        identity = face.identity
        head = None
        if identity is not None:
            head = head_of_face(face.geometry, identity, face.expression, model, None)
        if head is None:
            raise OptionError("The model does not tell this head.")
        return head.in_photo

    return vertices


def mesh_positions(
    shot: Shot,
    performance: Performance,
    reconstructor: FaceReconstructor,
    camera: Camera,
    mesh_of: MeshOf,
) -> Generator[tuple[int, Points], None, None]:
    """Follow a mesh through the frames that show the face.

    Parameters
    ----------
    shot : Shot
    performance : Performance
        Of the person; the pose is the performance's, and so are identity and gaze.
    reconstructor : FaceReconstructor
    camera : Camera
        The shot's, see `world.shot_camera`.
    mesh_of : callable
        `lattice_mesh` or `head_mesh`.

    Yields
    ------
    index : int
        Place of the frame in the performance.
    vertices : (V, 3) float32
        In the frame of the head's place there (`world.places`), metres: put there, the camera sees
        them where the frame shows them.

    Raises
    ------
    PhotoError
        A frame cannot be read.
    ModelError
        The network fails.
    OptionError
        The focal length is too short for the head, or the model does not tell it.
    """
    where = places(performance, camera)
    first, last = int(performance.numbers[0]), int(performance.numbers[-1])
    step = int(np.gcd.reduce(np.diff(performance.numbers))) if len(performance) > 1 else 1
    frames = shot.frames(FrameRange(first, last, step))
    for target in steady_faces(iter(frames), performance, reconstructor):
        if target.face is None:
            continue
        index = int(np.searchsorted(performance.numbers, target.frame.number))
        seen = mesh_of(_as_performed(target.face, performance, index))
        world = camera.head_to_world(seen.astype(np.float64), float(performance.scale[index]))
        yield index, where[index].invert(world).astype(np.float32)


def _as_performed(face: Face, performance: Performance, index: int) -> Face:
    """A frame's face with the shot's identity and the smooth expression of that frame."""
    if performance.identity is None:
        return face
    told = {**face.coefficients, IDENTITY: performance.identity}
    smooth = dict(zip(performance.names, performance.expression[index].tolist(), strict=True))
    return replace(face, coefficients=told, expression=smooth)
