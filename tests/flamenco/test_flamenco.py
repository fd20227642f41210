"""The job type for Flamenco: node compiles jobs with it, and Blender does what the commands say."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from prn_blender.core.face.face import Face

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "flamenco" / "prn_face_renders.js"
MANAGER = """
const path = { join: (...parts) => parts.join("/") };
const author = {
  Task: (name, type) => ({
    name, type, commands: [], addCommand(command) { this.commands.push(command); },
  }),
  Command: (name, parameters) => ({ name, parameters }),
};
"""
"""What Flamenco's manager gives to a script, as far as this one uses it."""


def compiled(settings: dict[str, Any]) -> Any:
    """The job type and the tasks of a job, or what the script throws."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("node, which reads the script, is not installed")
    program = f"""{MANAGER}{SCRIPT.read_text(encoding="utf-8")}
        const tasks = [];
        const job = {{ settings: {json.dumps(settings)}, addTask: (task) => tasks.push(task) }};
        let thrown = null;
        try {{ compileJob(job); }} catch (e) {{ thrown = String(e); }}
        console.log(JSON.stringify({{ type: JOB_TYPE, tasks, thrown }}));
    """
    done = subprocess.run(
        [node, "-"], input=program, text=True, capture_output=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def settings(**changes: Any) -> dict[str, Any]:
    known = {
        "blend_folder": "/out", "output_folder": "/renders", "names": "a/1\nb/2\n\nc 3\n",
        "per_task": 2, "engine": "CYCLES", "format": "PNG",
    }  # fmt: skip
    return {**known, **changes}


def test_a_job_has_a_command_for_each_file() -> None:
    found = compiled(settings())
    assert found["thrown"] is None
    assert {setting["key"] for setting in found["type"]["settings"]} == set(settings())
    assert [task["name"] for task in found["tasks"]] == ["faces 1-2", "faces 3-3"]
    assert {task["type"] for task in found["tasks"]} == {"blender"}
    commands = [command for task in found["tasks"] for command in task["commands"]]
    assert {command["name"] for command in commands} == {"blender-render"}
    assert [command["parameters"]["blendfile"] for command in commands] == [
        "/out/a/1.blend", "/out/b/2.blend", "/out/c 3.blend",
    ]  # fmt: skip
    assert commands[0]["parameters"]["args"] == [
        "--engine", "CYCLES", "--render-output", "/renders/a/1_####",
        "--render-format", "PNG", "--render-frame", "1",
    ]  # fmt: skip


@pytest.mark.parametrize("names", ["", " \n", "../x", "a/../../b", "/etc/x", "C:\\x"])
def test_names_that_make_no_sense_are_refused(names: str) -> None:
    found = compiled(settings(names=names))
    assert "name" in found["thrown"]
    assert found["tasks"] == []


def test_blender_does_what_the_command_says(face: Face, tmp_path: Path) -> None:
    bpy = pytest.importorskip("bpy", reason="Blender's Python module is not installed")
    from prn_blender.scene import SceneOptions, build_scene
    from prn_blender.scene.files import new_file, save_blend

    new_file()
    build_scene([face], SceneOptions(stride=4, texture_size=32))
    save_blend(tmp_path / "me.blend")
    found = compiled(
        settings(blend_folder=str(tmp_path), output_folder=str(tmp_path / "r"), names="me")
    )
    parameters = found["tasks"][0]["commands"][0]["parameters"]
    # The module reads no command line: each option is done as Blender's manual says.
    bpy.ops.wm.open_mainfile(filepath=parameters["blendfile"])
    render = bpy.context.scene.render
    bpy.context.scene.cycles.samples = 1
    words = iter(parameters["args"])
    for option in words:
        value = next(words)
        if option == "--engine":
            render.engine = value
        elif option == "--render-output":
            render.filepath = value
        elif option == "--render-format":
            render.image_settings.file_format = value
        else:
            assert option == "--render-frame"
            bpy.context.scene.frame_start = bpy.context.scene.frame_end = int(value)
            bpy.ops.render.render(animation=True)
    with Image.open(tmp_path / "r" / "me_0001.png") as picture:
        assert picture.size == (face.photo.width, face.photo.height)
        assert len(picture.convert("RGB").getcolors(10**6) or ()) > 50
