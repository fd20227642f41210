"""`python -m benchmarks.measures.albedo`: how much of a photo's light is left in its albedo.

Heads of the generated faces with a known skin, turned, and lit by a lamp from one side and by its
mirror image: mean distance of the photo's texture and of the albedo from that skin, as they are and
equally bright; of both albedos from each other; median of albedo under the found lamps from the
photo. All in levels of 255, on skin that is seen well. The skin is itself a photo's without its
light, so what is light in it and what is skin was decided by the program that is measured.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import argparse
from dataclasses import replace

import cv2
import numpy as np

from prn_blender.core import Face, FaceReconstructor, Photo, read_photo
from prn_blender.core.editing.completion import complete
from prn_blender.core.geometry.parts import skin_region
from prn_blender.core.image.colour import GAMMA
from prn_blender.core.texture import render_texture

from ..swap_sheet import DATA
from .textures import turned

_SIDE = 400  # pixels of a picture
_SIZE = 512  # texels of the skin
# Light on skin that is turned from the lamp, and what the lamp adds, linear.
_AMBIENT, _LAMP = 0.5, 0.6
_EVEN = 1.0  # texels: facets of a mesh are no folds of the skin
_WELL = 0.7  # confidence


def lit(face: Face, skin: np.ndarray, yaw: float, lamp: np.ndarray) -> Face:
    """A face with a skin (N, N, 4) uint8, turned by `yaw` degrees, in the light of a lamp."""
    geometry = turned(face.geometry, yaw, _SIDE)
    normals = np.nan_to_num(cv2.GaussianBlur(geometry.normals, (0, 0), _EVEN))
    normals /= np.linalg.norm(normals, axis=-1, keepdims=True).clip(1e-6)
    light = _AMBIENT + _LAMP * np.clip(normals @ (lamp / np.linalg.norm(lamp)), 0, None)
    light = cv2.resize((light ** (1 / GAMMA)).astype(np.float32), skin.shape[1::-1])[..., None]
    rendered = render_texture(geometry, (skin[..., :3] * light).clip(0, 255).astype(np.uint8))
    picture = np.full((_SIDE, _SIDE, 3), (90, 120, 150), np.uint8)
    view = rendered.crop(picture)
    view[:] = np.where(rendered.matte[..., None] > 0.5, rendered.colour, view)
    return replace(face, photo=Photo(picture), position_map=geometry.position_map)


def measure(face: Face, yaw: float, lamp: np.ndarray) -> list[float]:
    """Photo and albedo from the skin, both equally bright, either side, under the found lamps."""
    skin = face.delit.apply(complete(face, _SIZE))
    pair = [lit(face, skin, yaw, lamp * [side, 1, 1]) for side in (1, -1)]
    seen = np.minimum(*(one.texel_confidence() for one in pair))
    where = cv2.resize(seen * skin_region(face.layout), (_SIZE, _SIZE)) > _WELL
    goal = skin[..., :3][where].astype(float)
    photo, one, other = (
        texture[..., :3][where].astype(float)
        for texture in (pair[0].texture(_SIZE), *(one.albedo(_SIZE) for one in pair))
    )

    def apart(colour: np.ndarray, goal: np.ndarray) -> float:
        return float(np.abs(colour - goal).mean())

    bright = [apart(c * (goal.mean(0) / c.mean(0)), goal) for c in (photo, one)]
    return [apart(photo, goal), apart(one, goal), *bright, apart(one, other), again(pair[0])]


def again(face: Face) -> float:
    """Median distance of the albedo under the found lamps from the photo's texture."""
    size = face.layout.size
    where = (face.texel_confidence() > _WELL) & (skin_region(face.layout) > 0)
    shaded = face.albedo(size)[..., :3] * face.delit.suns.shade(face.normals) ** (1 / GAMMA)
    return float(np.median(np.abs(shaded - face.texture(size)[..., :3])[where]))


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-n", type=int, default=50, help="heads")
    number = parser.parse_args().n
    photos = sorted((DATA / "generated_faces").glob("*.jpg"))
    reconstructor, rng = FaceReconstructor.load(), np.random.default_rng(3)
    names = ("photo", "albedo", "photo, even", "albedo, even", "left-right", "lit again")
    print(f"{'':8}" + "".join(f"{name:>14}" for name in names))
    rows = []
    for path in photos[20 :: max(1, len(photos) // number)][:number]:
        for face in reconstructor(read_photo(path), max_faces=1):
            lamp = [rng.choice([-1, 1]) * rng.uniform(0.4, 1.5), -1.0, rng.uniform(-0.3, 1.0)]
            rows.append(measure(face, float(rng.uniform(-30, 30)), np.array(lamp)))
            print(f"{path.stem:8}" + "".join(f"{v:14.1f}" for v in rows[-1]), flush=True)
    for name, values in (("mean", np.mean), ("worst", np.max)):
        print(f"{name:8}" + "".join(f"{v:14.1f}" for v in values(rows, axis=0)))


if __name__ == "__main__":
    main()
