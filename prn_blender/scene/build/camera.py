"""The camera that sees what the photo's camera saw, the photo behind it, and matching renders."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import contextlib
import math
import re
from typing import Any

import bpy
from mathutils import Vector

from ...core.errors import Sentence
from ...core.geometry.camera import SENSOR_MM, Camera
from ..names import ASIDE, MATCH_RENDER


def build_camera(name: str, camera: Camera, units: float = 1.0) -> bpy.types.Object:
    """A camera object that sees what the photo's camera saw.

    Parameters
    ----------
    name : str
    camera : Camera
    units : float
        Of the scene to a metre, see `units_per_metre`.

    Returns
    -------
    bpy.types.Object
        Looking along +Y at the plane Y = 0; not yet linked.
    """
    view = bpy.data.objects.new(name, bpy.data.cameras.new(name))
    set_camera(view, camera, units)
    return view


def set_camera(view: bpy.types.Object, camera: Camera, units: float = 1.0) -> None:
    """Make a camera object see what the photo's camera saw; see `build_camera`.

    In a row of photos it stays there, see `aside_of`.
    """
    data = view.data
    # The sensor fits the photo's longer side, as Blender's "Auto" would have it. It is fixed, so
    # that a render of another aspect crops the picture instead of rescaling it.
    data.sensor_fit = "HORIZONTAL" if camera.width >= camera.height else "VERTICAL"
    data.sensor_width = data.sensor_height = SENSOR_MM
    if camera.focal_length is None:
        data.type = "ORTHO"
        data.ortho_scale = units * camera.ortho_scale
    else:
        data.type = "PERSP"
        data.lens = camera.lens_mm
    data.clip_start = units * camera.distance / 1000
    data.clip_end = units * max(100.0, 10 * camera.distance)
    data.display_size = units * 0.2
    view.location = Vector((0.0, -units * camera.distance, 0.0)) + aside_of(view)
    view.rotation_euler = (math.pi / 2, 0.0, 0.0)


def aside_of(view: bpy.types.Object) -> Vector:
    """How far a photo's camera, with its faces, was built from where a single photo is."""
    values = list(view.get(ASIDE, ())) if hasattr(view.get(ASIDE), "__len__") else []
    usable = len(values) == 3 and all(isinstance(value, float) for value in values)
    return Vector(values) if usable else Vector()


def show_background(data: bpy.types.Camera, image: bpy.types.Image) -> None:
    """Show the photo behind everything, in the camera's frame."""
    data.show_background_images = True
    background = data.background_images.new()
    background.image = image
    background.display_depth = "BACK"
    background.frame_method = "FIT"
    background.alpha = 1.0


def wants_match(scene: bpy.types.Scene) -> bool:
    """Whether renders of a scene are to match its photos, where nobody has said so.

    A file that was never saved is a start-up file. Another one has render settings that somebody
    chose, unless they are ours (`match_render` notes it) or the user said so there before.
    """
    return bool(scene.get(MATCH_RENDER, not bpy.data.filepath))


def match_render(scene: bpy.types.Scene, width: int, height: int) -> list[Sentence]:
    """Make a scene render pictures with the photo's size, aspect, colours and sharpness.

    Where the OCIO configuration has no view that leaves colours alone, the scene's view stays:
    `view_notice` says so.

    Returns
    -------
    list of Sentence
        What had to be set for it.
    """
    scene[MATCH_RENDER] = True
    render, view = scene.render, scene.view_settings
    # View transforms such as AgX and Filmic give a linear scene the look of a photo; ours is one.
    plain = next(filter(_leaves_colours_alone, _views(scene)), view.view_transform)
    colours = {"view_transform": plain, "exposure": 0.0, "gamma": 1.0, "use_curve_mapping": False,
               "use_white_balance": False}  # fmt: skip
    set_now = [
        (Sentence("render size"), _set(render, {
            "resolution_x": width, "resolution_y": height, "resolution_percentage": 100,
            "pixel_aspect_x": 1.0, "pixel_aspect_y": 1.0,
        })),
        (Sentence("render region"), _set(render, {
            "use_border": False, "use_crop_to_border": False,
        })),
        (Sentence("colour management"), _set(view, colours) | _set_look(view)),
        # One pixel. The default of one and a half blurs more than a photo is blurred.
        (Sentence("pixel filter"), _set(render, {"filter_size": 1.0})),
    ]  # fmt: skip
    if hasattr(scene, "cycles"):
        film = _set(scene.cycles, {"film_exposure": 1.0})
        set_now.append((Sentence("film exposure"), film))
        _set(scene.cycles, {"filter_width": 1.0})
    return [what for what, changed in set_now if changed]


def _set(owner: Any, values: dict[str, Any]) -> bool:
    """Set what a version of Blender has of some settings; whether any was another before."""
    changed = False
    for name, value in values.items():
        if hasattr(owner, name) and getattr(owner, name) != value:
            setattr(owner, name, value)
            changed = True
    return changed


def _set_look(view: bpy.types.ColorManagedViewSettings) -> bool:
    before = view.look
    with contextlib.suppress(TypeError):  # a configuration that knows no such look
        view.look = "None"
    return bool(view.look != before)


def view_notice(scene: bpy.types.Scene) -> Sentence | None:
    """What to tell the user where the scene's view repaints the photo; None where it does not."""
    view = scene.view_settings.view_transform
    if _leaves_colours_alone(view):
        return None
    return Sentence(
        "This OCIO configuration has no view without tone mapping: renders have the colours of "
        "{view!r}, not the photo's",
        view=view,
    )


_PLAIN_VIEWS = {"standard", "untonemapped", "notonemapping", "srgbnotonemapping"}
"""Views that only encode for the display: Blender's own, those of ACES, and how others call them.

Without what is no letter, in lower case.
"""


def _leaves_colours_alone(view: str) -> bool:
    return re.sub(r"[^a-z]", "", view.lower()) in _PLAIN_VIEWS


def _views(scene: bpy.types.Scene) -> list[str]:
    """The names of the views for the scene's display.

    Blender lists them nowhere else but in the message about a name that it does not know.
    """
    try:
        scene.view_settings.view_transform = "\n"
    except TypeError as e:
        return re.findall(r"'([^']*)'", str(e).partition(" not found in ")[2])
    return []
