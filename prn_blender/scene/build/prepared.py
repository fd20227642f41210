"""What a scene of faces is built from, computed without Blender: camera, meshes, image files.

This is all of the work that takes long for a large photo. It runs in a thread of its own: a job
waits for it while the window goes on being drawn, and a script builds the first meshes meanwhile.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from ...core.face.face import Face
from ...core.files.exr import encode_exr
from ...core.geometry.camera import Camera, Placement, make_camera
from ...core.outputs.depth import depth_map
from ...core.outputs.export import texture_pixels, texture_png
from ...core.outputs.overlay import overlay_layer
from ...core.photo.photo import Photo, encode_image, photo_jpeg
from ...core.texture.unwrap import texture_size
from ..head.head_files import HeadFiles, head_files
from ..mesh.head_data import HeadData, head_colours, head_mesh
from ..mesh.mesh_data import MeshData, mesh_colours, mesh_data
from ..options import SceneOptions

NOTHING = 1e10
"""What Blender's own depth pass holds where nothing is, metres."""


@dataclass(frozen=True, eq=False)
class WholeHead:
    """What a whole head has besides the mesh of a face.

    Attributes
    ----------
    data : HeadData
    files : HeadFiles
    """

    data: HeadData
    files: HeadFiles


@dataclass(frozen=True, eq=False)
class Prepared:
    """What `build_stepwise` builds a scene from; a `Future` may still be being computed.

    Attributes
    ----------
    faces : sequence of Face
        Of one photo, the most important first.
    options : SceneOptions
    view : Camera
        The photo's.
    placements : list of Placement
        Where each face stands in front of that camera.
    meshes : list of Future of MeshData
        Of each face.
    heads : list of Future of WholeHead, or None
        What makes it a whole head; None of a face that is to be a lattice, or has no head.
    photo : Future of bytes, or None
        The upright sRGB photo as a JPEG; None where its own file serves.
    textures : list of Future of bytes
        A PNG for each face.
    colours : list of Future of (n, 4) float32
        Of each face's vertices, see `mesh_colours`; empty where they are not wanted.
    depth, overlay : Future of bytes, or None
        An OpenEXR and a PNG of the photo's size; None where they are not wanted.
    units : float
        Of the scene to a metre.
    """

    faces: Sequence[Face]
    options: SceneOptions
    view: Camera
    placements: list[Placement]
    meshes: list[Future[MeshData]]
    heads: list[Future[WholeHead | None]]
    photo: Future[bytes] | None
    textures: list[Future[bytes]]
    colours: list[Future[np.ndarray]]
    depth: Future[bytes] | None
    overlay: Future[bytes] | None
    units: float = 1.0

    def wait(self) -> None:
        """Wait until everything is computed.

        Raises
        ------
        PRNError
            A part of it cannot be computed.
        """
        pictures = (self.photo, *self.textures, self.depth, self.overlay)
        for part in (*self.meshes, *self.heads, *self.colours, *pictures):
            if part is not None:
                part.result()


def prepare(
    faces: Sequence[Face], options: SceneOptions | None = None, units: float = 1.0
) -> Prepared:
    """Begin to compute everything, in another thread.

    Parameters
    ----------
    faces : sequence of Face
        Of one photo, the most important first: it has its real size, and the camera is scaled
        to it.
    options : SceneOptions, optional
    units : float
        Of the scene to a metre, see `units_per_metre`.

    Raises
    ------
    OptionError
        An option has a value that makes no sense.
    """
    options = options or SceneOptions()
    photo = faces[0].photo
    view = make_camera(
        photo, faces[0].geometry, options.camera, options.focal_mm, options.eye_distance
    )
    sizes = [texture_size(face.geometry, options.texture_size) for face in faces]
    placements = [view.place(face.geometry) for face in faces]
    pool = ThreadPoolExecutor(1, thread_name_prefix="prn-prepare")
    try:
        return Prepared(
            faces,
            options,
            view,
            placements,
            [  # first, because Blender's objects can be built from them while the rest is computed
                pool.submit(_mesh, face, view, place, options)
                for face, place in zip(faces, placements, strict=True)
            ],
            [
                pool.submit(_whole_head, face, view, place, options, size)
                for face, place, size in zip(faces, placements, sizes, strict=True)
            ],
            None if shown_by_its_file(photo) else pool.submit(photo_jpeg, photo),
            [
                pool.submit(texture_png, face, size, options.mask_hidden)
                for face, size in zip(faces, sizes, strict=True)
            ],
            [pool.submit(_colours, face, options) for face in faces if options.colors],
            pool.submit(_depth_exr, faces, view, units, options.whole) if options.depth else None,
            pool.submit(_overlay_png, faces) if options.overlay else None,
            units,
        )
    finally:
        pool.shutdown(wait=False)  # what was submitted is still computed


def _mesh(face: Face, view: Camera, placement: Placement, options: SceneOptions) -> MeshData:
    found = head_mesh(face, view, placement) if options.whole else None
    return found[0] if found is not None else mesh_data(face, placement, options.stride)


def _whole_head(
    face: Face, view: Camera, placement: Placement, options: SceneOptions, size: int
) -> WholeHead | None:
    head = face.head if options.whole else None
    found = head_mesh(face, view, placement) if head is not None else None
    if head is None or found is None:
        return None
    texture = texture_pixels(face, size, options.mask_hidden)
    return WholeHead(found[1], head_files(face, head, texture))


def _colours(face: Face, options: SceneOptions) -> np.ndarray:
    head = face.head if options.whole else None
    return mesh_colours(face, options.stride) if head is None else head_colours(face, head)


def copy_of(photo: Photo) -> bytes | None:
    """A JPEG of a photo, for `photo_image`; None where its own file serves."""
    return None if shown_by_its_file(photo) else photo_jpeg(photo)


def shown_by_its_file(photo: Photo) -> bool:
    """Whether Blender can show the photo's own file.

    It cannot where it would show other pixels than we read (EXIF orientation, colour profile, CMYK,
    16 bits, alpha), where there is no file, or where the file's name is not valid Unicode.
    """
    if not photo.as_stored or photo.path is None:
        return False
    name = str(photo.path.absolute())
    return name == name.encode("utf-8", "ignore").decode()


def _depth_exr(faces: Sequence[Face], view: Camera, units: float, whole: bool) -> bytes:
    """An OpenEXR file: the scene's units from the camera at each pixel; see `NOTHING`."""
    distance = np.full((view.height, view.width), NOTHING, np.float32)
    for face in faces:
        depth = depth_map(face, face.head if whole else None)
        depth = units * view.distances(face.geometry, depth)
        np.fmin(distance, depth.astype(np.float32), out=distance)  # NaN: no face
    return encode_exr(distance, "Y")


def _overlay_png(faces: Sequence[Face]) -> bytes:
    """A PNG file of the photo's size with dense points and landmarks, transparent elsewhere."""
    layer = overlay_layer(faces[0])
    for face in faces[1:]:
        more = overlay_layer(face)
        np.copyto(layer, more, where=more[..., 3:] > 0)
    return encode_image(layer)
