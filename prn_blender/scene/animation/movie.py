"""A camera with a movie, or a folder's pictures, behind everything, in step with the scene."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import bpy

from ...core.errors import OutputError
from ...core.files.safe import shown
from ...core.photo.frames import Shot
from ..build.camera import show_background


def show_movie(data: bpy.types.Camera, shot: Shot, first: int, frame: int, count: int) -> None:
    """Show a shot behind everything in a camera's frame.

    Parameters
    ----------
    data : bpy.types.Camera
    shot : Shot
    first : int
        The number of the shot's frame, counted from 1, that is seen ...
    frame : int
        ... at this frame of the scene.
    count : int
        Frames of the shot that are seen.

    Raises
    ------
    OutputError
        Blender cannot load it.
    """
    path = shot.path if shot.movie is not None else shot.pictures[0]
    try:
        image = bpy.data.images.load(str(path), check_existing=True)
    except RuntimeError as e:
        raise OutputError("Blender cannot show {path}.", path=shown(path)) from e
    image.source = "MOVIE" if shot.movie is not None else "SEQUENCE"
    show_background(data, image)
    user = data.background_images[-1].image_user
    user.frame_start, user.frame_offset, user.frame_duration = frame, first - 1, count
    user.use_auto_refresh = True
