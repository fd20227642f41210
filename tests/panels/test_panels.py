"""The sidebar's panels: what they draw exists, and a small window has room for it."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PIL import Image

bpy = pytest.importorskip("bpy", reason="Blender's Python module is not installed")

from layout_record import BUTTON, GAP, Layout, sidebar

from prn_blender.core import Photo
from prn_blender.core.photo.photo import write_image
from prn_blender.interface import jobs, previews
from prn_blender.interface.jobs import Job
from prn_blender.properties import SLIDERS
from prn_blender.scene.names import is_face
from prn_blender.translations import LANGUAGES

# What a window of 1280 x 720 at an interface scale of 1 leaves of the 3D view's sidebar.
FITS = 558


@pytest.fixture(autouse=True)
def pictures(addon: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pictures need room only where they are there."""
    monkeypatch.setattr(previews, "icon", lambda photo, face=None: 1)


@pytest.fixture
def donor(astronaut: Photo, tmp_path: Path) -> Path:
    path = tmp_path / "donor.png"
    Image.fromarray(astronaut.pixels[:, ::-1]).save(path)
    return path


def height(panels: dict[str, Layout]) -> float:
    return sum(layout.height for layout in panels.values())


def drawn(panels: dict[str, Layout], what: str) -> list[str]:
    return [name for layout in panels.values() for name in layout.names(what)]


def built(photo: Path, **options: Any) -> bpy.types.Object:
    bpy.ops.prn.choose_photo(filepath=str(photo))
    bpy.ops.prn.reconstruct(filepath=str(photo), stride="4", texture_size="256", **options)
    return bpy.context.view_layer.objects.active


def behind_a_cube() -> Any:
    """The context of a view through the camera, and Blender's first cube in front of it."""
    active = bpy.context.view_layer.objects.active
    bpy.ops.mesh.primitive_cube_add(size=2)
    bpy.context.view_layer.objects.active = active
    bpy.context.view_layer.update()
    space = SimpleNamespace(region_3d=SimpleNamespace(view_perspective="CAMERA"), type="VIEW_3D")
    return SimpleNamespace(
        active_object=active, space_data=space, scene=bpy.context.scene, mode=bpy.context.mode,
        view_layer=bpy.context.view_layer,
    )  # fmt: skip


# The stand-in ----------------------------------------------------------------------------------


def test_rows_and_columns_are_counted() -> None:
    layout = Layout()
    row = layout.row()
    for _ in range(3):
        row.column(align=True).label(text="beside")
    assert layout.height == BUTTON
    column = layout.column(align=True)
    column.label(text="a")
    column.label(text="b")
    layout.column()  # nothing in it: no height, no gap
    assert layout.height == 3 * BUTTON + GAP
    grid = layout.grid_flow(columns=2, align=True)
    for _ in range(5):
        grid.label(text="part")
    assert layout.height == 6 * BUTTON + 2 * GAP
    layout.scale_y = 2
    assert layout.height == 2 * (6 * BUTTON + 2 * GAP)


def test_what_does_not_exist_cannot_be_drawn() -> None:
    layout = Layout()
    with pytest.raises((KeyError, AttributeError)):
        layout.operator("prn.nothing")
    with pytest.raises(KeyError):
        layout.operator("prn.reconstruct").nothing = 1
    with pytest.raises(AssertionError):
        layout.operator("prn.reconstruct").faces = "NOBODY"
    with pytest.raises(AssertionError):
        layout.prop(bpy.context.scene, "nothing")
    with pytest.raises(AssertionError):
        layout.label(text="x", icon="NOTHING")


# The panels ------------------------------------------------------------------------------------


def test_before_a_photo_is_chosen() -> None:
    panels = sidebar(bpy.context)
    assert drawn(panels, "operator") == ["prn.choose_photo"]
    assert "Default Model" in panels["PRN_PT_models"].names("label")  # the model in use
    assert "PRN_PT_face" not in panels
    assert height(panels) < FITS


def test_a_face_that_came_by_another_way_names_its_photo(astronaut_path: Path) -> None:
    bpy.ops.prn.reconstruct(filepath=str(astronaut_path), stride="4", texture_size="256")
    photo = sidebar(bpy.context)["PRN_PT_photo"].names("label")
    assert photo == ["Built from astronaut.png"]
    # In the scene of a live composite, too.
    bpy.ops.prn.compositor()
    scene = bpy.data.scenes["astronaut Composite"]
    item = scene.objects["astronaut"]
    context = SimpleNamespace(scene=scene, active_object=item, space_data=None, mode="OBJECT")
    assert sidebar(context)["PRN_PT_photo"].names("label") == photo


def test_the_face_panel_says_which_face_it_is_about(pair: Photo, tmp_path: Path) -> None:
    path = tmp_path / "pair.png"
    write_image(path, pair.pixels)
    built(path, faces="ALL")
    named = set()
    for item in [item for item in bpy.context.scene.objects if is_face(item)]:
        bpy.context.view_layer.objects.active = item
        assert item.name in sidebar(bpy.context)["PRN_PT_face"].names("label")
        named.add(item.name)
    assert len(named) == 2


def test_a_photo_and_its_faces_have_room(pair: Photo, tmp_path: Path) -> None:
    path = tmp_path / "pair.png"
    write_image(path, pair.pixels)
    bpy.ops.prn.choose_photo(filepath=str(path))
    panels = sidebar(bpy.context)
    assert drawn(panels, "prop") == ["chosen", "chosen"]
    assert drawn(panels, "operator").count("prn.reconstruct") == 1
    assert height(panels) < FITS


def test_one_of_two_faces_leaves_room_for_building_the_other(pair: Photo, tmp_path: Path) -> None:
    path = tmp_path / "pair.png"
    write_image(path, pair.pixels)
    built(path)
    panels = sidebar(behind_a_cube())
    assert drawn(panels, "prop").count("chosen") == 2
    assert "prn.reconstruct" in drawn(panels, "operator")
    assert height(panels) < FITS


def test_all_panels_of_a_new_face_have_room_at_once(astronaut_path: Path) -> None:
    built(astronaut_path)
    panels = sidebar(behind_a_cube())
    assert list(panels)[:4] == ["PRN_PT_face", "PRN_PT_photo", "PRN_PT_swap", "PRN_PT_texture"]
    operators = drawn(panels, "operator")
    # Nothing important is in a panel that begins closed, and nothing is there twice.
    assert sorted(operators) == sorted({
        "prn.choose_photo", "prn.reconstruct", "prn.clear_view", "prn.photo_view",
        "prn.photo_behind", "prn.other_photo", "prn.front_view", "prn.adjust_on_photo",
        "prn.animate", "prn.add_photos",
        "prn.landmarks",
        "prn.visibility",
        "prn.rebuild", "prn.write_outputs",
        "prn.paint", "prn.complete", "prn.apply_to_photo", "prn.show_result", "prn.save_result",
        "prn.swap",
    })  # fmt: skip
    assert height(panels) < FITS


def test_a_face_with_all_layers_has_room(astronaut_path: Path, donor: Path) -> None:
    item = built(astronaut_path)
    bpy.ops.prn.complete()
    bpy.ops.prn.swap(filepath=str(donor))
    bpy.ops.prn.paint()
    panels = sidebar(behind_a_cube())
    sliders = drawn(panels, "prop")
    assert len(sliders) == len(set(sliders)) == 3 + 2
    assert "object.mode_set" in drawn(panels, "operator")
    assert height(panels) < FITS
    # The parts' sliders are in a panel of their own, which begins closed.
    parts = Layout()
    bpy.types.PRN_PT_swap_parts.draw(SimpleNamespace(layout=parts), bpy.context)
    group = item.active_material.node_tree.nodes["Group"]
    mixes = [s for s in group.inputs.keys() if s.startswith("Mix ")]  # noqa: SIM118 - by name
    assert len(set(parts.names("prop"))) == len(mixes)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_sliders_names_fit_into_half_a_row(language: str) -> None:
    """Beside their value: "Everything" was cut off."""
    for label, _ in SLIDERS.values():
        for text in (label, LANGUAGES[language].interface[label]):
            assert len(text) <= 8, text


def test_closed_panels_hold_only_what_exists(astronaut_path: Path, donor: Path) -> None:
    built(astronaut_path)
    bpy.ops.prn.swap(filepath=str(donor))
    for name in dir(bpy.types):
        kind = getattr(bpy.types, name)
        if name.startswith("PRN_PT_") and "DEFAULT_CLOSED" in getattr(kind, "bl_options", ()):
            layout = Layout()
            kind.draw(SimpleNamespace(layout=layout), bpy.context)
            assert layout.height < FITS, name
            assert layout.drawn, name


def test_a_job_takes_the_buttons_place(
    astronaut_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    built(astronaut_path)
    before = sidebar(bpy.context)["PRN_PT_photo"].height
    monkeypatch.setattr(jobs.job, "_current", Job("Swap Face", 2, in_order=True, label="x"))
    panel = sidebar(bpy.context)["PRN_PT_photo"]
    assert "prn.stop_job" in panel.names("operator")
    assert "prn.choose_photo" not in panel.names("operator")
    assert panel.height == before  # nothing moves under the mouse


def test_meanwhile_no_other_photo_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    before = sidebar(bpy.context)["PRN_PT_photo"]
    monkeypatch.setattr(jobs.job, "_current", Job("Face from Photo", 20, in_order=False, label="x"))
    panel = sidebar(bpy.context)["PRN_PT_photo"]
    assert before.names("label") == ["Or drop one on the view"]
    assert panel.names("label") == ["Esc stops it"]
    assert panel.height == before.height


def test_without_layers_there_are_no_sliders(astronaut_path: Path) -> None:
    item = built(astronaut_path)
    item.data.materials.clear()
    panels = sidebar(bpy.context)
    assert drawn(panels, "prop") == []
    assert "PRN_PT_swap_parts" not in panels
    assert np.isfinite(height(panels))
