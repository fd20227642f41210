"""The ONNX contract, and files that break it: each time one sentence."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import hashlib
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from synthetic import ball_arrays, tiny_model

from prn_blender.core.errors import MissingDependencyError, ModelError, OptionError
from prn_blender.core.model.bundled import detector_model_path, open_model
from prn_blender.core.model.network import PositionMapNetwork


def crops(count: int, side: int = 32) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (count, side, side, 3), dtype=np.uint8)


def refused(path: Path) -> str:
    with pytest.raises(ModelError) as caught:
        network = PositionMapNetwork(path)
        network(crops(3))
    return sentence(caught.value)


def sentence(error: Exception) -> str:
    message = str(error)
    assert "\n" not in message
    assert message.endswith(".")
    assert len(message) < 500
    return message


def output(name: str, shape: list[Any], kind: int = TensorProto.FLOAT) -> Any:
    return helper.make_tensor_value_info(name, kind, shape)


def test_the_output_is_scaled_by_the_model_s_own_metadata(tmp_path: Path) -> None:
    network = PositionMapNetwork(tiny_model(tmp_path / "a.onnx", {"prn.position_scale": "40"}))
    images = crops(3)
    found = network(images)
    assert (network.resolution, network.map_size) == (32, 32)
    assert np.allclose(found.position_maps, images / 255 * 40, atol=1e-4)
    assert found.position_maps.dtype == np.float32
    assert found.coefficients == {}


@pytest.mark.parametrize(
    "providers",
    [["Bogus"], ["CPUExecutionProvider", "CudaExecutionProvider"], [""],
     [("NoneSuchExecutionProvider", {"device_id": 0}), "CPUExecutionProvider"]],
)  # fmt: skip
def test_an_execution_provider_that_is_not_there_is_refused(
    tmp_path: Path, providers: list[Any]
) -> None:
    path = tiny_model(tmp_path / "a.onnx", {"prn.position_scale": "1"})
    with pytest.raises(OptionError, match="CPUExecutionProvider") as caught:
        PositionMapNetwork(path, providers=providers)
    sentence(caught.value)


@pytest.mark.parametrize("count", [1, 7, 8, 9, 20])
def test_any_number_of_crops_keeps_its_order(tmp_path: Path, count: int) -> None:
    network = PositionMapNetwork(tiny_model(tmp_path / "a.onnx", {"prn.position_scale": "1"}))
    assert np.allclose(network(crops(count)).position_maps, crops(count) / 255, atol=1e-6)


def test_a_model_that_takes_one_image_at_a_time_gets_one_at_a_time(tmp_path: Path) -> None:
    path = tiny_model(tmp_path / "a.onnx", {"prn.position_scale": "1"}, shape=(1, 32, 32, 3))
    assert np.allclose(PositionMapNetwork(path)(crops(3)).position_maps, crops(3) / 255, atol=1e-6)


def test_metadata_are_read(tmp_path: Path) -> None:
    metadata = {
        "prn.name": "Test", "prn.license": "CC0", "prn.crop_scale": "1.5",
        "prn.uv_layout_sha256": "ab", "prn.expression_names": "smile,jawOpen",
    }  # fmt: skip
    info = PositionMapNetwork(tiny_model(tmp_path / "a.onnx", metadata)).info
    assert (info.name, info.license, info.crop_scale) == ("Test", "CC0", 1.5)
    assert (info.layout_file, info.layout_sha256) == ("ball.npz", "ab")
    assert info.expression_names == ("smile", "jawOpen")


def test_a_model_without_a_name_is_called_by_its_file(tmp_path: Path) -> None:
    info = PositionMapNetwork(tiny_model(tmp_path / "a.onnx")).info
    assert (info.name, info.license, info.crop_scale) == ("a.onnx", "not stated", 1.6)


def with_outputs(path: Path, extra: dict[str, Any]) -> Path:
    nodes = [helper.make_node("Identity", ["image"], ["position_map"])]
    nodes += [helper.make_node("ReduceMean", ["image"], [name], axes=axes, keepdims=0)
              for name, (axes, _) in extra.items()]  # fmt: skip
    return tiny_model(path, nodes=nodes, outputs=[output(n, s) for n, (_, s) in extra.items()])


def test_coefficients_come_per_image_and_other_outputs_are_left_alone(tmp_path: Path) -> None:
    extra = {"expression": ([1, 2], ["n", 3]), "mean": ([0, 1, 2, 3], []), "lost": ([1], None)}
    network = PositionMapNetwork(with_outputs(tmp_path / "a.onnx", extra))
    found = network(crops(11))
    assert set(found.coefficients) == {"expression"}
    expected = crops(11).mean(axis=(1, 2)) / 255
    assert np.allclose(found.coefficients["expression"], expected, atol=1e-5)


# Files that break the contract -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"input_name": "input"}, "inputs ['input']"),
        ({"output_name": "output"}, "outputs ['output']"),
        ({"shape": ("n", 3, 32, 32)}, "expected float (N, S, S, 3)"),
        ({"shape": ("n", 32, 16, 3)}, "expected float (N, S, S, 3)"),
        ({"shape": ("n", "h", "h", 3)}, "expected float (N, S, S, 3)"),
        ({"shape": (32, 32, 3)}, "expected float (N, S, S, 3)"),
        ({"shape": (4, 32, 32, 3)}, "takes exactly 4 images"),
        ({"kind": TensorProto.FLOAT16}, "tensor(float16)"),
        ({"kind": TensorProto.UINT8}, "tensor(uint8)"),
    ],
)
def test_another_signature_is_refused(
    tmp_path: Path, options: dict[str, Any], expected: str
) -> None:
    assert expected in refused(tiny_model(tmp_path / "a.onnx", **options))


@pytest.mark.parametrize("value", ["", "0", "-1", "nan", "inf", "1e9", "a lot", "x" * 10**5])
@pytest.mark.parametrize("key", ["prn.position_scale", "prn.crop_scale"])
def test_a_scale_that_is_no_positive_number_is_refused(
    tmp_path: Path, key: str, value: str
) -> None:
    assert key in refused(tiny_model(tmp_path / "a.onnx", {key: value}))


def test_missing_metadata_are_refused(tmp_path: Path) -> None:
    path = tiny_model(tmp_path / "a.onnx")
    model = onnx.load(str(path))
    del model.metadata_props[:]
    onnx.save(model, str(path))
    assert "prn.uv_layout" in refused(path)


@pytest.mark.parametrize(
    "name",
    ["", "../x.npz", "/etc/passwd", "a/b.npz", "..\\x.npz", "C:\\x.npz", "C:x.npz", "..", ".",
     "a\0b.npz", "x" * 10**5 + "/y"],
)  # fmt: skip
def test_a_layout_in_another_place_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "sub").mkdir()
    np.savez(tmp_path / "x.npz", **ball_arrays())
    path = tiny_model(tmp_path / "sub" / "a.onnx", {"prn.uv_layout": name})
    with pytest.raises(ModelError) as caught:
        open_model(path)
    assert "prn.uv_layout" in sentence(caught.value)


@pytest.mark.parametrize("keep", [0, 1, 50, 0.5, 0.99])
def test_a_truncated_model_is_refused(tmp_path: Path, keep: float) -> None:
    weights = numpy_helper.from_array(np.ones((1, 32, 32, 3), np.float32), "w")
    nodes = [helper.make_node("Mul", ["image", "w"], ["position_map"])]
    path = tiny_model(tmp_path / "a.onnx", nodes=nodes, initializers=[weights])
    data = path.read_bytes()
    path.write_bytes(data[: int(keep if keep >= 1 else keep * len(data))])
    refused(path)


@pytest.mark.parametrize("data", [b"no model", b"\x08\x08" * 50, b"PK\x03\x04" + bytes(99)])
def test_another_kind_of_file_is_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.onnx").write_bytes(data)
    assert "not an ONNX model" in refused(tmp_path / "a.onnx")


@pytest.mark.parametrize("name", ["gone.onnx", "folder", "new\nline.onnx"])
def test_what_is_no_file_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder").mkdir()
    refused(tmp_path / name)


@pytest.mark.parametrize("where", ["w.bin", "../w.bin", "{absolute}"])
def test_a_model_cannot_pull_in_other_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    values = np.ones((1, 32, 32, 3), np.float32)
    (tmp_path / "sub").mkdir()
    for folder in (tmp_path, tmp_path / "sub"):
        (folder / "w.bin").write_bytes(values.tobytes())
    weights = numpy_helper.from_array(values, "w")
    weights.ClearField("raw_data")
    weights.data_location = TensorProto.EXTERNAL
    place = where.format(absolute=tmp_path / "w.bin")
    for key, value in (("location", place), ("offset", "0"), ("length", str(values.nbytes))):
        weights.external_data.add(key=key, value=value)
    nodes = [helper.make_node("Mul", ["image", "w"], ["position_map"])]
    model = helper.make_model(
        helper.make_graph(
            nodes, "g", [output("image", ["n", 32, 32, 3])],
            [output("position_map", ["n", 32, 32, 3])], [weights],
        ),
        opset_imports=[helper.make_opsetid("", 17)], ir_version=8,
    )  # fmt: skip
    helper.set_model_props(model, {"prn.position_scale": "1", "prn.uv_layout": "a.npz"})
    path = tmp_path / "sub" / "a.onnx"
    path.write_bytes(model.SerializeToString())
    monkeypatch.chdir(tmp_path / "sub")  # the folder onnxruntime would look in
    assert "not an ONNX model" in refused(path)


@pytest.mark.parametrize(
    ("constant", "scale"), [(np.nan, "32"), (np.inf, "32"), (1e30, "32"), (1e38, "999999")]
)
def test_positions_no_face_can_have_are_refused(
    tmp_path: Path, constant: float, scale: str
) -> None:
    weights = numpy_helper.from_array(np.float32(constant).reshape(1), "w")
    nodes = [helper.make_node("Add", ["image", "w"], ["position_map"])]
    metadata = {"prn.position_scale": scale, "prn.name": "two\nlines" * 100}
    path = tiny_model(tmp_path / "a.onnx", metadata, nodes=nodes, initializers=[weights])
    assert "returned positions" in refused(path)


def test_a_model_that_fails_while_it_runs_says_so_in_a_sentence(tmp_path: Path) -> None:
    index = numpy_helper.from_array(np.array([99]), "index")
    nodes = [helper.make_node("Gather", ["image", "index"], ["position_map"], axis=0)]
    path = tiny_model(tmp_path / "a.onnx", nodes=nodes, initializers=[index])
    assert "failed while it ran" in refused(path)


# The layout beside the model -------------------------------------------------------------------


@pytest.fixture
def layout_sha(tmp_path: Path) -> str:
    np.savez(tmp_path / "ball.npz", **ball_arrays())
    return hashlib.sha256((tmp_path / "ball.npz").read_bytes()).hexdigest()


def test_model_and_layout_that_belong_together_open(tmp_path: Path, layout_sha: str) -> None:
    path = tiny_model(tmp_path / "a.onnx", {"prn.uv_layout_sha256": layout_sha.upper()})
    network, layout = open_model(path)
    assert layout.size == network.map_size == 32
    assert layout.sha256 == layout_sha


@pytest.mark.parametrize(
    ("metadata", "options", "expected"),
    [
        ({"prn.uv_layout_sha256": "0" * 64}, {}, "belongs to another model"),
        ({"prn.uv_layout": "gone.npz"}, {}, "needs its UV layout"),
        ({"prn.uv_layout": "x" * 300}, {}, "needs its UV layout"),
        ({}, {"shape": ("n", 16, 16, 3)}, "makes 16 x 16 maps"),
    ],
)
def test_a_layout_of_another_model_is_refused(
    tmp_path: Path, layout_sha: str, metadata: dict[str, str], options: dict[str, Any],
    expected: str,
) -> None:  # fmt: skip
    with pytest.raises(ModelError) as caught:
        open_model(tiny_model(tmp_path / "a.onnx", metadata, **options))
    assert expected in sentence(caught.value)


def test_the_model_that_comes_with_the_package_follows_the_contract() -> None:
    network, layout = open_model()
    assert network.info.layout_sha256 == layout.sha256
    assert network.info.license != "not stated"
    assert network(crops(1, network.resolution)).position_maps.shape == (1, *layout.mask.shape, 3)
    assert detector_model_path().is_file()


def test_a_missing_onnxruntime_is_said_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(MissingDependencyError) as caught:
        open_model()
    assert "onnxruntime" in sentence(caught.value)
    assert "Reinstall" in str(caught.value)


def test_models_that_are_not_there_are_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("prn_blender.core.model.bundled.DEFAULT_MODEL", "gone.onnx")
    with pytest.raises(ModelError, match=r"gone\.onnx is missing"):
        open_model()
    monkeypatch.undo()
    monkeypatch.setattr("prn_blender.core.model.bundled.DETECTOR_MODEL", "gone.onnx")
    with pytest.raises(ModelError, match=r"gone\.onnx is missing"):
        detector_model_path()


def test_the_mirror_image_shows_the_same_places(tmp_path: Path) -> None:
    # This network says that every pixel's place is its colour; in the mirror x runs the other way.
    network = PositionMapNetwork(tiny_model(tmp_path / "a.onnx", {"prn.mirror": "1"}))
    assert network.info.mirror
    straight, mirrored = network(crops(3)).position_maps, network.in_mirror(crops(3)).position_maps
    assert np.allclose(mirrored[..., 0], 31 - straight[..., 0], atol=1e-4)
    assert np.allclose(mirrored[..., 1:], straight[..., 1:], atol=1e-5)
    assert not PositionMapNetwork(tiny_model(tmp_path / "b.onnx")).info.mirror
