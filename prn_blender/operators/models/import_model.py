"""`prn.import_model`: a model of others, converted, tried out and added to the user's models."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import bpy
from bpy.app.translations import pgettext_iface as iface_
from bpy.props import BoolProperty, FloatProperty, StringProperty
from bpy_extras.io_utils import ImportHelper

from ...core.errors import MissingDependencyError, OptionError, PRNError, Sentence
from ...interface.background_answers import BackgroundAnswers
from ...interface.jobs import Job, JobOperator, Step, no_job_poll
from ...interface.redraw import redraw
from ...interface.reporting import label_lines, tell
from ...interface.settings import model_store, other_python
from ...translations import sentence
from .other_python import import_elsewhere

if TYPE_CHECKING:
    from ...core.model.importer.add import Source
    from ...core.model.record import ModelRecord
    from ...core.model.user_models import StagedModel

_TERMS_WIDTH = 32
"""Characters of the licence terms in a line: as many as the file browser's side has room for."""


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
        """Convert, then try it out; the user's models are changed at the very end, in one go."""
        from ...core.model.importer.add import convert, terms

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

        def stage() -> StagedModel:  # which runs the network once
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
        redraw(context.window_manager, "PREFERENCES")  # the list of models is shown there, too
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
        for line in label_lines(text, _TERMS_WIDTH):
            box.label(text=line)
        layout.prop(self, "accept")

    def _source(self) -> Source:
        """The chosen file or folder, and what the options say about it."""
        from ...core.model.importer.add import Source
        from ...core.model.importer.foreign import Wrapping

        path = Path(bpy.path.abspath(self.filepath))
        # For a folder the browser hands over its path with a slash, or with a made-up file name.
        if not path.exists() and not path.suffix:
            path = path.parent
        uv_data = Path(bpy.path.abspath(self.uv_data)) if self.uv_data else None
        wrapping = Wrapping(self.scale) if self.scale else None
        return Source(path, uv_data, wrapping=wrapping)


@BackgroundAnswers
def _terms(source: Source, changed: int) -> Sentence:
    """The terms of a file, or what is wrong with it; asked anew when its time changes."""
    from ...core.model.importer.add import terms

    try:
        return terms(source)
    except PRNError as e:
        return e.sentence
