"""Every text of the interface is there in German, and nothing is left over."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

bpy = pytest.importorskip("bpy", reason="Blender's Python module is not installed")

from interface_texts import registered_texts, written_texts

import prn_blender
from prn_blender.scene.files import new_file
from prn_blender.translations import LANGUAGES


@pytest.fixture(autouse=True)
def addon() -> Iterator[None]:
    new_file()
    prn_blender.register()
    yield
    prn_blender.unregister()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_is_translated(language: str) -> None:
    missing = (registered_texts() | written_texts()) - set(LANGUAGES[language])
    assert sorted(missing) == []


def test_no_translation_is_left_over() -> None:
    texts = registered_texts() | written_texts()
    for translations in LANGUAGES.values():
        assert sorted(set(translations) - texts) == []


def test_placeholders_are_the_same() -> None:
    for translations in LANGUAGES.values():
        for english, translated in translations.items():
            assert sorted(re.findall(r"{\w*}", english)) == sorted(re.findall(r"{\w*}", translated))


def test_tooltips_are_one_line_without_a_full_stop() -> None:
    """As Blender's own: it puts the full stop there itself."""
    for text in registered_texts():
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
