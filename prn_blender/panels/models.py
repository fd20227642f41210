"""The list of models: short in the sidebar, with all that is known in the preferences."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import bpy
from bpy.app.translations import pgettext_iface as iface_

from ..core.errors import PRNError, missing_library
from ..interface.background_answers import BackgroundAnswers
from ..interface.reporting import label_lines
from ..interface.settings import model_store
from ..operators.models import PRN_OT_import_model, PRN_OT_remove_model, PRN_OT_use_model
from ..translations import sentence

if TYPE_CHECKING:
    from ..core.model.record import ModelRecord
    from ..core.model.user_models import ModelStore


_ERROR_WIDTH = 60
"""Characters of an error in a line of the list."""

_DETAIL_WIDTH = 70
"""Characters of a licence and the like in a line of the preferences."""


class PRN_PT_models(bpy.types.Panel):
    """Which model reconstructs faces"""

    bl_label = "Model"
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "PRN Face"
    bl_parent_id = "PRN_PT_photo"
    bl_options = {"DEFAULT_CLOSED"}

    def draw_header_preset(self, context: Any) -> None:
        """At the header's right end, whether the panel is open or not: the model in use."""
        try:
            store = model_store()
            active, records = store.active, store.records()
        except (PRNError, ImportError):
            self.layout.label(text="", icon="ERROR")  # the open panel says why
            return
        used = next((record for record in records if record.name == active), None)
        icon = "NONE" if used is None or _state(store, used) == "ready" else "ERROR"
        self.layout.label(text=_shown_name(active), icon=icon, translate=False)

    def draw(self, context: Any) -> None:
        """The models' names; a click makes one active."""
        draw_models(self.layout, details=False)


def draw_models(layout: Any, details: bool) -> None:
    """Draw the list, with a button for each model and one to import another.

    Parameters
    ----------
    layout : bpy.types.UILayout
    details : bool
        Licence, accuracy, size and sha256 too.
    """
    try:
        store = model_store()
        active, records, default = store.active, store.records(), _default()
    except (PRNError, ImportError) as e:
        error = missing_library(e) if isinstance(e, ImportError) else e
        for line in label_lines(sentence(error), _ERROR_WIDTH):
            layout.label(text=line, icon="ERROR")
        return
    if default is None:
        layout.label(text="Reading the file...")
    for record in [default, *records] if default is not None else records:
        box = layout.box().column(align=True) if details else layout.column(align=True)
        _draw_one(box, store, record, record.name == active, details)
    layout.operator(PRN_OT_import_model.bl_idname, text="Import Model...", icon="IMPORT")


def _draw_one(
    layout: Any, store: ModelStore, record: ModelRecord, active: bool, details: bool
) -> None:
    """Draw one model: its buttons, what is wrong with it, and its details."""
    row = layout.row()
    icon = "RADIOBUT_ON" if active else "RADIOBUT_OFF"
    use = row.operator(
        PRN_OT_use_model.bl_idname,
        text=_shown_name(record.name),
        translate=False,
        icon=icon,
        emboss=not active,
    )
    use.name = record.name
    if record.folder:
        remove = row.operator(PRN_OT_remove_model.bl_idname, text="", icon="TRASH", emboss=False)
        remove.name = record.name
    state = _state(store, record)
    if state == "changed":
        layout.label(text="The file is changed: import it again", icon="ERROR")
    elif state == "missing":
        layout.label(text="The file is missing: import it again", icon="ERROR")
    if details:
        for what, value in (
            (iface_("Model"), record.title),
            (iface_("Licence"), record.license),
            (iface_("Accuracy"), record.accuracy or iface_("not measured")),
            (iface_("Size"), f"{record.size / 1e6:.1f} MB"),
            ("SHA-256", record.sha256),
        ):
            split = layout.split(factor=0.15)
            split.label(text=what)
            column = split.column(align=True)
            for line in label_lines(value, _DETAIL_WIDTH):
                column.label(text=line)


def _shown_name(name: str) -> str:
    """A model's name, for people: what the user has named is never translated."""
    from ..core.model.record import DEFAULT_NAME

    return str(iface_("Default Model")) if name == DEFAULT_NAME else name


@BackgroundAnswers
def _default() -> ModelRecord:
    """The model that comes with the add-on; its file is read for it."""
    from ..core.model.record import default_record

    return default_record()


def _state(store: ModelStore, record: ModelRecord) -> str:
    """The store's word on a model: "ready", "changed" or "missing".

    Its file is only read again when its time or size has changed; until then it is "ready".
    """
    if not record.folder:
        return "ready"
    try:
        seen = store.path(record.name).stat()
    except OSError:
        return "missing"
    state = _state_when(store.folder, record, seen.st_mtime_ns, seen.st_size)
    return "ready" if state is None else state  # None: it is being read


@BackgroundAnswers
def _state_when(folder: Any, record: ModelRecord, time: int, size: int) -> str:
    """The store's word on a model whose file has this time and size."""
    from ..core.model.user_models import ModelStore

    return ModelStore(folder).state(record)
