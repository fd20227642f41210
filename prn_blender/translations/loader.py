"""Finds the languages: each is a folder beside this file, named as Blender names the language.

What is in such a folder is data that a translator may have left half done. Whatever is wrong with
it is told on the console and shown in English; the add-on starts all the same.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pkgutil
import re
from collections.abc import Iterable
from importlib import import_module
from string import Formatter
from typing import NamedTuple

INTERFACE_FILES = ("labels", "tooltips")
SENTENCE_FILES = ("errors", "model_errors", "reports")
FILES = (*INTERFACE_FILES, *SENTENCE_FILES)
"""The modules of a language's folder; each has a dictionary TEXTS, English to translation."""

_WITH_COUNTRY = re.compile(r"([a-z]{2,3})_([A-Z]{2})")


class Language(NamedTuple):
    """English to translation: what Blender itself looks up, and what errors and reports say."""

    interface: dict[str, str]
    sentences: dict[str, str]


def read_languages(path: Iterable[str], package: str) -> dict[str, Language]:
    """Every folder of languages, read.

    Parameters
    ----------
    path : iterable of str
        Folders to look in: a package's `__path__`.
    package : str
        That package's name, which is another one inside an extension.

    Returns
    -------
    dict
        Folder's name to its texts, only those that can be shown. A folder with none is left out.
    """
    folders = sorted(found.name for found in pkgutil.iter_modules(path) if found.ispkg)
    languages = {
        folder: Language(
            _read(f"{package}.{folder}", INTERFACE_FILES),
            _read(f"{package}.{folder}", SENTENCE_FILES),
        )
        for folder in folders
    }
    return {folder: texts for folder, texts in languages.items() if any(texts)}


def by_locale(languages: dict[str, Language]) -> dict[str, Language]:
    """Under each name that some version of Blender has for a language.

    Blender 4 calls German de_DE and Blender 5 calls it de, so the folder de_DE stands for both.
    Where a language has two such folders, the shorter name is that of its homeland: pt is pt_PT,
    not pt_BR. The other way round Blender itself helps: if there is no de_DE, it takes de.
    """
    locales = dict(languages)
    for folder in sorted(languages, key=lambda name: (not _is_homeland(name), name)):
        if match := _WITH_COUNTRY.fullmatch(folder):
            locales.setdefault(match[1], languages[folder])
    return locales


def placeholders(text: str) -> list[str] | None:
    """The places for values in a text, such as {name} or {size:.1f}, sorted.

    None if its braces do not match, so that no value could be put into it.
    """
    try:
        parts = list(Formatter().parse(text))
    except ValueError:
        return None
    return sorted(
        f"{{{name}{f'!{conversion}' if conversion else ''}{f':{form}' if form else ''}}}"
        for _, name, form, conversion in parts
        if name is not None
    )


def _is_homeland(folder: str) -> bool:
    language, _, country = folder.partition("_")
    return language.upper() == country


def _read(package: str, files: Iterable[str]) -> dict[str, str]:
    """The texts of a language's files; the first file that has one counts."""
    texts: dict[str, str] = {}
    for file in files:
        try:
            found = dict(import_module(f"{package}.{file}").TEXTS)
        except Exception as e:  # whatever a damaged file does when it is run
            print(f"{package}.{file} is not read, English is shown instead: {e}")
            continue
        for english, translated in found.items():
            if _can_be_shown(english, translated):
                texts.setdefault(english, translated)
            elif translated != "":  # in a skeleton that is filled in bit by bit most are empty
                print(f"{package}.{file}: English is shown instead of {translated!r}")
    return texts


def _can_be_shown(english: object, translated: object) -> bool:
    """A wrong placeholder would make an error out of a report."""
    return (
        isinstance(english, str)
        and isinstance(translated, str)
        and bool(translated.strip())
        and placeholders(english) == placeholders(translated)
    )
