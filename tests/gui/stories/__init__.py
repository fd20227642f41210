"""What a person does, story by story: each is a function that works mouse and keyboard.

In: a Blender with its window (`window.py`) and a folder for pictures. Out: nothing, or a failed
assertion. `run.py` starts the Blender and runs them in the order of `STORIES`.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from window import Blender

from . import (
    adjusting,
    entrances,
    faces,
    long_work,
    looks,
    program,
    redraws,
    several_photos,
    textures,
    whole_way,
)

STORIES: tuple[Callable[[Blender, Path], None], ...] = (
    program.story_command_line,
    faces.story_window,
    faces.story_second_face,
    faces.story_mark_face,
    faces.story_redo_panel,
    faces.story_marks,
    faces.story_other_mesh,
    faces.story_whole_head,
    adjusting.story_adjust,
    textures.story_paint,
    textures.story_export,
    textures.story_swap,
    entrances.story_search,
    entrances.story_drop,
    entrances.story_image,
    entrances.story_many_photos,
    looks.story_looks,
    long_work.story_face_job,
    long_work.story_batch,
    long_work.story_disable_in_a_job,
    redraws.story_redraws,
    several_photos.story_person,
    several_photos.story_sequence,
    long_work.story_import,
    whole_way.story_whole_way,
    program.story_disable,
)
