"""From the faces of a photo to one collection of objects."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import bpy
from mathutils import Matrix, Vector

from ...core.choices import PARTS
from ...core.errors import Sentence
from ...core.face.face import Face
from ...core.geometry.camera import Camera
from ..head.materials import as_skin, dress, lash_image
from ..images.image import packed_image, photo_image
from ..layers.composed import add_composed
from ..layers.layers import layers_of
from ..layers.texture_group import texture_group
from ..mesh.head_mesh import add_groups, add_shapes, add_tile
from ..mesh.mesh import add_visible_group, build_mesh
from ..mesh.mesh_data import MeshData
from ..mesh.shape_keys import add_neutral
from ..names import ASIDE
from ..options import SceneOptions
from ..record import change_photo, position_image, read_record, record_of, write_record
from ..stepwise import Stepwise, at_once
from ..units import units_per_metre
from .camera import build_camera, match_render, show_background
from .extras import add_colours, build_landmarks, depth_image, show_overlay
from .material import build_material
from .prepared import Prepared, prepare

_GAP = 0.25
"""Between the faces of photos in a row, as a share of how wide they are."""


@dataclass(frozen=True, eq=False)
class FaceScene:
    """The objects that were built from a photo.

    Attributes
    ----------
    collection : bpy.types.Collection
        Named after the photo; holds all of the objects.
    faces : list of bpy.types.Object
        One mesh object for each face, in the order given.
    camera : bpy.types.Object
        It sees what the photo's camera saw.
    view : Camera
        The numbers that the camera was built from.
    matched : list of Sentence
        What of the scene's render settings was set, see `match_render`.
    headless : int
        How many of the faces became lattices because they have no whole head, though the options
        ask for one by name.
    """

    collection: bpy.types.Collection
    faces: list[bpy.types.Object]
    camera: bpy.types.Object
    view: Camera
    matched: list[Sentence] = field(default_factory=list)
    headless: int = 0


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
    target = scene or bpy.context.scene
    return at_once(build_stepwise(prepare(faces, options, units_per_metre(target)), target))


def build_stepwise(
    prepared: Prepared, scene: bpy.types.Scene | None = None, beside: Sequence[FaceScene] = ()
) -> Stepwise[FaceScene]:
    """As `build_scene`, in steps; see `stepwise`.

    If the generator is closed in a pause, it removes what it has made.

    Parameters
    ----------
    prepared : Prepared
        For this scene's units. After `Prepared.wait`, no step takes long, however large the photo
        is.
    scene : bpy.types.Scene, optional
        By default the context's.
    beside : sequence of FaceScene
        What other photos were built into just now: these faces come to the right of theirs, with
        their camera.

    Raises
    ------
    ReferenceError
        An undo in a pause has taken away what was made until then.
    """
    target: bpy.types.Scene = scene or bpy.context.scene
    faces, options, view = prepared.faces, prepared.options, prepared.view
    photo = faces[0].photo
    with all_or_nothing() as made:
        collection = made.add(bpy.data.collections.new(photo.stem))
        # A photo that is in the file already is used again.
        file = None if prepared.photo is None else prepared.photo.result()
        image = made.add_if_new(bpy.data.images, lambda: photo_image(photo, file))
        objects = []
        for index in range(len(faces)):
            yield from made.pause()
            name = photo.stem if index == 0 else f"{photo.stem}_{index + 1}"
            objects.append((yield from _build_face(prepared, index, name, image, made)))
        yield from made.pause()
        camera = made.add(build_camera(f"{photo.stem} Camera", view, prepared.units))
        made.add(camera.data)
        for item in objects:
            change_photo(item, camera=camera)
        if beside:
            _stand_beside(objects, camera, beside)
        if options.background:
            show_background(camera.data, image)
        points = [
            point
            for item, data in zip(objects, prepared.meshes, strict=True)
            for point in _build_landmarks(item, data.result(), options.landmarks, made)
        ]
        if prepared.depth is not None:
            yield from made.pause()
            made.add(depth_image(f"{photo.stem} Depth", prepared.depth.result()))
        if prepared.overlay is not None:
            yield from made.pause()
            overlay = prepared.overlay.result()
            made.add(show_overlay(camera.data, f"{photo.stem} Alignment", overlay))
        for item in (*objects, *points, camera):
            collection.objects.link(item)
        target.collection.children.link(collection)
        matched = match_render(target, view.width, view.height) if options.match_render else []
        if options.depth:
            for layer in target.view_layers:
                layer.use_pass_z = True
        if options.match_render or target.camera is None:
            target.camera = camera
    headless = sum(head.result() is None for head in prepared.heads)
    if options.topology != "head":
        headless = 0
    return FaceScene(collection, objects, camera, view, matched, headless)


def _build_face(
    prepared: Prepared, index: int, name: str, photo: bpy.types.Image, made: NewBlocks
) -> Stepwise[bpy.types.Object]:
    face, options = prepared.faces[index], prepared.options
    placement = prepared.placements[index]
    mesh = made.add(build_mesh(name, prepared.meshes[index].result()))
    item = made.add(bpy.data.objects.new(name, mesh))
    item.matrix_basis = Matrix.Scale(prepared.units, 4) @ Matrix(
        placement.transform.matrix.tolist()
    )
    yield from made.pause()
    add_visible_group(item)
    positions = made.add(position_image(f"{name} Position Map", face))
    place = tuple(value for row in item.matrix_basis for value in row)
    write_record(mesh, replace(record_of(face, photo, positions), place=place))
    made.add_if_new(bpy.data.node_groups, lambda: texture_group(PARTS))
    if prepared.colours:
        add_colours(mesh, prepared.colours[index].result())
    head = prepared.heads[index].result()
    if head is not None:
        add_tile(mesh, head.data)
        add_groups(item, head.data)
        add_shapes(item, head.data.placed)
    elif options.neutral:
        add_neutral(item, face)
    yield from made.pause()
    image = made.add(packed_image(f"{name} Texture", prepared.textures[index].result(), ".png"))
    material = made.add(build_material(name, image, options.material, PARTS))
    mesh.materials.append(material)
    layers = layers_of(item)
    # For exporters: the texture is all there is so far.
    if head is None:
        file = prepared.textures[index].result()
        made.add(add_composed(layers, f"{name} Composed", file))
        return item
    for own in as_skin(layers, name, head.files):
        made.add(own)
    made.add(add_composed(layers, f"{name} Composed", head.files.tile))
    made.add_if_new(bpy.data.images, lash_image)
    for part in dress(mesh, layers, name, head.files):
        made.add(part)
    return item


def _stand_beside(
    items: Sequence[bpy.types.Object], camera: bpy.types.Object, others: Sequence[FaceScene]
) -> None:
    """Move the faces of a photo, and its camera, to the right of those of other photos.

    The first faces of all photos come to one height.
    """
    left = min(_sides(item)[0] for item in items)
    right = max(_sides(item)[1] for other in others for item in other.faces)
    across = right + _GAP * (max(_sides(item)[1] for item in items) - left) - left
    up = others[0].faces[0].location.z - items[0].location.z
    aside = Vector((across, 0.0, up))
    for item in items:
        item.matrix_basis = Matrix.Translation(aside) @ item.matrix_basis
        place = tuple(value for row in item.matrix_basis for value in row)
        write_record(item.data, replace(read_record(item), place=place))
    camera.location += aside
    camera[ASIDE] = tuple(aside)


def _sides(item: bpy.types.Object) -> tuple[float, float]:
    """The least and the largest X of a face."""
    across = [(item.matrix_basis @ Vector(corner)).x for corner in item.bound_box]
    return min(across), max(across)


def _build_landmarks(
    item: bpy.types.Object, data: MeshData, kind: str, made: NewBlocks
) -> list[bpy.types.Object]:
    if kind == "none":
        return []
    points = build_landmarks(f"{item.name} Landmarks", data, kind)
    for point in points:
        made.add(point)
        if point.data is not None:
            made.add(point.data)
        point.parent = item
    return points


@dataclass
class NewBlocks:
    """The data-blocks that were made so far, for `all_or_nothing` to remove."""

    blocks: list[Any] = field(default_factory=list)

    def add(self, block: Any) -> Any:
        """Note a new data-block; returns it."""
        self.blocks.append(block)
        return block

    def pause(self) -> Iterator[None]:
        """Pause once; raises `ReferenceError` after it if an undo has taken the blocks away."""
        yield
        if not all(map(_is_there, self.blocks)):
            raise ReferenceError("What was built so far is gone.")

    def add_if_new(self, kind: Any, get: Callable[[], Any]) -> Any:
        """Call what returns a data-block of a kind, a new one or not; note it if it is new."""
        before = set(kind)
        block = get()
        self.blocks.extend(set(kind) - before)
        return block


@contextlib.contextmanager
def all_or_nothing() -> Iterator[NewBlocks]:
    """Remove the data-blocks made within, if an exception (or a closed generator) ends it."""
    made = NewBlocks()
    try:
        yield made
    except BaseException:
        bpy.data.batch_remove([block for block in made.blocks if _is_there(block)])
        raise


def _is_there(block: Any) -> bool:
    try:
        return bool(block.name)
    except ReferenceError:  # an undo has removed it
        return False
