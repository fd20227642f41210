"""The user's models: import one, choose the active one, remove one.

They take a file's path or a model's name, have `core.model` do the work on the store that
`interface.settings.model_store` finds, and report. What a model is stands in `core.model`.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from .import_model import PRN_OT_import_model
from .manage import PRN_OT_remove_model, PRN_OT_use_model

CLASSES = (PRN_OT_import_model, PRN_OT_use_model, PRN_OT_remove_model)
"""In the order in which they are registered."""
