"""Values of options and boxes, as a script or a panel could give them."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from mutations import Random, array, number, odds, pick, text
from samples import faces, portrait, reconstructor

from prn_blender.core.choices import (
    BLEND_MODES,
    COLOR_MATCHES,
    DEPTH_FORMATS,
    FILLS,
    FRONTS,
    MOUTHS,
    PARTS,
    PRESETS,
    PROFILES,
    SHAPES,
)
from prn_blender.core.editing.apply import apply_texture
from prn_blender.core.editing.completion import CompletionOptions, complete
from prn_blender.core.face.face import Face
from prn_blender.core.files.safe import make_folder
from prn_blender.core.outputs.options import KINDS, OutputOptions
from prn_blender.core.outputs.outputs import write_outputs
from prn_blender.core.photo.photo import Photo, write_image
from prn_blender.core.swap.options import SwapOptions
from prn_blender.core.swap.pipeline import swap

from . import Run


def choice(rng: Random, known: Any) -> Any:
    """Mostly one of the known ones."""
    return pick(rng, (*known,)) if odds(rng, 0.95) else text(rng)


def share(rng: Random) -> Any:
    """Mostly a number 0..1."""
    return float(rng.random()) if odds(rng, 0.85) else number(rng)


def texture_size(rng: Random) -> Any:
    """Mostly a small one."""
    if odds(rng, 0.9):
        return pick(rng, ("auto", 16, 17, 32, 100, 256))
    return pick(rng, (0, -1, 15, 8193, 10**9, 2.5, float("nan"), "large", None, True))


def swaps(folder: Path) -> Run:
    """A swap, a completed texture, or a texture drawn back, with odd options."""
    target, donor = faces()

    def run(rng: Random, folder: Path) -> list[str]:
        out = make_folder(folder / "out")
        completion = CompletionOptions(
            odds(rng, 0.5), choice(rng, FILLS), float(rng.uniform(-0.2, 1.2))
        )
        kind = rng.random()
        if kind < 0.2:
            texture = complete(target, texture_size(rng), completion)
            write_image(out / "t.png", texture)
            return []
        if kind < 0.4:
            _drawn(rng, target, donor, out)
            return []
        parts = tuple(choice(rng, (*PARTS, *PRESETS)) for _ in range(int(rng.integers(0, 4))))
        options = SwapOptions(
            parts=parts,
            mask=_mask(rng) if odds(rng, 0.2) else None,
            strength=share(rng),
            color_match=choice(rng, COLOR_MATCHES),
            blend=choice(rng, BLEND_MODES),
            feather=share(rng),
            caution=share(rng),
            mouth=choice(rng, MOUTHS),
            shape=choice(rng, SHAPES),
            completion=completion,
            texture_size=texture_size(rng),
        )
        given: Any = donor
        if odds(rng, 0.3):
            given = array(rng, donor.texture(64)) if odds(rng, 0.4) else donor.texture(64)
        result = swap(target, given, options)
        assert result.picture.shape == target.photo.pixels.shape
        write_image(out / "picture.png", result.picture)
        write_image(out / "matte.png", result.matte)
        write_image(out / "texture.png", result.texture)
        return []

    return run


def _mask(rng: Random) -> np.ndarray:
    mask = rng.random((64, 64)).astype(np.float32)
    return array(rng, mask) if odds(rng, 0.4) else mask


def _drawn(rng: Random, target: Face, donor: Face, out: Path) -> None:
    texture = donor.texture(64)
    picture = apply_texture(
        target,
        array(rng, texture) if odds(rng, 0.3) else texture,
        _mask(rng) if odds(rng, 0.3) else None,
        choice(rng, BLEND_MODES),
        share(rng),
        odds(rng, 0.5),
    )
    write_image(out / "picture.png", picture)


def outputs(folder: Path) -> Run:
    """Files of a face, under odd names and with odd options."""
    face, _ = faces()

    def run(rng: Random, folder: Path) -> list[str]:
        names = [name for name in KINDS if odds(rng, 0.2)]
        options = OutputOptions(
            **dict.fromkeys(names, True),
            front=choice(rng, (None, *FRONTS)),
            depth_format=choice(rng, DEPTH_FORMATS),
            mask_hidden=odds(rng, 0.5),
            stride=pick(rng, (1, 2, 4)) if odds(rng, 0.95) else number(rng),
            texture_size=texture_size(rng),
            profile=choice(rng, PROFILES),
        )
        name = text(rng).replace("/", "_").replace("\\", "_")
        out = make_folder(folder / "out")
        written = write_outputs(face, out, name, options)
        assert sorted(written) == sorted({p.name for p in out.iterdir()}), written
        return []

    return run


def boxes(folder: Path) -> Run:
    """Faces in odd boxes, in photos of odd sizes."""
    pixels = portrait()
    look = reconstructor()

    def corners(rng: Random, width: int, height: int) -> list[Any]:
        if odds(rng, 0.5):
            return [float(v) for v in rng.normal([40, 40, 110, 120], pick(rng, (1, 20, 300)))]
        box = [*rng.uniform(0, [width, height]), *rng.uniform(0, [width, height])]
        return [number(rng) if odds(rng, 0.3) else float(v) for v in box]

    def run(rng: Random, folder: Path) -> list[str]:
        height, width = (int(2 ** rng.uniform(0, 7.4)) for _ in range(2))
        shown = pixels[:height, :width] if odds(rng, 0.5) else pixels
        photo = Photo.from_pixels(np.ascontiguousarray(shown))
        given = [corners(rng, *shown.shape[1::-1]) for _ in range(int(rng.integers(0, 3)))]
        if odds(rng, 0.05):
            given = [box[:3] for box in given]
        found = look(
            photo,
            boxes=given if odds(rng, 0.9) else None,
            max_faces=None if odds(rng, 0.8) else number(rng),
            passes=pick(rng, (1, 2)),
        )
        for face in found:
            assert np.isfinite(face.position_map).all()
            assert np.isfinite(face.pose.matrix).all()
            face.texture(32)
        return []

    return run
