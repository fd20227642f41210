"""The user's own models: a folder that holds their files, their records and the active one's name.

A model is added in two steps: `ModelStore.stage` writes its files into a temporary folder and runs
it once, which may take long and fail; `ModelStore.adopt` moves that folder into place.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import sys
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from ..errors import ModelError, OptionError, Sentence
from ..files.safe import (
    left_over,
    make_folder,
    read_bounded,
    reason,
    shown,
    unfinished_name,
    write_bytes,
)
from .bundled import DEFAULT_MODEL, models_folder
from .record import (
    DEFAULT_NAME,
    INDEX_FILE,
    MAX_NAME,
    MODEL_FILE,
    ModelRecord,
    default_record,
    digest,
    file_sha256,
    folder_name,
    is_name,
    read_record,
    try_model,
)

# States of a model's files, see `ModelStore.state`.
READY = "ready"
CHANGED = "changed"
MISSING = "missing"
# Largest index that is read. The record of a model takes a few hundred bytes.
_MAX_INDEX_BYTES = 2**20
# Most models that a store holds.
_MAX_MODELS = 200
# Prefix of the temporary folders that models are staged in.
_STAGING = ".new-"


@dataclass(frozen=True)
class StagedModel:
    """A model that has been tried out and can be added to the store.

    Attributes
    ----------
    record : ModelRecord
        Its `folder` is still empty; that is chosen when the model is adopted.
    files : Path
        The folder that holds its files.
    root : Path
        The temporary folder, which is `files` or holds it.
    """

    record: ModelRecord
    files: Path
    root: Path

    def discard(self) -> None:
        """Remove what is left of the temporary folder."""
        remove_staging(self.root)


def remove_staging(folder: Path) -> None:
    """Remove a temporary folder, and the store's folder if it is empty then."""
    shutil.rmtree(folder, ignore_errors=True)
    with contextlib.suppress(OSError):
        folder.parent.rmdir()  # fails, as it should, unless the folder is empty


def default_user_folder() -> Path:
    """The store's folder outside of Blender: $PRN_MODELS, else the operating system's place."""
    named = os.environ.get("PRN_MODELS")
    if named:
        return Path(named)
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local"))
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Application Support"
    else:
        base = Path(os.environ.get("XDG_DATA_HOME", Path.home() / ".local" / "share"))
    return base / "prn-face" / "models"


class ModelStore:
    """The models in a folder. Nothing is kept in memory: every call reads the disk.

    Parameters
    ----------
    folder : path-like
        It is made when the first model is added.
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.folder = Path(folder)

    def records(self) -> list[ModelRecord]:
        """List the models that the user added, in that order; the default model is not listed.

        Raises
        ------
        ModelError
            The store's index is damaged.
        """
        return self._read()[0]

    @property
    def active(self) -> str:
        """Name of the model in use; "default" unless the user has chosen another.

        Raises
        ------
        ModelError
            The store's index is damaged.
        """
        return self._read()[1]

    def record(self, name: str) -> ModelRecord:
        """Find the record of a model by its name.

        Raises
        ------
        OptionError
            There is no model of that name.
        ModelError
            The store's index is damaged.
        """
        if name == DEFAULT_NAME:
            return default_record()
        records = self.records()
        for record in records:
            if record.name == name:
                return record
        names = ", ".join([DEFAULT_NAME, *(r.name for r in records)])
        raise OptionError(
            "There is no model {name}; there are {names}.", name=shown(name), names=names
        )

    def path(self, name: str) -> Path:
        """The .onnx file of a model, which may have changed since it was added, see `state`."""
        record = self.record(name)
        if record.name == DEFAULT_NAME:
            return models_folder() / DEFAULT_MODEL
        return self.folder / record.folder / MODEL_FILE

    def state(self, record: ModelRecord) -> str:
        """Compare a model's file with what was added.

        Returns
        -------
        {"ready", "changed", "missing"}
        """
        path = self.path(record.name)
        if not path.is_file():
            return MISSING
        size = path.stat().st_size
        return READY if size == record.size and file_sha256(path) == record.sha256 else CHANGED

    def resolve(self, model: str | os.PathLike[str] | None = None) -> Path | None:
        """Find the file to open for the model that a user named.

        Parameters
        ----------
        model : str or path-like, optional
            Name of a model, or path of an .onnx file; by default the active model.

        Returns
        -------
        Path or None
            None for the model that comes with the add-on.

        Raises
        ------
        ModelError
            The file of a model in the store has changed since it was added, or is gone.
        """
        name = self.active if model is None else os.fspath(model)
        if name == DEFAULT_NAME:
            return None
        records = {r.name: r for r in self.records()}
        if model is not None and name not in records:
            return Path(name)
        record = self.record(name)
        state = self.state(record)
        if state != READY:
            gone = "The model {name} is gone; add it again, or choose another one."
            changed = (
                "The model {name} has changed on disk since it was added; add it again, or choose "
                "another one."
            )
            raise ModelError(gone if state == MISSING else changed, name=shown(name))
        return self.path(name)

    def add(self, name: str, model: bytes, layout: bytes, accuracy: str = "") -> ModelRecord:
        """Run a model once, and add it if it follows the contract.

        Parameters
        ----------
        name : str
            What the user calls it. A model of that name is replaced.
        model, layout : bytes
            Contents of the .onnx file and of the UV layout that it names.
        accuracy : str
            As measured, a sentence for people.

        Returns
        -------
        ModelRecord

        Raises
        ------
        ModelError
            The model does not follow the contract, fails when it runs, or does not fit the
            layout. Nothing is added.
        OutputError
            The folder cannot be written.
        OptionError
            The name is empty or "default", or the store is full.
        """
        staged = self.stage(name, model, layout, accuracy)
        try:
            return self.adopt(staged)
        finally:
            staged.discard()

    def stage(self, name: str, model: bytes, layout: bytes, accuracy: str = "") -> StagedModel:
        """Write a model's files into a temporary folder, and run it once; the first half of `add`.

        Raises
        ------
        PRNError
            As `add`. No file is left then.
        """
        name = " ".join(name.split())[:MAX_NAME].strip()
        if not is_name(name):
            raise OptionError(
                'A model needs a name, and another one than "{default_name}".',
                default_name=DEFAULT_NAME,
            )
        self._read_with_room()
        folder = self.staging_folder()
        try:
            write_bytes(folder / MODEL_FILE, model)
            return StagedModel(
                try_model(folder / MODEL_FILE, layout, name, accuracy), folder, folder
            )
        except BaseException:
            remove_staging(folder)
            raise

    def staging_folder(self) -> Path:
        """Make a temporary folder in the store.

        Raises
        ------
        OutputError
            It cannot be made.
        """
        for left in left_over(self.folder, _STAGING):  # by a program that was killed
            shutil.rmtree(left, ignore_errors=True)
        return make_folder(self.folder / f"{unfinished_name(_STAGING)}{secrets.token_hex(4)}")

    def adopt(self, staged: StagedModel) -> ModelRecord:
        """Add a staged model by moving its folder, which takes no time; the second half of `add`.

        Raises
        ------
        PRNError
            As `add`.
        """
        records, active = self._read_with_room()
        name = staged.record.name
        rest = [r for r in records if r.name != name]
        # Beside the model that it replaces, which stays whole until the index names this one:
        # whoever is killed in between has the old model or the new one.
        record = replace(staged.record, folder=folder_name(name, {r.folder for r in records}))
        self._put(staged.files, self.folder / record.folder)
        self._write([*rest, record], active)
        for replaced in (r for r in records if r.name == name):
            shutil.rmtree(self.folder / replaced.folder, ignore_errors=True)
        return record

    def remove(self, name: str) -> None:
        """Remove a model and its files. If it was active, the default model becomes active."""
        record = self.record(name)
        if record.name == DEFAULT_NAME:
            raise OptionError("The model that comes with the add-on cannot be removed.")
        records, active = self._read()
        rest = [r for r in records if r.name != name]
        self._write(rest, DEFAULT_NAME if active == name else active)
        shutil.rmtree(self.folder / record.folder, ignore_errors=True)

    def activate(self, name: str) -> None:
        """Make a model the one that is used unless another is named."""
        self.record(name)
        records, active = self._read()
        if active != name:
            make_folder(self.folder)
            self._write(records, name)

    def set_accuracy(self, name: str, accuracy: str) -> None:
        """Write into the record of a model how accurate it was measured to be."""
        self.record(name)
        records, active = self._read()
        changed = [replace(r, accuracy=accuracy) if r.name == name else r for r in records]
        self._write(changed, active)

    def has_accepted(self, terms: str) -> bool:
        """Whether the user has accepted these licence terms before, word for word."""
        return digest(terms) in self._index().get("accepted", [])

    def accept(self, terms: str) -> None:
        """Remember that the user has accepted these licence terms."""
        index = self._index()
        accepted = {*index.get("accepted", []), digest(terms)}
        make_folder(self.folder)
        self._save({**index, "accepted": sorted(accepted)})

    def _read_with_room(self) -> tuple[list[ModelRecord], str]:
        """As `_read`; raises OptionError if the store is full."""
        records, active = self._read()
        if len(records) >= _MAX_MODELS:
            raise OptionError(
                "There are {max_models} models already; remove one first.", max_models=_MAX_MODELS
            )
        return records, active

    def _put(self, new: Path, place: Path) -> None:
        """Move a folder to a place that no model has, and remove what was left there."""
        try:
            shutil.rmtree(place, ignore_errors=True)
            new.rename(place)
        except OSError as e:
            raise ModelError(
                "{path} cannot be written: {why}.", path=shown(place), why=reason(e)
            ) from e

    def _index(self) -> dict[str, Any]:
        """The content of the index file, of the right types; empty if there is none."""
        path = self.folder / INDEX_FILE
        if not path.is_file():
            return {}
        data = read_bounded(path, _MAX_INDEX_BYTES, Sentence("list of models"), ModelError)
        try:
            index = json.loads(data)
        except ValueError:
            index = None
        entries = index.get("models", []) if isinstance(index, dict) else None
        if not isinstance(entries, list) or not all(isinstance(e, dict) for e in entries):
            raise ModelError(
                "{path} in {folder} is damaged; remove it and add the models again.",
                path=shown(path),
                folder=shown(self.folder),
            )
        accepted = index.get("accepted", [])
        index["accepted"] = (
            [a for a in accepted if isinstance(a, str)] if isinstance(accepted, list) else []
        )
        return dict(index)

    def _read(self) -> tuple[list[ModelRecord], str]:
        """The records in the index, without damaged ones, and the name of the active model."""
        index = self._index()
        records: list[ModelRecord] = []
        for record in map(read_record, index.get("models", [])[:_MAX_MODELS]):
            # Names and folders are unique: removing a model must not take another one's files.
            if record and not any(
                r.name == record.name or r.folder == record.folder for r in records
            ):
                records.append(record)
        active = index.get("active")
        known = {r.name for r in records}
        return records, active if isinstance(active, str) and active in known else DEFAULT_NAME

    def _write(self, records: list[ModelRecord], active: str) -> None:
        models = [asdict(r) for r in records]
        self._save({**self._index(), "active": active, "models": models})

    def _save(self, index: dict[str, Any]) -> None:
        write_bytes(self.folder / INDEX_FILE, (json.dumps(index, indent=1) + "\n").encode())
