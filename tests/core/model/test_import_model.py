"""Weights of others under our contract: PRNet's checkpoint, and ports of it to PyTorch."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from importing import METADATA, made_up_uv_data, pictures, sentence

from benchmarks.resfcn256 import random_weights
from prn_blender.core.errors import MissingDependencyError, ModelError
from prn_blender.core.model.bundled import open_model
from prn_blender.core.model.importer import library, resfcn
from prn_blender.core.model.importer.add import Source, import_model
from prn_blender.core.model.importer.checkpoint import read_tensorflow, read_torch, take_inventory
from prn_blender.core.model.network import PositionMapNetwork
from prn_blender.core.model.user_models import ModelStore

ROOT = Path(__file__).resolve().parents[3]
CHECKPOINT = "256_256_resfcn256_weight"

tensorflow_needed = pytest.mark.skipif(
    not find_spec("tensorflow"), reason="TensorFlow is not installed: `make test-import`"
)
torch_needed = pytest.mark.skipif(
    not find_spec("torch"), reason="PyTorch is not installed: `make test-import`"
)


@pytest.fixture
def store(tmp_path: Path) -> ModelStore:
    return ModelStore(tmp_path / "models")


# PRNet's checkpoint -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A PRNet checkout with a checkpoint of random weights, and what TensorFlow makes of it."""
    if not find_spec("tensorflow"):
        pytest.skip("TensorFlow is not installed: `make test-import`")
    folder = tmp_path_factory.mktemp("PRNet")
    (folder / "Data" / "net-data").mkdir(parents=True)
    made_up_uv_data(folder / "Data" / "uv-data")
    np.save(folder / "pictures.npy", pictures(8))
    script = ROOT / "tests" / "helpers" / "resfcn_tensorflow.py"
    files = [folder / "Data" / "net-data" / CHECKPOINT, folder / "pictures.npy", folder / "out.npy"]
    subprocess.run([sys.executable, script, *files], check=True, timeout=300)
    return folder


@tensorflow_needed
def test_the_converted_network_is_tensorflow_s_within_roundings(
    checkout: Path, tmp_path: Path
) -> None:
    environment = {**os.environ, "PRN_MODELS": str(tmp_path), "PYTHONPATH": str(ROOT)}
    call = [sys.executable, "-m", "prn_blender", "import-model", checkout, "--accept-license"]
    subprocess.run(call, check=True, env=environment, timeout=300)
    network, layout = open_model(ModelStore(tmp_path).path("PRNet"))
    expected = np.load(checkout / "out.npy")
    assert expected.std() > 5  # the network says something about its pictures
    found = network(pictures(8)).position_maps
    # In what order single precision is added up differs between machines: 1 value in 10,000 may be
    # a few more roundings off.
    off = np.abs(found - expected)
    assert (off < 1e-4).mean() > 0.9999
    assert off.max() < 5e-4
    assert network.info.position_scale == pytest.approx(281.6)
    assert "non-commercial" in network.info.license
    assert layout.mask.sum() == 160 * 156


@tensorflow_needed
def test_the_test_s_checkpoint_has_the_files_of_the_real_one(checkout: Path, shared: Path) -> None:
    folder = checkout / "Data" / "net-data"
    assert (folder / f"{CHECKPOINT}.data-00000-of-00001").stat().st_size == 160_290_984
    import tensorflow

    ours = tensorflow.train.load_checkpoint(str(folder / CHECKPOINT))
    real = tensorflow.train.load_checkpoint(str(shared / "data" / "prnet_uv" / CHECKPOINT))
    assert ours.get_variable_to_shape_map() == real.get_variable_to_shape_map()


@tensorflow_needed
def test_every_tensor_of_the_real_index_is_accounted_for(shared: Path) -> None:
    import tensorflow

    reader = tensorflow.train.load_checkpoint(str(shared / "data" / "prnet_uv" / CHECKPOINT))
    shapes = {k: tuple(v) for k, v in reader.get_variable_to_shape_map().items()}
    inventory = take_inventory(shapes, "it")
    assert len(shapes) == 545
    assert sorted([*inventory.weights.values(), *inventory.optimiser]) == sorted(shapes)
    assert sum(int(np.prod(shapes[k])) for k in inventory.weights.values()) == 13_365_508
    assert 4 * sum(int(np.prod(s)) for s in shapes.values()) == 160_290_984


@pytest.fixture
def copy(checkout: Path, tmp_path: Path) -> Path:
    for file in (checkout / "Data" / "net-data").iterdir():
        shutil.copy(file, tmp_path)
    return tmp_path / f"{CHECKPOINT}.index"


def cut(path: Path, size: int) -> None:
    with path.open("r+b") as stream:
        stream.truncate(size)


def flip(path: Path, at: int) -> None:
    with path.open("r+b") as stream:
        stream.seek(at)
        byte = stream.read(1)[0]
        stream.seek(at)
        stream.write(bytes([byte ^ 255]))


def swap(path: Path) -> None:
    data = path.with_suffix(".data-00000-of-00001")
    between = path.with_name("between")
    path.rename(between)
    data.rename(path)
    between.rename(data)


@pytest.mark.parametrize(
    ("damage", "expected"),
    [
        (lambda p: cut(p.with_suffix(".data-00000-of-00001"), 10**8), "100,000,000 bytes"),
        (lambda p: cut(p, 5000), "not the index of a TensorFlow checkpoint"),
        (lambda p: cut(p, 0), "not the index of a TensorFlow checkpoint"),
        (swap, "larger than 8 MB"),
        (lambda p: flip(p.with_suffix(".data-00000-of-00001"), 10), "checksum"),
        (lambda p: p.with_suffix(".data-00000-of-00001").unlink(), "is missing"),
    ],
)
def test_a_damaged_checkpoint_is_one_sentence(
    copy: Path, damage: Callable[[Path], None], expected: str
) -> None:
    damage(copy)
    with pytest.raises(ModelError) as caught:
        read_tensorflow(copy)
    assert expected in sentence(caught)


@tensorflow_needed
def test_a_foreign_checkpoint_is_one_sentence(tmp_path: Path) -> None:
    import tensorflow

    variable = tensorflow.Variable(np.zeros((4, 4), np.float32), name="x")
    saved = tensorflow.train.Checkpoint(x=variable).write(str(tmp_path / CHECKPOINT))
    with pytest.raises(ModelError) as caught:
        read_tensorflow(f"{saved}.index")
    assert "is not PRNet's checkpoint: 245 of resfcn256's 245 tensors" in sentence(caught)


def shapes_of_a_checkpoint() -> dict[str, tuple[int, ...]]:
    return {f"resfcn256/{k}": s for k, s in resfcn.tensor_shapes().items()}


def test_inventory_without_tensorflow() -> None:
    shapes = shapes_of_a_checkpoint()
    slots = {f"{k}/Adam": s for k, s in shapes.items()} | {"beta1_power": ()}
    inventory = take_inventory({**shapes, **slots}, "it")
    assert set(inventory.optimiser) == set(slots)
    for change, expected in (
        ({"resfcn256/Conv/weights": (4, 4, 3, 32)}, "expected (4, 4, 3, 16)"),
        ({"resfcn256/extra/weights": (1,)}, "resfcn256 does not have"),
        ({"other/Adam": (1,)}, "resfcn256 does not have"),
    ):
        with pytest.raises(ModelError) as caught:
            take_inventory({**shapes, **change}, "it")
        assert expected in sentence(caught)
    shapes.pop("resfcn256/Conv/weights")
    with pytest.raises(ModelError) as caught:
        take_inventory(shapes, "it")
    assert "1 of resfcn256's 245 tensors are missing" in sentence(caught)


def test_without_tensorflow_the_sentence_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "tensorflow", None)
    for suffix in (".index", ".data-00000-of-00001"):
        (tmp_path / f"{CHECKPOINT}{suffix}").write_bytes(b"x")
    with pytest.raises(MissingDependencyError) as caught:
        read_tensorflow(tmp_path / f"{CHECKPOINT}.index")
    assert "pip install tensorflow" in sentence(caught)


def test_a_broken_library_is_told_from_an_absent_one(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(MissingDependencyError, match="is not installed"):
        library("no_such_module_here", "no_such_module_here", "does it")

    def broken(name: str) -> None:
        raise ImportError("DLL load failed")

    monkeypatch.setattr("prn_blender.core.model.importer.import_module", broken)
    with pytest.raises(MissingDependencyError, match="cannot be loaded: DLL load failed"):
        library("onnx", "onnx", "does it")


# The graph, without any of the heavy libraries ---------------------------------------------------


def test_the_network_has_as_many_numbers_as_prnet() -> None:
    assert sum(int(np.prod(s)) for s in resfcn.tensor_shapes().values()) == 13_365_508


def test_an_activation_is_the_last_thing_that_happens(tmp_path: Path) -> None:
    weights = random_weights()
    maps = {}
    for activation in ("none", "sigmoid", "tanh"):
        path = tmp_path / f"{activation}.onnx"
        path.write_bytes(resfcn.build(weights, METADATA, activation=activation))
        maps[activation] = PositionMapNetwork(path)(pictures(1)).position_maps / 281.6
    raw = maps["none"].astype(np.float64)
    assert raw.std() > 0.01
    assert np.allclose(maps["sigmoid"], 1 / (1 + np.exp(-raw)), atol=1e-5)
    assert np.allclose(maps["tanh"], np.tanh(raw), atol=1e-5)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_weights_that_are_no_numbers_are_refused(value: float) -> None:
    weights = random_weights()
    weights["Conv/weights"][0, 0, 0, 0] = value
    with pytest.raises(ModelError, match="Conv/weights holds numbers that are not finite"):
        resfcn.build(weights, METADATA)


# Ports to PyTorch --------------------------------------------------------------------------------


@torch_needed
@pytest.mark.parametrize("activation", ["sigmoid", "tanh"])
def test_a_port_s_state_dict_gives_the_port_s_positions(
    activation: str, tmp_path: Path, store: ModelStore
) -> None:
    import torch
    from resfcn_torch import random_port

    port = random_port({"sigmoid": torch.nn.Sigmoid(), "tanh": torch.nn.Tanh()}[activation])
    path = tmp_path / "port.pth"
    wrapped = {"epoch": 3, "state_dict": {f"module.{k}": v for k, v in port.state_dict().items()}}
    torch.save(wrapped, path)
    source = Source(
        path, made_up_uv_data(tmp_path / "uv"), activation=activation, scale=280.0, license="mine"
    )
    import_model(store, source, "port")
    network, _ = open_model(store.path("port"))
    assert (network.info.position_scale, network.info.license) == (280.0, "mine")
    with torch.no_grad():
        images = torch.from_numpy(pictures(1)).permute(0, 3, 1, 2).float() / 255
        expected = port(images).permute(0, 2, 3, 1).numpy() * 280
    assert expected.std() > 3
    assert np.abs(network(pictures(1)).position_maps - expected).max() < 3e-4


@torch_needed
@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda s: s.pop("stem.1.weight"), "another network"),
        (lambda s: s.update({"more.weight": s["stem.1.weight"]}), "after the last layer"),
        (lambda s: s.update({"stem.1.bias": s["stem.2.weight"]}), "has a bias"),
        (lambda s: s.pop("up.0.weight"), "another network"),
        (lambda s: s.update({"stem.1.weight": s["stem.1.weight"][..., :3, :3]}), "does not fit"),
        (lambda s: [s.pop(k) for k in list(s)], "no state dict"),
    ],
)
def test_another_network_s_state_dict_is_one_sentence(
    change: Callable[[dict[str, Any]], None], expected: str, tmp_path: Path
) -> None:
    import torch
    from resfcn_torch import Port

    state = dict(Port(torch.nn.Sigmoid()).state_dict())
    change(state)
    torch.save(state, tmp_path / "port.pth")
    with pytest.raises(ModelError) as caught:
        read_torch(tmp_path / "port.pth")
    assert expected in sentence(caught)


@torch_needed
def test_a_state_dict_cannot_run_code(tmp_path: Path) -> None:
    import torch

    class Hostile:
        def __reduce__(self) -> Any:
            return (Path.touch, (tmp_path / "was-here",))

    torch.save({"state_dict": Hostile()}, tmp_path / "port.pth")
    with pytest.raises(ModelError) as caught:
        read_torch(tmp_path / "port.pth")
    sentence(caught)
    assert not (tmp_path / "was-here").exists()
