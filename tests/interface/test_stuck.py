"""What users do to our data behind our back: one sentence, or it still works; never a traceback."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

bpy = pytest.importorskip("bpy", reason="Blender's Python module is not installed")

import prn_blender
from prn_blender.core import Photo
from prn_blender.core.photo.photo import write_image
from prn_blender.scene.files import new_file
from prn_blender.scene.images.image import image_pixels
from prn_blender.scene.layers import texture_group as names
from prn_blender.scene.layers.layers import layers_of
from prn_blender.scene.record import camera_of, find_result, photo_block, photo_record_of

# Operators of a face, with what they need to be told; those of the picture are no different.
OPERATORS: dict[str, dict[str, Any]] = {
    "photo_view": {},
    "photo_behind": {},
    "front_view": {},
    "landmarks": {},
    "visibility": {},
    "rebuild": {"stride": "2"},
    "write_outputs": {"show": False},
    "paint": {},
    "complete": {},
    "photo_light": {},
    "apply_to_photo": {},
    "bake": {},
    "compositor": {},
    "edit_externally": {"layer": "Photo", "open_editor": False},
    "part_groups": {},
    "save_result": {},
}
NO_LAYERS = "The face's material has no texture layers: build the face again"
NO_PHOTO = "The photo of 'astronaut' is no longer in the file; put it back or build the face again."
NO_PHOTO_FILE = (
    "The photo \"astronaut.png\" is neither where it was nor in the .blend file; put it back or "
    "build the face again."
)  # fmt: skip
NO_MAP = "The face's position map is missing or damaged; build the face again."
NO_CAMERA = "The camera of 'astronaut' was deleted; build the face again."
NO_TEXTURE = (
    "The image of the texture layer Photo was deleted; undo that, make the layer again, or build "
    "the face again."
)
ON_LAYERS = (
    "paint",
    "complete",
    "photo_light",
    "apply_to_photo",
    "bake",
    "compositor",
    "edit_externally",
)
ON_CAMERA = ("photo_view", "photo_behind", "rebuild", "compositor")
ON_PHOTO = ("rebuild", "write_outputs", "complete", "photo_light", "apply_to_photo", "compositor")


@pytest.fixture(scope="module")
def portrait(astronaut: Photo) -> np.ndarray:
    """Her face and little else: each operator is run on it some fifteen times."""
    return np.ascontiguousarray(astronaut.pixels[0:240, 105:345])


@pytest.fixture(scope="module")
def saved(portrait: np.ndarray, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with a face, its marks, layers and result; the photo lies beside it."""
    folder = tmp_path_factory.mktemp("stuck")
    photo = folder / "astronaut.png"
    write_image(photo, portrait)
    new_file()
    prn_blender.register()
    bpy.ops.prn.reconstruct(filepath=str(photo), stride="4", texture_size="256", landmarks="points")
    bpy.ops.prn.complete()
    bpy.ops.prn.apply_to_photo()
    bpy.ops.wm.save_as_mainfile(filepath=str(folder / "face.blend"))
    prn_blender.unregister()
    return folder / "face.blend"


@pytest.fixture(autouse=True)
def addon(saved: Path, one_model: None) -> Iterator[None]:
    prn_blender.register()
    yield
    if bpy.context.mode != "OBJECT":
        bpy.ops.object.mode_set(mode="OBJECT")
    prn_blender.unregister()


def opened(path: Path, name: str = "astronaut") -> bpy.types.Object:
    bpy.ops.wm.open_mainfile(filepath=str(path))
    item = bpy.data.objects[name]
    bpy.context.view_layer.objects.active = item
    return item


def said_by(operator: str, folder: Path, **options: Any) -> str:
    """Run it; what it says when it refuses, empty when it works."""
    options = {**OPERATORS.get(operator, {}), **options}
    if operator == "write_outputs":
        options["directory"] = str(folder)
    if operator == "save_result":
        options["filepath"] = str(folder / "result.png")
    try:
        assert getattr(bpy.ops.prn, operator)(**options) == {"FINISHED"}
    except RuntimeError as e:
        said = str(e).strip()
        assert len(said.splitlines()) == 1, said
        assert "Traceback" not in said
        return said.removeprefix("Error: ").partition("poll() ")[2] or said.removeprefix("Error: ")
    return ""


def state() -> dict[str, Any]:
    """What a refused operator must leave as it was."""
    blocks = {
        kind: sorted(block.name for block in getattr(bpy.data, kind))
        for kind in ("objects", "meshes", "images", "materials", "node_groups", "cameras", "scenes")
    }
    places = {o.name: tuple(map(tuple, o.matrix_basis)) for o in bpy.data.objects}
    sizes = {mesh.name: len(mesh.vertices) for mesh in bpy.data.meshes}
    scene = bpy.context.scene
    seen = (scene.camera.name if scene.camera else "", sorted(scene.objects.keys()))
    return {**blocks, "places": places, "sizes": sizes, "seen": seen}


# What is done, and which operators then say what; all others still work.
ACCIDENTS: dict[str, tuple[Callable[[bpy.types.Object], Any], dict[str, str]]] = {
    "the camera is removed": (
        lambda item: bpy.data.objects.remove(camera_of(item)),
        dict.fromkeys(ON_CAMERA, NO_CAMERA),
    ),
    "the camera's data are removed": (
        lambda item: bpy.data.cameras.remove(camera_of(item).data),
        dict.fromkeys(ON_CAMERA, NO_CAMERA),
    ),
    "the photo's image is removed": (
        lambda item: bpy.data.images.remove(photo_block(item)),
        dict.fromkeys(("rebuild", "apply_to_photo", "compositor", "photo_behind"), NO_PHOTO),
    ),
    "the texture's image is removed": (
        lambda item: bpy.data.images.remove(layers_of(item).image(names.PHOTO)),
        dict.fromkeys(("apply_to_photo", "bake", "compositor", "edit_externally"), NO_TEXTURE),
    ),
    "the completed image is removed": (
        lambda item: bpy.data.images.remove(layers_of(item).image(names.COMPLETED)),
        dict.fromkeys(("apply_to_photo", "bake"), NO_TEXTURE.replace("Photo", "Completed")),
    ),
    "the position map is removed": (
        lambda item: bpy.data.images.remove(photo_record_of(item).position_map),
        dict.fromkeys(ON_PHOTO, NO_MAP),
    ),
    "the result is removed": (
        lambda item: bpy.data.images.remove(find_result(item)),
        {"save_result": "There is no result yet: swap, or press Apply to Photo"},
    ),
    "the node group is removed": (
        lambda item: bpy.data.node_groups.remove(layers_of(item).group.node_tree),
        dict.fromkeys(ON_LAYERS, NO_LAYERS),
    ),
    "the material is removed": (
        lambda item: bpy.data.materials.remove(item.active_material),
        dict.fromkeys(ON_LAYERS, NO_LAYERS),
    ),
    "the collection is removed": (
        lambda item: bpy.data.collections.remove(bpy.data.collections["astronaut"]),
        dict.fromkeys(OPERATORS, "Select a face that was built from a photo")
        | {"save_result": "There is no result yet: swap, or press Apply to Photo"},
    ),
}


@pytest.mark.parametrize("accident", ACCIDENTS)
def test_one_sentence_and_nothing_changed(accident: str, saved: Path, tmp_path: Path) -> None:
    happen, refused = ACCIDENTS[accident]
    for operator in OPERATORS:
        happen(opened(saved))
        before = state()
        said = said_by(operator, tmp_path)
        assert said == refused.get(operator, ""), operator
        if said:
            assert state() == before, operator


def test_a_photo_moved_on_disk(saved: Path, tmp_path: Path) -> None:
    photo, elsewhere = saved.parent / "astronaut.png", tmp_path / "moved.png"
    photo.rename(elsewhere)
    try:
        for operator in OPERATORS:
            opened(saved)
            before = state()
            said = said_by(operator, tmp_path)
            assert said == (NO_PHOTO_FILE if operator in ON_PHOTO else ""), operator
            if said:
                assert state() == before, operator
        # As the sentence says: the image is told where it is now.
        item = opened(saved)
        photo_block(item).filepath = str(elsewhere)
        for operator in ON_PHOTO:
            assert said_by(operator, tmp_path) == "", operator
    finally:
        elsewhere.rename(photo)


def test_a_camera_deleted_in_the_view_comes_back(saved: Path, tmp_path: Path) -> None:
    """It is in the file still, because the face names it."""
    for operator in ON_CAMERA:
        item = opened(saved)
        camera = camera_of(item)
        with bpy.context.temp_override(selected_objects=[camera]):
            bpy.ops.object.delete()
        assert not camera.users_scene
        assert said_by(operator, tmp_path) == ""
        assert camera.users_scene, operator


def test_names_are_the_user_s(saved: Path, tmp_path: Path) -> None:
    for operator in OPERATORS:
        opened(saved)
        for kind in ("objects", "meshes", "materials", "images", "cameras", "node_groups"):
            for block in list(getattr(bpy.data, kind)):
                block.name = f"my own {block.name}"
        assert said_by(operator, tmp_path) == "", operator


def test_landmarks_of_a_renamed_face_go_along(saved: Path, tmp_path: Path) -> None:
    item = opened(saved)
    item.name = "Eileen"
    item.children[0].name = "dots"
    assert said_by("rebuild", tmp_path, camera="persp", eye_distance=50.0) == ""
    (marks,) = item.children
    points, dots = (np.array([v.co for v in mesh.vertices]) for mesh in (item.data, marks.data))
    assert np.linalg.norm(points - dots[30], axis=1).min() < 1e-3


def test_a_linked_face_says_what_to_do(saved: Path, tmp_path: Path) -> None:
    local = "The face is linked from another file: make it local first"
    for override in (False, True):
        new_file()
        with bpy.data.libraries.load(str(saved), link=True) as (_, wanted):
            wanted.objects = ["astronaut"]
        item = wanted.objects[0]
        bpy.context.scene.collection.objects.link(item)
        if override:
            item = item.override_create(remap_local_usages=True)
        bpy.context.view_layer.objects.active = item
        before = state()
        for operator in OPERATORS:
            # Looking at what the photo showed changes nothing.
            expected = "" if operator in ("write_outputs", "save_result") else local
            assert said_by(operator, tmp_path) == expected, operator
        assert state() == before


def test_a_face_made_local_without_its_material(saved: Path, tmp_path: Path) -> None:
    new_file()
    with bpy.data.libraries.load(str(saved), link=True) as (_, wanted):
        wanted.objects = ["astronaut"]
    item = wanted.objects[0]
    bpy.context.scene.collection.objects.link(item)
    bpy.context.view_layer.objects.active = item
    item.make_local()
    item.data.make_local()
    assert item.active_material.library is not None
    said = {name: said_by(name, tmp_path) for name in ON_LAYERS}
    wanted_said = "The face's material is linked from another file: make it local first"
    assert set(said.values()) == {wanted_said}


def test_an_appended_face_has_its_camera(saved: Path, tmp_path: Path) -> None:
    new_file()
    with bpy.data.libraries.load(str(saved)) as (_, wanted):
        wanted.objects = ["astronaut"]
    item = wanted.objects[0]
    bpy.context.scene.collection.objects.link(item)
    bpy.context.view_layer.objects.active = item
    for operator in OPERATORS:
        assert said_by(operator, tmp_path) == "", operator
        if bpy.context.mode != "OBJECT":
            bpy.ops.object.mode_set(mode="OBJECT")
    assert bpy.context.scene.camera in list(bpy.context.scene.objects)


def test_a_duplicate_is_worked_on_alone(saved: Path, tmp_path: Path) -> None:
    item = opened(saved)
    item.select_set(True)
    bpy.ops.object.duplicate()
    copy = bpy.context.view_layer.objects.active
    assert copy != item
    vertices = len(item.data.vertices)
    for operator in OPERATORS:
        if operator == "rebuild":
            continue  # is for all faces of the photo
        assert said_by(operator, tmp_path) == "", operator
        if bpy.context.mode != "OBJECT":
            bpy.ops.object.mode_set(mode="OBJECT")
    assert len(item.data.vertices) == vertices
    assert layers_of(item).image(names.PAINT) is None
    assert layers_of(copy).image(names.PAINT) is not None
    assert "nose" in copy.vertex_groups and "nose" not in item.vertex_groups


def test_a_swap_says_it_too(saved: Path, portrait: np.ndarray, tmp_path: Path) -> None:
    """It takes a photo besides, and longer."""
    donor = tmp_path / "donor.png"
    write_image(donor, np.ascontiguousarray(portrait[:, ::-1]))
    for accident, expected in (
        ("the node group is removed", NO_LAYERS),
        ("the position map is removed", NO_MAP),
        ("the photo's image is removed", ""),
        ("the texture's image is removed", ""),
    ):
        item = opened(saved)
        ACCIDENTS[accident][0](item)
        assert said_by("swap", tmp_path, filepath=str(donor)) == expected, accident
    assert image_pixels(find_result(item)).any()
