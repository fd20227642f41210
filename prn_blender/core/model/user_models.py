"""The user's own models: a folder, what is known of each, and which one is active."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import contextlib
import json
import os
import re
import secrets
import shutil
import sys
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from ..errors import ModelError, OptionError, Sentence
from ..files.safe import make_folder, read_bounded, reason, shown, write_bytes
from .bundled import DEFAULT_MODEL, models_folder
from .record import (
    DEFAULT_NAME,
    INDEX_FILE,
    MODEL_FILE,
    ModelRecord,
    default_record,
    digest,
    file_sha256,
    read_record,
    try_model,
)

READY, CHANGED, MISSING = "ready", "changed", "missing"
_MAX_INDEX_BYTES = 2**20
_MAX_MODELS = 200
_STAGING = ".new-"
_FORGOTTEN = 86400  # seconds after which nobody can still be staging


@dataclass(frozen=True)
class StagedModel:
    """A model that was tried and is about to be added.

    Attributes
    ----------
    record : ModelRecord
        Whose folder is chosen when it is adopted.
    files : Path
        The folder that holds its files.
    root : Path
        What to remove with it.
    """

    record: ModelRecord
    files: Path
    root: Path

    def discard(self) -> None:
        """Remove what adopting has not taken."""
        remove_staging(self.root)


def remove_staging(folder: Path) -> None:
    """Remove a staging folder, and the store's where it was made for that alone."""
    shutil.rmtree(folder, ignore_errors=True)
    with contextlib.suppress(OSError):
        folder.parent.rmdir()  # only where it is empty


def default_user_folder() -> Path:
    """Where a user's models are kept outside of Blender: $PRN_MODELS, else the system's place."""
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
    """The models in a folder. Nothing is kept in memory: every call looks at the disk.

    Parameters
    ----------
    folder : path-like
        Made when the first model is added.
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.folder = Path(folder)

    def records(self) -> list[ModelRecord]:
        """The models the user added, in that order; the default one is not among them.

        Raises
        ------
        ModelError
            The store's index is damaged.
        """
        return self._read()[0]

    @property
    def active(self) -> str:
        """Name of the model in use; "default" where none was chosen.

        Raises
        ------
        ModelError
            The store's index is damaged.
        """
        return self._read()[1]

    def record(self, name: str) -> ModelRecord:
        """The record of a model.

        Raises
        ------
        OptionError
            There is none of that name.
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
        """The .onnx file of a model; whether it is as it was added is not looked at."""
        record = self.record(name)
        if record.name == DEFAULT_NAME:
            return models_folder() / DEFAULT_MODEL
        return self.folder / record.folder / MODEL_FILE

    def state(self, record: ModelRecord) -> str:
        """Whether the files are those that were added.

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
        """The file to open for what a user named.

        Parameters
        ----------
        model : str or path-like, optional
            A model's name, or an .onnx file anywhere; the active model by default.

        Returns
        -------
        Path or None
            None for the model that comes with the add-on.

        Raises
        ------
        ModelError
            A model of the store changed on disk since it was added, or is gone.
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
        """Add a model that follows the contract, after running it once.

        Parameters
        ----------
        name : str
            A model of that name is replaced.
        model, layout : bytes
            The .onnx file and the UV layout it names.
        accuracy : str
            For people.

        Raises
        ------
        ModelError
            The model does not follow the contract, fails when it runs, or does not fit the
            layout. Nothing is added.
        OutputError
            The folder cannot be written.
        OptionError
            The name is empty or "default".
        """
        staged = self.stage(name, model, layout, accuracy)
        try:
            return self.adopt(staged)
        finally:
            staged.discard()

    def stage(self, name: str, model: bytes, layout: bytes, accuracy: str = "") -> StagedModel:
        """Everything of `add` but the adding: the files are written beside, and tried.

        Raises
        ------
        PRNError
            As `add`; nothing is left.
        """
        name = " ".join(name.split())[:80]
        if not name or name == DEFAULT_NAME or not name.isprintable():
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
        """A new folder in the store whose name no model has.

        Raises
        ------
        OutputError
        """
        for left in self.folder.glob(f"{_STAGING}*"):  # by a program that was killed
            if time.time() - left.stat().st_mtime > _FORGOTTEN:
                shutil.rmtree(left, ignore_errors=True)
        return make_folder(self.folder / f"{_STAGING}{secrets.token_hex(4)}")

    def adopt(self, staged: StagedModel) -> ModelRecord:
        """Add what was staged: a matter of moving a folder.

        Raises
        ------
        PRNError
            As `add`.
        """
        records, active = self._read_with_room()
        name = staged.record.name
        rest = [r for r in records if r.name != name]
        record = replace(staged.record, folder=_folder_name(name, {r.folder for r in rest}))
        self._put(staged.files, self.folder / record.folder)
        self._write([*rest, record], active)
        return record

    def remove(self, name: str) -> None:
        """Remove a model and its files; the default one becomes active if it was this one."""
        record = self.record(name)
        if record.name == DEFAULT_NAME:
            raise OptionError("The model that comes with the add-on cannot be removed.")
        records, active = self._read()
        rest = [r for r in records if r.name != name]
        self._write(rest, DEFAULT_NAME if active == name else active)
        shutil.rmtree(self.folder / record.folder, ignore_errors=True)

    def activate(self, name: str) -> None:
        """Make a model the one that is used where none is named."""
        self.record(name)
        records, active = self._read()
        if active != name:
            make_folder(self.folder)
            self._write(records, name)

    def set_accuracy(self, name: str, accuracy: str) -> None:
        """Note what was measured of a model the user added."""
        self.record(name)
        records, active = self._read()
        changed = [replace(r, accuracy=accuracy) if r.name == name else r for r in records]
        self._write(changed, active)

    def has_accepted(self, terms: str) -> bool:
        """Whether the user accepted these licence terms, word for word, before."""
        return digest(terms.encode()) in self._index().get("accepted", [])

    def accept(self, terms: str) -> None:
        """Note that the user accepted these licence terms."""
        index = self._index()
        accepted = {*index.get("accepted", []), digest(terms.encode())}
        make_folder(self.folder)
        self._save({**index, "accepted": sorted(accepted)})

    def _read_with_room(self) -> tuple[list[ModelRecord], str]:
        records, active = self._read()
        if len(records) >= _MAX_MODELS:
            raise OptionError(
                "There are {max_models} models already; remove one first.", max_models=_MAX_MODELS
            )
        return records, active

    def _put(self, fresh: Path, place: Path) -> None:
        try:
            shutil.rmtree(place, ignore_errors=True)
            fresh.rename(place)
        except OSError as e:
            raise ModelError(
                "{path} cannot be written: {why}.", path=shown(place), why=reason(e)
            ) from e

    def _index(self) -> dict[str, Any]:
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
        index = self._index()
        records = [r for r in map(read_record, index.get("models", [])[:_MAX_MODELS]) if r]
        active = index.get("active")
        return records, active if active in {r.name for r in records} else DEFAULT_NAME

    def _write(self, records: list[ModelRecord], active: str) -> None:
        models = [asdict(r) for r in records]
        self._save({**self._index(), "active": active, "models": models})

    def _save(self, index: dict[str, Any]) -> None:
        write_bytes(self.folder / INDEX_FILE, (json.dumps(index, indent=1) + "\n").encode())


def _folder_name(name: str, taken: set[str]) -> str:
    plain = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:60] or "model"
    candidate, number = plain, 2
    while candidate in taken:
        candidate, number = f"{plain}-{number}", number + 1
    return candidate
