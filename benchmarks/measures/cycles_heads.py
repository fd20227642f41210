"""Known heads in Cycles.

`python -m benchmarks.measures.cycles_heads render PHOTO... -o DIR`, then `... measure DIR`.

People are drawn from the population; photos that no model has learnt from lend their skins, light
taken off. Cycles lights them: a sun or a lamp with soft or hard shadows, light from all around,
skin that scatters and shines. Nothing of it was used in training. `measure` says how far neutral
faces are from the truth, and whether two people under one skin are told apart.

Heads are bald, and stand before plain backgrounds.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from pathlib import Path

import bpy
import numpy as np
from mathutils import Matrix, Vector

from prn_blender.core import FaceReconstructor
from prn_blender.core.errors import PRNError
from prn_blender.core.head import HeadModel, bundled_head
from prn_blender.core.head.tile.texels import tile_texels
from prn_blender.core.image.colour import LUMA, stored
from prn_blender.scene.files import new_file
from training.check.neutral_shapes import NeutralShapes, slopes

from .rendered_heads import Skin, View, random_expression, random_view, rotation, skin_of

SEED = 20261130
"""Of people, light and cameras; fixed before anything was measured."""
HEADS, PAIRS = 100, 50
SIZE = 360
"""Pixels along a picture's side."""
_SAMPLES = 12
_SENSOR = 0.036  # metres
_HIGH = 0.34  # metres that the picture's side spans at the head
_LEAST = 0.12  # light that a skin is divided by, of its mean


@dataclass(frozen=True, eq=False)
class Person:
    """Whom a picture shows: identity (K,), expression (E,), and how it is taken."""

    identity: np.ndarray
    expression: np.ndarray
    view: View


def drawn(model: HeadModel, heads: int, pairs: int) -> tuple[list[Person], list[Person]]:
    """People, each of whom gets a skin of its own, and pairs of people who share one."""
    rng = np.random.default_rng(SEED)

    def person(view: View) -> Person:
        identity = rng.normal(size=len(model.modes))
        return Person(identity, random_expression(rng, model.move_names), view)

    alone = [person(random_view(rng)) for _ in range(heads)]
    together = []
    for _ in range(pairs):
        view = View(rng.normal(0, 12), rng.normal(0, 6), rng.normal(0, 4), rng.uniform(0.45, 3.0))
        together += [person(view), person(view)]
    return alone, together


def albedo_tile(model: HeadModel, skin: Skin) -> np.ndarray:
    """(M, M, 4) float32: a skin's linear colours without its light, in the head's tile."""
    side = len(skin.albedo)
    texels = tile_texels(model, np.ones(len(model.quads), bool), side)
    seen = texels.row, texels.column
    # Its brightness alone: the photo's light has the skin's own colour in it.
    shade = texels.of((skin.shade @ LUMA)[:, None])
    result = np.ones((side, side, 4), np.float32)
    result[..., :3] = skin.albedo
    colours = skin.albedo[seen] / np.maximum(shade, _LEAST * shade.mean())
    result[(*seen, slice(3))] = colours
    # Skin in full light is as bright as skin is; photos say that up to a factor only.
    bright = np.quantile(colours.max(1), 0.9)
    result[..., :3] *= 0.6 / max(float(bright), 1e-3)
    result[..., :3] = stored(np.clip(result[..., :3], 0, 1))
    return result


class Studio:
    """A scene with one head, a camera and lights."""

    def __init__(self, model: HeadModel) -> None:
        new_file()
        self.model, self._scene = model, bpy.context.scene
        scene = self._scene
        scene.render.engine = "CYCLES"
        scene.cycles.samples, scene.cycles.use_denoising = _SAMPLES, True
        scene.cycles.device, scene.cycles.max_bounces = "CPU", 4
        scene.render.resolution_x = scene.render.resolution_y = SIZE
        scene.render.resolution_percentage = 100
        scene.view_settings.view_transform = "Standard"
        scene.render.image_settings.file_format = "PNG"
        drawn_faces = model.part != model.part_names.index("lashes")
        self._mesh = bpy.data.meshes.new("head")
        self._mesh.from_pydata(model.mean, [], model.quads[drawn_faces].tolist())
        layer = self._mesh.uv_layers.new(name="Head")
        layer.data.foreach_set("uv", model.uv[drawn_faces].astype(np.float32).ravel())
        self._mesh.polygons.foreach_set("use_smooth", np.ones(drawn_faces.sum(), bool))
        self._head = self._linked("head", self._mesh)
        smooth = self._head.modifiers.new("smooth", "SUBSURF")
        smooth.levels = smooth.render_levels = 1
        self._mesh.materials.append(self._skin_material())
        self._camera = self._linked("camera", bpy.data.cameras.new("camera"))
        self._camera.data.sensor_width = 1000 * _SENSOR
        scene.camera = self._camera
        self._lamp = self._linked("lamp", bpy.data.lights.new("lamp", "AREA"))
        self._fill = self._linked("fill", bpy.data.lights.new("fill", "AREA"))
        self._world = bpy.data.worlds.new("world")
        self._world.use_nodes = True
        scene.world = self._world

    def _linked(self, name: str, data: bpy.types.ID) -> bpy.types.Object:
        made = bpy.data.objects.new(name, data)
        self._scene.collection.objects.link(made)
        return made

    def _skin_material(self) -> bpy.types.Material:
        material = bpy.data.materials.new("skin")
        material.use_nodes = True
        nodes, links = material.node_tree.nodes, material.node_tree.links
        shader = nodes["Principled BSDF"]
        self._image = nodes.new("ShaderNodeTexImage")
        links.new(self._image.outputs["Color"], shader.inputs["Base Color"])
        shader.inputs["Subsurface Weight"].default_value = 0.15
        shader.inputs["Subsurface Radius"].default_value = (0.008, 0.003, 0.0015)
        self._shader = shader
        return material

    def wear(self, skin: Skin) -> None:
        """Give the head a skin."""
        tile = albedo_tile(self.model, skin)
        old = self._image.image
        image = bpy.data.images.new("skin", len(tile), len(tile))
        image.pixels.foreach_set(np.ascontiguousarray(tile[::-1]).ravel())
        image.update()
        self._image.image = image
        if old is not None:
            bpy.data.images.remove(old)

    def take(self, person: Person, path: Path, rng: np.random.Generator) -> None:
        """Light a person by chance and write the picture."""
        model, view = self.model, person.view
        vertices = model.vertices(person.identity) + model.slide
        vertices = vertices + np.tensordot(person.expression, model.moves, 1)
        turned = vertices @ rotation(view).T
        turned -= turned.mean(0)
        self._mesh.vertices.foreach_set("co", turned.astype(np.float32).ravel())
        self._mesh.update()
        self._camera.location = (0, -view.distance, 0)
        self._camera.rotation_euler = (np.pi / 2, 0, 0)
        self._camera.data.lens = 1000 * _SENSOR * view.distance / _HIGH
        self._light(rng)
        self._shader.inputs["Roughness"].default_value = float(rng.uniform(0.35, 0.65))
        self._scene.cycles.seed = int(rng.integers(1 << 30))
        self._scene.render.filepath = str(path)
        bpy.ops.render.render(write_still=True)

    def _light(self, rng: np.random.Generator) -> None:
        for lamp, share in ((self._lamp, 1.0), (self._fill, rng.uniform(0, 0.4))):
            azimuth = rng.uniform(-1.4, 1.4)
            height = rng.uniform(-0.2, 1.2)
            way = Vector(
                (
                    np.sin(azimuth) * np.cos(height),
                    -np.cos(azimuth) * np.cos(height),
                    np.sin(height),
                )
            )
            lamp.matrix_world = Matrix.LocRotScale(2 * way, way.to_track_quat("Z", "Y"), None)
            lamp.data.size = float(10 ** rng.uniform(-1.3, 0.5))
            lamp.data.energy = float(share * rng.uniform(20, 60))
            lamp.data.color = tuple(rng.uniform(0.85, 1, 3))
        background = self._world.node_tree.nodes["Background"]
        background.inputs["Color"].default_value = (*rng.uniform(0.6, 1, 3), 1)
        background.inputs["Strength"].default_value = float(rng.uniform(0.1, 0.8))


def make(photos: list[Path], folder: Path, heads: int, pairs: int) -> None:
    """Render what is missing in a folder, and write `truth.npz` into it."""
    folder.mkdir(parents=True, exist_ok=True)
    reconstructor, model = FaceReconstructor.load(), bundled_head()
    studio = Studio(model)
    alone, together = drawn(model, heads, pairs)
    people = alone + together
    wearer = [k % len(photos) for k in [*range(heads), *(i // 2 for i in range(2 * pairs))]]
    np.savez(
        folder / "truth.npz",
        identity=np.array([p.identity for p in people]),
        pair=np.r_[np.full(heads, -1), np.arange(2 * pairs) // 2],
    )
    for which in sorted(set(wearer)):
        own = [k for k, other in enumerate(wearer) if other == which]
        files = {k: folder / f"{k:04}.png" for k in own}
        if all(file.exists() for file in files.values()):
            continue
        studio.wear(skin_of(reconstructor(photos[which], max_faces=1)[0]))
        for k in own:
            # The two of a pair stand in the same light.
            light = k if k < heads else heads + (k - heads) // 2
            if not files[k].exists():
                studio.take(people[k], files[k], np.random.default_rng([SEED, light]))


def measure(folder: Path, reconstructor: FaceReconstructor) -> dict[str, float]:
    """Measure a model on a folder that `make` wrote.

    Returns
    -------
    dict
        Of `NeutralShapes.compare` and `slopes`; and `mean_face_mm`, as `mm` of the mean face.

    Raises
    ------
    ValueError
        The model tells no identity.
    """
    if reconstructor.shape is None:
        raise ValueError("the model tells no identity")
    shapes = NeutralShapes(reconstructor.shape)
    with np.load(folder / "truth.npz") as z:
        identity, pair = z["identity"], z["pair"]
    true, told, kept = [], [], []
    for k, weights in enumerate(identity):
        file = folder / f"{k:04}.png"
        try:
            seen = shapes.told(reconstructor(file, max_faces=1)[0]) if file.exists() else None
        except PRNError:
            seen = None
        if seen is not None:
            kept.append(k)
            true.append(shapes.true(weights))
            told.append(seen)
    a, b, of = np.array(true), np.array(told), pair[kept]
    alone = of < 0
    result = shapes.compare(a[alone], b[alone])
    mean = np.tile(shapes.true(np.zeros_like(identity[0])), (int(alone.sum()), 1, 1))
    result["mean_face_mm"] = shapes.compare(a[alone], mean)["mm"]
    rows = [np.flatnonzero(of == k) for k in range(int(of.max(initial=-1)) + 1)]
    both = np.array([row for row in rows if len(row) == 2], int).reshape(-1, 2)
    if len(both):
        result |= slopes(a[both[:, 1]] - a[both[:, 0]], b[both[:, 1]] - b[both[:, 0]])
    return result


def main() -> None:
    """Render or measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    steps = parser.add_subparsers(dest="step", required=True)
    render = steps.add_parser("render")
    render.add_argument("photos", nargs="+", type=Path)
    render.add_argument("-o", "--output", type=Path, required=True)
    render.add_argument("--heads", type=int, default=HEADS)
    render.add_argument("--pairs", type=int, default=PAIRS)
    measured = steps.add_parser("measure")
    measured.add_argument("folder", type=Path)
    measured.add_argument("--model", type=Path)
    args = parser.parse_args()
    if args.step == "render":
        make(args.photos, args.output, args.heads, args.pairs)
    else:
        print(json.dumps(measure(args.folder, FaceReconstructor.load(args.model)), indent=1))


if __name__ == "__main__":
    main()
