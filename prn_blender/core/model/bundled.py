"""Find the files that come with the add-on, and open a model together with its UV layout."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from ..errors import ModelError
from ..files.safe import shown
from ..geometry.layout_file import load_uv_layout
from ..geometry.uv_layout import UVLayout
from .network import PositionMapNetwork

DEFAULT_MODEL = "position_map.onnx"
"""File name of the model that comes with the add-on."""
DETECTOR_MODEL = "face_detector.onnx"
"""File name of the network that finds faces, MediaPipe's BlazeFace."""


def models_folder() -> Path:
    """Find the folder `models`.

    It is inside the package where that is installed (the extension, a wheel), and beside it in a
    checkout.

    Raises
    ------
    ModelError
        Neither of them holds the default model.
    """
    package = Path(__file__).resolve().parents[2]
    for folder in (package / "models", package.parent / "models"):
        if (folder / DEFAULT_MODEL).is_file():
            return folder
    raise ModelError(
        "The default model {file} is missing; reinstall the add-on (or get "
        "the complete repository).",
        file=DEFAULT_MODEL,
    )


def detector_model_path() -> Path:
    """Find the file of the face detector.

    Raises
    ------
    ModelError
        The file is missing.
    """
    path = models_folder() / DETECTOR_MODEL
    if not path.is_file():
        raise ModelError(
            "The face detector's model {file} is missing; reinstall the add-on (or get "
            "the complete repository).",
            file=DETECTOR_MODEL,
        )
    return path


def open_model(
    path: str | os.PathLike[str] | None = None,
    threads: int | None = None,
    providers: Sequence[str] | None = None,
) -> tuple[PositionMapNetwork, UVLayout]:
    """Open a model and the UV layout that it names.

    Parameters
    ----------
    path : path-like, optional
        The .onnx file; by default that of the model that comes with the add-on. The layout lies
        in the same folder.
    threads, providers
        As in `PositionMapNetwork`.

    Returns
    -------
    PositionMapNetwork, UVLayout

    Raises
    ------
    ModelError
        One of the files is missing or damaged, or they do not belong together.
    MissingDependencyError
        onnxruntime is absent or cannot be loaded.
    """
    model = Path(path) if path else models_folder() / DEFAULT_MODEL
    network = PositionMapNetwork(model, threads, providers)
    layout_path = model.parent / network.info.layout_file
    # Not `Path.is_file`, which fails where the name is too long for any file.
    if not os.path.isfile(layout_path):  # noqa: PTH113
        raise ModelError(
            "The model {model} needs its UV layout {layout_path} beside it.",
            model=shown(model),
            layout_path=shown(layout_path),
        )
    layout = load_uv_layout(layout_path)
    expected = network.info.layout_sha256
    if expected and layout.sha256 != expected.lower():
        raise ModelError(
            "The UV layout {layout_path} belongs to another model than {model}: its "
            "sha256 is not the one the model names.",
            layout_path=shown(layout_path),
            model=shown(model),
        )
    if layout.size != network.map_size:
        raise ModelError(
            "The model {model} makes {map_size} x {map_size} maps, its UV layout "
            "{layout_path} describes {size} x {size}.",
            model=shown(model),
            map_size=network.map_size,
            layout_path=shown(layout_path),
            size=layout.size,
        )
    return network, layout
