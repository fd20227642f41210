"""The photo with edits or a swap: whether a face has one, and writing it to a file."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..core.errors import OutputError
from ..core.files.safe import shown
from ..scene.record import find_result


def result_poll(cls: Any, context: Any) -> bool:
    """Whether the active face has such an image; else the poll message says how it is made."""
    if find_result(getattr(context, "active_object", None)) is None:
        cls.poll_message_set("There is no result yet: swap, or press Apply to Photo")
        return False
    return True


def write_picture(path: Path, pixels: Any) -> None:
    """Write a PNG or JPEG file; a job's thread may call it.

    Parameters
    ----------
    path : Path
        Its ending says which of the two.
    pixels : (h, w, 3 or 4) uint8 sRGB

    Raises
    ------
    OutputError
        The name has another ending, or the file cannot be written.
    """
    from ..core.photo.photo import write_image

    if path.suffix.lower() not in {".png", ".jpg", ".jpeg"}:
        raise OutputError("{path} cannot be written: choose .png or .jpg.", path=shown(path))
    write_image(path, pixels)
