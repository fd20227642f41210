"""The user's own models: added, chosen, changed behind our back, removed."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import hashlib
import io
import json
import os
from pathlib import Path

import numpy as np
import pytest
from synthetic import ball_arrays, tiny_model

from prn_blender.cli import main
from prn_blender.core import Face
from prn_blender.core.errors import ModelError, OptionError
from prn_blender.core.model.bundled import DEFAULT_MODEL, models_folder
from prn_blender.core.model.user_models import CHANGED, MISSING, READY, ModelStore


@pytest.fixture
def store(tmp_path: Path) -> ModelStore:
    return ModelStore(tmp_path / "models")


@pytest.fixture
def layout() -> bytes:
    stream = io.BytesIO()
    np.savez(stream, **ball_arrays())
    return stream.getvalue()


@pytest.fixture
def model(tmp_path: Path) -> bytes:
    metadata = {"prn.name": "Tiny", "prn.license": "CC0", "prn.accuracy": "3.1 %"}
    return tiny_model(tmp_path / "tiny.onnx", metadata).read_bytes()


def test_a_record_says_what_is_known(store: ModelStore, model: bytes, layout: bytes) -> None:
    record = store.add("my model", model, layout)
    assert (record.name, record.title, record.license) == ("my model", "Tiny", "CC0")
    assert (record.accuracy, record.size) == ("3.1 %", len(model))
    assert record.sha256 == hashlib.sha256(model).hexdigest()
    assert record.layout_sha256 == hashlib.sha256(layout).hexdigest()
    assert store.records() == [record]
    assert ModelStore(store.folder).records() == [record]
    assert store.state(record) == READY
    assert store.path("my model").read_bytes() == model


def test_the_default_model_is_active_until_another_is_chosen(
    store: ModelStore, model: bytes, layout: bytes
) -> None:
    assert store.active == "default"
    assert store.resolve() is None
    assert store.path("default") == models_folder() / DEFAULT_MODEL
    assert not store.folder.exists()  # looking writes nothing
    store.add("a", model, layout)
    assert store.resolve() is None
    store.activate("a")
    assert store.resolve() == store.path("a")
    assert store.resolve("default") is None
    store.activate("default")
    assert store.resolve() is None


def test_a_file_anywhere_can_be_named(store: ModelStore) -> None:
    assert store.resolve("/some/model.onnx") == Path("/some/model.onnx")


@pytest.mark.parametrize("grow", [True, False])
def test_a_file_that_changed_on_disk_is_noticed(
    store: ModelStore, model: bytes, layout: bytes, grow: bool
) -> None:
    record = store.add("a", model, layout)
    store.activate("a")
    changed = model + b"\0" if grow else model[:-1] + bytes([model[-1] ^ 1])
    store.path("a").write_bytes(changed)
    assert store.state(record) == CHANGED
    with pytest.raises(ModelError, match="has changed on disk"):
        store.resolve()
    store.add("a", model, layout)
    assert store.resolve() == store.path("a")


def test_a_file_that_is_gone_is_noticed(store: ModelStore, model: bytes, layout: bytes) -> None:
    record = store.add("a", model, layout)
    store.path("a").unlink()
    assert store.state(record) == MISSING
    with pytest.raises(ModelError, match="is gone"):
        store.resolve("a")


def test_removing_takes_the_files_and_the_default_comes_back(
    store: ModelStore, model: bytes, layout: bytes
) -> None:
    store.add("a", model, layout)
    store.add("b", model, layout)
    store.activate("b")
    store.remove("b")
    assert store.active == "default"
    assert [r.name for r in store.records()] == ["a"]
    assert sorted(p.name for p in store.folder.iterdir()) == ["a", "models.json"]
    with pytest.raises(OptionError, match="cannot be removed"):
        store.remove("default")
    with pytest.raises(OptionError, match="There is no model"):
        store.remove("b")


def test_names_that_look_alike_have_folders_of_their_own(
    store: ModelStore, model: bytes, layout: bytes
) -> None:
    for name in ("A b", "a-b", "a/b", "../../b", "顔"):
        store.add(name, model, layout)
    folders = [r.folder for r in store.records()]
    assert len(set(folders)) == 5
    assert all((store.folder / f / "model.onnx").is_file() for f in folders)


@pytest.mark.parametrize("name", ["", " ", "default", "a\0b"])
def test_names_that_cannot_be_are_refused(
    store: ModelStore, model: bytes, layout: bytes, name: str
) -> None:
    with pytest.raises(OptionError, match="needs a name"):
        store.add(name, model, layout)


def test_a_model_that_does_not_fit_leaves_the_old_one(
    store: ModelStore, model: bytes, layout: bytes, tmp_path: Path
) -> None:
    before = store.add("a", model, layout)
    with pytest.raises(ModelError):
        store.add("a", model, b"no layout")
    with pytest.raises(ModelError):
        store.add("a", model[:50], layout)
    other = tiny_model(tmp_path / "o.onnx", {"prn.uv_layout_sha256": "00"}).read_bytes()
    with pytest.raises(ModelError, match="another model"):
        store.add("a", other, layout)
    assert store.records() == [before]
    assert store.state(before) == READY
    assert sorted(p.name for p in store.folder.iterdir()) == ["a", "models.json"]


@pytest.mark.parametrize("content", [b"{", b"[]", b'{"models": 3}', b'{"models": [1]}', b"\xff"])
def test_a_damaged_index_is_one_sentence(store: ModelStore, content: bytes) -> None:
    store.folder.mkdir()
    (store.folder / "models.json").write_bytes(content)
    with pytest.raises(ModelError, match="is damaged; remove it"):
        store.resolve()


@pytest.mark.parametrize("folder", ["../outside", "/etc", "", "a/b", "A"])
def test_an_index_cannot_point_out_of_the_store(
    store: ModelStore, model: bytes, layout: bytes, folder: str
) -> None:
    store.add("a", model, layout)
    index = json.loads((store.folder / "models.json").read_text())
    index["models"][0]["folder"] = folder
    index["active"] = "a"
    (store.folder / "models.json").write_text(json.dumps(index))
    assert store.records() == []
    assert store.active == "default"


def test_accepted_terms_are_remembered_word_for_word(
    store: ModelStore, model: bytes, layout: bytes
) -> None:
    assert not store.has_accepted("terms")
    store.accept("terms")
    store.add("a", model, layout)
    assert store.has_accepted("terms")
    assert not store.has_accepted("other terms")
    store.accept("terms of \udcff")  # a licence from a terminal of another encoding
    assert store.has_accepted("terms of \udcff")


def test_the_command_lists_chooses_and_removes(
    store: ModelStore, model: bytes, layout: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    record = store.add("a", model, layout)
    assert main(["models", "--use", "a"], models_folder=store.folder) == 0
    said = capsys.readouterr().out
    assert "* a: Tiny (ready)" in said
    assert "  default: " in said
    assert record.sha256 in said
    assert "accuracy  3.1 %" in said
    store.path("a").write_bytes(b"x")
    assert main(["models"], models_folder=store.folder) == 0
    assert "* a: Tiny (changed)" in capsys.readouterr().out
    assert main(["models", "--remove", "a"], models_folder=store.folder) == 0
    assert "* default" in capsys.readouterr().out
    assert main(["models", "--use", "a"], models_folder=store.folder) == 2


def test_the_active_model_is_the_one_that_runs(
    store: ModelStore, model: bytes, layout: bytes, astronaut_path: Path, tmp_path: Path
) -> None:
    store.add("a", model, layout)
    store.activate("a")
    store.path("a").write_bytes(b"changed")
    call = ["reconstruct", str(astronaut_path), "-o", str(tmp_path / "out"), "--json"]
    assert main(call, models_folder=store.folder) == 1
    assert main([*call, "--model", "default"], models_folder=store.folder) == 0


def test_a_measured_accuracy_is_noted(
    store: ModelStore, astronaut_path: Path, face: Face, tmp_path: Path
) -> None:
    model, layout = models_folder() / DEFAULT_MODEL, models_folder() / "prn_uv_layout.npz"
    store.add("copy", model.read_bytes(), layout.read_bytes())
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "a.png").write_bytes(astronaut_path.read_bytes())
    np.savez(
        tmp_path / "set.npz", name=np.array(["a.png"]), landmarks=face.landmarks[None],
        pitch_yaw_roll=np.zeros((1, 3)),
    )  # fmt: skip
    call = ["evaluate", str(tmp_path / "set.npz"), "--note"]
    assert main(call, models_folder=store.folder) == 2  # the default one has its card
    assert main([*call, "--model", "copy"], models_folder=store.folder) == 0
    assert store.record("copy").accuracy.endswith("% 2D NME, 1 photos of set.npz")
    assert float(store.record("copy").accuracy.split()[0]) < 2


def test_what_a_killed_import_left_is_cleared_away_later(
    store: ModelStore, model: bytes, layout: bytes
) -> None:
    store.add("a", model, layout)
    forgotten, fresh = store.staging_folder(), store.staging_folder()
    os.utime(forgotten, (1e9, 1e9))
    store.add("b", model, layout)
    assert fresh.exists()  # another program's
    assert not forgotten.exists()
    assert [r.name for r in store.records()] == ["a", "b"]


def test_a_staged_model_is_listed_when_it_is_adopted(
    store: ModelStore, model: bytes, layout: bytes
) -> None:
    staged = store.stage("a b", model, layout)
    store.add("a-b", model, layout)  # meanwhile: the folder's name is taken
    record = store.adopt(staged)
    staged.discard()
    assert [r.name for r in store.records()] == ["a-b", "a b"]
    assert (store.state(record), record.folder) == (READY, "a-b-2")


def test_a_model_that_takes_another_s_place_has_a_folder_of_its_own(
    store: ModelStore, model: bytes, layout: bytes, tmp_path: Path
) -> None:
    """The old one stays whole until the index names the new one."""
    store.add("a", model, layout)
    other = tiny_model(tmp_path / "o.onnx", {"prn.name": "Other"}).read_bytes()
    assert store.add("a", other, layout).folder == "a-2"
    assert sorted(p.name for p in store.folder.iterdir()) == ["a-2", "models.json"]
    assert store.add("a", model, layout).folder == "a"
    assert sorted(p.name for p in store.folder.iterdir()) == ["a", "models.json"]
    assert store.state(store.record("a")) == READY


@pytest.mark.parametrize(
    ("field", "value"),
    [("active", []), ("active", {}), ("active", 3), ("name", "a\nb"), ("name", ""),
     ("name", "default"), ("name", "x" * 99), ("title", "a\nb\x1b[31m"), ("size", "1")],
)  # fmt: skip
def test_an_odd_index_neither_fails_nor_breaks_lines(
    store: ModelStore, model: bytes, layout: bytes, field: str, value: object,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    store.add("a", model, layout)
    index = json.loads((store.folder / "models.json").read_text())
    (index if field == "active" else index["models"][0])[field] = value
    (store.folder / "models.json").write_text(json.dumps(index))
    assert store.active == "default"
    assert main(["models"], models_folder=store.folder) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == (10 if field in ("active", "title") else 5)
    assert all(line.isprintable() for line in lines)


def test_two_records_of_one_folder_are_one(store: ModelStore, model: bytes, layout: bytes) -> None:
    store.add("a", model, layout)
    index = json.loads((store.folder / "models.json").read_text())
    index["models"] += [{**index["models"][0], "name": "b"}, index["models"][0]]
    (store.folder / "models.json").write_text(json.dumps(index))
    assert [r.name for r in store.records()] == ["a"]
