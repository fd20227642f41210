"""Begin a translation, see what it lacks, or bring it up to date with the code.

    python scripts/new_language.py fr_FR            makes the folder, or tells what is wrong in it
    python scripts/new_language.py fr_FR --update   adds what is missing, and sorts

Nothing is translated here: new texts are empty, and Blender shows them in English. Needs the
Python that `make setup` makes, with Blender in it: operators know their own texts.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import argparse
import os
import re
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).resolve().parent.parent
LANGUAGES = ROOT / "prn_blender" / "translations"
# Such as de_DE, eo, pt_BR, zh_HANS and sr_RS@latin.
CODE = re.compile(r"[a-z]{2,3}(_[A-Z]{2}|_[A-Z]{4})?(@[a-z]+)?")
PACKAGE_TEXT = '''"""{code}."""
# SPDX-License-Identifier: GPL-3.0-or-later
'''

if TYPE_CHECKING:
    from translating.english import Texts


def write(folder: Path, texts: Texts) -> None:
    """Every text in its file, sorted; what was translated stays, what is left over too.

    Raises
    ------
    translating.files.DamagedFileError
        If a file cannot be read; none is written then.
    """
    from translating.files import file_text, read_file

    paths = {file: folder / f"{file}.py" for file in texts}
    old = {file: read_file(path) for file, path in paths.items() if path.is_file()}
    translated: dict[str, str] = {}
    for _, entries in old.values():
        for entry in entries:
            translated[entry.english] = translated.get(entry.english) or entry.translated
    homes = {text for file in texts for text in texts[file]}
    folder.mkdir(exist_ok=True)
    if not (package := folder / "__init__.py").is_file():
        package.write_text(PACKAGE_TEXT.format(code=folder.name), encoding="utf-8")
    for file, path in paths.items():
        note, entries = old.get(file, ("", []))
        left_over = [entry.english for entry in entries if entry.english not in homes]
        words = {text: translated.get(text, "") for text in (*texts[file], *left_over)}
        note = note or f"{folder.name}: {file.replace('_', ' ')}."
        path.write_text(file_text(note, words), encoding="utf-8")


def run(folder: Path, texts: Texts, update: bool) -> int:
    """Do what was asked for; 1 if something is left to do."""
    from translating.faults import faults_of
    from translating.files import DamagedFileError

    new = not folder.is_dir()
    if new or update:
        try:
            write(folder, texts)
        except DamagedFileError as e:
            print(f"{folder.name} is left as it is, a file in it {e}", file=sys.stderr)
            return 1
    if new:
        print(f"{folder} has {sum(map(len, texts.values()))} texts to translate.")
        return 0
    found = faults_of(folder, texts)
    print("\n".join(found) or f"{folder.name} is complete.")
    return 1 if found else 0


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("code", help="as Blender names the language: fr_FR, pt_BR, zh_HANS")
    parser.add_argument("--update", action="store_true", help="add missing texts, move, sort")
    options = parser.parse_args(arguments)
    if not CODE.fullmatch(options.code):
        parser.error(f"{options.code} is no code of a language such as fr_FR.")
    sys.path[:0] = [str(ROOT), str(ROOT / "scripts")]
    with tempfile.TemporaryDirectory() as settings:
        # Before Blender is there: not with the user's own settings and add-ons.
        os.environ["BLENDER_USER_RESOURCES"] = settings
        import prn_blender

        prn_blender.register()
        try:
            from translating.english import english_texts

            return run(LANGUAGES / options.code, english_texts(), options.update)
        finally:
            prn_blender.unregister()


if __name__ == "__main__":
    sys.exit(main())
