"""The photo with edits or a swap: whether a face has one, and writing it to a file."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..core.errors import OutputError, PRNError
from ..core.files.safe import shown
from ..scene.record import find_result

if TYPE_CHECKING:
    from ..core.photo.photo import Photo


def result_poll(cls: Any, context: Any) -> bool:
    """Whether the active face has such an image; else the poll message says how it is made."""
    if find_result(getattr(context, "active_object", None)) is None:
        cls.poll_message_set("There is no result yet: swap, or press Apply to Photo")
        return False
    return True


def photo_of_result(item: Any) -> Callable[[], Photo] | None:
    """The photo that a face's result was drawn into, to be read in a thread; None if it is gone."""
    from ..scene.record import recall_photo

    try:
        return recall_photo(item)
    except PRNError:
        return None


def write_picture(path: Path, pixels: Any, photo: Callable[[], Photo] | None = None) -> None:
    """Write a PNG or JPEG file; a job's thread may call it.

    Parameters
    ----------
    path : Path
        Its ending says which of the two.
    pixels : (h, w, 3 or 4) uint8 sRGB
    photo : callable, optional
        Reads the photo into which they were drawn: what its file had beside 8-bit colours (alpha,
        16 bits, EXIF, colour profile, resolution) is kept.

    Raises
    ------
    OutputError
        The name has another ending, or the file cannot be written.
    """
    from ..core.photo.edited import write_edited
    from ..core.photo.photo import write_image

    if path.suffix.lower() not in {".png", ".jpg", ".jpeg"}:
        raise OutputError("{path} cannot be written: choose .png or .jpg.", path=shown(path))
    try:
        original = photo() if photo is not None else None
    except PRNError:  # the photo is gone: there is the result still
        original = None
    if original is None:
        write_image(path, pixels)
    else:
        write_edited(path, pixels, original)
