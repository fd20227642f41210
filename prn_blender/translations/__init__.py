"""The interface and its sentences in other languages; English is what the code says.

A language is a folder here (`loader.py` finds it); docs/translating.md says how to add one.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import bpy
from bpy.app import translations

from ..core.errors import PRNError, Sentence
from .loader import by_locale, read_languages

# Blender looks the label of a button up as an operator's name, everything else without a context.
CONTEXT = "PRN"
"""For words that Blender uses otherwise, such as Face: there, a polygon."""
_CONTEXTS = ("*", "Operator", CONTEXT)
LANGUAGES = by_locale(read_languages(__path__, __name__))
"""By Blender's name for the language; de_DE and de are both there."""
# Since 4.4 reports are translated by a setting of their own.
_translated = getattr(translations, "pgettext_rpt", translations.pgettext_iface)


def sentence(what: Sentence | PRNError) -> str:
    """What an error or a report says, in the user's language."""
    return what.said(lambda english: str(_translated(english, CONTEXT)))


def register() -> None:
    """Hand the dictionaries to Blender."""
    bpy.app.translations.register(
        __package__,
        {
            locale: {
                **{
                    (context, english): translated
                    for english, translated in texts.interface.items()
                    for context in _CONTEXTS
                },
                **{
                    (CONTEXT, english): translated
                    for english, translated in texts.sentences.items()
                },
            }
            for locale, texts in LANGUAGES.items()
        },
    )


def unregister() -> None:
    """Take them back."""
    bpy.app.translations.unregister(__package__)
