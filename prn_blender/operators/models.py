"""The user's models: import, choose, remove."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
import subprocess
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import bpy
from bpy.app.translations import pgettext_iface as iface_
from bpy.props import BoolProperty, FloatProperty, StringProperty
from bpy_extras.io_utils import ImportHelper

from ..core.errors import MissingDependencyError, ModelError, OptionError, Sentence
from ..interface.background_answers import Later
from ..interface.jobs import Job, JobOperator, Step, no_job_poll
from ..interface.redraw import redraw
from ..interface.reporting import reports_errors, tell
from ..interface.settings import model_store, preferences
from ..translations import sentence

if TYPE_CHECKING:
    from ..core.model.importer.add import Source
    from ..core.model.record import ModelRecord
    from ..core.model.user_models import ModelStore, StagedModel

_TIMEOUT = 900  # seconds
_SECONDS_BETWEEN_LOOKS = 0.1


def other_python() -> str:
    """The Python the user named for what Blender's own cannot do, or an empty string."""
    settings = preferences()
    return str(settings.python) if settings else ""


class PRN_OT_import_model(JobOperator, bpy.types.Operator, ImportHelper):
    """Add a model: a PRNet folder with its weights, a port's .pth file, or an .onnx file"""

    bl_idname = "prn.import_model"
    bl_label = "Import Model"

    filter_glob: StringProperty(default="*.onnx;*.pth;*.pt;*.index", options={"HIDDEN"})
    name: StringProperty(
        name="Name", description="What to call it; empty for PRNet, or the file's name", default=""
    )
    accept: BoolProperty(
        name="I Accept",
        description="You have read the terms below and agree to them",
        default=False,
        options={"SKIP_SAVE"},
    )
    use: BoolProperty(name="Use It", description="Make it the active model", default=True)
    uv_data: StringProperty(
        name="UV Data",
        description="PRNet's folder Data/uv-data; empty to look beside the weights",
        default="",
    )
    scale: FloatProperty(
        name="Scale",
        description="Crop pixels per unit of an .onnx file's output; 0 if it follows the contract",
        default=0.0,
        min=0.0,
        max=10000.0,
    )

    in_order = True

    @classmethod
    def poll(cls, context: Any) -> bool:
        """One job at a time."""
        return no_job_poll(cls)

    def invoke(self, context: Any, event: Any) -> set[str]:
        """Choose a file."""
        return self.browse(context)

    def steps(self, context: Any) -> list[Step]:
        """Convert, then try; the store is changed at the very end, and at once."""
        from ..core.model.importer.add import convert, terms

        store, source, accepted = model_store(), self._source(), bool(self.accept)
        name = self.name.strip() or source.default_name
        python, stopped = other_python(), threading.Event()
        found: list[tuple[bytes, bytes] | StagedModel] = []
        agreed: list[str] = []  # the terms: reading them again would read the whole file again
        self._added: ModelRecord | None = None

        def read() -> tuple[bytes, bytes] | StagedModel:
            text = terms(source)
            if not (accepted or store.has_accepted(str(text))):
                raise OptionError("{text} Tick the box to accept these terms.", text=text)
            agreed.append(str(text))
            try:
                return convert(source, name)
            except MissingDependencyError as e:
                if not python:
                    raise OptionError(
                        "{why} Name such a Python in the add-on's preferences, and import again.",
                        why=e,
                    ) from e
                return import_elsewhere(python, store, source, name, stopped)

        def stage() -> StagedModel:
            (what,) = found
            return store.stage(name, *what) if isinstance(what, tuple) else what

        def adopt(staged: StagedModel) -> None:
            try:
                self._added = store.adopt(staged)
            finally:
                staged.discard()
            store.accept(agreed[0])
            if self.use:
                store.activate(self._added.name)

        return [
            Step(
                iface_("Reading {name}").format(name=source.path.name), read, found.append,
                stopped.set, lambda what: None if isinstance(what, tuple) else what.discard(),
            ),
            Step(
                iface_("Trying {name}").format(name=name), stage, adopt,
                stopped.set, lambda staged: staged.discard(),
            ),
        ]  # fmt: skip

    def done(self, context: Any, job: Job) -> set[str]:
        """Say what was added."""
        if self._added is None:
            if job.failures:
                raise job.failures[0]
            tell(self, "INFO", "Stopped; no model was added")
            return {"CANCELLED"}
        redraw_preferences(context)
        size = self._added.size / 1e6
        tell(self, "INFO", "Added {name}, {size:.1f} MB", name=self._added.name, size=size)
        return {"FINISHED"}

    def draw(self, context: Any) -> None:
        """The file browser's side: options, terms, consent."""
        layout = self.layout
        layout.use_property_split = True
        layout.prop(self, "name")
        layout.prop(self, "use")
        layout.prop(self, "uv_data")
        layout.prop(self, "scale")
        source = self._source()
        changed = source.path.stat().st_mtime_ns if source.path.is_file() else 0
        box = layout.box().column(align=True)
        terms = _terms(source, changed)
        text = sentence(terms) if terms is not None else iface_("Reading the file...")
        for line in wrapped(text, 32):
            box.label(text=line)
        layout.prop(self, "accept")

    def _source(self) -> Source:
        from ..core.model.importer.add import Source
        from ..core.model.importer.foreign import Wrapping

        path = Path(bpy.path.abspath(self.filepath))
        # For a folder the browser hands over its path with a slash, or with a made-up file name.
        if not path.exists() and not path.suffix:
            path = path.parent
        uv_data = Path(bpy.path.abspath(self.uv_data)) if self.uv_data else None
        wrapping = Wrapping(self.scale) if self.scale else None
        return Source(path, uv_data, wrapping=wrapping)


class PRN_OT_use_model(bpy.types.Operator):
    """Reconstruct faces with this model from now on"""

    bl_idname = "prn.use_model"
    bl_label = "Use Model"

    name: StringProperty(name="Name", options={"HIDDEN"})

    @reports_errors
    def execute(self, context: Any) -> set[str]:
        """Make it active."""
        model_store().activate(self.name)
        return {"FINISHED"}


class PRN_OT_remove_model(bpy.types.Operator):
    """Remove this model and its files"""

    bl_idname = "prn.remove_model"
    bl_label = "Remove Model"

    name: StringProperty(name="Name", options={"HIDDEN"})

    def invoke(self, context: Any, event: Any) -> set[str]:
        """Ask first: there is no undo for files."""
        return context.window_manager.invoke_confirm(self, event)

    @reports_errors
    def execute(self, context: Any) -> set[str]:
        """Remove it."""
        model_store().remove(self.name)
        return {"FINISHED"}


def _read_terms(source: Source, changed: int) -> Sentence:
    """The terms of a file, or what is wrong with it."""
    from ..core.errors import PRNError
    from ..core.model.importer.add import terms

    try:
        return terms(source)
    except PRNError as e:
        return e.sentence


_terms = Later(_read_terms)


def wrapped(text: str, width: int) -> list[str]:
    """A text in lines for labels, which do not wrap by themselves."""
    import textwrap

    return textwrap.wrap(text, width)


def import_elsewhere(
    python: str, store: ModelStore, source: Source, name: str, stopped: threading.Event
) -> StagedModel:
    """Run the command `import-model` in the Python the user named.

    Parameters
    ----------
    python : str
    store : ModelStore
        The model is staged there.
    source : Source
    name : str
    stopped : threading.Event
        Set, it ends the other Python.

    Raises
    ------
    ModelError
        It fails; the message is its own.
    """
    from ..core.model.user_models import ModelStore, StagedModel, remove_staging

    package = Path(__file__).resolve().parent.parent
    call = [python, "-m", package.name, "import-model", str(source.path), "--name", name]
    call += ["--accept-license"]
    call += ["--uv-data", str(source.uv_data)] if source.uv_data else []
    call += ["--scale", str(source.wrapping.scale)] if source.wrapping else []
    # Nothing of Blender's Python may reach the other one.
    clean = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    folder = store.staging_folder()
    environment = {**clean, "PYTHONPATH": str(package.parent), "PRN_MODELS": str(folder)}
    try:
        code, said = _run(call, environment, stopped)
        if code:
            lines = [line for line in said.splitlines() if line.strip()] or ["no reason given."]
            raise ModelError("{said}", said=lines[-1].removeprefix("prn: ")[:400])
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


def redraw_preferences(context: Any) -> None:
    """The list of models is shown there, too."""
    redraw(context.window_manager, "PREFERENCES")
