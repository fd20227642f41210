"""Pictures in panels: the chosen photo with its faces framed, and each face.

They are made from the photo's file whenever they are missing, such as after a .blend was loaded.
The file is read in a thread, and a timer makes the pictures: a panel must not while it is drawn.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import bpy
import bpy.utils.previews

from ..core.errors import PRNError
from .background_answers import BackgroundAnswers
from .redraw import redraw

if TYPE_CHECKING:
    import numpy as np

    from ..core.outputs.thumbnails import Box, Thumbnails

_SECONDS_TO_TIMER = 0.01
"""As soon as the panel has been drawn."""

_pictures: Any = None
"""Blender's `ImagePreviewCollection`, by the keys of `_key`; None until `register`."""

_failed: set[str] = set()
"""Keys of those whose photo cannot be read: they are not tried again."""


def register() -> None:
    """Make room for pictures."""
    global _pictures
    _pictures = bpy.utils.previews.new()


def unregister() -> None:
    """Free them."""
    global _pictures
    if bpy.app.timers.is_registered(_make):
        bpy.app.timers.unregister(_make)
    if _pictures is not None:
        bpy.utils.previews.remove(_pictures)
        _pictures = None
    _failed.clear()
    _read.forget()


def icon(photo: Any, face: int | None = None) -> int:
    """The icon of a scene's photo, or of one of its faces; panels ask for it when they are drawn.

    Parameters
    ----------
    photo : PRN_PG_photo
    face : int, optional
        Index in its list.

    Returns
    -------
    int
        As layouts take it; 0 until it is there, and where the photo cannot be read.
    """
    key = _key(photo, face)
    if _pictures is None or key in _failed:
        return 0
    if key not in _pictures and not bpy.app.timers.is_registered(_make):
        bpy.app.timers.register(_make, first_interval=_SECONDS_TO_TIMER)
    there = _there(photo, face)
    return 0 if there is None else int(_pictures[there].icon_id)


def _there(photo: Any, face: int | None) -> str | None:
    """The key of a picture that can be shown: until it is made, of one with other faces framed.

    Without a picture all that is below it in the panel would jump up and down again whenever a face
    is ticked.
    """
    key = _key(photo, face)
    if key in _pictures or face is not None:
        return key if key in _pictures else None
    return next((other for other in _pictures if other.startswith(_photo_key(photo))), None)


def show(photo: Any, pictures: Thumbnails) -> None:
    """Show a scene's photo, which was just read, whatever was known of its file before.

    Parameters
    ----------
    photo : PRN_PG_photo
    pictures : Thumbnails
    """
    keys = [_key(photo, None), *(_key(photo, n) for n in range(len(photo.faces)))]
    _failed.difference_update(keys)
    for key in [key for key in _pictures if key.startswith(f"{photo.filepath}|")]:
        del _pictures[key]
    _read.put(pictures, *_question(photo))
    _make()


@BackgroundAnswers
def _read(path: Path, boxes: tuple[Box, ...]) -> Thumbnails:
    from ..core.outputs.thumbnails import make_thumbnails
    from ..core.photo.photo import read_photo

    return make_thumbnails(read_photo(path, reduced=True), boxes)


def _question(photo: Any) -> tuple[Path, tuple[Box, ...]]:
    return Path(bpy.path.abspath(photo.filepath)), tuple(tuple(f.box) for f in photo.faces)


def _make() -> None:
    """Called by a timer: make the missing pictures of the scene's photo, if it has been read."""
    from ..core.outputs.thumbnails import draw_frames

    photo = bpy.context.scene.prn_photo
    try:
        small = _read(*_question(photo))
    except PRNError:  # moved or deleted since: the panel does without
        _failed.add(_key(photo, None))
        _failed.update(_key(photo, n) for n in range(len(photo.faces)))
        return
    if small is None:
        return  # the panel is drawn again when the photo has been read, and asks again
    boxes, chosen = [tuple(f.box) for f in photo.faces], [f.chosen for f in photo.faces]
    if _key(photo, None) not in _pictures:
        _add(_key(photo, None), draw_frames(small, boxes, chosen))
    for number, face in enumerate(small.faces):
        if _key(photo, number) not in _pictures:
            _add(_key(photo, number), face)
    redraw(bpy.context.window_manager, "VIEW_3D", region="UI")


def _key(photo: Any, face: int | None) -> str:
    """The name of a picture; that of the whole photo says which faces are framed as chosen."""
    if face is None:
        chosen = "".join("1" if f.chosen else "0" for f in photo.faces)
        return f"{_photo_key(photo)}{chosen}"
    return f"{photo.filepath}|{face}"


def _photo_key(photo: Any) -> str:
    """How the names of a photo's pictures begin, whichever faces are chosen."""
    return f"{photo.filepath}|photo "


def _add(key: str, picture: np.ndarray) -> None:
    """Hand a picture, (h, w, 3) uint8 sRGB, to Blender: upside down and as floats."""
    import numpy as np

    height, width = picture.shape[:2]
    rgba = np.ones((height, width, 4), np.float32)
    rgba[..., :3] = picture[::-1] / np.float32(255)
    preview = _pictures.new(key)
    preview.image_size = preview.icon_size = (width, height)
    preview.image_pixels_float.foreach_set(rgba.ravel())
    preview.icon_pixels_float.foreach_set(rgba.ravel())
