"""Importing a model in another Python, which has the libraries that Blender's has not."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
import subprocess
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

from ...core.errors import ModelError

if TYPE_CHECKING:
    from ...core.model.importer.add import Source
    from ...core.model.user_models import ModelStore, StagedModel

_PACKAGE = Path(__file__).resolve().parent.parent.parent
"""The add-on's folder, which the other Python loads the same command from."""

_TIMEOUT = 900
"""Seconds; an import that takes longer is taken for hung and ended."""

_SECONDS_BETWEEN_LOOKS = 0.1
"""Whether the other Python has ended, or Esc was pressed."""

_LONGEST_MESSAGE = 400
"""Characters of what the other Python said: a report is one line."""


def import_elsewhere(
    python: str, store: ModelStore, source: Source, name: str, stopped: threading.Event
) -> StagedModel:
    """Run the command `import-model` in the Python the user named; for a job's thread.

    Parameters
    ----------
    python : str
        Its executable.
    store : ModelStore
        The model is staged there, apart from the user's models.
    source : Source
    name : str
        What the model will be called.
    stopped : threading.Event
        Set, it ends the other Python.

    Raises
    ------
    ModelError
        It fails; the message is its own.
    """
    from ...core.model.user_models import ModelStore, StagedModel, remove_staging

    call = [python, "-m", _PACKAGE.name, "import-model", str(source.path), "--name", name]
    call += ["--accept-license"]
    call += ["--uv-data", str(source.uv_data)] if source.uv_data else []
    call += ["--scale", str(source.wrapping.scale)] if source.wrapping else []
    # Nothing of Blender's Python may reach the other one.
    clean = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    folder = store.staging_folder()
    environment = {**clean, "PYTHONPATH": str(_PACKAGE.parent), "PRN_MODELS": str(folder)}
    try:
        code, said = _run(call, environment, stopped)
        if code:
            lines = [line for line in said.splitlines() if line.strip()] or ["no reason given."]
            raise ModelError("{said}", said=lines[-1].removeprefix("prn: ")[:_LONGEST_MESSAGE])
        inside = ModelStore(folder)
        (record,) = inside.records()
        return StagedModel(record, inside.path(record.name).parent, folder)
    except BaseException:
        remove_staging(folder)
        raise


def _run(
    call: list[str], environment: dict[str, str], stopped: threading.Event
) -> tuple[int, str]:  # fmt: skip
    """A program's exit code and what it wrote to its standard error."""
    end = time.monotonic() + _TIMEOUT
    try:
        # A file takes any amount; a pipe that nobody reads would stop the program.
        with tempfile.TemporaryFile() as said:
            with subprocess.Popen(
                call, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                stderr=said,
            ) as program:  # fmt: skip
                while program.poll() is None:
                    if stopped.wait(_SECONDS_BETWEEN_LOOKS) or time.monotonic() > end:
                        program.kill()
                        raise ModelError(
                            "The import took longer than {timeout} s.", timeout=_TIMEOUT
                        )
            said.seek(0)
            return program.returncode, said.read().decode(errors="replace")
    except (OSError, ValueError) as e:
        raise ModelError("The Python named in the preferences cannot be run: {why}.", why=e) from e
