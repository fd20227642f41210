"""Choosing faces before building; jobs; the ways in."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

bpy = pytest.importorskip("bpy", reason="Blender's Python module is not installed")


from mathutils import Quaternion, Vector

from prn_blender.core import Face, FaceReconstructor, Photo
from prn_blender.core.errors import OptionError, Sentence
from prn_blender.core.model.environment import broken_libraries, providers, system_report
from prn_blender.core.outputs.thumbnails import draw_frames, face_thumbnail, make_thumbnails
from prn_blender.core.photo.photo import write_image
from prn_blender.interface import jobs, libraries
from prn_blender.interface.face_numbers import chosen_numbers, face_numbers
from prn_blender.interface.jobs import Job
from prn_blender.interface.views import photo_view
from prn_blender.interface.views.free_region import fit_camera
from prn_blender.interface.views.occluders import find_occluders, is_first_cube, occluders_of
from prn_blender.operators import menus
from prn_blender.operators.reconstruct import where_next
from prn_blender.scene import FaceScene, SceneOptions, build_scene
from prn_blender.scene.files import new_file

pytestmark = pytest.mark.usefixtures("addon")


@pytest.fixture(scope="module")
def pair_path(pair: Photo, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("pair") / "pair.png"
    write_image(path, pair.pixels)
    return path


# Choosing faces --------------------------------------------------------------------------------


def test_a_chosen_photo_shows_its_faces(pair_path: Path) -> None:
    assert bpy.ops.prn.choose_photo(filepath=str(pair_path)) == {"FINISHED"}
    photo = bpy.context.scene.prn_photo
    assert (photo.width, photo.height) == (900, 300)
    assert [face.chosen for face in photo.faces] == [True, False]
    assert photo.faces[0].box[0] > 450 > photo.faces[1].box[2]
    assert all(0.5 < face.confidence <= 1 for face in photo.faces)
    bpy.ops.prn.choose_faces(chosen=True)
    assert chosen_numbers(photo) == "1, 2"
    bpy.ops.prn.choose_faces(chosen=False)
    assert chosen_numbers(photo) == ""


def test_a_photo_without_a_face_leaves_the_panel(pair_path: Path, tmp_path: Path) -> None:
    bpy.ops.prn.choose_photo(filepath=str(pair_path))
    grey = tmp_path / "grey.png"
    write_image(grey, np.full((200, 200, 3), 90, np.uint8))
    with pytest.raises(RuntimeError, match="No face was found"):
        bpy.ops.prn.choose_photo(filepath=str(grey))
    photo = bpy.context.scene.prn_photo
    assert photo.filepath == str(pair_path)
    assert len(photo.faces) == 2


def test_the_chosen_face_is_built(pair_path: Path) -> None:
    bpy.ops.prn.reconstruct(
        filepath=str(pair_path), faces="CHOSEN", numbers="2", stride="4", texture_size="256"
    )
    active = bpy.context.view_layer.objects.active
    values = np.empty(len(active.data.vertices) * 3, np.float32)
    active.data.attributes["photo_position"].data.foreach_get("vector", values)
    assert values.reshape(-1, 3)[:, 0].max() < 450
    assert len([o for o in bpy.context.scene.objects if o.type == "MESH"]) == 1


def test_a_face_that_is_not_there_is_one_sentence(pair_path: Path) -> None:
    with pytest.raises(RuntimeError) as caught:
        bpy.ops.prn.reconstruct(filepath=str(pair_path), faces="CHOSEN", numbers="3")
    assert str(caught.value).strip() == (
        "Error: There is no face 3: 2 faces were found in the photo."
    )
    assert not [o for o in bpy.context.scene.objects if o.type == "MESH"]


@pytest.mark.parametrize(("text", "numbers"), [("1", [1]), ("3, 1", [1, 3]), (" 2 2,1 ", [1, 2])])
def test_face_numbers(text: str, numbers: list[int]) -> None:
    assert face_numbers(text) == numbers


@pytest.mark.parametrize("text", ["", "0", "-1", "a", "1;2", "1.5", "99999999999"])
def test_face_numbers_that_make_no_sense(text: str) -> None:
    with pytest.raises(OptionError, match="chosen by numbers"):
        face_numbers(text)


def test_the_choice_is_saved_with_the_file(pair_path: Path, tmp_path: Path) -> None:
    bpy.ops.prn.choose_photo(filepath=str(pair_path))
    bpy.context.scene.prn_photo.faces[1].chosen = True
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "x.blend"))
    new_file()
    assert not bpy.context.scene.prn_photo.faces
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "x.blend"))
    assert chosen_numbers(bpy.context.scene.prn_photo) == "1, 2"


def test_a_cube_before_the_photo_hides_it(pair: Photo) -> None:
    """Blender's first scene has one, and it may stand beside the chosen face."""
    faces = FaceReconstructor.load()(pair)
    built = build_scene([faces[1]], SceneOptions(stride=4, texture_size=256))
    bpy.ops.mesh.primitive_cube_add(size=0.1)
    cube = bpy.context.view_layer.objects.active
    assert not np.any(np.array(cube.location))
    assert hides(built) == [cube]
    cube.location.y = 5  # behind
    assert hides(built) == []
    cube.location = built.faces[0].location
    assert hides(built) == [cube]


def hides(built: FaceScene) -> list[bpy.types.Object]:
    bpy.context.view_layer.update()
    return find_occluders(built.faces, built.camera, bpy.context.visible_objects)


def test_what_is_in_the_way_can_be_hidden_from_the_view_and_from_renders(
    astronaut_path: Path,
) -> None:
    bpy.ops.mesh.primitive_cube_add(size=3)
    cube = bpy.context.view_layer.objects.active
    bpy.ops.mesh.primitive_cube_add(size=1, location=(0, 9, 0))
    behind = bpy.context.view_layer.objects.active
    bpy.ops.prn.reconstruct(filepath=str(astronaut_path), stride="4", texture_size="256")
    assert (cube.hide_get(), cube.hide_render) == (False, False)  # somebody has made it
    assert occluders_of(bpy.context, bpy.context.active_object) == [cube]
    assert bpy.ops.prn.clear_view() == {"FINISHED"}
    assert (cube.hide_get(), cube.hide_render) == (True, True)
    assert (behind.hide_get(), behind.hide_render) == (False, False)
    assert occluders_of(bpy.context, bpy.context.active_object) == []


def test_the_first_scenes_cube_makes_room_and_undo_brings_it_back(astronaut_path: Path) -> None:
    bpy.ops.mesh.primitive_cube_add(size=2)
    bpy.ops.ed.undo_push(message="before")
    bpy.ops.prn.reconstruct(filepath=str(astronaut_path), stride="4", texture_size="256")
    bpy.ops.ed.undo_push(message="built")
    for go, hidden in ((None, True), (bpy.ops.ed.undo, False), (bpy.ops.ed.redo, True)):
        if go is not None:
            go()
        cube = bpy.data.objects["Cube"]
        assert (cube.hide_get(), cube.hide_render) == (hidden, hidden)


@pytest.mark.parametrize("touched", ["name", "location", "vertex", "modifier", "child"])
def test_a_cube_that_somebody_has_touched_is_no_first_cube(touched: str) -> None:
    bpy.ops.mesh.primitive_cube_add(size=2)
    cube = bpy.context.view_layer.objects.active
    assert is_first_cube(cube)
    if touched == "name":
        cube.name = "Table"
    elif touched == "location":
        cube.location.x = 0.1
    elif touched == "vertex":
        cube.data.vertices[0].co.x *= 0.9
    elif touched == "modifier":
        cube.modifiers.new("Bevel", "BEVEL")
    else:
        child = bpy.data.objects.new("child", None)
        bpy.context.scene.collection.objects.link(child)
        child.parent = cube
    bpy.context.view_layer.update()
    assert not is_first_cube(cube)


def test_undo_brings_the_view_back(face: Face, monkeypatch: pytest.MonkeyPatch) -> None:
    """Undo knows nothing of views: a face that is gone would leave its look behind."""
    looks = SimpleNamespace(type="SOLID", color_type="MATERIAL", light="STUDIO")
    region = SimpleNamespace(
        view_perspective="PERSP", view_rotation=Quaternion((1, 2, 3, 4)),
        view_location=Vector((5, 6, 7)), view_distance=8.0,
    )  # fmt: skip
    space = SimpleNamespace(
        shading=looks, region_3d=region, as_pointer=lambda: 42,
    )  # fmt: skip
    monkeypatch.setattr(photo_view, "_views", lambda: [space])
    before, place = photo_view._look(space), photo_view._place(region)
    bpy.ops.ed.undo_push(message="before")
    window = SimpleNamespace(type="WINDOW", x=0, y=0, width=800, height=600)
    area = SimpleNamespace(regions=[window], spaces=SimpleNamespace(active=space))
    context = SimpleNamespace(
        space_data=space, area=area, scene=bpy.context.scene, view_layer=bpy.context.view_layer,
    )  # fmt: skip
    built = build_scene([face], SceneOptions(stride=4, texture_size=256))
    photo_view.show_as_photographed(context, [built], shadeless=True)
    after = photo_view._look(space)
    assert after == ("TEXTURE", "FLAT", "CAMERA")
    region.view_rotation = Quaternion()  # as Blender does when it looks through the camera
    bpy.ops.ed.undo_push(message="built")
    bpy.ops.ed.undo()
    assert "astronaut" not in bpy.data.objects
    assert photo_view._look(space) == before
    assert photo_view._place(region) == place
    bpy.ops.ed.redo()
    assert photo_view._look(space) == after
    looks.light = "MATCAP"  # by the user, who wants that
    bpy.ops.ed.undo()
    assert photo_view._look(space) == ("TEXTURE", "MATCAP", "CAMERA")
    assert photo_view._shown is not None
    bpy.ops.wm.read_homefile(use_empty=True)
    assert photo_view._shown is None  # another file's views are others, even at the same address


def test_the_photo_has_the_part_of_the_view_that_is_free() -> None:
    """Its frame, by Blender's rule, lies beside the sidebar and below the header."""
    look = SimpleNamespace()
    view = SimpleNamespace(type="WINDOW", x=50, y=20, width=1000, height=600)
    bar = SimpleNamespace(type="UI", x=750, y=20, width=300, height=600)
    header = SimpleNamespace(type="HEADER", x=50, y=590, width=1000, height=30)
    space = SimpleNamespace(active=SimpleNamespace(region_3d=look))
    area = SimpleNamespace(regions=[view, bar, header], spaces=space)
    fit_camera(area, 300, 400)
    share = (2**0.5 + look.view_camera_zoom / 50) ** 2 / 4
    high = share * 1000
    across, up = look.view_camera_offset
    middle = 500 - 2 * across * share * 1000, 300 - 2 * up * share * 600
    assert high == pytest.approx(0.96 * 570)  # its longer side in what is left of the height
    assert middle == pytest.approx((350, 285))


# Pictures --------------------------------------------------------------------------------------


def test_preview_frames_faces_where_they_are(pair: Photo) -> None:
    small = make_thumbnails(pair, side=256)
    picture = draw_frames(small, [(600.0, 60.0, 690.0, 150.0)])
    assert picture.shape == small.photo.shape == (85, 256, 3)
    y, x = np.nonzero((picture != small.photo).any(axis=-1))
    scale = 256 / 900
    expected = np.array([600, 60, 690, 150]) * scale
    assert np.abs(np.array([x.min(), y.min(), x.max(), y.max()]) - expected).max() < 2.5


def test_thumbnails_are_square_even_at_the_border(pair: Photo) -> None:
    thumbnail = face_thumbnail(pair, (-30.0, -20.0, 30.0, 30.0), side=64)
    assert thumbnail.shape == (64, 64, 3)
    assert np.abs(thumbnail.astype(int) - 120).max() <= 2  # that corner is grey


# The ways in -----------------------------------------------------------------------------------


def test_while_a_job_runs_no_other_is_offered(
    monkeypatch: pytest.MonkeyPatch, pair_path: Path
) -> None:
    monkeypatch.setattr(jobs.job, "_current", Job("Something", 3))
    assert not bpy.ops.prn.reconstruct.poll()
    assert not bpy.ops.prn.choose_photo.poll()
    assert bpy.ops.prn.stop_job.poll()
    bpy.ops.prn.stop_job()
    assert jobs.current_job().stopping


def test_an_image_of_the_file_becomes_a_face(astronaut: Photo) -> None:
    height, width = astronaut.pixels.shape[:2]
    image = bpy.data.images.new("Eileen.png", width, height)
    rgba = np.ones((height, width, 4), np.float32)
    rgba[..., :3] = astronaut.pixels[::-1] / np.float32(255)
    image.pixels.foreach_set(rgba.ravel())
    bpy.ops.prn.reconstruct(image="Eileen.png", stride="4", texture_size="256")
    made = bpy.context.view_layer.objects.active
    assert made.name == "Eileen"
    assert np.abs(np.array(bpy.context.scene.render.resolution_x) - width) == 0


def test_an_image_on_disk_is_read_from_there(astronaut_path: Path) -> None:
    bpy.data.images.load(str(astronaut_path))
    bpy.ops.prn.reconstruct(image="astronaut.png", stride="4", texture_size="256")
    names = {image.name for image in bpy.data.images}
    assert "astronaut.png" in names
    assert "astronaut.png.001" not in names  # the background is the same data-block


def test_an_image_that_is_not_there_is_one_sentence() -> None:
    with pytest.raises(RuntimeError, match="There is no image 'nobody' in this file"):
        bpy.ops.prn.reconstruct(image="nobody")


def test_who_has_not_opened_the_sidebar_is_told_of_it() -> None:
    """A dropped photo becomes a face; what can be done with it is behind a key."""
    built = Sentence("Built 1 face")
    closed, opened = (SimpleNamespace(type="VIEW_3D", show_region_ui=u) for u in (False, True))
    assert "(N), tab PRN Face" in str(where_next(built, closed))
    for space in (opened, SimpleNamespace(type="IMAGE_EDITOR"), None):
        assert where_next(built, space) is built


def test_photos_can_be_dropped_on_the_view() -> None:
    handler = bpy.types.PRN_FH_photo
    assert handler.bl_import_operator == "prn.reconstruct"
    assert ".jpg" in handler.bl_file_extensions.split(";")
    view = SimpleNamespace(area=SimpleNamespace(type="VIEW_3D"))
    editor = SimpleNamespace(area=SimpleNamespace(type="IMAGE_EDITOR"))
    assert handler.poll_drop(view)
    assert not handler.poll_drop(editor)


class Layout:
    """Notes what is drawn on it."""

    def __init__(self) -> None:
        self.drawn: list[tuple[str, Any]] = []

    def separator(self) -> None:
        pass

    def operator(self, name: str, **options: Any) -> Any:
        button = SimpleNamespace()
        self.drawn.append((name, button))
        return button


def test_image_menus_offer_the_image_they_are_about(astronaut_path: Path) -> None:
    image = bpy.data.images.load(str(astronaut_path))
    for draw, context in (
        (menus.draw_image_menu, SimpleNamespace(space_data=SimpleNamespace(image=image))),
        (menus.draw_data_menu, SimpleNamespace(id=image)),
    ):
        layout = Layout()
        draw(SimpleNamespace(layout=layout), context)
        ((name, button),) = layout.drawn
        assert (name, button.image) == ("prn.reconstruct", image.name)
    layout = Layout()
    menus.draw_data_menu(SimpleNamespace(layout=layout), SimpleNamespace(id=bpy.context.scene))
    assert layout.drawn == []


# What the add-on stands on ---------------------------------------------------------------------


def test_the_report_names_versions_and_no_paths() -> None:
    report = system_report({"Blender": "9.9"})
    lines = dict(line.split(": ", 1) for line in report.splitlines())
    assert lines["Blender"] == "9.9"
    assert lines["numpy"].startswith(np.__version__)
    assert "CPU" in lines["Providers"]
    assert "layout" in lines["Model"]
    assert str(Path.home()) not in report


def test_a_broken_library_is_named_in_the_panel(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)  # importing it raises
    assert set(broken_libraries()) == {"onnxruntime"}
    assert providers() == {}
    libraries.look()
    panel = SimpleNamespace(layout=Column())
    bpy.types.PRN_PT_photo.draw(panel, bpy.context)
    assert panel.layout.texts[0] == "The add-on is incomplete"
    assert panel.layout.texts[1].startswith("onnxruntime: ")


class Column:
    """Notes labels."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def column(self) -> Column:
        return self

    def label(self, text: str = "", **options: Any) -> None:
        self.texts.append(text)

    def operator(self, name: str, **options: Any) -> None:
        pass


def test_a_click_on_a_face_chooses_it_and_boxes_choose_several(pair_path: Path) -> None:
    bpy.ops.prn.choose_photo(filepath=str(pair_path))
    photo = bpy.context.scene.prn_photo
    photo.active = 1
    assert chosen_numbers(photo) == "2"
    photo.faces[0].chosen = True
    assert chosen_numbers(photo) == "1, 2"
