"""From the faces of a photo to one tidy collection."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import contextlib
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import bpy
from mathutils import Matrix

from ..core.camera import Camera, make_camera
from ..core.export import texture_pixels
from ..core.face import Face
from ..core.parts import PARTS
from ..core.photo import encode_image
from ..core.texture import texture_size
from .camera import build_camera, match_render, show_background
from .image import packed_image, photo_image
from .material import build_material
from .mesh import add_visible_group, build_mesh
from .names import FACE
from .outputs import add_colours, build_landmarks, depth_image, show_overlay
from .state import position_image, store_face
from .texture_group import texture_group


@dataclass(frozen=True)
class SceneOptions:
    """How faces become Blender data.

    Attributes
    ----------
    stride : {1, 2, 4}
        Every n-th texel becomes a vertex.
    texture_size : int or "auto"
    material : {"shadeless", "lit"}
    camera : {"ortho", "persp"}
    focal_mm : float or None
        35 mm equivalent of a perspective camera; None takes EXIF's, else 50.
    eye_distance : float or None
        Real distance of the eye centres in metres; None takes the layout's.
    match_render : bool
        Set the scene's camera, render size, aspect and colours to the photo's.
    background : bool
        Show the photo behind the face in the camera view.
    landmarks : {"none", "points", "empties"}
        The 68 points, as one object or as empties, parented to the face.
    colors : bool
        The photo's colours as the mesh's colour attribute `photo_color`.
    depth : bool
        An image of the depth in the photo's size, and the scene's own depth pass switched on.
    overlay : bool
        Dense points and landmarks over the camera's view.
    mask_hidden : bool
        Black texture where the photo does not show the face.
    """

    stride: int = 1
    texture_size: int | str = "auto"
    material: str = "shadeless"
    camera: str = "ortho"
    focal_mm: float | None = None
    eye_distance: float | None = None
    match_render: bool = True
    background: bool = True
    landmarks: str = "none"
    colors: bool = False
    depth: bool = False
    overlay: bool = False
    mask_hidden: bool = False


@dataclass(frozen=True, eq=False)
class FaceScene:
    """What was built.

    Attributes
    ----------
    collection : bpy.types.Collection
        Named after the photo; holds all of the objects.
    faces : list of bpy.types.Object
        One mesh object per face, in the order given.
    camera : bpy.types.Object
    view : Camera
        The numbers behind it.
    """

    collection: bpy.types.Collection
    faces: list[bpy.types.Object]
    camera: bpy.types.Object
    view: Camera


def build_scene(
    faces: Sequence[Face],
    options: SceneOptions | None = None,
    scene: bpy.types.Scene | None = None,
) -> FaceScene:
    """Build a collection from the faces of one photo and link it to a scene.

    Everything is built first and linked last; if anything fails, all of it is removed and the
    scene is as it was.

    Parameters
    ----------
    faces : sequence of Face
        Of one photo, the most important first: it has its real size, and the camera is scaled
        to it.
    options : SceneOptions, optional
    scene : bpy.types.Scene, optional
        By default the context's.

    Raises
    ------
    OptionError
        An option has a value that makes no sense.
    """
    parts = build_in_parts(faces, options, scene)
    while True:
        try:
            next(parts)
        except StopIteration as end:
            built: FaceScene = end.value
            return built


def build_in_parts(
    faces: Sequence[Face],
    options: SceneOptions | None = None,
    scene: bpy.types.Scene | None = None,
) -> Generator[None, None, FaceScene]:
    """As `build_scene`, with pauses in which a window can be drawn.

    Closed in a pause, it removes what it has made. An undo in a pause takes that away, too: a
    `ReferenceError` says so.
    """
    options = options or SceneOptions()
    target: bpy.types.Scene = scene or bpy.context.scene
    photo = faces[0].photo
    view = make_camera(photo, faces[0], options.camera, options.focal_mm, options.eye_distance)
    with _all_or_nothing() as made:
        collection = made.add(bpy.data.collections.new(photo.stem))
        # Shared with what is in the file already, or new.
        image = made.add_if_new(bpy.data.images, lambda: photo_image(photo))
        objects = []
        for number, face in enumerate(faces, 1):
            yield from made.pause()
            name = photo.stem if number == 1 else f"{photo.stem}_{number}"
            item = yield from _build_face(face, name, view, image, options, made)
            objects.append(item)
        yield from made.pause()
        camera = made.add(build_camera(f"{photo.stem} Camera", view))
        made.add(camera.data)
        for item in objects:
            item.data[FACE]["camera"] = camera
        if options.background:
            show_background(camera.data, image)
        points = [
            point
            for face, item in zip(faces, objects, strict=True)
            for point in _build_landmarks(face, item, view, options, made)
        ]
        if options.depth:
            yield from made.pause()
            made.add(depth_image(f"{photo.stem} Depth", faces, view))
        if options.overlay:
            yield from made.pause()
            made.add(show_overlay(camera.data, f"{photo.stem} Alignment", faces))
        for item in (*objects, *points, camera):
            collection.objects.link(item)
        target.collection.children.link(collection)
        if options.match_render:
            match_render(target, view.width, view.height)
        if options.depth:
            for layer in target.view_layers:
                layer.use_pass_z = True
        if options.match_render or target.camera is None:
            target.camera = camera
    return FaceScene(collection, objects, camera, view)


def _build_face(
    face: Face,
    name: str,
    view: Camera,
    photo: bpy.types.Image,
    options: SceneOptions,
    made: _Made,
) -> Generator[None, None, bpy.types.Object]:
    size = texture_size(face, options.texture_size)
    with ThreadPoolExecutor(1) as pool:
        # Encoding the texture takes longer than all of the mesh and needs nothing of Blender.
        encoded = pool.submit(_texture_png, face, size, options.mask_hidden)
        placement = view.place(face)
        mesh = made.add(build_mesh(name, face, placement, options.stride))
        item = made.add(bpy.data.objects.new(name, mesh))
        item.matrix_basis = Matrix(placement.transform.matrix.tolist())
        yield from made.pause()
        add_visible_group(item)
        positions = made.add(position_image(f"{name} Position Map", face))
        store_face(mesh, face, photo, positions)
        made.add_if_new(bpy.data.node_groups, lambda: texture_group(PARTS))
        if options.colors:
            add_colours(mesh, face, options.stride)
        yield from made.pause()
    image = made.add(packed_image(f"{name} Texture", size, size, encoded.result(), ".png"))
    material = made.add(build_material(name, image, options.material, PARTS))
    mesh.materials.append(material)
    return item


def _texture_png(face: Face, size: int, mask_hidden: bool) -> bytes:
    if not mask_hidden:
        return face.texture_png(size)  # which a job's thread may have made already
    return encode_image(texture_pixels(face, size, mask_hidden), ".png")


def _build_landmarks(
    face: Face, item: bpy.types.Object, view: Camera, options: SceneOptions, made: _Made
) -> list[bpy.types.Object]:
    if options.landmarks == "none":
        return []
    name = f"{item.name} Landmarks"
    points = build_landmarks(name, face, view.place(face), options.landmarks)
    for point in points:
        made.add(point)
        if point.data is not None:
            made.add(point.data)
        point.parent = item
    return points


@dataclass
class _Made:
    """Data-blocks made so far."""

    blocks: list[Any] = field(default_factory=list)

    def add(self, block: Any) -> Any:
        self.blocks.append(block)
        return block

    def pause(self) -> Iterator[None]:
        """A pause; a `ReferenceError` after it where an undo has taken the blocks away."""
        yield
        if not all(map(_is_there, self.blocks)):
            raise ReferenceError("What was built so far is gone.")

    def add_if_new(self, kind: Any, get: Callable[[], Any]) -> Any:
        """What `get` finds among the blocks of a kind, or makes."""
        before = set(kind)
        block = get()
        self.blocks.extend(set(kind) - before)
        return block


@contextlib.contextmanager
def _all_or_nothing() -> Iterator[_Made]:
    made = _Made()
    try:
        yield made
    except BaseException:
        bpy.data.batch_remove([block for block in made.blocks if _is_there(block)])
        raise


def _is_there(block: Any) -> bool:
    try:
        return bool(block.name)
    except ReferenceError:  # an undo was quicker
        return False
