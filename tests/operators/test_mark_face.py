"""A face that was not found is marked, and built."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

bpy = pytest.importorskip("bpy", reason="Blender's Python module is not installed")

from job_window import ESC, TIMER, Window

from prn_blender.core import Face
from prn_blender.core.photo.photo import write_image
from prn_blender.interface.views import photo_overlay
from prn_blender.interface.views.on_photo import OnPhoto
from prn_blender.interface.views.photo_overlay import PhotoOverlay
from prn_blender.operators import mark_face
from prn_blender.operators.mark_face import PRN_OT_mark_face

pytestmark = pytest.mark.usefixtures("addon")


@pytest.fixture
def grey(tmp_path: Path) -> Path:
    path = tmp_path / "grey.png"
    write_image(path, np.full((200, 400, 3), 90, np.uint8))
    return path


def test_a_photo_without_a_face_offers_to_mark_one(grey: Path, astronaut_path: Path) -> None:
    photo = bpy.context.scene.prn_photo
    for operator in (bpy.ops.prn.choose_photo, bpy.ops.prn.reconstruct):
        photo.refused = ""
        with pytest.raises(RuntimeError, match="No face was found"):
            operator(filepath=str(grey))
        assert photo.refused == str(grey)
    bpy.ops.prn.choose_photo(filepath=str(astronaut_path))
    assert photo.refused == ""


def test_a_marked_face_is_the_one_that_is_built(astronaut_path: Path, face: Face) -> None:
    photo = bpy.context.scene.prn_photo
    photo.refused = str(astronaut_path)
    box = face.box
    done = bpy.ops.prn.reconstruct(
        filepath=str(astronaut_path), box=box, stride="4", texture_size="256"
    )
    assert done == {"FINISHED"}
    assert photo.refused == ""
    mesh = bpy.context.active_object.data
    places = np.empty(len(mesh.vertices) * 3, np.float32)
    mesh.attributes["photo_position"].data.foreach_get("vector", places)
    middle = places.reshape(-1, 3)[:, :2].mean(axis=0)
    assert np.abs(middle - face.vertices[:, :2].mean(axis=0)).max() < 0.1 * face.size


def test_a_box_outside_of_the_photo_is_one_sentence(astronaut_path: Path) -> None:
    with pytest.raises(RuntimeError, match="lies outside the photo"):
        bpy.ops.prn.reconstruct(filepath=str(astronaut_path), box=(900, 900, 990, 990))


class Region:
    """A 3D view's region of 800 x 400 pixels, 100 to the right and 50 up in its window."""

    type, x, y, width, height = "WINDOW", 100, 50, 800, 400

    def as_pointer(self) -> int:
        return 1


class Area:
    """A 3D view."""

    type = "VIEW_3D"

    def __init__(self, *others: object) -> None:
        self.regions = [Region(), *others]

    def tag_redraw(self) -> None:
        """Nothing is drawn."""


@pytest.fixture
def view(monkeypatch: pytest.MonkeyPatch) -> Any:
    window = Window()
    window.area = Area()
    handlers: list[object] = []
    space = SimpleNamespace(
        draw_handler_add=lambda draw, *_: handlers.append(draw) or draw,
        draw_handler_remove=lambda draw, _: handlers.remove(draw),
    )
    types = SimpleNamespace(SpaceView3D=space, Region=object)
    monkeypatch.setattr(photo_overlay, "bpy", SimpleNamespace(types=types))
    window.handlers = handlers
    return window


class Marking(OnPhoto):
    """The operator without Blender's own part of it."""

    invoke, shown = PRN_OT_mark_face.invoke, PRN_OT_mark_face.shown
    follow, _drawn = PRN_OT_mark_face.follow, PRN_OT_mark_face._drawn

    def __init__(self, path: Path) -> None:
        self.filepath = str(path)
        self.reports: list[str] = []

    def report(self, kind: set[str], text: str) -> None:
        self.reports.append(text)


def mouse(x: float, y: float, value: str = "") -> Any:
    kind = "LEFTMOUSE" if value else "MOUSEMOVE"
    return SimpleNamespace(type=kind, value=value, mouse_x=100 + x, mouse_y=50 + y)


def shown(view: Any, path: Path) -> Marking:
    operator = Marking(path)
    assert operator.invoke(view, None) == {"RUNNING_MODAL"}
    assert view.timers == 1 and "Drag a box" in view.status
    operator._photo.exception()
    operator.modal(view, TIMER)
    return operator


def left_as_it_was(view: Any) -> bool:
    return view.timers == 0 and view.status is None and not view.handlers


def test_a_dragged_box_is_handed_over_in_the_photo_s_pixels(
    view: Any, grey: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    operator = shown(view, grey)
    # 400 x 200 pixels in 800 x 400 less a margin of 8: 384 high, 1.92 times as large.
    left, low, zoom = (800 - 768) / 2, 8, 1.92
    asked: list[dict[str, Any]] = []
    prn = SimpleNamespace(reconstruct=lambda *_, **values: asked.append(values))
    monkeypatch.setattr(mark_face.bpy, "ops", SimpleNamespace(prn=prn))
    for event in (
        mouse(left + zoom * 300, low + zoom * 20, "PRESS"),
        mouse(left + zoom * 200, low + zoom * 100),
    ):
        assert operator.modal(view, event) == {"RUNNING_MODAL"}
    ((kind, corners, _),) = operator._overlay.marks
    assert kind == "LINE_LOOP"
    assert np.allclose(corners, [(592, 46.4), (400, 46.4), (400, 200), (592, 200)])
    end = mouse(left + zoom * 100, low + zoom * 150, "RELEASE")
    assert operator.modal(view, end) == {"FINISHED"}
    (values,) = asked
    assert values["filepath"] == str(grey)
    assert values["box"] == pytest.approx([100, 50, 300, 180])
    assert left_as_it_was(view)


def test_a_click_is_no_box_and_esc_ends_it(view: Any, grey: Path) -> None:
    operator = shown(view, grey)
    operator.modal(view, mouse(300, 200, "PRESS"))
    assert operator.modal(view, mouse(303, 202, "RELEASE")) == {"RUNNING_MODAL"}
    assert operator.modal(view, ESC) == {"CANCELLED"}
    assert left_as_it_was(view)


def test_an_area_that_is_closed_ends_it(view: Any, grey: Path) -> None:
    operator = shown(view, grey)
    view.area = None
    assert operator.modal(view, mouse(1, 1)) == {"CANCELLED"}
    assert left_as_it_was(view)


def test_a_photo_that_is_gone_is_one_sentence(view: Any, tmp_path: Path) -> None:
    operator = shown(view, tmp_path / "gone.png")
    assert len(operator.reports) == 1 and "gone.png" in operator.reports[0]
    assert left_as_it_was(view)


def test_a_dark_photo_is_shown_bright(tmp_path: Path) -> None:
    path = tmp_path / "dark.png"
    ramp = np.linspace(0, 8, 400).astype(np.uint8)
    write_image(path, np.dstack([np.tile(ramp, (200, 1))] * 3))
    picture, _ = mark_face._read(path)
    assert picture.max() >= 240 and picture.min() == 0
    write_image(path, np.full((200, 400, 3), 255, np.uint8))
    assert mark_face._read(path)[0].min() == 255


def test_a_point_beside_the_picture_is_on_its_border(view: Any) -> None:
    overlay = PhotoOverlay(view.area, np.zeros((200, 400, 3), np.uint8))
    assert overlay.to_picture(view.area, 0, 0) == (0, 200)
    assert overlay.to_picture(view.area, 800, 400) == (400, 0)


def test_what_the_mouse_is_on_stays_there_when_the_picture_is_zoomed(view: Any) -> None:
    overlay = PhotoOverlay(view.area, np.zeros((200, 400, 3), np.uint8))
    fits = overlay.zoom(view.area)
    point = overlay.to_picture(view.area, 300, 150)
    overlay.zoom_at(view.area, 300, 150, 3)
    assert overlay.zoom(view.area) == pytest.approx(3 * fits)
    assert overlay.to_picture(view.area, 300, 150) == pytest.approx(point)
    overlay.pan(view.area, 30, -20)
    assert overlay.to_picture(view.area, 330, 130) == pytest.approx(point)
    # It is never smaller than it fits nor pulled out of the view.
    overlay.pan(view.area, 1e6, -1e6)
    corner = overlay.to_view(view.area, np.zeros((1, 2)))
    assert corner[0].tolist() == pytest.approx([16, 392])
    overlay.zoom_at(view.area, 10, 10, 1e-6)
    assert overlay.zoom(view.area) == pytest.approx(fits)
    assert overlay.to_picture(view.area, 0, 0) == (0, 200)
    assert overlay.to_picture(view.area, 800, 400) == (400, 0)


def test_the_picture_leaves_out_what_lies_over_the_view(view: Any) -> None:
    def region(kind: str, x: int, y: int, width: int, height: int) -> Any:
        return SimpleNamespace(type=kind, x=x, y=y, width=width, height=height)

    area = Area(
        region("TOOLS", 100, 50, 60, 400),
        region("UI", 720, 50, 180, 400),
        region("HEADER", 100, 420, 800, 30),
        region("TOOL_HEADER", 100, 1, 800, 1),
    )
    overlay = PhotoOverlay(area, np.zeros((400, 400, 3), np.uint8))
    (left, top), (right, low) = overlay.to_view(area, np.array([(0, 0), (400, 400)]))
    assert 60 < left < right < 620 and 0 < low < top < 370
    assert left + right == pytest.approx(60 + 620) and low + top == pytest.approx(370)
    # A sidebar and a toolbar as wide as the view leave a part of it.
    area = Area(region("UI", 110, 50, 790, 400), region("TOOLS", 100, 50, 700, 400))
    (left, _), (right, _) = overlay.to_view(area, np.array([(0, 0), (400, 400)]))
    assert right - left > 150
