"""`python -m benchmarks.outputs`: depth, visibility, texture and OBJ, beside PRNet's own way.

On PRNet's own position maps where the research data are at hand (../shared, $PRN_SHARED), else on
the sample photo with the default model.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path

import numpy as np

from prn_blender.core import Face, FaceReconstructor, read_photo
from prn_blender.core.geometry.layout_file import load_uv_layout
from prn_blender.core.model.importer.uv_data import write_layout
from prn_blender.core.outputs.depth import depth_map
from prn_blender.core.outputs.derived import vertex_colours
from prn_blender.core.outputs.export import write_obj
from prn_blender.core.photo.crop import Crop

from . import prnet_original as original
from .in_tree.link import fresh
from .sample import astronaut
from .timing import RUNS, median_ms, prepared_ms, report

ROOT = Path(__file__).resolve().parent.parent


def sample_face() -> Face:
    """A face to work on, and its name on stdout."""
    data = Path(os.environ.get("PRN_SHARED", ROOT.parent / "shared")) / "data"
    if not data.is_dir():
        print("the sample photo, 512 x 512, default model")
        return FaceReconstructor.load()(astronaut(), max_faces=1)[0]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "layout.npz"
        path.write_bytes(write_layout(data / "prnet_uv"))
        layout = load_uv_layout(path)
    print("PRNet's position map of a photo of 450 x 450 pixels")
    positions = np.zeros((256, 256, 3), np.float32)
    with np.load(data / "prnet_outputs" / "image00050.npz") as arrays:
        positions[layout.mask] = arrays["vertices"]
    photo = read_photo(data / "prnet_outputs" / "image00050.jpg")
    return Face(photo, layout, positions, Crop(np.full(2, 225.0), 300.0), 1.0)


def ours(face: Face, folder: Path, size: int) -> None:
    """Everything from a position map; nothing is kept from an earlier run but the layout's own."""
    again = fresh(face)
    depth_map(again)
    write_obj(again, folder, "face", texture_size=size)  # with visibility and texture


def peer(face: Face, folder: Path, size: int) -> dict[str, float]:
    """Seconds of each step by the original's algorithms."""
    vertices, triangles = face.vertices, face.layout.lattice_triangles
    height, width = face.photo.height, face.photo.width
    times: dict[str, float] = {}

    def timed(what: str, start: float) -> None:
        times[what] = time.perf_counter() - start

    start = time.perf_counter()
    original.depth_image(vertices, triangles, height, width)
    timed("depth", start)
    start = time.perf_counter()
    original.visible_vertices(vertices, triangles, height, width)
    timed("visibility", start)
    start = time.perf_counter()
    picture = original.texture(face.position_map, face.photo.pixels, size)
    timed("texture", start)
    colours = vertex_colours(face)[:, :3] / 255.0
    uv = face.layout.uv[face.layout.mask]
    start = time.perf_counter()
    original.write_obj(folder / "peer.obj", vertices, colours, triangles, uv, picture)
    timed("OBJ", start)
    return times


def main() -> None:
    """Run all of it."""
    face = sample_face()
    print("\n| step | ms | |\n| --- | ---: | --- |")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for size in (256, 1024):
            start = time.process_time()
            took = median_ms(lambda s=size: ours(face, folder, s))  # type: ignore[misc]
            cpu = 1000 * (time.process_time() - start) / (RUNS + 1)
            report(f"**depth, visibility, texture {size}, OBJ**", took, f"processor {cpu:.1f} ms")
            if size == 256:
                fast = took
        report("  depth", median_ms(lambda: depth_map(face)))
        report("  visibility", prepared_ms(lambda: fresh(face), lambda again: again.visibility))
        times = peer(face, folder, 256)
    total = 1000 * sum(times.values())
    steps = ", ".join(f"{what} {seconds:.1f} s" for what, seconds in times.items())
    report("the original's way, texture 256", total, f"{total / fast:.0f} times ours: {steps}")


if __name__ == "__main__":
    main()
