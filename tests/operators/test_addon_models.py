"""Models through the add-on's operators, and the preferences."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import os
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import wait
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

bpy = pytest.importorskip("bpy", reason="Blender's Python module is not installed")

from importing import foreign_model, made_up_uv_data
from job_window import (
    ESC,
    PATIENCE,
    TIMER,
    job_threads_end,
    play,
    stand_in,
    start,
    work_is_done,
)  # fmt: skip
from synthetic import ball_arrays, tiny_model

import prn_blender
from prn_blender.core import FaceReconstructor
from prn_blender.core.model.importer import add
from prn_blender.core.model.user_models import ModelStore
from prn_blender.interface import recent_faces
from prn_blender.interface.jobs import current_job
from prn_blender.operators.models import import_model
from prn_blender.operators.reconstruct import take_defaults
from prn_blender.panels import models as panel
from prn_blender.scene.files import new_file


@pytest.fixture(autouse=True)
def addon(one_model: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("PRN_MODELS", str(tmp_path / "models"))
    new_file()
    prn_blender.register()
    yield
    prn_blender.unregister()


@pytest.fixture
def store(tmp_path: Path) -> ModelStore:
    return ModelStore(tmp_path / "models")


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    """A model that follows the contract, with its layout beside it."""
    folder = tmp_path / "download"
    folder.mkdir()
    np.savez(folder / "ball.npz", **ball_arrays())
    return tiny_model(folder / "tiny.onnx", {"prn.license": "CC0", "prn.name": "Tiny"})


class Layout:
    """Takes what a panel draws, and keeps the text."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def __getattr__(self, name: str) -> object:
        def draw(*arguments: object, **options: object) -> object:
            if "text" in options:
                self.texts.append(str(options["text"]))
            return self

        return draw

    def __setattr__(self, name: str, value: object) -> None:
        if name == "texts":
            super().__setattr__(name, value)


def drawn() -> list[str]:
    layout = Layout()
    panel.draw_models(layout, details=True)
    return layout.texts


def error(call: object, **options: object) -> str:
    with pytest.raises(RuntimeError) as caught:
        call(**options)  # type: ignore[operator]
    return str(caught.value).strip().removeprefix("Error: ")


def test_a_model_is_imported_after_its_licence_was_accepted(store: ModelStore, tiny: Path) -> None:
    said = error(bpy.ops.prn.import_model, filepath=str(tiny), name="mine")
    assert "CC0" in said
    assert "accept these terms" in said
    assert store.records() == []
    bpy.ops.prn.import_model(filepath=str(tiny), name="mine", accept=True)
    assert [r.name for r in store.records()] == [store.active] == ["mine"]
    bpy.ops.prn.import_model(filepath=str(tiny), name="again", use=False)  # asked once
    assert store.active == "mine"


def test_the_panel_tells_what_is_known(store: ModelStore, tiny: Path) -> None:
    bpy.ops.prn.import_model(filepath=str(tiny), name="mine", accept=True)
    texts = drawn()
    record = store.record("mine")
    for text in ("Default Model", "mine", "Tiny", "CC0", "not measured", record.sha256):
        assert text in texts
    assert not any("import it again" in text for text in texts)
    store.path("mine").write_bytes(b"something else")
    assert any("is changed: import it again" in text for text in drawn())
    store.path("mine").unlink()
    assert any("is missing: import it again" in text for text in drawn())
    (store.folder / "models.json").write_text("{")
    assert any("is damaged" in text for text in drawn())


def test_the_active_model_reconstructs(
    store: ModelStore, tiny: Path, astronaut_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[object] = []
    load = FaceReconstructor.load
    monkeypatch.setattr(
        FaceReconstructor, "load", lambda m=None, *rest, **more: opened.append(m) or load(m)
    )
    photo = {"filepath": str(astronaut_path), "stride": "4", "texture_size": "256"}
    bpy.ops.prn.reconstruct(**photo)
    bpy.ops.prn.import_model(filepath=str(tiny), name="mine", accept=True)
    # It hands the picture back as positions: whatever that gives is not a face.
    error(bpy.ops.prn.reconstruct, **photo)
    bpy.ops.prn.use_model(name="default")
    bpy.ops.prn.reconstruct(**photo)
    assert opened == [None, store.path("mine")]  # its faces were remembered
    store.activate("mine")
    store.path("mine").write_bytes(b"changed")
    assert "has changed on disk" in error(bpy.ops.prn.reconstruct, **photo)


def test_models_are_chosen_and_removed(store: ModelStore, tiny: Path) -> None:
    bpy.ops.prn.import_model(filepath=str(tiny), name="mine", accept=True)
    bpy.ops.prn.use_model(name="default")
    assert store.active == "default"
    assert "There is no model" in error(bpy.ops.prn.use_model, name="other")
    bpy.ops.prn.remove_model("EXEC_DEFAULT", name="mine")
    assert store.records() == []


def test_what_blender_cannot_read_another_python_imports(
    store: ModelStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "onnx", None)  # as in Blender
    model = foreign_model(tmp_path / "foreign.onnx")
    options = {
        "filepath": str(model), "name": "theirs", "accept": True, "scale": 280.0,
        "uv_data": str(made_up_uv_data(tmp_path / "uv")),
    }  # fmt: skip
    said = error(bpy.ops.prn.import_model, **options)
    assert "onnx, which changes ONNX files, is not installed" in said
    assert "preferences" in said
    monkeypatch.setattr(import_model, "other_python", lambda: sys.executable)
    bpy.ops.prn.import_model(**options)
    assert store.active == "theirs"
    assert store.state(store.record("theirs")) == "ready"
    # What goes wrong there is said here.
    bad = {**options, "filepath": str(tmp_path / "gone.onnx"), "name": "gone"}
    assert "does not exist" in error(bpy.ops.prn.import_model, **bad)
    monkeypatch.setattr(import_model, "other_python", lambda: str(tmp_path / "no-python"))
    assert "cannot be run" in error(bpy.ops.prn.import_model, **{**options, "name": "b"})


# Importing as a job ----------------------------------------------------------------------------


def importing(path: Path, **options: object) -> Any:
    return stand_in(
        import_model.PRN_OT_import_model,
        **{"filepath": str(path), "name": "mine", "accept": True, **options},
    )


def files(store: ModelStore) -> list[str]:
    return sorted(str(path.relative_to(store.folder)) for path in store.folder.rglob("*"))


def test_an_import_is_a_job(store: ModelStore, tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    operator = importing(tiny)
    window = start(operator, monkeypatch)
    job = current_job()
    assert (job.total, job.label) == (2, "Reading tiny.onnx")
    assert store.records() == []
    assert play(operator, window) == {"FINISHED"}
    assert job.label == "Trying mine"
    assert [r.name for r in store.records()] == [store.active] == ["mine"]
    assert files(store) == ["mine", "mine/ball.npz", "mine/model.onnx", "models.json"]
    assert operator.reports == [("INFO", f"Added mine, {store.record('mine').size / 1e6:.1f} MB")]


@pytest.mark.parametrize("there", [True, False])
@pytest.mark.parametrize("when", ["reading", "trying", "tried"])
def test_esc_leaves_the_models_as_they_were(
    store: ModelStore, tiny: Path, monkeypatch: pytest.MonkeyPatch, when: str, there: bool
) -> None:
    if there:
        bpy.ops.prn.import_model(filepath=str(tiny), name="mine", accept=True, use=False)
    before = (files(store), store.records(), store.active) if there else None
    goes_on, reached = threading.Event(), threading.Event()

    def held(work: Callable[..., Any]) -> Callable[..., Any]:
        def waiting(*values: Any) -> Any:
            reached.set()
            assert goes_on.wait(PATIENCE)
            return work(*values)

        return waiting

    if when == "reading":
        monkeypatch.setattr(add, "convert", held(add.convert))
    else:
        monkeypatch.setattr(ModelStore, "stage", held(ModelStore.stage))
    operator = importing(tiny)
    window = start(operator, monkeypatch)
    while when != "reading" and current_job().done == 0:
        work_is_done(operator)
        operator.modal(window, TIMER)
    assert reached.wait(PATIENCE)
    if when == "tried":  # its result is there, but nobody has looked yet
        goes_on.set()
        assert wait([operator._future], PATIENCE).done
    assert operator.modal(window, ESC) == {"CANCELLED"}
    assert operator.reports == [("INFO", "Stopped; no model was added")]
    goes_on.set()  # the thread comes to its end later
    job_threads_end()
    if before is None:
        assert not store.folder.exists()
    else:
        assert (files(store), store.records(), store.active) == before


def test_an_import_that_fails_is_one_report(
    store: ModelStore, tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    operator = importing(tiny, accept=False)
    assert play(operator, start(operator, monkeypatch)) == {"CANCELLED"}
    ((kind, said),) = operator.reports
    assert kind == "ERROR"
    assert said.endswith("Tick the box to accept these terms.")
    (tiny.parent / "ball.npz").write_bytes(b"damaged")
    operator = importing(tiny)
    assert play(operator, start(operator, monkeypatch)) == {"CANCELLED"}
    ((kind, said),) = operator.reports
    assert "ball.npz" in said
    assert not store.folder.exists()


@pytest.mark.skipif(sys.platform == "win32", reason="the other program is a shell script")
def test_esc_ends_the_other_python(
    store: ModelStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "onnx", None)
    slow, began = tmp_path / "python", tmp_path / "began"
    slow.write_text(f"#!/bin/sh\necho $$ > {began}.part\nmv {began}.part {began}\nexec sleep 900\n")
    slow.chmod(0o755)
    monkeypatch.setattr(import_model, "other_python", lambda: str(slow))
    operator = importing(
        foreign_model(tmp_path / "foreign.onnx"), scale=280.0,
        uv_data=str(made_up_uv_data(tmp_path / "uv")),
    )  # fmt: skip
    window = start(operator, monkeypatch)
    while not began.exists():
        assert not wait([operator._future], 0.01).done
        assert operator.modal(window, TIMER) == {"PASS_THROUGH"}
    operator.modal(window, ESC)
    job_threads_end()
    with pytest.raises(ProcessLookupError):
        os.kill(int(began.read_text()), 0)
    assert not store.folder.exists()


def test_blender_s_command_uses_the_same_models(
    store: ModelStore, tiny: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from prn_blender import registration

    bpy.ops.prn.import_model(filepath=str(tiny), name="mine", accept=True)
    assert registration._command(["models"]) == 0
    assert "* mine" in capsys.readouterr().out
    assert json.loads((store.folder / "models.json").read_text())["active"] == "mine"


@pytest.fixture
def settings() -> Iterator[bpy.types.AddonPreferences]:
    addon = bpy.context.preferences.addons.new()
    addon.module = "prn_blender"
    yield addon.preferences
    bpy.context.preferences.addons.remove(addon)


def test_preferences_say_how_the_network_runs(
    settings: bpy.types.AddonPreferences, astronaut_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert recent_faces.engine_chooser()() == recent_faces.Engine(None, 0, "CPUExecutionProvider")
    settings.threads = 1
    calls: list[tuple[object, ...]] = []
    load = FaceReconstructor.load
    monkeypatch.setattr(
        FaceReconstructor, "load", lambda *rest, **more: calls.append(rest) or load(*rest)
    )
    bpy.ops.prn.reconstruct(filepath=str(astronaut_path), stride="4", texture_size="256")
    settings.look_again = False
    bpy.ops.prn.reconstruct(filepath=str(astronaut_path), stride="4", texture_size="256")
    assert calls == [(None, 1, None, True), (None, 1, None, False)]


@pytest.mark.parametrize(
    ("preferred", "said", "becomes"),
    [
        ("head", {}, ("head", "1", "512")),  # a lattice's density makes no lattice of it
        ("lattice", {}, ("lattice", "4", "512")),
        ("lattice", {"topology": "head"}, ("head", "1", "512")),
        ("head", {"stride": "2", "texture_size": "256"}, ("lattice", "2", "256")),
    ],
)
def test_preferences_say_what_new_faces_are_like(
    preferred: str,
    said: dict[str, str],
    becomes: tuple[str, ...],
    settings: bpy.types.AddonPreferences,
) -> None:
    settings.topology, settings.stride, settings.texture_size = preferred, "4", "512"
    asked = SimpleNamespace(is_property_set=lambda name: name in said)
    values = {"topology": "head", "stride": "1", "texture_size": "auto"} | said
    operator = SimpleNamespace(**values, properties=asked)
    take_defaults(operator, settings)
    assert (operator.topology, operator.stride, operator.texture_size) == becomes
    take_defaults(operator, None)  # not enabled as an add-on


def test_the_preferences_draw(settings: bpy.types.AddonPreferences) -> None:
    names: list[str] = []

    class Recorder:
        def __getattr__(self, name: str) -> object:
            def draw(*values: object, **options: object) -> Recorder:
                if name == "prop":
                    names.append(str(values[1]))
                return self

            return draw

        def __setattr__(self, name: str, value: object) -> None:
            pass

    drawing = SimpleNamespace(layout=Recorder())
    prn_blender.preferences.PRN_Preferences.draw(drawing, bpy.context)
    known = set(settings.bl_rna.properties.keys())
    expected = {"python", "provider", "threads", "look_again", "stride", "texture_size"}
    assert expected <= set(names) <= known
