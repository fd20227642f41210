"""Pictures in panels: the chosen photo with its faces framed, and each face."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import bpy
import bpy.utils.previews

from ..core.errors import PRNError

if TYPE_CHECKING:
    import numpy as np

    from ..core.photo import Photo

# They are made from the photo whenever they are missing (after a file was loaded, say), and by a
# timer, because a panel must not read files while it is drawn.
_pictures: bpy.utils.previews.ImagePreviewCollection | None = None
_failed: set[str] = set()


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


def icon(photo: Any, face: int | None = None) -> int:
    """The icon of a scene's photo, or of one of its faces; 0 until it is there.

    Parameters
    ----------
    photo : PRN_PG_photo
    face : int, optional
        Index in its list.
    """
    key = _key(photo, face)
    if _pictures is None or key in _failed:
        return 0
    if key in _pictures:
        return int(_pictures[key].icon_id)
    if not bpy.app.timers.is_registered(_make):
        bpy.app.timers.register(_make, first_interval=0.01)
    return 0


def draw_again() -> None:
    """Draw the panels with the pictures that there are now."""
    for window in bpy.context.window_manager.windows:
        for area in window.screen.areas:
            if area.type == "VIEW_3D":
                area.tag_redraw()


def make(photo: Any, pixels: Photo) -> None:
    """Make the pictures of a scene's photo that are missing.

    Parameters
    ----------
    photo : PRN_PG_photo
    pixels : Photo
    """
    from ..core.preview import face_thumbnail, photo_preview

    boxes = [tuple(face.box) for face in photo.faces]
    if _key(photo, None) not in _pictures:
        chosen = [face.chosen for face in photo.faces]
        _add(_key(photo, None), photo_preview(pixels, boxes, chosen))
    for number, box in enumerate(boxes):
        if _key(photo, number) not in _pictures:
            _add(_key(photo, number), face_thumbnail(pixels, box))


def _make() -> None:
    from ..core.photo import read_photo

    photo = bpy.context.scene.prn_photo
    try:
        make(photo, read_photo(Path(bpy.path.abspath(photo.filepath))))
    except PRNError:  # moved or deleted since: the panel does without
        _failed.add(_key(photo, None))
        _failed.update(_key(photo, n) for n in range(len(photo.faces)))
    draw_again()


def _key(photo: Any, face: int | None) -> str:
    if face is None:
        chosen = "".join("1" if f.chosen else "0" for f in photo.faces)
        return f"{photo.filepath}|{chosen}"
    return f"{photo.filepath}|{face}"


def _add(key: str, picture: np.ndarray) -> None:
    import numpy as np

    height, width = picture.shape[:2]
    rgba = np.ones((height, width, 4), np.float32)
    rgba[..., :3] = picture[::-1] / np.float32(255)
    preview = _pictures.new(key)
    preview.image_size = preview.icon_size = (width, height)
    preview.image_pixels_float.foreach_set(rgba.ravel())
    preview.icon_pixels_float.foreach_set(rgba.ravel())
