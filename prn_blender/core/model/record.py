"""What is known of a model: of the one that is included, of one that is tried, of one on file."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import ModelError, Sentence
from ..files.safe import read_bounded, shown, write_bytes
from .bundled import DEFAULT_MODEL, models_folder, open_model
from .network import MAX_FILE_BYTES

DEFAULT_NAME = "default"
MODEL_FILE = "model.onnx"
INDEX_FILE = "models.json"
_TEXT = 4000  # characters of a name, a licence or an accuracy that are kept


@dataclass(frozen=True)
class ModelRecord:
    """What is known of a model.

    Attributes
    ----------
    name : str
        How the user calls it; "default" is the one that comes with the add-on.
    title : str
        What the model says its name is.
    license : str
    accuracy : str
        As measured, for people; empty where nobody did.
    folder : str
        Its folder inside the store; empty for the default model.
    size : int
        Bytes of the .onnx file.
    sha256, layout_sha256 : str
        Of the .onnx file and its UV layout when they were added.
    """

    name: str
    title: str
    license: str
    accuracy: str
    folder: str
    size: int
    sha256: str
    layout_sha256: str


def default_record() -> ModelRecord:
    """What is known of the model that comes with the add-on; its files are read."""
    path = models_folder() / DEFAULT_MODEL
    network, layout = open_model(path)
    info = network.info
    return ModelRecord(
        DEFAULT_NAME, info.name, info.license, info.accuracy, "",
        path.stat().st_size, file_sha256(path), layout.sha256,
    )  # fmt: skip


def try_model(path: Path, layout: bytes, name: str, accuracy: str) -> ModelRecord:
    """Open the model beside its layout and run it; what it says then is its record."""
    from .network import PositionMapNetwork

    info = PositionMapNetwork(path).info
    if info.layout_file in (MODEL_FILE, INDEX_FILE):
        raise ModelError(
            "A UV layout cannot be called {layout_file}.", layout_file=shown(info.layout_file)
        )
    write_bytes(path.parent / info.layout_file, layout)
    network, found = open_model(path)
    side = network.resolution
    noise = np.random.default_rng(0).integers(0, 256, (1, side, side, 3), np.uint8)
    network(np.concatenate([np.full_like(noise, 128), noise]))
    return ModelRecord(
        name=name,
        title=info.name,
        license=" ".join(info.license.split())[:_TEXT],
        accuracy=accuracy or info.accuracy,
        folder="",
        size=path.stat().st_size,
        sha256=file_sha256(path),
        layout_sha256=found.sha256,
    )


def read_record(entry: dict[str, Any]) -> ModelRecord | None:
    """A record from the index, or None where it is damaged or points out of the store."""
    values = {f.name: entry.get(f.name) for f in fields(ModelRecord)}
    size = values.pop("size")
    if not isinstance(size, int) or not all(isinstance(v, str) for v in values.values()):
        return None
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,79}", str(values["folder"])):
        return None
    return ModelRecord(size=size, **{k: str(v)[:_TEXT] for k, v in values.items()})


def file_sha256(path: Path) -> str:
    """The sha256 of a model's file, in hexadecimal."""
    return digest(read_bounded(path, MAX_FILE_BYTES, Sentence("model"), ModelError))


def digest(data: bytes) -> str:
    """A sha256 in hexadecimal."""
    return hashlib.sha256(data).hexdigest()
