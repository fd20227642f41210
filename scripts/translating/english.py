"""The English texts, each in the file of a language's folder that it belongs into."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from prn_blender.translations.loader import FILES

from .interface_texts import interface_texts
from .sentences import sentences

Texts = dict[str, dict[str, str]]
"""File -> English text -> the place in the code where it is first found."""


def english_texts() -> Texts:
    """All of them; the add-on has to be registered.

    What is a label and something else besides is with the labels, and so on in the files' order.
    """
    found: Texts = {file: {} for file in FILES}
    for file, text, place in (*interface_texts(), *sentences()):
        found[file].setdefault(text, place)
    homes: dict[str, str] = {}
    for file in FILES:
        for text in found[file]:
            homes.setdefault(text, file)
    return {
        file: {text: place for text, place in found[file].items() if homes[text] == file}
        for file in FILES
    }
