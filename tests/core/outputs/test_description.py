"""The JSON file: its schema, what is known of photo, model and camera, and that the numbers fit."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from command_line import FAST, run
from PIL import Image
from reprojection import photo_positions, read_obj, seen_by

from prn_blender.core import Face, FaceReconstructor, Photo, make_camera
from prn_blender.core.outputs.description import describe, extras, write_json
from prn_blender.core.photo import picture_file
from prn_blender.core.version import VERSION

ROOT = Path(__file__).resolve().parents[3]
SCHEMA = ROOT / "docs" / "face.schema.json"
# Within this an overlay looks exact.
PIXELS = 0.5
pytestmark = pytest.mark.usefixtures("one_model")


@pytest.fixture(scope="module")
def check() -> Callable[[Any], list[str]]:
    """What a JSON value breaks of the schema."""
    jsonschema = pytest.importorskip("jsonschema", reason="jsonschema is not installed")
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    return lambda value: [error.json_path for error in validator.iter_errors(value)]


def described(photos: Path, out: Path, *options: str) -> dict[str, Any]:
    assert run(photos, "-o", out, "--json", "--obj", *FAST, *options) == 0
    return json.loads((out / "me.json").read_text())


def describe_alone(
    face: Face, reconstructor: FaceReconstructor, files: list[list[str]] | None = None
) -> dict[str, Any]:
    camera = make_camera(face.photo, face.geometry)
    return describe(face.photo, [face], camera, reconstructor, files)


# The schema ------------------------------------------------------------------------------------


@pytest.mark.parametrize("options", [[], ["--camera", "persp", "--focal", "85"]])
def test_files_follow_the_schema(
    photos: Path, out: Path, options: list[str], check: Callable[[Any], list[str]]
) -> None:
    assert check(described(photos, out, *options)) == []


def test_every_key_of_a_file_is_explained(photos: Path, out: Path) -> None:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))

    def unexplained(value: Any, rule: dict[str, Any], path: str) -> list[str]:
        if "$ref" in rule:
            rule = {**schema["$defs"][rule["$ref"].split("/")[-1]], **rule}
        if isinstance(value, list):
            return [p for v in value[:1] for p in unexplained(v, rule.get("items", {}), path)]
        if not isinstance(value, dict) or path == "/faces/expression":
            return []
        known = rule.get("properties", {})
        missing = [f"{path}/{key}" for key in value if key not in known]
        assert set(rule["required"]) == set(value), path
        return missing + [
            p for k, v in value.items() if k in known
            for p in unexplained(v, known[k], f"{path}/{k}")
        ]  # fmt: skip

    assert unexplained(described(photos, out), schema, "") == []


def broken(value: dict[str, Any], *path: Any, to: Any) -> dict[str, Any]:
    value = copy.deepcopy(value)
    inner: Any = value
    for key in path[:-1]:
        inner = inner[key]
    if to is None and isinstance(inner, dict):
        del inner[path[-1]]
    else:
        inner[path[-1]] = to
    return value


def test_the_schema_refuses_what_is_wrong(
    photos: Path, out: Path, check: Callable[[Any], list[str]]
) -> None:
    good = described(photos, out)
    for path, value in [
        (("camera",), None),
        (("model", "sha256"), "none"),
        (("program", "version"), "1"),
        (("camera", "matrix"), [[1, 0, 0, 0]] * 3),
        (("camera", "type"), "persp"),  # without a focal length
        (("reduction",), 3),
        (("faces",), []),
        (("faces", 0, "landmarks"), [[0, 0, 0]] * 67),
        (("faces", 0, "expression"), {"jawOpen": "wide"}),
        (("faces", 0, "confidence"), 2),
    ]:
        assert check(broken(good, *path, to=value)), path


# What is known ---------------------------------------------------------------------------------


def test_it_says_what_made_it(photos: Path, out: Path, reconstructor: FaceReconstructor) -> None:
    content = described(photos, out)
    assert content["program"] == {"name": "PRN Face", "version": VERSION}
    model = (ROOT / "models" / "position_map.onnx").read_bytes()
    assert content["model"]["sha256"] == hashlib.sha256(model).hexdigest()
    assert content["model"]["name"] == reconstructor.network.info.name
    layout = (ROOT / "models" / "prn_uv_layout.npz").read_bytes()
    assert content["model"]["layout"]["sha256"] == hashlib.sha256(layout).hexdigest()


def test_expressions_have_arkit_s_names(photos: Path, out: Path) -> None:
    (face,) = described(photos, out)["faces"]
    assert len(face["expression"]) == 52
    assert {"jawOpen", "eyeBlinkLeft", "mouthSmileRight", "tongueOut"} <= set(face["expression"])
    assert all(0 <= value <= 1 for value in face["expression"].values())
    # She smiles and shows her teeth.
    assert face["expression"]["mouthSmileLeft"] > face["expression"]["mouthFrownLeft"]


@pytest.mark.parametrize("expression", [{}, {"jawOpen": float("nan")}])
def test_a_model_without_expressions_says_null(
    face: Face,
    reconstructor: FaceReconstructor,
    expression: dict[str, float],
    check: Callable[[Any], list[str]],
) -> None:
    content = describe_alone(replace(face, expression=expression), reconstructor)
    assert content["faces"][0]["expression"] is None
    assert check(json.loads(json.dumps(content, allow_nan=False))) == []


def test_a_photo_that_was_read_smaller_says_so(
    photos: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(picture_file, "MAX_PIXELS", 200_000)
    content = described(photos, out)
    assert (content["size"], content["reduction"]) == ([256, 256], 2)


def test_the_focal_length_is_the_lens_s(photos: Path, out: Path) -> None:
    camera = described(photos, out, "--camera", "persp", "--focal", "50")["camera"]
    # 50 mm on the diagonal of 36 x 24 mm; the photo is square, its sensor 36 x 36 mm.
    assert camera["sensor_mm"] == [36, 36]
    assert camera["focal_length_mm"] == pytest.approx(50 * np.hypot(36, 36) / np.hypot(36, 24))
    assert camera["focal_length_px"] == pytest.approx(camera["focal_length_mm"] / 36 * 512)


def test_the_numbers_are_the_face_s(face: Face, reconstructor: FaceReconstructor) -> None:
    content = describe_alone(face, reconstructor, [["a.obj"]])
    assert (content["photo"], content["size"]) == ("astronaut.png", [512, 512])
    (record,) = content["faces"]
    assert np.allclose(record["box"], face.box, atol=1e-3)
    assert np.allclose(record["landmarks"], face.landmarks, atol=1e-3)
    for angle in ("yaw", "pitch", "roll"):
        assert record["pose"][angle] == pytest.approx(np.degrees(getattr(face.pose, angle)))
    assert np.allclose(record["pose"]["matrix"], face.pose.matrix)
    assert record["files"] == ["a.obj"]


@pytest.mark.parametrize("name", ["Ä😀.jpg", "new\nline.jpg", "\udcff.jpg", None])
def test_any_photo_s_name_survives(
    tmp_path: Path, face: Face, reconstructor: FaceReconstructor, name: str | None
) -> None:
    photo = replace(face.photo, path=Path("/somewhere") / name if name else None)
    write_json(tmp_path / "a.json", describe_alone(replace(face, photo=photo), reconstructor))
    assert json.loads((tmp_path / "a.json").read_text())["photo"] == name


# The camera sees the mesh where the photo shows the face ---------------------------------------


def test_the_camera_of_the_json_puts_the_obj_onto_the_photo(
    tmp_path: Path, out: Path, pair: Photo, reconstructor: FaceReconstructor
) -> None:
    Image.fromarray(pair.pixels).save(tmp_path / "me.png")
    faces = reconstructor(pair)
    assert len(faces) == 2
    for options in ([], ["--camera", "persp"], ["--camera", "persp", "--focal", "24"]):
        content = described(tmp_path / "me.png", out, "--all-faces", *options)
        for face, record in zip(faces, content["faces"], strict=True):
            vertices, uv = read_obj(out / next(n for n in record["files"] if n.endswith(".obj")))
            canonical = np.c_[vertices[:, 0], -vertices[:, 2], vertices[:, 1]]  # OBJ has Y up
            world = np.c_[canonical, np.ones(len(canonical))] @ np.array(record["matrix_world"]).T
            seen = seen_by(content["camera"], world[:, :3], content["size"])
            apart = np.linalg.norm(seen - photo_positions(face, uv), axis=1)
            assert apart.max() < PIXELS, options
            # Somebody who mixes the axes up is hundreds of pixels off.
            mixed = seen_by(content["camera"], world[:, [0, 2, 1]], content["size"])
            assert np.linalg.norm(mixed - photo_positions(face, uv), axis=1).max() > 20 * PIXELS


def test_landmarks_and_pose_agree(photos: Path, out: Path, face: Face) -> None:
    (record,) = described(photos, out)["faces"]
    canonical = face.layout.canonical[tuple(face.layout.landmark_texels.T)]
    seen = np.c_[canonical, np.ones(68)] @ np.array(record["pose"]["matrix"]).T
    apart = np.linalg.norm(seen[:, :2] - np.array(record["landmarks"])[:, :2], axis=1)
    assert np.median(apart) < 0.05 * face.size  # the mean face against hers


# Extras ----------------------------------------------------------------------------------------


def test_extras_hold_what_blender_s_properties_can() -> None:
    record = {"matrix": [[1, 2], [3, 4]], "none": None, "inner": {"size": [1, 2], "gone": None}}
    assert extras(record) == {"matrix": [1, 2, 3, 4], "inner": {"size": [1, 2]}}
