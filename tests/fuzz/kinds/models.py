"""Models: networks, what turns foreign ones into ours, PRNet's UV files, the user's own store."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import contextlib
import io
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from importing import METADATA, foreign_model, made_up_uv_data
from mutations import Random, array, changed, damaged, number, odds, pick, text, value
from onnx import TensorProto, helper
from synthetic import ball_arrays, tiny_model
from verdict import faults_in

from prn_blender.core.errors import PRNError
from prn_blender.core.model.bundled import models_folder, open_model
from prn_blender.core.model.importer.add import Source, import_model, terms
from prn_blender.core.model.importer.foreign import Wrapping, wrap
from prn_blender.core.model.importer.uv_data import write_layout
from prn_blender.core.model.user_models import ModelStore

from . import Run

_KEYS = ("name", "license", "accuracy", "position_scale", "crop_scale", "uv_layout",
         "uv_layout_sha256", "mirror", "expression_names")  # fmt: skip
_OPERATORS = ("Identity", "Neg", "Exp", "Log", "Sqrt", "Reciprocal", "Cast", "Loop", "If",
              "Squeeze", "Shape", "NonZero", "Expand", "Tile", "NoSuchOperator")  # fmt: skip
_SHAPES: tuple[tuple[Any, ...], ...] = (
    ("n", 32, 32, 3), (1, 32, 32, 3), (2, 32, 32, 3), ("n", "s", "s", 3), ("n", 3, 32, 32), (),
    ("n", 0, 0, 3), ("n", 1, 1, 3), ("n", 2**20, 2**20, 3), (-1, 32, 32, 3), ("n", 32, 32, 4),
    ("n", 33, 33, 3),
)  # fmt: skip


def networks(folder: Path) -> Run:
    """ONNX files: other metadata, other graphs, other bytes."""
    np.savez(folder / "ball.npz", **ball_arrays())
    large = (models_folder() / "lids_and_lips.onnx").read_bytes()

    def run(rng: Random, folder: Path) -> list[str]:
        shutil.copy(folder.parent / "base" / "ball.npz", folder / "ball.npz")
        path = folder / "a.onnx"
        try:
            _odd_network(rng, path)
        except (ValueError, TypeError, UnicodeError):  # what protobuf cannot hold
            tiny_model(path)
        if odds(rng, 0.4):
            path.write_bytes(damaged(rng, path.read_bytes()))
        if odds(rng, 0.03):
            path.write_bytes(damaged(rng, large))
        network, _ = open_model(path)
        side = network.resolution
        network(rng.integers(0, 256, (2, side, side, 3)).astype(np.uint8))
        return []

    return run


def _odd_network(rng: Random, path: Path) -> None:
    metadata = {f"prn.{key}": str(value(rng, 0)) for key in _KEYS if odds(rng, 0.12)}
    options: dict[str, Any] = {}
    if odds(rng, 0.25):
        options["shape"] = pick(rng, _SHAPES)
    if odds(rng, 0.1):
        options["kind"] = pick(rng, (TensorProto.UINT8, TensorProto.DOUBLE, TensorProto.STRING))
    if odds(rng, 0.1):
        options["input_name"] = text(rng)
    if odds(rng, 0.1):
        options["output_name"] = text(rng)
    if odds(rng, 0.3):
        inner = helper.make_node(pick(rng, _OPERATORS), ["image"], ["x"])
        options["nodes"] = [inner, helper.make_node("Identity", ["x"], ["position_map"])]
    if odds(rng, 0.2):
        # Further outputs, which may be the coefficients of a face.
        shape = pick(rng, ((1, 2), ("n", 2), (2**20, 4), ("n",), ("n", 32, 32, 3)))
        name = pick(rng, ("identity", "expression", "x", "image"))
        info = helper.make_tensor_value_info(name, TensorProto.FLOAT, list(shape))
        options["outputs"] = [info]
        options["nodes"] = [
            helper.make_node("Identity", ["image"], ["position_map"]),
            helper.make_node("ReduceMean", ["image"], [name], axes=[1, 2, 3], keepdims=0),
        ]
    tiny_model(path, metadata, **options)


def wrappings(folder: Path) -> Run:
    """Foreign networks, and numbers that are said of them."""
    good = made_up_uv_data(folder / "uv")
    layout = folder / "uv_layout.npz"
    layout.write_bytes(write_layout(good))

    def run(rng: Random, folder: Path) -> list[str]:
        names = (text(rng) or "a", text(rng) or "b") if odds(rng, 0.3) else ("input", "out")
        side = 128 if odds(rng, 0.1) else 256
        path = folder / "a.onnx"
        try:
            foreign_model(path, odds(rng, 0.5), names, side)
        except (ValueError, TypeError, UnicodeError):
            foreign_model(path)
        if odds(rng, 0.4):
            path.write_bytes(damaged(rng, path.read_bytes()))

        def numbers(default: float) -> tuple[float, ...]:
            return tuple(float(number(rng)) if odds(rng, 0.2) else default for _ in range(3))

        wrapping = Wrapping(
            float(number(rng)) if odds(rng, 0.4) else 280.0,
            float(number(rng)) if odds(rng, 0.3) else 0.0,
            numbers(0.0), numbers(1.0), odds(rng, 0.5), text(rng) if odds(rng, 0.2) else "",
        )  # fmt: skip
        source = Source(path, layout=layout, wrapping=wrapping, license=text(rng))
        str(terms(source))
        wrap(path, wrapping, METADATA)
        if odds(rng, 0.3):  # it is run twice
            import_model(ModelStore(folder / "store"), source, text(rng))
        return []

    return run


def uv_data(folder: Path) -> Run:
    """PRNet's UV files."""
    good = made_up_uv_data(folder / "uv", range(58, 193))
    import cv2

    for name in ("uv_weight_mask.png", "uv_face.png", "uv_face_eyes.png"):
        cv2.imwrite(str(good / name), np.full((256, 256, 3), 64, np.uint8))
    names = sorted(path.name for path in good.iterdir())
    tables = {
        "face_ind.txt": np.loadtxt(good / "face_ind.txt"),
        "uv_kpt_ind.txt": np.loadtxt(good / "uv_kpt_ind.txt"),
        "canonical_vertices.npy": np.load(good / "canonical_vertices.npy"),
    }

    def run(rng: Random, folder: Path) -> list[str]:
        place = folder / "uv"
        shutil.copytree(good, place)
        for _ in range(int(rng.integers(1, 3))):
            name = pick(rng, names)
            path = place / name
            if path.is_dir():
                continue
            if odds(rng, 0.1):
                path.unlink(missing_ok=True)
            elif odds(rng, 0.05):
                path.unlink(missing_ok=True)
                path.mkdir(exist_ok=True)
            elif odds(rng, 0.5) and path.is_file():
                path.write_bytes(damaged(rng, path.read_bytes()))
            elif name in tables:
                changed_table = array(rng, tables[name])
                stream = io.BytesIO()
                with contextlib.suppress(ValueError, TypeError):
                    if name.endswith(".npy"):
                        np.save(stream, changed_table, allow_pickle=False)
                    else:
                        np.savetxt(stream, np.atleast_1d(changed_table).real)
                    path.write_bytes(stream.getvalue())
        write_layout(place)
        return []

    return run


def stores(folder: Path) -> Run:
    """The list of the user's models (JSON), its folders, and everything that can be asked of it."""
    np.savez(folder / "ball.npz", **ball_arrays())
    layout = (folder / "ball.npz").read_bytes()
    model = tiny_model(folder / "a.onnx", {"prn.name": "Tiny"}).read_bytes()
    sound = ModelStore(folder / "store")
    for name in ("a", "b c", "顔"):
        sound.add(name, model, layout)
    sound.activate("a")
    sound.accept("terms")
    index = json.loads((sound.folder / "models.json").read_text())

    def steps(store: ModelStore, name: str) -> dict[str, Callable[[], Any]]:
        return {
            "records": store.records,
            "active": lambda: store.active,
            "state": lambda: [store.state(r) for r in store.records()],
            "resolve": lambda: store.resolve(),
            "resolve a name": lambda: store.resolve(name),
            "path": lambda: store.path(name),
            "activate": lambda: store.activate(name),
            "add": lambda: store.add(name, model, layout, name),
            "remove": lambda: store.remove(name),
            "accuracy": lambda: store.set_accuracy(name, name),
            "accepted": lambda: store.has_accepted("terms"),
            "accept": lambda: store.accept(name),
        }

    def run(rng: Random, folder: Path) -> list[str]:
        place = folder / "store"
        shutil.copytree(sound.folder, place)
        listed = place / "models.json"
        if odds(rng, 0.7):
            content = json.dumps(changed(rng, index)).encode("utf-8", "surrogateescape")
            listed.write_bytes(content)
        if odds(rng, 0.3):
            listed.write_bytes(damaged(rng, listed.read_bytes()))
        if odds(rng, 0.1):
            shutil.rmtree(place / pick(rng, ("a", "b-c", "model")))
        if odds(rng, 0.1):
            listed.unlink()
            if odds(rng, 0.3):
                listed.mkdir()
        said = []
        store = ModelStore(place)
        for _ in range(4):
            name = text(rng) if odds(rng, 0.4) else pick(rng, ("a", "b c", "顔"))
            try:
                asked = steps(store, name)
                asked[pick(rng, sorted(asked))]()
            except PRNError as e:
                said.append(str(e))
        if listed.is_file():
            listed.unlink()  # it was damaged on purpose
        faults = faults_in(place)
        assert not [fault for fault in faults if "left over" in fault], faults
        return said

    return run
