"""Foreign ONNX files under our contract, and the command that brings models in."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from importing import METADATA, foreign_model, made_up_uv_data, pictures, sentence
from synthetic import tiny_model

from prn_blender.cli import main
from prn_blender.core.errors import ModelError, OptionError, PRNError
from prn_blender.core.model.bundled import open_model
from prn_blender.core.model.importer.add import Source, import_model
from prn_blender.core.model.importer.foreign import Wrapping, wrap
from prn_blender.core.model.user_models import ModelStore


@pytest.fixture
def store(tmp_path: Path) -> ModelStore:
    return ModelStore(tmp_path / "models")


@pytest.mark.parametrize("planes_first", [True, False])
@pytest.mark.parametrize("names", [("input", "out"), ("image", "position_map")])
def test_a_foreign_network_is_wrapped(
    planes_first: bool, names: tuple[str, str], tmp_path: Path, store: ModelStore
) -> None:
    path = foreign_model(tmp_path / "sadr.onnx", planes_first, names)
    mean, std = (0.4, 0.5, 0.6), (0.1, 0.2, 0.3)
    wrapping = Wrapping(280.0, 10.0, mean, std, bgr=True)
    source = Source(path, made_up_uv_data(tmp_path / "uv"), wrapping=wrapping)
    record = import_model(store, source, "SADRNet")
    network, _ = open_model(store.path("SADRNet"))
    colours = pictures(2)[..., ::-1] / 255.0
    expected = 280 * 2 * (colours - mean) / std + 10
    found = network(pictures(2)).position_maps
    assert np.allclose(found, expected, rtol=1e-5, atol=1e-3)
    assert record.license == "not stated"
    assert network.info.position_scale == 280.0


@pytest.mark.parametrize(
    ("options", "wrapping", "expected"),
    [
        ({"side": 128}, Wrapping(1.0), "expected one picture"),
        ({}, Wrapping(1.0, output="mean"), "none of these can be one"),
        ({}, Wrapping(0.0), "above 0"),
        ({}, Wrapping(1.0, std=(1.0, 0.0, 1.0)), "above 0"),
        ({}, Wrapping(float("nan")), "above 0"),
    ],
)
def test_a_network_that_cannot_be_wrapped_is_one_sentence(
    options: dict[str, Any], wrapping: Wrapping, expected: str, tmp_path: Path
) -> None:
    path = foreign_model(tmp_path / "a.onnx", **options)
    with pytest.raises(PRNError) as caught:
        wrap(path, wrapping, METADATA)
    assert expected in sentence(caught)


def test_damaged_onnx_is_one_sentence(tmp_path: Path) -> None:
    path = foreign_model(tmp_path / "a.onnx")
    path.write_bytes(path.read_bytes()[:40])
    with pytest.raises(ModelError) as caught:
        wrap(path, Wrapping(1.0), METADATA)
    sentence(caught)


@pytest.mark.parametrize("name", ["a\nb", "\x1b[31m", "x" * 5000])
def test_names_inside_of_a_network_do_not_break_the_sentence(name: str, tmp_path: Path) -> None:
    for names in ((name, "out"), ("input", name)):
        path = foreign_model(tmp_path / "a.onnx", names=names, side=128)
        with pytest.raises(ModelError) as caught:
            wrap(path, Wrapping(1.0), METADATA)
        sentence(caught)
        with pytest.raises(ModelError) as caught:
            open_model(path)
        sentence(caught)


def test_text_that_is_no_unicode_is_one_sentence(tmp_path: Path, store: ModelStore) -> None:
    path = foreign_model(tmp_path / "a.onnx", names=("input", "outputname"))
    path.write_bytes(path.read_bytes().replace(b"outputname", b"output\xe1\xffme"))
    with pytest.raises(ModelError) as caught:
        wrap(path, Wrapping(1.0), METADATA)
    sentence(caught)
    with pytest.raises(ModelError) as caught:
        open_model(path)
    sentence(caught)
    # An argument that is not valid Unicode, as a terminal of another encoding gives it.
    path = foreign_model(tmp_path / "a.onnx")
    uv_data = made_up_uv_data(tmp_path / "uv")
    source = Source(path, uv_data, wrapping=Wrapping(280.0), license="M\udcfcller")
    assert import_model(store, source, "a").license == "M_ller"


def test_metadata_that_is_no_unicode_is_one_sentence(tmp_path: Path) -> None:
    path = tiny_model(tmp_path / "a.onnx", {"prn.license": "licence of somebody"})
    path.write_bytes(path.read_bytes().replace(b"licence of", b"lic\xffnce of"))
    with pytest.raises(ModelError) as caught:
        open_model(path)
    sentence(caught)


def test_a_model_that_fails_when_it_runs_is_not_added(tmp_path: Path, store: ModelStore) -> None:
    path = foreign_model(tmp_path / "a.onnx")
    source = Source(path, made_up_uv_data(tmp_path / "uv"), wrapping=Wrapping(280.0))
    import_model(store, source, "good")
    for bad in (replace(source, wrapping=Wrapping(280.0, mean=(1e5, 0, 0))),):
        with pytest.raises(ModelError, match="far outside"):
            import_model(store, bad, "bad")
    assert [r.name for r in store.records()] == ["good"]
    assert sorted(p.name for p in store.folder.iterdir()) == ["good", "models.json"]


def test_what_is_needed_is_asked_for(tmp_path: Path, store: ModelStore) -> None:
    path = foreign_model(tmp_path / "a.onnx")
    with pytest.raises(OptionError, match="What do the texels mean"):
        import_model(store, Source(path, wrapping=Wrapping(280.0)), "a")
    with pytest.raises(ModelError, match="expected the input 'image'"):
        import_model(store, Source(path), "a")
    (tmp_path / "a.txt").write_text("x")
    source = Source(tmp_path / "a.txt", made_up_uv_data(tmp_path / "uv"))
    with pytest.raises(OptionError, match="is no PRNet folder"):
        import_model(store, source, "a")
    with pytest.raises(ModelError, match="the weights are not part of PRNet's repository"):
        import_model(store, Source(tmp_path, tmp_path / "uv"), "a")


# The command -------------------------------------------------------------------------------------


def test_the_licence_has_to_be_accepted_once(
    tmp_path: Path, store: ModelStore, capsys: pytest.CaptureFixture[str]
) -> None:
    path = foreign_model(tmp_path / "a.onnx")
    uv = made_up_uv_data(tmp_path / "uv")
    call = ["import-model", str(path), "--uv-data", str(uv), "--scale", "280", "--license", "CC0"]
    assert main(call, models_folder=store.folder) == 2
    said = capsys.readouterr().err
    assert "CC0" in said
    assert "--accept-license" in said
    assert not store.folder.exists()
    assert main([*call, "--accept-license", "--use"], models_folder=store.folder) == 0
    capsys.readouterr()
    assert main([*call, "--name", "again"], models_folder=store.folder) == 0
    assert capsys.readouterr().err == ""
    assert (store.active, [r.name for r in store.records()]) == ("a", ["a", "again"])
    assert store.record("a").license == "CC0"
