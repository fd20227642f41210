"""Every text of the interface is there in every language, and nothing is left over."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

bpy = pytest.importorskip("bpy", reason="Blender's Python module is not installed")
ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

from translating.english import english_texts
from translating.faults import faults_of
from translating.interface_texts import registered_texts
from translating.sentences import unfinished

import prn_blender
from prn_blender.core.errors import OptionError, Sentence, counted, missing_library
from prn_blender.interface.reporting import reports_errors, tell_image
from prn_blender.translations import LANGUAGES, sentence

pytestmark = pytest.mark.usefixtures("addon")
TRANSLATIONS = ROOT / "prn_blender" / "translations"
FOLDERS = sorted(
    path.name for path in TRANSLATIONS.iterdir() if path.is_dir() and path.name != "__pycache__"
)


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_language_is_complete(folder: str) -> None:
    """`python scripts/new_language.py CODE --update` puts missing texts where they belong."""
    faults = faults_of(TRANSLATIONS / folder, english_texts())
    assert not faults, "\n".join(faults)


def test_every_language_is_handed_to_blender(monkeypatch: pytest.MonkeyPatch) -> None:
    handed: dict[str, dict] = {}
    translations = SimpleNamespace(register=handed.__setitem__)
    monkeypatch.setattr(
        prn_blender.translations,
        "bpy",
        SimpleNamespace(app=SimpleNamespace(translations=translations)),
    )
    prn_blender.translations.register()
    texts = handed["prn_blender.translations"]
    assert set(FOLDERS) <= set(texts)
    assert texts["de"] == texts["de_DE"]
    german = {
        key: text for key, text in texts["de"].items() if key[1] in {"Face", "Nothing was moved."}
    }
    assert german == {
        ("*", "Face"): "Gesicht",
        ("Operator", "Face"): "Gesicht",
        ("PRN", "Face"): "Gesicht",
        ("PRN", "Nothing was moved."): "Es wurde nichts bewegt.",
    }


def test_tooltips_are_one_line_without_a_full_stop() -> None:
    """As Blender's own: it puts the full stop there itself."""
    for _, text, _ in registered_texts():
        assert "\n" not in text
        assert not text.endswith(".") or text.endswith("..."), text


def test_every_control_says_what_it_does() -> None:
    silent = []
    for name in dir(bpy.ops.prn):
        kind = getattr(bpy.ops.prn, name).get_rna_type()
        silent += [name] if not kind.description else []
        for option in kind.properties:
            if option.identifier != "rna_type" and not option.is_hidden:
                silent += [f"{name}.{option.identifier}"] if not option.description else []
    assert silent == []


def test_a_face_is_not_a_polygon() -> None:
    """Blender's own German for "Face" is a mesh's: our panel and parts ask elsewhere."""
    assert bpy.types.PRN_PT_face.bl_translation_context == "PRN"
    assert bpy.ops.prn.swap.get_rna_type().properties["parts"].translation_context == "PRN"


# Errors and reports ----------------------------------------------------------------------------


def test_values_are_kept_apart_from_sentences() -> None:
    """Or a translation would have to be there for each value."""
    assert unfinished() == []


def test_values_are_put_into_the_translation() -> None:
    german = {
        "The {what} {path} is gone.": "{what} {path} ist weg.",
        "photo": "Foto",
        "{why} Look again.": "{why} Schauen Sie noch einmal.",
        "{count} faces": "{count} Gesichter",
    }
    gone = OptionError("The {what} {path} is gone.", what=Sentence("photo"), path='"a{b}.png"')
    again = OptionError("{why} Look again.", why=gone)
    assert str(again) == 'The photo "a{b}.png" is gone. Look again.'
    said = again.said(lambda text: german.get(text, text))
    assert said == 'Foto "a{b}.png" ist weg. Schauen Sie noch einmal.'
    counts = [counted(n, "1 face", "{count} faces").said(german.get) for n in (2, 3)]
    assert counts == ["2 Gesichter", "3 Gesichter"]
    assert str(counted(1, "1 face", "{count} faces")) == "1 face"
    # Words without values are no template.
    assert str(OptionError("{} is {strange")) == "{} is {strange"


class Operator:
    """Notes what is reported."""

    def __init__(self, error: Exception) -> None:
        self.error, self.reports = error, []

    def report(self, kinds: set[str], message: str) -> None:
        self.reports.append((*kinds, message))

    @reports_errors
    def execute(self, context: object) -> set[str]:
        raise self.error


def test_reports_are_in_the_user_s_language(monkeypatch: pytest.MonkeyPatch) -> None:
    # In place of Blender's own look-up: its Python module is built without languages.
    monkeypatch.setattr(
        prn_blender.translations,
        "_translated",
        lambda text, context: LANGUAGES["de"].sentences[text],
    )
    operator = Operator(OptionError("There is no image {name!r} in this file.", name="x"))
    assert operator.execute(None) == {"CANCELLED"}
    operator.error = ImportError("gone", name="cv2")
    operator.execute(None)
    tell_image(operator, Sentence("The swapped photo"), bpy.data.images.new("y", 1, 1), True)
    assert operator.reports == [
        ("ERROR", "In dieser Datei gibt es kein Bild 'x'."),
        ("ERROR", sentence(missing_library(ImportError("gone", name="cv2")))),
        ("INFO", "Das getauschte Foto ist das Bild 'y'"),
    ]
    assert operator.reports[1][1].startswith("cv2 gehört zum Add-on")
