"""Make the .blend files of this folder: faces as they were recorded before records had versions.

It runs with the add-on as it was then (commit 1d4c670) and not with today's, in a neutral folder,
because Blender and the add-on note absolute paths:

    mkdir -p /home/artist/prn && git archive 1d4c670 prn_blender models | tar x -C /home/artist/prn
    cp models/*.tflite /home/artist/prn/models/
    cd /home/artist && HOME=$PWD PYTHONPATH=prn python make_version_1.py

It needs the packages of that commit's `pyproject.toml`, `bpy` 4.2 among them: an older Blender does
not open what a newer one has saved.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import hashlib
import json
import subprocess
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import bpy
import cv2
import numpy as np
from prn_blender.scene.image import image_pixels
from prn_blender.scene.paint import paint_layer
from prn_blender.scene.state import face_of
from prn_blender.scene.texture_group import PAINT

import prn_blender
from prn_blender.core import Face, FaceReconstructor, read_photo
from prn_blender.scene import SceneOptions, build_scene
from prn_blender.scene.files import new_file
from prn_blender.scene.layers import layers_of

HOME = Path("/home/artist")
# Photo pixels. A rounded position map takes a fifth of the room in the file.
STEP = 1 / 2


def portrait() -> np.ndarray:
    """(192, 192, 3) uint8: the face of the public-domain portrait that scikit-image carries."""
    folder = Path(find_spec("skimage").origin).parent / "data"
    face = read_photo(folder / "astronaut.png").pixels[:256, 96:352]
    return cv2.resize(np.ascontiguousarray(face), (192, 192), interpolation=cv2.INTER_AREA)


def jpeg(name: str, pixels: np.ndarray) -> Path:
    path = HOME / name
    bgr = cv2.cvtColor(np.ascontiguousarray(pixels), cv2.COLOR_RGB2BGR)
    path.write_bytes(cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, 85])[1].tobytes())
    return path


def faces_in(path: Path, count: int) -> list[Face]:
    found = FaceReconstructor.load()(read_photo(path), max_faces=count)
    assert len(found) == count
    return [replace(f, position_map=np.round(f.position_map / STEP) * np.float32(STEP))
            for f in found]  # fmt: skip


def built(path: Path, count: int = 1, **options: Any) -> list[bpy.types.Object]:
    new_file()
    found = build_scene(faces_in(path, count), SceneOptions(texture_size=64, **options))
    activate(found.faces[0])
    return found.faces


def activate(item: bpy.types.Object) -> None:
    bpy.context.view_layer.objects.active = item


def digest(values: np.ndarray) -> str:
    return hashlib.sha256(np.ascontiguousarray(values).tobytes()).hexdigest()


def numbers(values: Any) -> list[float]:
    return [float(v) for v in np.ravel(values)]


def seen_in(face: Face) -> dict[str, Any]:
    """What reading the record gives, for the tests to compare with."""
    return {
        "layout": face.layout.name,
        "layout_sha256": face.layout.sha256,
        "photo_size": [face.photo.width, face.photo.height],
        "photo_mean": numbers(face.photo.pixels.mean(axis=(0, 1))),
        "position_map_sha256": digest(face.position_map),
        "crop": [*numbers(face.crop.centre), face.crop.size, face.crop.roll],
        "crop_resolution": face.crop.resolution,
        "confidence": face.confidence,
        "coefficients_sha256": {k: digest(v) for k, v in face.coefficients.items()},
        "expression": {k: round(v, 6) for k, v in face.expression.items() if v > 0.5},
    }


def kept_beside(item: bpy.types.Object) -> dict[str, Any]:
    """What else the record holds."""
    record = item.data["prn"].to_dict()
    images = {}
    for key in ("result", "baked", "let_through"):
        image = record.get(key)
        if image is not None:
            images[key] = {"name": image.name, "sha256": digest(image_pixels(image))}
    return {
        "photo": record["photo"].name,
        "photo_path": record["photo_path"],
        "photo_bytes": record["photo_bytes"],
        "camera": record["camera"].name,
        "place": numbers(record["place"]),
        "images": images,
        "result_of": record.get("result_of"),
        "let_through_region": list(record.get("let_through_region", [])),
    }


def save(name: str) -> None:
    for image in bpy.data.images:
        if image.source == "FILE" and image.packed_file is None:
            image.pack()
    for scene in bpy.data.scenes:
        scene.render.filepath = "//"  # Blender's own default is a folder of the machine
    expected = {
        item.name: {**seen_in(face_of(item)), **kept_beside(item)}
        for item in bpy.data.objects
        if item.type == "MESH" and "prn" in item.data
    }
    text = json.dumps(expected, indent=1)
    (HOME / f"{name}.json").write_text(f"{text}\n", encoding="utf-8")
    # Screens of the program's own layout would be half of the file.
    bpy.data.batch_remove([w for w in bpy.data.workspaces if w.name != "Layout"])
    bpy.ops.wm.save_as_mainfile(filepath=str(HOME / f"{name}.blend"), compress=False)
    # As Blender compresses files itself, only harder.
    subprocess.run(["zstd", "-19", "-q", "-f", "--rm", f"{name}.blend"], cwd=HOME, check=True)
    (HOME / f"{name}.blend.zst").rename(HOME / f"{name}.blend")


def plain(photo: Path) -> None:
    """One face, as it comes out of a photo."""
    built(photo, stride=4, camera="persp")
    save("plain")


def edited(photo: Path, donor: Path) -> None:
    """A bake, a swap that leaves the mouth alone, a filled hidden side, paint and a result."""
    (item,) = built(photo, stride=4)
    bpy.ops.prn.bake(size="auto")
    bpy.ops.prn.swap(filepath=str(donor), mouth="target")
    bpy.ops.prn.complete()
    image = paint_layer(item, PAINT)
    pixels = np.zeros((*image.size, 4), np.float32)
    pixels[100:120, 100:160] = (0, 1, 0, 1)
    image.pixels.foreach_set(pixels.ravel())
    image.update()
    image.pack()
    bpy.ops.prn.apply_to_photo()
    assert layers_of(item).image(PAINT) == image
    save("edited")


def group(pair: Path) -> None:
    """Two faces with landmarks and marks; one rebuilt and turned, the other adjusted."""
    first, second = built(pair, 2, stride=2, landmarks="points")
    bpy.ops.prn.rebuild(stride="4", camera="persp", focal_mm=70.0)
    bpy.ops.prn.landmarks()
    activate(second)
    x, y = face_of(second).landmarks[48, :2].tolist()
    pull = {"name": "", "at": (x, y), "by": (2.0, 1.0), "radius": 10.0}
    bpy.ops.prn.adjust(pulls=[pull])
    bpy.ops.prn.visibility()
    activate(first)
    bpy.ops.prn.front_view()
    save("group")


def main() -> None:
    prn_blender.register()
    own = portrait()
    photo = jpeg("portrait.jpg", own)
    mirrored = (own[:, ::-1] * [0.95, 0.75, 0.6]).astype(np.uint8)
    small = cv2.resize(own, (144, 144), interpolation=cv2.INTER_AREA)
    canvas = np.full((192, 352, 3), 120, np.uint8)
    canvas[:, :192], canvas[24:168, 200:344] = own, small
    plain(photo)
    edited(photo, jpeg("donor.jpg", mirrored))
    group(jpeg("pair.jpg", canvas))


if __name__ == "__main__":
    main()
