"""What finds and checks languages, on languages made up for it: each fault is found and named."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("bpy", reason="Blender's Python module is not installed")
ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

import new_language
from translating.english import Texts
from translating.faults import faults_of
from translating.files import WIDTH, file_text, read_file
from translating.sentences import sentences
from translating.source import PACKAGE, error_classes

from prn_blender.translations.loader import FILES, Language, by_locale, placeholders

ENGLISH: Texts = {
    "labels": {"Build": "a.py:1", "build": "a.py:2", "Face {number}": "a.py:3"},
    "tooltips": {"Build a face": "a.py:4"},
    "errors": {"{path} has {size:.1f} MB.": "b.py:1"},
    "model_errors": {"The model {name!r} is gone.": "b.py:2"},
    "reports": {"Saved": "c.py:1"},
}
TRANSLATED = {
    "labels": {"Build": "Faire", "build": "faire", "Face {number}": "{number}e visage"},
    "tooltips": {"Build a face": "Faire un visage"},
    "errors": {"{path} has {size:.1f} MB.": "{size:.1f} Mo : {path}"},
    "model_errors": {"The model {name!r} is gone.": "{name!r} n'existe plus."},
    "reports": {"Saved": "Enregistré"},
}


def make(folder: Path, **files: str) -> Path:
    """The folder of a complete language, but for the files that are given."""
    folder.mkdir(parents=True)
    whole = {file: file_text("Français.", texts) for file, texts in TRANSLATED.items()}
    for name, text in {"__init__": "", **whole, **files}.items():
        (folder / f"{name}.py").write_text(text, encoding="utf-8")
    return folder


def in_lines(*lines: str) -> str:
    return "TEXTS = {\n" + "".join(f"{line},\n" for line in lines) + "}\n"


# What is wrong with a language -------------------------------------------------------------------


def test_a_complete_language_has_no_faults(tmp_path: Path) -> None:
    folder = make(tmp_path / "fr_FR")
    (folder / "__pycache__").mkdir()
    assert faults_of(folder, ENGLISH) == []


@pytest.mark.parametrize(
    ("file", "text", "faults"),
    [
        ("tooltips", in_lines(), ["tooltips.py: missing: 'Build a face' (a.py:4)"]),
        (
            "reports",
            in_lines("'Read': 'Lu'", "'Saved': 'Enregistré'"),
            ["reports.py:2: left over, the code no longer says it: 'Read'"],
        ),
        (
            "reports",
            in_lines("'Saved': 'Enregistré'", "'Saved': 'Fait'"),
            ["reports.py:3: twice, also at fr_FR/reports.py:2: 'Saved'"],
        ),
        (
            "reports",
            in_lines("'Build': 'Construire'", "'Saved': 'Enregistré'"),
            [
                "reports.py:2: twice, also at fr_FR/labels.py:5: 'Build'",
                "reports.py:2: belongs into labels.py: 'Build'",
            ],
        ),
        (
            "labels",
            in_lines("'build': 'faire'", "'Build': 'Faire'", "'Face {number}': '{number}'"),
            ["labels.py:3: out of order: 'Build' belongs before 'build'"],
        ),
        (
            "errors",
            in_lines("'{path} has {size:.1f} MB.': '{size} {path}'"),
            [
                "errors.py:2: other placeholders, {path} {size} instead of {path} {size:.1f}: "
                "'{path} has {size:.1f} MB.'"
            ],
        ),
        (
            "errors",
            in_lines("'{path} has {size:.1f} MB.': '{path'"),
            [
                "errors.py:2: other placeholders, unmatched braces instead of {path} {size:.1f}: "
                "'{path} has {size:.1f} MB.'"
            ],
        ),
        (
            "model_errors",
            in_lines("'The model {name!r} is gone.': 'Parti.'"),
            [
                "model_errors.py:2: other placeholders, none instead of {name!r}: "
                "'The model {name!r} is gone.'"
            ],
        ),
        ("reports", in_lines("'Saved': ''"), ["reports.py:2: not translated: 'Saved'"]),
        ("reports", in_lines("'Saved': ' '"), ["reports.py:2: not translated: 'Saved'"]),
        (
            "reports",
            in_lines("'Saved': len"),
            [
                "reports.py: line 2: expected two texts",
                "reports.py: missing: 'Saved' (c.py:1)",
            ],
        ),
        (
            "reports",
            "MORE = {}",
            [
                "reports.py: has to have one dictionary, TEXTS = {...}",
                "reports.py: missing: 'Saved' (c.py:1)",
            ],
        ),
        (
            "reports",
            "TEXTS = {",
            [
                "reports.py: cannot be read: '{' was never closed (<unknown>, line 1)",
                "reports.py: missing: 'Saved' (c.py:1)",
            ],
        ),
        ("notes", "", ["notes.py: nothing reads this file"]),
    ],
)
def test_a_fault_is_named(tmp_path: Path, file: str, text: str, faults: list[str]) -> None:
    folder = make(tmp_path / "fr_FR", **{file: text})
    assert faults_of(folder, ENGLISH) == [f"fr_FR/{fault}" for fault in faults]


def test_missing_files_are_named(tmp_path: Path) -> None:
    folder = make(tmp_path / "fr_FR")
    (folder / "reports.py").unlink()
    (folder / "__init__.py").unlink()
    assert faults_of(folder, ENGLISH) == [
        "fr_FR/__init__.py: missing; without it the folder is no language",
        "fr_FR/reports.py: missing: 'Saved' (c.py:1)",
    ]


# What the code says ------------------------------------------------------------------------------


def test_sentences_are_found_wherever_a_module_is() -> None:
    """By what is called, not by where: modules may move."""
    assert {"PRNError", "PhotoError", "ModelError", "OutputError"} <= error_classes()
    found = {text: (file, place) for file, text, place in sentences()}
    for text, home in (
        ("No photo was chosen.", "errors"),
        ("The model {name} failed while it ran: {why}.", "model_errors"),
        ("The swapped photo", "reports"),
    ):
        file, place = found[text]
        path, _, line = place.rpartition(":")
        assert file == home
        said = (PACKAGE / path).read_text(encoding="utf-8").splitlines()[int(line) - 1 :]
        assert text in "".join(said[:6])
    # What only the command line says is said in English.
    assert not any(place.startswith(("commands", "cli")) for _, place in found.values())


def test_placeholders() -> None:
    assert placeholders("{b:>{width}} {a!r} {{c}} {a!r}") == ["{a!r}", "{a!r}", "{b:>{width}}"]
    assert placeholders("none") == []
    assert placeholders("}") is None


# Finding languages -------------------------------------------------------------------------------


@pytest.fixture
def extension(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The loader as it lies in an installed extension, under the name it has there."""
    package = tmp_path / "made_up_ext" / "user_default" / "prn_face" / "translations"
    package.mkdir(parents=True)
    for folder in (package, *list(package.parents)[:3]):
        (folder / "__init__.py").touch()
    source = ROOT / "prn_blender" / "translations" / "loader.py"
    (package / "loader.py").write_bytes(source.read_bytes())
    monkeypatch.syspath_prepend(str(tmp_path))
    yield package
    for name in [name for name in sys.modules if name.startswith("made_up_ext")]:
        del sys.modules[name]


def read(package: Path) -> dict[str, Language]:
    importlib.invalidate_caches()
    name = "made_up_ext.user_default.prn_face.translations"
    loader = importlib.import_module(f"{name}.loader")
    return loader.read_languages(importlib.import_module(name).__path__, name)


def test_a_language_is_a_folder(extension: Path) -> None:
    for code in ("fr_FR", "sr_RS@latin"):
        make(extension / code)
    (extension / "no_language").mkdir()
    found = read(extension)
    assert list(found) == ["fr_FR", "sr_RS@latin"]
    assert found["fr_FR"].interface == {**TRANSLATED["labels"], **TRANSLATED["tooltips"]}
    assert found["fr_FR"].sentences == {
        english: translated
        for file in ("errors", "model_errors", "reports")
        for english, translated in TRANSLATED[file].items()
    }


@pytest.mark.parametrize(
    "damage",
    ["TEXTS = {", "raise RuntimeError", "import nothing_of_this_name", "TEXTS = 3", "MORE = {}"],
)
def test_a_damaged_file_is_told_and_left_out(
    extension: Path, capsys: pytest.CaptureFixture[str], damage: str
) -> None:
    make(extension / "de_DE")
    make(extension / "fr_FR", labels=damage)
    make(extension / "it_IT", __init__=damage)
    found = read(extension)
    if damage in ("TEXTS = 3", "MORE = {}"):
        assert found.pop("it_IT") == found["de_DE"]
    assert list(found) == ["de_DE", "fr_FR"]
    assert found["fr_FR"].interface == TRANSLATED["tooltips"]
    assert found["fr_FR"].sentences == found["de_DE"].sentences
    assert "fr_FR.labels is not read, English is shown instead: " in capsys.readouterr().out


def test_what_cannot_be_shown_stays_english(
    extension: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = in_lines("'Build': 'Faire'", "'build': ''", "'Face {number}': '{nombre}'", "'x': 3")
    make(extension / "fr_FR", labels=lines)
    assert read(extension)["fr_FR"].interface == {"Build": "Faire", **TRANSLATED["tooltips"]}
    told = capsys.readouterr().out
    assert "'{nombre}'" in told and "3" in told
    assert len(told.splitlines()) == 2  # what is empty is not wrong, only not done yet


def test_names_of_languages_in_all_versions_of_blender() -> None:
    one, other, third = (Language({str(n): ""}, {}) for n in range(3))
    assert by_locale({"de_DE": one}) == {"de_DE": one, "de": one}
    assert by_locale({"pt_BR": one})["pt"] is one
    assert by_locale({"pt_BR": one, "pt_PT": other})["pt"] is other
    assert by_locale({"pt_BR": one, "pt_PT": other, "pt": third})["pt"] is third
    # Scripts are no countries: who reads one cannot always read the other.
    scripts = {"zh_HANS": one, "sr_RS@latin": other, "eo": third}
    assert by_locale(scripts) == scripts


# The command -------------------------------------------------------------------------------------


def test_a_new_language_is_begun_and_brought_up_to_date(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "fr_FR"
    assert new_language.run(folder, ENGLISH, update=False) == 0
    assert "7 texts to translate" in capsys.readouterr().out
    # All is there and in order, and waits to be translated.
    faults = faults_of(folder, ENGLISH)
    assert len(faults) == 7
    assert all(": not translated: " in fault for fault in faults)
    assert new_language.run(folder, ENGLISH, update=False) == 1
    assert capsys.readouterr().out.splitlines() == faults

    (folder / "labels.py").write_text(
        '"""Tutoyer."""\n'
        + in_lines("'Saved': 'Enregistré'", "'Gone': 'Parti'", "'Build': 'Faire'"),
        encoding="utf-8",
    )
    assert new_language.run(folder, ENGLISH, update=True) == 1
    note, entries = read_file(folder / "labels.py")
    assert note == "Tutoyer."
    assert [entry[:2] for entry in entries] == [
        ("Build", "Faire"),
        ("build", ""),
        ("Face {number}", ""),
        ("Gone", "Parti"),  # a new wording may want it: it is told, and for people to delete
    ]
    assert [entry[:2] for entry in read_file(folder / "reports.py")[1]] == [("Saved", "Enregistré")]
    assert "labels.py:8: left over" in capsys.readouterr().out


def test_a_damaged_language_is_not_written_over(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = make(tmp_path / "fr_FR", reports="TEXTS = {")
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert new_language.run(folder, ENGLISH, update=True) == 1
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert "'{' was never closed" in capsys.readouterr().err


@pytest.mark.parametrize(
    "text",
    [
        "Une phrase assez longue pour ne pas tenir sur une seule ligne. " * 4,
        "一行に収まらない長い文です。" * 20,
        "Quotes \"double\", and 'single', a \\ and a\nnew line. " * 4,
        'Only "double" ones. ' * 8,
        "x" * 300,
    ],
)
def test_long_texts_are_written_in_lines_and_read_as_they_were(tmp_path: Path, text: str) -> None:
    path = tmp_path / "labels.py"
    path.write_text(file_text("x", {text: text, "short": text}), encoding="utf-8")
    assert [entry[:2] for entry in read_file(path)[1]] == sorted(
        [(text, text), ("short", text)], key=lambda pair: pair[0].casefold()
    )
    lines = path.read_text(encoding="utf-8").splitlines()
    assert max(map(len, lines)) <= WIDTH


def test_the_command_knows_the_real_languages() -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "scripts" / "new_language.py"), "de_DE"],
        env={name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "de_DE is complete." in done.stdout


@pytest.mark.parametrize("code", ["french", "fr-FR", "../x", "FR"])
def test_a_wrong_code_is_refused(code: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        new_language.main([code])
    assert "is no code of a language such as fr_FR." in capsys.readouterr().err


def test_the_files_are_all_read() -> None:
    assert set(FILES) == set(ENGLISH) == set(TRANSLATED)
