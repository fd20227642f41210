"""What is wrong with a language: missing, left over, out of order, or not what the English is."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from prn_blender.translations.loader import FILES, placeholders

from .english import Texts
from .files import DamagedFileError, Entry, order, read_file


def faults_of(folder: Path, texts: Texts) -> list[str]:
    """Everything that keeps a language from being complete and tidy.

    Parameters
    ----------
    folder : Path
        Of the language, such as translations/de_DE.
    texts : dict
        What `english_texts` has found in the code.

    Returns
    -------
    list of str
        Sentences that begin with FOLDER/FILE.py, and the line if there is one.
    """
    return list(_of_folder(folder, texts))


def _of_folder(folder: Path, texts: Texts) -> Iterator[str]:
    homes = {text: file for file in FILES for text in texts[file]}
    known = {f"{file}.py" for file in FILES} | {"__init__.py", "__pycache__"}
    for path in sorted(folder.iterdir()):
        if path.name not in known:
            yield f"{folder.name}/{path.name}: nothing reads this file"
    if not (folder / "__init__.py").is_file():
        yield f"{folder.name}/__init__.py: missing; without it the folder is no language"
    there: dict[str, str] = {}
    for file in FILES:
        path = folder / f"{file}.py"
        where = f"{folder.name}/{path.name}"
        try:
            entries = read_file(path)[1] if path.is_file() else []
        except DamagedFileError as e:
            yield f"{where}: {e}"
            continue
        for entry in entries:
            for fault in _of_entry(entry, file, homes, there):
                yield f"{where}:{entry.line}: {fault}: {entry.english!r}"
            there.setdefault(entry.english, f"{where}:{entry.line}")
        for before, after in pairwise(entries):
            if order(before.english) > order(after.english):
                yield (
                    f"{where}:{after.line}: out of order: {after.english!r} belongs before "
                    f"{before.english!r}"
                )
    for text, file in homes.items():
        if text not in there:
            yield f"{folder.name}/{file}.py: missing: {text!r} ({texts[file][text]})"


def _of_entry(
    entry: Entry, file: str, homes: dict[str, str], there: dict[str, str]
) -> Iterator[str]:
    english, translated, _ = entry
    if english in there:
        yield f"twice, also at {there[english]}"
    if english not in homes:
        yield "left over, the code no longer says it"
    elif homes[english] != file:
        yield f"belongs into {homes[english]}.py"
    if not translated.strip():
        yield "not translated"
    elif placeholders(english) != placeholders(translated):
        yield f"other placeholders, {_listed(translated)} instead of {_listed(english)}"


def _listed(text: str) -> str:
    found = placeholders(text)
    return "unmatched braces" if found is None else " ".join(found) or "none"
