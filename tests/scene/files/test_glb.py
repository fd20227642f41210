"""GLB files: the camera sees the mesh where the photo shows the face; extras say what is known."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import trimesh

bpy = pytest.importorskip("bpy", reason="Blender's Python module is not installed")

from reprojection import glb_json, gltf_camera, photo_positions

from prn_blender.core import Face, FaceReconstructor, Photo
from prn_blender.core.outputs import describe
from prn_blender.core.outputs.description import extras
from prn_blender.scene import SceneOptions, build_scene
from prn_blender.scene.files import new_file, save_glb

PIXELS = 0.5
SMALL = {"stride": 4, "texture_size": 64}


def written(
    folder: Path, reconstructor: FaceReconstructor, faces: list[Face], **options: Any
) -> tuple[list[Path], dict[str, Any]]:
    """A GLB for each face of one photo, and the photo's description."""
    new_file()
    scene = bpy.context.scene
    scene.unit_settings.scale_length = options.pop("unit", 1.0)
    built = build_scene(faces, SceneOptions(**SMALL, **options))
    # What the scene renders is no business of the file's.
    scene.render.resolution_x, scene.render.resolution_y = 64, 640
    about = describe(faces[0].photo, faces, built.view, reconstructor)
    files = []
    for index, item in enumerate(built.faces):
        files.append(folder / f"{index}.glb")
        save_glb(files[-1], [item], built.view, about, index)
    return files, about


@pytest.mark.parametrize("unit", [1.0, 0.01])
@pytest.mark.parametrize("camera", ["ortho", "persp"])
def test_the_camera_puts_the_mesh_onto_the_photo(
    camera: str, unit: float, pair: Photo, reconstructor: FaceReconstructor, tmp_path: Path
) -> None:
    faces = reconstructor(pair)
    files, _ = written(tmp_path, reconstructor, faces, camera=camera, unit=unit)
    assert len(files) == 2
    for face, file in zip(faces, files, strict=True):
        scene = trimesh.load(file)
        (name,) = scene.graph.nodes_geometry
        place, mesh = scene.graph[name]
        shape = scene.geometry[mesh]
        world = trimesh.transform_points(shape.vertices, place)
        size = [pair.width, pair.height]
        seen = gltf_camera(glb_json(file), size, world)
        expected = photo_positions(face, np.asarray(shape.visual.uv))
        assert np.linalg.norm(seen - expected, axis=1).max() < PIXELS


@pytest.mark.parametrize("camera", ["ortho", "persp"])
def test_blender_s_importer_sees_the_same(
    camera: str, pair: Photo, reconstructor: FaceReconstructor, tmp_path: Path
) -> None:
    faces = reconstructor(pair)
    (file, _), about = written(tmp_path, reconstructor, faces, camera=camera)
    new_file()
    bpy.ops.import_scene.gltf(filepath=str(file))
    (view,) = [o for o in bpy.data.objects if o.type == "CAMERA"]
    (item,) = [o for o in bpy.data.objects if o.type == "MESH"]
    bpy.context.view_layer.update()
    graph = bpy.context.evaluated_depsgraph_get()
    projection = np.array(view.calc_matrix_camera(graph, x=pair.width, y=pair.height))
    corners = np.empty(len(item.data.vertices) * 3, np.float32)
    item.data.vertices.foreach_get("co", corners)
    points = np.c_[corners.reshape(-1, 3), np.ones(len(item.data.vertices))]
    to_clip = projection @ np.linalg.inv(np.array(view.matrix_world)) @ np.array(item.matrix_world)
    clip = points @ to_clip.T
    x, y = (clip[:, :2] / clip[:, 3:]).T
    seen = np.c_[(x + 1) / 2 * pair.width - 0.5, (1 - y) / 2 * pair.height - 0.5]
    uv = np.empty((len(points), 2))
    layer = item.data.uv_layers[0].data
    for corner in item.data.loops:
        uv[corner.vertex_index] = layer[corner.index].uv
    apart = np.linalg.norm(seen - photo_positions(faces[0], uv), axis=1)
    assert apart.max() < PIXELS
    # What is known comes along as custom properties.
    known = item["prn_face"].to_dict()
    assert known["pose"]["yaw"] == pytest.approx(about["faces"][0]["pose"]["yaw"])
    assert known["expression"].keys() == about["faces"][0]["expression"].keys()
    assert view.data["prn_face"].to_dict()["type"] == camera
    assert bpy.context.scene["prn_face"].to_dict()["model"] == about["model"]


def test_extras_say_what_the_json_says(
    face: Face, reconstructor: FaceReconstructor, tmp_path: Path
) -> None:
    (file,), about = written(tmp_path, reconstructor, [face])
    content = glb_json(file)
    (node,) = [n for n in content["nodes"] if "mesh" in n]
    record = extras(about["faces"][0])
    assert node["extras"]["prn_face"] == {k: v for k, v in record.items() if k != "files"}
    assert content["cameras"][0]["extras"]["prn_face"] == extras(about["camera"])
    photo = content["scenes"][0]["extras"]["prn_face"]
    assert photo == extras({k: v for k, v in about.items() if k not in ("camera", "faces")})
    assert photo["program"]["name"] == "PRN Face"


def test_the_command_writes_it(photos: Path, out: Path, one_model: None) -> None:
    from command_line import FAST, run

    assert run(photos, "-o", out, "--glb", "--json", *FAST) == 0
    content = glb_json(out / "me.glb")
    assert content["cameras"][0]["name"] == "me Camera"
    assert content["scenes"][0]["extras"]["prn_face"]["photo"] == "me.png"
