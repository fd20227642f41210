"""The files of a photo that Blender writes, in the Blender of this process."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import bpy

from ..core.outputs.names import result_name
from ..scene import SceneOptions, build_scene
from ..scene.build.camera import view_notice
from ..scene.build.person import add_person
from ..scene.files import render_picture, save_blend, save_glb
from ..scene.start_file import new_start_file
from .reconstruction import Say, SceneFiles


def write_scene_files(asked: SceneFiles, say: Say) -> list[list[str]]:
    """Build the scene of a photo in a new file, and write .blend, .glb and the rendered picture.

    Parameters
    ----------
    asked : SceneFiles
    say : callable
        Takes a sentence that the user should read.

    Returns
    -------
    list of list of str
        The names of the files of each face.

    Raises
    ------
    OutputError
        A file cannot be written.
    OptionError
        An option has a value that makes no sense.
    """
    wanted, folder = asked.wanted, asked.folder
    files: list[list[str]] = [[] for _ in asked.faces]
    new_start_file()
    built = build_scene(
        asked.faces,
        SceneOptions(
            stride=wanted.outputs.stride,
            texture_size=wanted.outputs.texture_size,
            material=wanted.material,
            camera=wanted.camera,
            focal_mm=wanted.focal,
            neutral=wanted.neutral,
            topology=wanted.topology,
        ),
    )
    if built.headless:
        say(f"{asked.name}: the mesh is the lattice, because the model does not tell a whole head.")
    if asked.person is not None:
        add_person(built.faces[0], asked.person, bpy.context.scene)
    if (notice := view_notice(bpy.context.scene)) is not None:
        say(f"{notice}.")
    if wanted.blend:
        files[0].append(result_name(asked.name, ".blend"))
        save_blend(folder / files[0][-1])
    if wanted.glb:
        for index, (name, mine) in enumerate(zip(asked.names, files, strict=True)):
            mine.append(result_name(name, ".glb"))
            save_glb(folder / mine[-1], [built.faces[index]], built.view, asked.about, index)
    if wanted.render:
        files[0].append(result_name(asked.name, "_render.png"))
        render_picture(folder / files[0][-1], built, asked.faces)
    return files
