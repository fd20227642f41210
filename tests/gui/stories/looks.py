"""Languages, themes, sizes."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import time
from pathlib import Path

from steps import build_face, no_traceback
from window import INSIDE, Blender, GuiError, Window

GERMAN = """
view_settings = bpy.context.preferences.view
answer = None
for language in ("de_DE", "de"):
    try:
        view_settings.language = language
        view_settings.use_translate_interface = view_settings.use_translate_tooltips = True
        answer = bpy.app.translations.pgettext_iface("Choose a Photo...")
        break
    except TypeError:
        pass
redraw()
"""
GERMAN_ERROR = """
try:
    bpy.ops.prn.reconstruct(image="nobody")
except RuntimeError as e:
    answer = str(e).strip().split(": ", 1)[1]
"""
LIGHT_THEME = """
import os
folder = bpy.utils.preset_paths("interface_theme")[0]
bpy.ops.script.execute_preset(
    filepath=os.path.join(folder, "Blender_Light.xml"),
    menu_idname="USERPREF_MT_interface_theme_presets")
redraw()
answer = True
"""


def story_looks(blender: Blender, photo: Path) -> None:
    """In German, in a light theme, at twice the size, in a small window: nothing is cut off."""
    with Window(blender) as window:
        build_face(window, f"{INSIDE}/{photo.name}")
        window.picture("25-dark")
        german = window.ask(GERMAN)
        window.picture("26-german")
        said = window.ask(GERMAN_ERROR)
        window.ask(LIGHT_THEME)
        window.picture("27-light")
        if german is None:
            print("  this Blender has no German")
        elif german != "Foto wählen...":
            raise GuiError(f"The German for Choose a Photo... is {german!r}.")
        elif said != "In dieser Datei gibt es kein Bild 'nobody'.":
            raise GuiError(f"An error in German is {said!r}.")
    with Window(blender, size=(1280, 720)) as window:
        build_face(window, f"{INSIDE}/{photo.name}")
        window.picture("28-small-window")
    with Window(blender, size=(1900, 1400)) as window:
        window.ask("bpy.context.preferences.view.ui_scale = 2.0; answer = True")
        time.sleep(2)
        build_face(window, f"{INSIDE}/{photo.name}")
        window.picture("29-double-scale")
    no_traceback(blender)
