"""The interface in other languages; English is what the code says.

Sentences of errors and reports stay English: they come from `core`, which knows nothing of
Blender, and are what a bug report quotes.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import bpy

from .german import GERMAN

# Blender looks the label of a button up as an operator's name, everything else without a context.
CONTEXT = "PRN"
"""For words that Blender uses otherwise, such as Face: there, a polygon."""
_CONTEXTS = ("*", "Operator", CONTEXT)
# Before and since Blender dropped the country.
LANGUAGES = {"de_DE": GERMAN, "de": GERMAN}


def register() -> None:
    """Hand the dictionaries to Blender."""
    bpy.app.translations.register(
        __package__,
        {
            language: {
                (context, english): translated
                for english, translated in texts.items()
                for context in _CONTEXTS
            }
            for language, texts in LANGUAGES.items()
        },
    )


def unregister() -> None:
    """Take them back."""
    bpy.app.translations.unregister(__package__)
