"""`python -m benchmarks`: medians on this machine, with PRNet's network timed in the same run."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
import platform
import tempfile
from pathlib import Path

import numpy as np

from prn_blender.core import Face, FaceReconstructor, read_photo
from prn_blender.core.native import load_onnxruntime
from prn_blender.core.photo.photo import encode_image

from . import resfcn256
from .in_tree.link import fresh, seen
from .sample import large_photo
from .timing import RUNS, median_ms, peak_memory, prepared_ms, report


def networks(reconstructor: FaceReconstructor, crop: np.ndarray) -> None:
    """Our network's forward pass beside PRNet's graph, both in onnxruntime, one crop."""
    image = crop[None].astype(np.float32) / 255
    ours = reconstructor.network._session
    peer = load_onnxruntime().InferenceSession(
        resfcn256.build(), providers=["CPUExecutionProvider"]
    )
    fast = report("network forward", median_ms(lambda: ours.run(None, {"image": image}), 50))
    slow = median_ms(lambda: peer.run(None, {"image": image}))
    report("PRNet's graph forward", slow, f"{slow / fast:.1f} times ours")


def reconstruction(reconstructor: FaceReconstructor, path: Path) -> Face:
    """Where each millisecond between a photo and a face goes."""
    report("reading the 12-megapixel JPEG", median_ms(lambda: read_photo(path), 7), "apart")
    photo = read_photo(path)
    face = reconstructor(photo, max_faces=1)[0]
    crop = face.crop

    def whole() -> None:
        found = reconstructor(photo, max_faces=1)[0]
        found.texture(1024)

    report("**photo -> Face, visibility, 1024 texture**", median_ms(whole), "the sum of:")
    detector = reconstructor.detector
    report("  detection", median_ms(lambda: detector(photo, largest_only=True)))
    report("  one crop", median_ms(lambda: crop.extract(photo)), "twice")
    pixels = crop.extract(photo)[None]
    one_pass = median_ms(lambda: reconstructor.network(pixels))
    report("  network, one pass", one_pass, "twice, and once on the mirror image")
    rough = FaceReconstructor.load(look_again=False)(photo, max_faces=1)[0]
    again = median_ms(lambda: reconstructor.finish(rough))
    report("  folds, second look at lids and lips, likeness", again)
    report("  visibility", prepared_ms(lambda: fresh(face), lambda again: again.visibility))
    unwrapped = prepared_ms(lambda: seen(face), lambda again: again.texture(1024))
    report("  texture 1024", unwrapped)
    networks(reconstructor, pixels[0])
    return face


def blender(face: Face, folder: Path) -> None:
    """Blender's data from a face whose texture is made."""
    os.environ["BLENDER_USER_RESOURCES"] = str(folder)
    try:
        import bpy
    except ImportError:
        print("| Blender data | - | bpy is not installed |")
        return
    from prn_blender.core.geometry.camera import make_camera
    from prn_blender.scene import SceneOptions, build_scene
    from prn_blender.scene.files import new_file
    from prn_blender.scene.mesh.mesh import build_mesh
    from prn_blender.scene.mesh.mesh_data import mesh_data

    placement = make_camera(face.photo, face.geometry).place(face.geometry)
    for what, options in (
        ("whole head", SceneOptions(texture_size=1024)),
        ("stride 1", SceneOptions(texture_size=1024, topology="lattice")),
        ("stride 2", SceneOptions(stride=2, texture_size=1024)),
        ("stride 4", SceneOptions(stride=4, texture_size=1024)),
    ):
        new_file()
        took = median_ms(lambda o=options: build_scene([face], o))  # type: ignore[misc]
        report(f"**Blender {bpy.app.version_string}: scene, {what}**", took)
    made = median_ms(lambda: build_mesh("mesh", mesh_data(face, placement, 1)))
    report("  mesh, stride 1", made)
    texture = face.texture(1024)
    took = median_ms(lambda: encode_image(texture, ".png"))
    report("  encoding the texture", took, "beside the mesh, on the other core")


def main() -> None:
    """Run all of it."""
    print(f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, ", end="")
    print(
        f"Python {platform.python_version()}, onnxruntime {load_onnxruntime().__version__}, ",
        end="",
    )
    print(f"median of {RUNS}\n\n| step | ms | |\n| --- | ---: | --- |")
    with tempfile.TemporaryDirectory() as folder:
        path = large_photo(Path(folder))
        reconstructor = FaceReconstructor.load()
        face = reconstruction(reconstructor, path)
        blender(face, Path(folder))
        peak = peak_memory("reconstruct", path)
        print(f"\nPeak memory, photo of 12 megapixels to face and texture: {peak:.0f} MB")
        reconstructor.close()


if __name__ == "__main__":
    main()
