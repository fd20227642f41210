"""Convert a model from whatever file holds it, and add it to the user's store."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from ...errors import ModelError, OptionError, Sentence
from ...files.safe import plain, read_bounded, shown
from ...geometry.layout_file import MAX_FILE_BYTES as MAX_LAYOUT_BYTES
from ..bundled import open_model
from ..network import MAX_FILE_BYTES as MAX_MODEL_BYTES
from ..record import ModelRecord
from ..user_models import ModelStore
from . import resfcn
from .checkpoint import read_tensorflow, read_torch
from .foreign import Wrapping, wrap
from .uv_data import write_layout

LAYOUT_FILE = "uv_layout.npz"
"""File name that the metadata of converted models give for their UV layout."""
# PRNet's checkpoint, in its folder Data/net-data.
_CHECKPOINT = "256_256_resfcn256_weight.index"
# Suffixes of PyTorch's state dicts.
_STATE_DICTS = (".pth", ".pt", ".tar")
PRNET_LICENSE = "non-commercial research only (trained on 300W-LP and the Basel Face Model)"
_PRNET_TERMS = Sentence(
    "PRNet's code is under the MIT licence. Its weights were trained on 300W-LP, which was "
    "made with the Basel Face Model; both may be used for non-commercial research only, and "
    "so may these weights and the UV files. Faces made with them are yours to use only as "
    "far as those terms allow."
)


@dataclass(frozen=True)
class Source:
    """A model that is to be imported, and what has to be said about it.

    Attributes
    ----------
    path : Path
        A checkout of PRNet, its checkpoint (.index), a port's state dict (.pth, .pt, .tar), or an
        .onnx file.
    uv_data : Path or None
        PRNet's folder `Data/uv-data`; by default that of the checkout around `path`.
    layout : Path or None
        A UV layout (.npz) in place of `uv_data`.
    wrapping : Wrapping or None
        For an .onnx file that does not follow the contract: what its numbers mean.
    license : str
        Licence of the weights; by default what the file says, or PRNet's.
    activation : str
        For a state dict: how the network ends, see `resfcn.build`.
    scale : float
        For a checkpoint or a state dict: crop pixels per unit of the network's output.
    epsilon : float
        For a checkpoint or a state dict: what batch norm adds to the variance.
    """

    path: Path
    uv_data: Path | None = None
    layout: Path | None = None
    wrapping: Wrapping | None = None
    license: str = ""
    activation: str = "sigmoid"
    scale: float = resfcn.POSITION_SCALE
    epsilon: float = resfcn.BATCH_NORM_EPSILON

    @property
    def default_name(self) -> str:
        """What the model is called unless the user says something else."""
        is_checkpoint = self.path.is_dir() or self.path.suffix == ".index"
        return "PRNet" if is_checkpoint else self.path.stem

    @property
    def is_onnx(self) -> bool:
        """Whether it is an .onnx file."""
        return self.path.suffix.lower() == ".onnx"


def terms(source: Source) -> Sentence:
    """The licence terms that a user has to accept before a model is added.

    Raises
    ------
    ModelError
        An .onnx file does not follow the contract, and there is no `Wrapping` for it.
    """
    if not source.is_onnx:
        return _PRNET_TERMS
    return Sentence(
        "This model is not part of PRN Face, whose makers know nothing of its terms; it calls its "
        "licence: {license}. You answer for having the right to use it.",
        license=plain(source.license or _stated_license(source)),
    )


def import_model(store: ModelStore, source: Source, name: str) -> ModelRecord:
    """Convert a model if needed, run it once, and add it to the store.

    Parameters
    ----------
    store : ModelStore
    source : Source
    name : str
        What the user calls it.

    Returns
    -------
    ModelRecord

    Raises
    ------
    ModelError
        A file is missing, damaged, or of another network.
    OptionError
        The options do not fit the file.
    MissingDependencyError
        The library that reads such a file is absent.
    """
    return store.add(name, *convert(source, name))


def convert(source: Source, name: str) -> tuple[bytes, bytes]:
    """Convert a model to the contract.

    Parameters
    ----------
    source : Source
    name : str
        The name that its metadata get.

    Returns
    -------
    model, layout : bytes
        Contents of the .onnx file and of its UV layout.

    Raises
    ------
    PRNError
        As `import_model`.
    """
    if source.is_onnx and source.wrapping is None:
        return _as_is(source)
    layout = _layout(source)
    # Arguments that are not valid Unicode cannot stand in the file.
    metadata = {
        "prn.name": plain(name),
        "prn.uv_layout": LAYOUT_FILE,
        "prn.uv_layout_sha256": hashlib.sha256(layout).hexdigest(),
        "prn.crop_scale": str(resfcn.CROP_SCALE),
        "prn.license": plain(source.license) or ("not stated" if source.is_onnx else PRNET_LICENSE),
    }
    if source.is_onnx:
        assert source.wrapping is not None
        metadata["prn.position_scale"] = repr(source.wrapping.scale)
        return wrap(source.path, source.wrapping, metadata), layout
    metadata["prn.position_scale"] = repr(source.scale)
    if source.path.is_dir() or source.path.suffix == ".index":
        weights = read_tensorflow(_index(source.path))
    elif source.path.suffix.lower() in _STATE_DICTS:
        weights = read_torch(source.path)
    else:
        raise OptionError(
            "{path} is no PRNet folder, checkpoint (.index), state dict (.pth) or .onnx file.",
            path=shown(source.path),
        )
    return resfcn.build(weights, metadata, source.epsilon, source.activation), layout


def _as_is(source: Source) -> tuple[bytes, bytes]:
    """The files of a model that follows the contract: nothing has to be changed in them."""
    network, _ = open_model(source.path)
    beside = source.path.parent / network.info.layout_file
    if source.layout is not None and source.layout.resolve() != beside.resolve():
        raise OptionError(
            "{path} follows the contract and names its own UV layout; leave the layout out.",
            path=shown(source.path),
        )
    return (
        read_bounded(source.path, MAX_MODEL_BYTES, Sentence("model"), ModelError),
        read_bounded(beside, MAX_LAYOUT_BYTES, Sentence("UV layout"), ModelError),
    )


def _stated_license(source: Source) -> str:
    """The licence that an .onnx file names."""
    if source.wrapping is not None:
        return "not stated"
    return open_model(source.path)[0].info.license


def _layout(source: Source) -> bytes:
    """The content of the UV layout's file, converted from PRNet's UV files if need be."""
    if source.layout is not None:
        return read_bounded(source.layout, MAX_LAYOUT_BYTES, Sentence("UV layout"), ModelError)
    folder = source.uv_data or _found(source.path, "Data/uv-data", "face_ind.txt")
    if folder is None:
        raise OptionError(
            "What do the texels mean? Name PRNet's folder Data/uv-data, or a UV layout (.npz)."
        )
    return write_layout(folder)


def _index(path: Path) -> Path:
    """The index of PRNet's checkpoint: `path`, or a file of the checkout that it is in."""
    if path.suffix == ".index":
        return path
    folder = _found(path, "Data/net-data", _CHECKPOINT)
    if folder is None:
        raise ModelError(
            "In {path} there is no Data/net-data/{checkpoint}: the weights are not part "
            "of PRNet's repository, its README says where they are.",
            path=shown(path),
            checkpoint=_CHECKPOINT,
        )
    return folder / _CHECKPOINT


def _found(path: Path, inside: str, file: str) -> Path | None:
    """The folder that holds `file`: that of `path`, or `inside` of the checkout around it."""
    start = path if path.is_dir() else path.parent
    for base in (start, *list(start.absolute().parents)[:2]):
        for folder in (base / inside, base):
            if (folder / file).is_file():
                return folder
    return None
