"""Read PRNet's weights from a TensorFlow 1 checkpoint, or from the state dict of a PyTorch port."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import io
import os
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ...errors import ModelError, Sentence, first_line
from ...files.safe import read_bounded, shown
from ...native import STDERR, quiet
from . import library
from .resfcn import blocks, tensor_shapes, ups

# Largest files that are read. PRNet's checkpoint has 160 MB, with its optimiser's slots.
_MAX_BYTES = 1024 * 2**20
_MAX_INDEX_BYTES = 8 * 2**20
# Scope of the network's tensors in the checkpoint.
_SCOPE = "resfcn256/"
# What an optimiser leaves in a checkpoint beside the weights: slots of each tensor, and counters.
_SLOT = re.compile(r"/(Adam|Adam_1|Momentum|RMSProp|RMSProp_1|ExponentialMovingAverage)$")
_COUNTERS = {"beta1_power", "beta2_power", "global_step"}
# What ports call the convolution that bypasses a residual block.
_SHORTCUT = re.compile(r"shortcut|skip|identity|down_?sample|residual", re.IGNORECASE)
# Levels of nesting at which a training script may have put the state dict.
_NESTING = 3


@dataclass(frozen=True)
class Inventory:
    """What each tensor of a checkpoint is.

    Attributes
    ----------
    weights : dict of str to str
        From names in `resfcn.tensor_shapes` to names in the checkpoint.
    optimiser : tuple of str
        Tensors that training has left there: slots and counters of the optimiser.
    """

    weights: dict[str, str]
    optimiser: tuple[str, ...]


def take_inventory(shapes: Mapping[str, tuple[int, ...]], name: str) -> Inventory:
    """Find out what each tensor of a checkpoint is.

    Parameters
    ----------
    shapes : mapping of str to tuple of int
        Names and shapes of the tensors, as the checkpoint's index lists them.
    name : str
        Name of the file, for messages.

    Returns
    -------
    Inventory

    Raises
    ------
    ModelError
        A tensor of resfcn256 is missing or has another shape, or one is of another network.
    """
    expected = tensor_shapes()
    weights = {key: _SCOPE + key for key in expected if _SCOPE + key in shapes}
    missing = [key for key in expected if key not in weights]
    if missing:
        raise ModelError(
            "{name} is not PRNet's checkpoint: {missing} of resfcn256's {expected} tensors "
            "are missing, such as {first}.",
            name=name,
            missing=len(missing),
            expected=len(expected),
            first=_SCOPE + missing[0],
        )
    known = set(weights.values())
    optimiser = []
    for tensor in sorted(set(shapes) - known):
        base = _SLOT.sub("", tensor)
        if tensor not in _COUNTERS and (base == tensor or base not in known):
            raise ModelError(
                "{name} is not PRNet's checkpoint: it holds {tensor!r}, which resfcn256 does "
                "not have.",
                name=name,
                tensor=tensor[:80],
            )
        optimiser.append(tensor)
    for key, tensor in weights.items():
        if tuple(shapes[tensor]) != expected[key]:
            raise ModelError(
                "{name} is not PRNet's checkpoint: {tensor} is {shapes}; expected {expected}.",
                name=name,
                tensor=tensor,
                shapes=tuple(shapes[tensor]),
                expected=expected[key],
            )
    return Inventory(weights, tuple(optimiser))


def read_tensorflow(index: str | os.PathLike[str]) -> dict[str, np.ndarray]:
    """Read the weights in a TensorFlow checkpoint.

    Parameters
    ----------
    index : path-like
        The file NAME.index; NAME.data-00000-of-00001 has to lie beside it.

    Returns
    -------
    dict of str to float32 array
        As `resfcn.tensor_shapes` names them.

    Raises
    ------
    ModelError
        A file is missing, damaged, or of another network.
    MissingDependencyError
        TensorFlow is absent.
    """
    index = Path(index)
    data = index.with_suffix(".data-00000-of-00001")
    _check_regular(index, _MAX_INDEX_BYTES)
    _check_regular(data, _MAX_BYTES)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    with quiet(STDERR):
        tensorflow = library("tensorflow", "tensorflow", Sentence("reads PRNet's checkpoint"))
    try:
        reader = tensorflow.train.load_checkpoint(str(index.with_suffix("")))
        shapes = {k: tuple(v) for k, v in reader.get_variable_to_shape_map().items()}
    except Exception as e:  # TensorFlow has a class for each kind of damage
        raise ModelError(
            "{index} is not the index of a TensorFlow checkpoint, or is damaged.",
            index=shown(index),
        ) from e
    inventory = take_inventory(shapes, shown(index))
    # TensorFlow checks the checksum of each tensor that is read, but some are left unread: the
    # size tells whether the file is complete.
    needed = sum(_bytes(shapes[k], reader.get_variable_to_dtype_map()[k].size) for k in shapes)
    found = data.stat().st_size
    if found != needed:
        raise ModelError(
            "{data} has {found:,} bytes and its index asks for {needed:,}: it is "
            "incomplete, or the two files do not belong together.",
            data=shown(data),
            found=found,
            needed=needed,
        )
    try:
        return {key: np.asarray(reader.get_tensor(k)) for key, k in inventory.weights.items()}
    except Exception as e:
        raise ModelError(
            "{data} is damaged, or is not the one {index} belongs to: a checksum differs.",
            data=shown(data),
            index=shown(index),
        ) from e


def read_torch(path: str | os.PathLike[str]) -> dict[str, np.ndarray]:
    """Read the weights in the state dict of a PyTorch port of resfcn256.

    Ports name their layers as they like. They are recognised by their order: PyTorch saves layers
    in the order they are defined in, which is the order they run in. Only the convolution that
    bypasses a block is recognised by its name.

    Parameters
    ----------
    path : path-like
        A file written by `torch.save`. Only tensors are read from it; no code in it is run.

    Returns
    -------
    dict of str to float32 array
        As `resfcn.tensor_shapes` names them.

    Raises
    ------
    ModelError
        The file is damaged, or of another network.
    MissingDependencyError
        PyTorch is absent.
    """
    data = read_bounded(path, _MAX_BYTES, Sentence("state dict"), ModelError)
    torch = library("torch", "torch", Sentence("reads PyTorch's files"))
    try:
        content = torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
    except Exception as e:
        raise ModelError(
            "{path} is not a PyTorch state dict, is damaged, or holds more than tensors ({why}).",
            path=shown(path),
            why=first_line(e)[:80],
        ) from e
    return _in_order(_modules(_state_dict(content, shown(path))), shown(path))


@dataclass
class _Module:
    """The tensors of one layer of a port, by the last part of their names."""

    name: str
    tensors: dict[str, np.ndarray] = field(default_factory=dict)

    @property
    def is_norm(self) -> bool:
        return "running_mean" in self.tensors

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(self.tensors["weight"].shape)


def _state_dict(content: Any, name: str) -> dict[str, np.ndarray]:
    """The tensors in a file of `torch.save`, wherever a training script has put them."""
    for _ in range(_NESTING):
        inner = (
            [v for k, v in content.items() if isinstance(v, dict)]
            if isinstance(content, dict)
            else []
        )
        if isinstance(content, dict) and any(hasattr(v, "numpy") for v in content.values()):
            break
        content = max(inner, key=len, default=None)
    if not isinstance(content, dict):
        raise ModelError("{name} holds no state dict.", name=name)
    result = {}
    for key, value in content.items():
        if hasattr(value, "numpy"):
            # Tensors that numpy does not know, such as sparse ones, are not PRNet's.
            with suppress(TypeError, RuntimeError):
                result[str(key)] = value.float().numpy()
    return result


def _modules(tensors: Mapping[str, np.ndarray]) -> list[_Module]:
    """The tensors grouped by layer, in order; layers without weights are left out."""
    modules: dict[str, _Module] = {}
    for key, value in tensors.items():
        scope, _, part = key.rpartition(".")
        if part != "num_batches_tracked":
            modules.setdefault(scope, _Module(scope)).tensors[part] = value
    return [m for m in modules.values() if "weight" in m.tensors]


def _in_order(modules: list[_Module], name: str) -> dict[str, np.ndarray]:
    """Match the layers of a port, in the order they run, with those of resfcn256.

    Returns
    -------
    dict of str to array
        As `resfcn.tensor_shapes` names them.
    """
    found: dict[str, np.ndarray] = {}
    rest = list(modules)
    expected = tensor_shapes()

    def refuse(why: Sentence) -> ModelError:
        return ModelError(
            "{name} is of another network than resfcn256: {why}. Export it to ONNX with "
            "the code it came with, and import that.",
            name=name,
            why=why,
        )

    def take(count: int, what: Sentence) -> list[_Module]:
        if len(rest) < count:
            raise refuse(Sentence("{what} is missing", what=what))
        taken = rest[:count]
        del rest[:count]
        return taken

    def set_conv(key: str, module: _Module) -> None:
        # PyTorch has (out, in, k, k), and (in, out, k, k) for transposed convolutions. Both with
        # reversed axes are TensorFlow's, but for the order of the two k.
        values = module.tensors["weight"].T
        if values.ndim == 4:
            values = values.transpose(1, 0, 2, 3)
        if values.shape != expected[f"{key}/weights"]:
            raise refuse(
                Sentence(
                    "{name} is {shape}, which does not fit {key}",
                    name=module.name,
                    shape=module.shape,
                    key=key,
                )
            )
        if np.any(module.tensors.get("bias", 0)):
            raise refuse(Sentence("{name} has a bias", name=module.name))
        found[f"{key}/weights"] = values

    def set_norm(key: str, module: _Module) -> None:
        parts = {"gamma": "weight", "beta": "bias", "moving_mean": "running_mean",
                 "moving_variance": "running_var"}  # fmt: skip
        for ours, theirs in parts.items():
            value = module.tensors.get(theirs)
            if value is None or value.shape != expected[f"{key}/BatchNorm/{ours}"]:
                raise refuse(
                    Sentence("{name} is no batch norm that fits {key}", name=module.name, key=key)
                )
            found[f"{key}/BatchNorm/{ours}"] = value

    stem, norm = take(2, Sentence("the first convolution"))
    set_conv("Conv", stem)
    set_norm("Conv", norm)
    for b in blocks():
        inside = take(7 if b.has_shortcut else 6, Sentence(b.name))
        convs = [m for m in inside if len(m.shape) == 4]
        norms = [m for m in inside if m.is_norm]
        past = [m for m in convs if _SHORTCUT.search(m.name)]
        main = [m for m in convs if m not in past]
        # The batch norm after the sum is the one of full width, wherever the port defines it.
        norms.sort(key=lambda m: m.shape == (b.outputs,))
        if len(past) != b.has_shortcut or len(main) != 3 or len(norms) != 3:
            raise refuse(
                Sentence(
                    "{name} has {main} convolutions, {past} past them and {norms} batch norms; "
                    "expected 3, {expected} and 3",
                    name=b.name,
                    main=len(main),
                    past=len(past),
                    norms=len(norms),
                    expected=int(b.has_shortcut),
                )
            )
        for module in past:
            set_conv(f"{b.name}/shortcut", module)
        for key, module in zip(("Conv", "Conv_1", "Conv_2"), main, strict=True):
            set_conv(f"{b.name}/{key}", module)
        for key, module in zip((f"{b.name}/Conv", f"{b.name}/Conv_1", b.name), norms, strict=True):
            set_norm(key, module)
    for u in ups():
        up, norm = take(2, Sentence(u.name))
        set_conv(u.name, up)
        set_norm(u.name, norm)
    if rest:
        raise refuse(Sentence("after the last layer there is {name}", name=rest[0].name))
    return found


def _check_regular(path: Path, limit: int) -> None:
    """Raise ModelError unless a file of at most `limit` bytes is there."""
    if not path.is_file():
        raise ModelError(
            "The checkpoint's file {path} is missing; both NAME.index and "
            "NAME.data-00000-of-00001 are needed.",
            path=shown(path),
        )
    if path.stat().st_size > limit:
        raise ModelError(
            "{path} is larger than {limit} MB, the limit.", path=shown(path), limit=limit // 2**20
        )


def _bytes(shape: tuple[int, ...], item: int) -> int:
    """Bytes that a tensor takes; `item` is the size of a number."""
    return int(np.prod(shape, dtype=np.int64)) * item
