"""The position map network: an ONNX file that follows the project's contract, and its session."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path, PureWindowsPath
from typing import Any

import numpy as np

from ..errors import ModelError, OptionError, Sentence, first_line
from ..files.safe import read_bounded, shown
from ..native import load_onnxruntime

MAX_FILE_BYTES = 512 * 2**20
"""Largest model that is read."""
# Crops that are run at once. More of them cost memory and save no time.
_BATCH = 8
# Sides of the crop: positions further than this from its corner are no face, and would overflow in
# later computations.
_REACH = 100
# A position or crop scale that is as large as this makes no sense.
_LARGEST_SCALE = 1e6
# Characters that are kept of a model's name and accuracy, and shown of a value in a message.
_NAME_LENGTH = 80
_ACCURACY_LENGTH = 200
_VALUE_LENGTH = 40
# Characters of a list of inputs or outputs, or of a shape, that a message shows.
_LISTED = 200
# onnxruntime's log level: errors only.
_LOG_ERRORS = 3


@dataclass(frozen=True)
class ModelInfo:
    """What a model's metadata say about it.

    Attributes
    ----------
    name, license : str
    position_scale : float
        Crop pixels per unit of the network's output.
    crop_scale : float
        Side of the crop over the mean side of the landmarks' bounding box.
    layout_file, layout_sha256 : str
        The UV layout that belongs to the model: a file name without folders, and its digest.
    expression_names : tuple of str
        Names of the coefficients in the output `expression`; may be empty.
    accuracy : str
        What the model's makers have measured, a sentence for people; may be empty.
    mirror : bool
        Whether the model asks to be run on the crop and on its mirror image, and the results to
        be averaged.
    """

    name: str
    license: str
    position_scale: float
    crop_scale: float
    layout_file: str
    layout_sha256: str
    expression_names: tuple[str, ...] = ()
    accuracy: str = ""
    mirror: bool = False


@dataclass(frozen=True, eq=False)
class NetworkOutput:
    """The network's output for N crops.

    Attributes
    ----------
    position_maps : (N, S, S, 3) float32
        Crop pixels: x right, y down, z toward the viewer.
    coefficients : dict of str to (N, k) float32
        Further outputs by name, such as `identity` and `expression`; may be empty.
    """

    position_maps: np.ndarray
    coefficients: dict[str, np.ndarray] = field(default_factory=dict)


class PositionMapNetwork:
    """A network that turns crops into position maps.

    Parameters
    ----------
    path : path-like
        The .onnx file.
    threads : int, optional
        CPU threads; by default onnxruntime's own choice.
    providers : sequence of str, optional
        onnxruntime's execution providers in order of preference; by default the CPU's.

    Attributes
    ----------
    info : ModelInfo
    resolution : int
        Side of the crops that it takes, pixels.
    map_size : int
        S, the side of its position maps, texels.
    path : Path
        The .onnx file.

    Raises
    ------
    ModelError
        The file is missing, damaged, or does not follow the contract.
    MissingDependencyError
        onnxruntime is absent or cannot be loaded.
    OptionError
        This onnxruntime has no such execution provider.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        threads: int | None = None,
        providers: Sequence[str] | None = None,
    ) -> None:
        self._session = open_session(path, MAX_FILE_BYTES, threads, providers)
        self.path = Path(path)
        self.resolution, self.map_size = self._check_shapes(shown(path))
        self._batch = 1 if isinstance(self._session.get_inputs()[0].shape[0], int) else _BATCH
        metadata = self._session.get_modelmeta().custom_metadata_map
        self.info = _info(metadata, shown(path))

    @cached_property
    def sha256(self) -> str:
        """Digest of the model's file, in hexadecimal; read when first asked for.

        Raises
        ------
        ModelError
            The file is gone.
        """
        data = read_bounded(self.path, MAX_FILE_BYTES, Sentence("model"), ModelError)
        return hashlib.sha256(data).hexdigest()

    def __call__(self, crops: np.ndarray) -> NetworkOutput:
        """Run the network.

        Parameters
        ----------
        crops : (N, resolution, resolution, 3) uint8
            sRGB, red first.

        Returns
        -------
        NetworkOutput

        Raises
        ------
        ModelError
            The network fails, or its output is not finite or lies far outside the crop.
        """
        parts = [
            self._run(crops[start : start + self._batch].astype(np.float32) / np.float32(255))
            for start in range(0, len(crops), self._batch)
        ]
        joined = {key: np.concatenate([part[key] for part in parts]) for key in parts[0]}
        maps = joined.pop("position_map")
        largest = _REACH * self.resolution / self.info.position_scale
        if not (np.abs(maps) < largest).all():  # NaN is not smaller either
            raise ModelError(
                "The model {name} returned positions that are not finite or lie far outside "
                "its picture.",
                name=self.info.name,
            )
        return NetworkOutput(maps * np.float32(self.info.position_scale), joined)

    def in_mirror(self, crops: np.ndarray) -> np.ndarray:
        """Run the network on the mirror images of crops, and mirror the position maps back.

        The mean of these maps and of those of the crops themselves is nearer the truth than
        either: an error that the network makes on one side of the face only is halved.

        Parameters
        ----------
        crops : (N, resolution, resolution, 3) uint8
            sRGB, red first.

        Returns
        -------
        (N, S, S, 3) float32
            Pixels of the crops.
        """
        # Layouts mirror about their middle column; crop pixel x becomes resolution - 1 - x.
        maps = self(crops[:, :, ::-1]).position_maps[:, :, ::-1]
        back = np.array([-1, 1, 1], np.float32)
        return maps * back + np.array([self.resolution - 1, 0, 0], np.float32)

    def _run(self, images: np.ndarray) -> dict[str, np.ndarray]:
        """The outputs by name for images (n, resolution, resolution, 3) float32, 0..1."""
        names = ["position_map", *self._coefficients]
        try:
            values = self._session.run(names, {"image": images})
        except Exception as e:
            why = first_line(e)
            raise ModelError(
                "The model {name} failed while it ran: {why}.", name=self.info.name, why=why
            ) from e
        return dict(zip(names, values, strict=True))

    @property
    def _coefficients(self) -> list[str]:
        """Names of the outputs that hold a row of numbers for each crop; others are ignored."""
        return [
            output.name
            for output in self._session.get_outputs()
            if output.name != "position_map"
            and output.type == "tensor(float)"
            and len(output.shape) == 2
        ]

    def _check_shapes(self, name: str) -> tuple[int, int]:
        """Sides of crops and position maps; ModelError if the model breaks the contract."""
        inputs = {i.name: i for i in self._session.get_inputs()}
        outputs = {o.name: o for o in self._session.get_outputs()}
        if set(inputs) != {"image"} or "position_map" not in outputs:
            raise ModelError(
                "{name} has inputs {inputs} and outputs {outputs}; expected the input 'image' "
                "and the output 'position_map'.",
                name=name,
                inputs=str(sorted(inputs))[:_LISTED],
                outputs=str(sorted(outputs))[:_LISTED],
            )
        sides = []
        for node in (inputs["image"], outputs["position_map"]):
            shape = node.shape
            square = len(shape) == 4 and shape[1] == shape[2] and shape[3] == 3
            if not square or not isinstance(shape[1], int) or node.type != "tensor(float)":
                raise ModelError(
                    "{name}: '{node}' is {type} {shape}; expected float (N, S, S, 3).",
                    name=name,
                    node=node.name,
                    type=node.type,
                    shape=str(shape)[:_LISTED],
                )
            if isinstance(shape[0], int) and shape[0] != 1:
                raise ModelError(
                    "{name} takes exactly {count} images at once; expected any N.",
                    name=name,
                    count=shape[0],
                )
            sides.append(shape[1])
        return sides[0], sides[1]


def _info(metadata: Mapping[str, str], name: str) -> ModelInfo:
    """The `prn.*` properties of a model, checked; `name` is the file's, for messages."""

    def positive(key: str, default: str | None = None) -> float:
        text = metadata.get(key, default)
        try:
            value = float(text)  # type: ignore[arg-type]
        except (TypeError, ValueError):
            value = float("nan")
        if not 0 < value < _LARGEST_SCALE:
            raise ModelError(
                "{name} has {key} = {text!r} in its metadata; expected a number above 0.",
                name=name,
                key=key,
                text=str(text)[:_VALUE_LENGTH],
            )
        return value

    layout_file = metadata.get("prn.uv_layout", "")
    # It has to be a bare name: a model must not point at other places of the disk.
    bare = layout_file == PureWindowsPath(layout_file).name and layout_file != ".."
    if not layout_file or not bare or not layout_file.isprintable():
        raise ModelError(
            "{name} names no UV layout in its metadata (prn.uv_layout = {layout_file!r}); "
            "expected the name of a file beside it.",
            name=name,
            layout_file=layout_file[:_NAME_LENGTH],
        )
    names = metadata.get("prn.expression_names", "")
    title = " ".join(metadata.get("prn.name", "").split())[:_NAME_LENGTH] or name.strip('"')
    return ModelInfo(
        name=title,
        license=metadata.get("prn.license", "not stated"),
        position_scale=positive("prn.position_scale"),
        crop_scale=positive("prn.crop_scale", "1.6"),
        layout_file=layout_file,
        layout_sha256=metadata.get("prn.uv_layout_sha256", ""),
        expression_names=tuple(n for n in names.split(",") if n),
        accuracy=" ".join(metadata.get("prn.accuracy", "").split())[:_ACCURACY_LENGTH],
        mirror=metadata.get("prn.mirror") == "1",
    )


def open_session(
    path: str | os.PathLike[str],
    largest: int,
    threads: int | None = None,
    providers: Sequence[str] | None = None,
) -> Any:
    """Open an ONNX file, which may be hostile, in onnxruntime.

    Parameters
    ----------
    path : path-like
    largest : int
        Largest size of the file that is accepted, bytes.
    threads, providers
        As in `PositionMapNetwork`.

    Returns
    -------
    onnxruntime.InferenceSession

    Raises
    ------
    ModelError
        The file is missing, damaged, too large, or no ONNX model.
    MissingDependencyError
        onnxruntime is absent or cannot be loaded.
    OptionError
        There is no such execution provider.
    """
    runtime = load_onnxruntime()
    wanted = list(providers or ["CPUExecutionProvider"])
    _check_providers(wanted, runtime.get_available_providers())
    # onnxruntime gets the bytes, not the path, so that names in any script work on every system.
    data = read_bounded(path, largest, Sentence("model"), ModelError)
    options = runtime.SessionOptions()
    options.log_severity_level = _LOG_ERRORS
    # A model must not read other files as its external data; by default it may read those of the
    # working directory.
    options.add_session_config_entry(
        "session.model_external_initializers_file_folder_path", os.devnull
    )
    if threads:
        options.intra_op_num_threads = threads
    try:
        session = runtime.InferenceSession(data, options, providers=wanted)
        # Texts that are not valid Unicode are found only when they are asked for.
        session.get_modelmeta().custom_metadata_map  # noqa: B018
        [node.shape for node in (*session.get_inputs(), *session.get_outputs()) if node.name]
        return session
    except Exception as e:  # onnxruntime has a class for each kind of damage
        raise ModelError(
            "{path} is not an ONNX model that onnxruntime can load; it is damaged, "
            "incomplete or of another kind.",
            path=shown(path),
        ) from e


def _check_providers(wanted: Sequence[Any], available: Sequence[str]) -> None:
    """onnxruntime itself prints a warning for those it does not have, and takes the processor."""
    for provider in wanted:
        name = provider[0] if isinstance(provider, tuple) and provider else provider
        if name not in available:
            raise OptionError(
                "There is no execution provider {name!r} here; this onnxruntime has {available}.",
                name=name,
                available=", ".join(available),
            )
