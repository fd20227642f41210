"""The user's models: import, choose, remove."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
import subprocess
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import bpy
from bpy.props import BoolProperty, FloatProperty, StringProperty
from bpy_extras.io_utils import ImportHelper

from ..core.errors import MissingDependencyError, ModelError, OptionError
from .reporting import reports_errors

if TYPE_CHECKING:
    from ..core.importer.add import Source
    from ..core.user_models import ModelStore

PACKAGE = __package__.rpartition(".")[0]
_TIMEOUT = 900  # seconds


def model_store() -> ModelStore:
    """The user's models: in the extension's own folder, or outside of an extension the system's."""
    from ..core.user_models import ModelStore, default_user_folder

    if not PACKAGE.startswith("bl_ext."):
        return ModelStore(default_user_folder())
    return ModelStore(Path(bpy.utils.extension_path_user(PACKAGE, path="models", create=False)))


def preferences() -> Any:
    """The add-on's preferences; None where it runs without being enabled, as in tests."""
    addon = bpy.context.preferences.addons.get(PACKAGE)
    return addon.preferences if addon else None


def other_python() -> str:
    """The Python the user named for what Blender's own cannot do, or an empty string."""
    settings = preferences()
    return str(settings.python) if settings else ""


class PRN_OT_import_model(bpy.types.Operator, ImportHelper):
    """Add a model: a PRNet folder with its weights, a port's .pth file, or an .onnx file"""

    bl_idname = "prn.import_model"
    bl_label = "Import Model"

    filter_glob: StringProperty(default="*.onnx;*.pth;*.pt;*.index", options={"HIDDEN"})
    name: StringProperty(name="Name", description="What to call it", default="PRNet")
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

    @reports_errors
    def execute(self, context: Any) -> set[str]:
        """Import, run once, and list it."""
        from ..core.importer.add import import_model, terms

        store = model_store()
        source = self._source()
        text = terms(source)
        if not store.has_accepted(text):
            if not self.accept:
                raise OptionError(f"{text} Tick the box to accept these terms.")
            store.accept(text)
        try:
            record = import_model(store, source, self.name)
        except MissingDependencyError as e:
            if not other_python():
                raise OptionError(
                    f"{e} Name such a Python in the add-on's preferences, and import again."
                ) from e
            _import_elsewhere(store, source, self.name)
            record = store.record(self.name)
        if self.use:
            store.activate(record.name)
        self.report({"INFO"}, f"Added {record.name}, {record.size / 1e6:.1f} MB")
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
        for line in wrapped(_terms(source, changed), 32):
            box.label(text=line)
        layout.prop(self, "accept")

    def _source(self) -> Source:
        from ..core.importer.add import Source
        from ..core.importer.foreign import Wrapping

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


@lru_cache(maxsize=8)
def _terms(source: Source, changed: int) -> str:
    """The terms of a file, or what is wrong with it; read once, not each time it is drawn."""
    from ..core.errors import PRNError
    from ..core.importer.add import terms

    try:
        return terms(source)
    except PRNError as e:
        return str(e)


def wrapped(text: str, width: int) -> list[str]:
    """A text in lines for labels, which do not wrap by themselves."""
    import textwrap

    return textwrap.wrap(text, width)


def _import_elsewhere(store: ModelStore, source: Source, name: str) -> None:
    """Run the command `import-model` in the Python the user named.

    Raises
    ------
    ModelError
        It fails; the message is its own.
    """
    package = Path(__file__).resolve().parent.parent
    call = [other_python(), "-m", package.name, "import-model", str(source.path), "--name", name]
    call += ["--accept-license"]
    call += ["--uv-data", str(source.uv_data)] if source.uv_data else []
    call += ["--scale", str(source.wrapping.scale)] if source.wrapping else []
    # Nothing of Blender's Python may reach the other one.
    clean = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    environment = {**clean, "PYTHONPATH": str(package.parent), "PRN_MODELS": str(store.folder)}
    try:
        done = subprocess.run(
            call, env=environment, capture_output=True, text=True, timeout=_TIMEOUT, check=False
        )
    except (OSError, ValueError, subprocess.SubprocessError) as e:
        raise ModelError(f"The Python named in the preferences cannot be run: {e}.") from e
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if line.strip()] or ["no reason given."]
        raise ModelError(lines[-1].removeprefix("prn: ")[:400])
