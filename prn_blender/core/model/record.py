"""Records of models: of the bundled one, of a new one that is tried out, of those in the index."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import ModelError, Sentence
from ..files.safe import plain, read_bounded, reserved, shown, write_bytes
from .bundled import DEFAULT_MODEL, models_folder, open_model
from .network import MAX_FILE_BYTES, PositionMapNetwork

DEFAULT_NAME = "default"
"""Name of the model that comes with the add-on."""
MODEL_FILE = "model.onnx"
"""File name of each model of the user's, in a folder of its own."""
INDEX_FILE = "models.json"
"""File name of the list of the user's models."""
MAX_NAME = 80
"""Characters that are kept of a model's name."""
# Characters of it that are kept for the folder that is named after it.
_FOLDER_LENGTH = 60
# Characters that are kept of a title, a licence or an accuracy.
_MAX_TEXT = 4000
# Grey level of the flat picture on which a new model is tried.
_GREY = 128


@dataclass(frozen=True)
class ModelRecord:
    """What the add-on remembers of a model.

    Attributes
    ----------
    name : str
        What the user calls it; "default" is the model that comes with the add-on.
    title : str
        The name in the model's own metadata.
    license : str
    accuracy : str
        As measured, a sentence for people; empty if nobody has measured it.
    folder : str
        Name of its folder in the store; empty for the default model.
    size : int
        Bytes of the .onnx file.
    sha256, layout_sha256 : str
        Digests of the .onnx file and of its UV layout when they were added.
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
    """Make the record of the model that comes with the add-on, by reading its files.

    Raises
    ------
    ModelError
        A file is missing or damaged.
    """
    path = models_folder() / DEFAULT_MODEL
    network, layout = open_model(path)
    info = network.info
    return ModelRecord(
        DEFAULT_NAME, info.name, info.license, info.accuracy, "",
        path.stat().st_size, file_sha256(path), layout.sha256,
    )  # fmt: skip


def try_model(path: Path, layout: bytes, name: str, accuracy: str) -> ModelRecord:
    """Put a new model's layout beside it, run the model once, and make its record.

    Parameters
    ----------
    path : Path
        The .onnx file.
    layout : bytes
        Content of the UV layout's file, which is written under the name that the model gives.
    name : str
        What the user calls the model.
    accuracy : str
        As measured; if empty, what the model's metadata say.

    Raises
    ------
    ModelError
        The model does not follow the contract, fails when it runs, or does not fit the layout.
    OutputError
        The layout cannot be written.
    MissingDependencyError
        onnxruntime is absent or cannot be loaded.
    """
    info = PositionMapNetwork(path).info
    if info.layout_file in (MODEL_FILE, INDEX_FILE):
        raise ModelError(
            "A UV layout cannot be called {layout_file}.", layout_file=shown(info.layout_file)
        )
    write_bytes(path.parent / info.layout_file, layout)
    network, found = open_model(path)
    side = network.resolution
    noise = np.random.default_rng(0).integers(0, 256, (1, side, side, 3), np.uint8)
    network(np.concatenate([np.full_like(noise, _GREY), noise]))
    return ModelRecord(
        name=name,
        title=info.name,
        license=" ".join(info.license.split())[:_MAX_TEXT],
        accuracy=accuracy or info.accuracy,
        folder="",
        size=path.stat().st_size,
        sha256=file_sha256(path),
        layout_sha256=found.sha256,
    )


def read_record(entry: dict[str, Any]) -> ModelRecord | None:
    """Make a record from an entry of the index; None if that is damaged or leaves the store."""
    values = {f.name: entry.get(f.name) for f in fields(ModelRecord)}
    size = values.pop("size")
    if not isinstance(size, int) or not all(isinstance(v, str) for v in values.values()):
        return None
    if not is_name(str(values["name"])):
        return None
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,79}", str(values["folder"])):
        return None
    return ModelRecord(size=size, **{k: plain(str(v))[:_MAX_TEXT] for k, v in values.items()})


def is_name(name: str) -> bool:
    """Whether a model of the user's can be called that, in one line of any list."""
    return 0 < len(name) <= MAX_NAME and name != DEFAULT_NAME and name.isprintable()


def file_sha256(path: Path) -> str:
    """The SHA-256 digest of a model's file, in hexadecimal; ModelError if it cannot be read."""
    return digest(read_bounded(path, MAX_FILE_BYTES, Sentence("model"), ModelError))


def digest(data: bytes | str) -> str:
    """The SHA-256 digest of data, or of a text, in hexadecimal."""
    if isinstance(data, str):  # which may hold characters that are not valid Unicode
        data = data.encode("utf-8", "backslashreplace")
    return hashlib.sha256(data).hexdigest()


def folder_name(name: str, taken: set[str]) -> str:
    """A name for a model's folder that every file system takes and no other model has."""
    plain = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:_FOLDER_LENGTH] or "model"
    if reserved(plain):
        plain = f"{plain}-model"
    candidate, number = plain, 2
    while candidate in taken:
        candidate, number = f"{plain}-{number}", number + 1
    return candidate
