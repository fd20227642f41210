"""`python -m benchmarks.measures.textures -o DIR`: textures from five sides, and the steps in them.

Each photo's largest face, its texture as built and with the hidden side completed, seen from the
front and turned by 45 and 75 degrees to either side; beside them the photo. The table has, in
levels of 255 per millimetre of skin, the 99th percentile of how colour changes: inside the cheeks;
where the photo's share of the completed texture ends (the seam); there again, without what changes
as much in the photo itself (made); and in all that is not the photo (beyond). Then milliseconds of
processor for both textures.
With `--occluders` the table is another one: a hand, a dark bar or a cloth is drawn into the photo,
see `made_occluders`, and the completed texture is compared with that of the photo as it is: mean
difference in levels of 255 where the face is covered, on the other side, where none of it may
appear, and over all the rest.
The photos are research data beside the repository (../shared or $PRN_SHARED); nothing of them is
kept in it.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import argparse
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

import cv2
import numpy as np

from prn_blender.core import Face, FaceReconstructor, read_photo
from prn_blender.core.appearance.skin import nostril_distance
from prn_blender.core.editing.completion import complete
from prn_blender.core.geometry import part_mask
from prn_blender.core.geometry.face_geometry import FaceGeometry
from prn_blender.core.geometry.pose import PHOTO_TO_BLENDER
from prn_blender.core.photo.photo import write_image
from prn_blender.core.texture import render_texture
from prn_blender.core.texture.unwrap import unwrap

from ..swap_sheet import DATA
from .made_occluders import OCCLUDERS, occluded

# Degrees about the vertical axis.
_YAWS = (-75.0, -45.0, 0.0, 45.0, 75.0)
# Texels along the textures that are shown and measured.
_SIZE = 1024
_MEASURED = 256
# Millimetres between the eye centres of the mean face.
_EYES_MM = 63.0
# Share of the photo (0..255) up to which a texel is not the photo's, and from which on it is all.
_NONE, _ALL = 5, 250
# Eye distances from their landmarks: nostrils with their wings' edges.
_NOSTRILS = 0.15
# Texels around the seam that belong to it.
_WIDTH = 2
# Share of a change from which on the photo has it as well.
_OWN = 0.9
# Per cent: what is reported of the changes of colour.
_PERCENTILE = 99
_PLACES = ("there", "mirrored", "else")
_FOLDERS = {"faces_68": 20, "generated_faces": 10}


def turned(face: FaceGeometry, yaw: float, side: int) -> FaceGeometry:
    """A face as seen upright from `yaw` degrees aside, in a picture of `side` pixels."""
    layout = face.layout
    shape = face.pose.similarity.invert(face.extended_position_map @ PHOTO_TO_BLENDER.T)
    angle = np.radians(yaw)
    turn = np.array(
        [[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]]
    )
    points = shape @ turn.T
    reach = np.linalg.norm(shape[layout.mask], axis=1).max()
    low, high = points[layout.mask].min(axis=0), points[layout.mask].max(axis=0)
    scale = side / (2.1 * reach)
    middle = (low + high) / 2
    x = (points[..., 0] - middle[0]) * scale + side / 2
    y = (middle[2] - points[..., 2]) * scale + side / 2
    positions = np.stack([x, y, -points[..., 1] * scale], axis=-1).astype(np.float32)
    return FaceGeometry(layout, positions, (side, side))


def views(face: Face, texture: np.ndarray, side: int) -> np.ndarray:
    """(side, 5 side, 3) uint8: a texture on its face from five sides, over grey."""
    pictures = []
    for yaw in _YAWS:
        rendered = render_texture(turned(face.geometry, yaw, side), texture[..., :3])
        picture = np.full((side, side, 3), 90, np.uint8)
        view, matte = rendered.crop(picture), rendered.matte[..., None]
        view[:] = view * (1 - matte) + rendered.colour * matte
        pictures.append(picture)
    return np.hstack(pictures)


def steps(face: Face, texture: np.ndarray) -> dict[str, float]:
    """How colour changes in a texture (N, N, 4) uint8: levels per mm, see the module."""
    layout = face.layout
    small = cv2.resize(texture, (_MEASURED,) * 2, interpolation=cv2.INTER_AREA)
    everything = np.ones(layout.mask.shape, np.float32)
    photo = unwrap(face.photo, face.geometry, len(texture), everything)
    photo = cv2.resize(photo, (_MEASURED,) * 2, interpolation=cv2.INTER_AREA)
    change, in_photo = _change(face, small), _change(face, photo)
    mask = cv2.resize(layout.mask.astype(np.uint8), (_MEASURED,) * 2) > 0
    mask = cv2.erode(mask.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    features = part_mask(layout, ("eyes", "brows", "mouth"), _MEASURED, feather=0) > 0
    # Nostrils are features as eyes are: dark holes with an edge of their own.
    nostrils = (nostril_distance(layout) < _NOSTRILS).astype(np.uint8)
    features |= cv2.resize(nostrils, (_MEASURED,) * 2) > 0
    cheeks = part_mask(layout, "cheeks", _MEASURED, feather=0) > 0
    share = small[..., 3]
    kernel = np.ones((2 * _WIDTH + 1,) * 2, np.uint8)
    partly = ((share > _NONE) & (share < _ALL)).astype(np.uint8)
    edge = cv2.morphologyEx((share > 127).astype(np.uint8), cv2.MORPH_GRADIENT, kernel)
    seam = mask & ~features & ((cv2.dilate(partly, kernel) | edge) > 0)
    # What the photo has there as well (a mole, a wrinkle, hair) is no seam.
    made = np.where(in_photo < _OWN * change, change, 0)
    places = {
        "cheek": (change, cheeks & (share >= _ALL)),
        "seam": (change, seam),
        "made": (made, seam),
        "beyond": (change, mask & ~features & (share <= _NONE)),
    }
    return {
        name: float(np.percentile(values[where], _PERCENTILE)) if where.any() else np.nan
        for name, (values, where) in places.items()
    }


def _change(face: Face, colour: np.ndarray) -> np.ndarray:
    """(M, M) float32: how colours (M, M, 3 or more) uint8 change between texels, levels per mm."""
    layout, side = face.layout, (len(colour),) * 2
    shape = face.pose.similarity.invert(face.extended_position_map @ PHOTO_TO_BLENDER.T)
    shape = cv2.resize(shape * (_EYES_MM / layout.eye_distance), side)
    values = colour[..., :3].astype(np.float32)
    change = np.zeros(side, np.float32)
    for axis in (0, 1):
        apart = np.linalg.norm(np.diff(shape, axis=axis), axis=-1)
        step = np.abs(np.diff(values, axis=axis)).max(axis=-1) / np.maximum(apart, 0.2)
        first = np.s_[:-1] if axis == 0 else np.s_[:, :-1]
        change[first] = np.maximum(change[first], step)
    return change


def sheet(face: Face, built: np.ndarray, completed: np.ndarray, side: int) -> np.ndarray:
    """(2 side, 6 side, 3) uint8: the photo, and the two textures from five sides."""
    x0, y0, x1, y1 = face.box
    middle, reach = np.array([x0 + x1, y0 + y1]) / 2, 1.1 * max(x1 - x0, y1 - y0)
    scale = side / (2 * reach)
    matrix = np.array([[scale, 0, side / 2 - scale * middle[0]],
                       [0, scale, side / 2 - scale * middle[1]]])  # fmt: skip
    photo = cv2.warpAffine(face.photo.pixels, matrix, (side, side), flags=cv2.INTER_AREA)
    alpha = cv2.merge([cv2.resize(completed[..., 3], (side, side))] * 3)
    return np.vstack(
        [
            np.hstack([photo, views(face, built, side)]),
            np.hstack([alpha, views(face, completed, side)]),
        ]
    )


def occluder_errors(face: Face, name: str) -> tuple[float, float, float]:
    """What something in front of a face does to its completed texture.

    Parameters
    ----------
    face : Face
    name : str
        Of `made_occluders.OCCLUDERS`.

    Returns
    -------
    covered, mirrored, elsewhere : float
        Mean difference in levels of 255: where it is, where its mirror image would be, and on the
        rest of the face.
    """
    layout = face.layout
    hidden, where = occluded(face, name)
    textures = [complete(one, layout.size)[..., :3].astype(np.float32) for one in (face, hidden)]
    off = np.abs(textures[0] - textures[1]).mean(axis=-1)
    other = layout.mirrored(where) & ~where & layout.mask
    rest = layout.mask & ~where & ~other
    return tuple(float(off[part].mean()) if part.any() else np.nan for part in (where, other, rest))


def print_occluder_errors(faces: Iterable[tuple[str, Face]]) -> None:
    """Print the table of `--occluders` for named faces."""
    print(f"{'photo':28}" + "".join(f"{n + ' ' + c:>14}" for n in OCCLUDERS for c in _PLACES))
    rows = []
    for name, face in faces:
        rows.append([error for kind in OCCLUDERS for error in occluder_errors(face, kind)])
        print(f"{name:28}" + "".join(f"{v:14.1f}" for v in rows[-1]), flush=True)
    print(f"{'mean':28}" + "".join(f"{v:14.1f}" for v in np.nanmean(rows, axis=0)))


def default_photos() -> list[Path]:
    """The first photos of each folder; of the generated ones every 400th."""
    wild = sorted((DATA / "faces_68").glob("*.jpg"))[: _FOLDERS["faces_68"]]
    made = sorted((DATA / "generated_faces").glob("*.jpg"))
    return [*wild, *made[:: max(1, len(made) // _FOLDERS["generated_faces"])][:10]]


def main(arguments: Sequence[str] | None = None) -> None:
    """Make the pictures and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-o", "--output", type=Path, help="folder for the sheets; none without")
    parser.add_argument("--side", type=int, default=330, help="pixels of a view")
    parser.add_argument("--occluders", action="store_true", help="what covers faces, see above")
    parser.add_argument("photos", nargs="*", type=Path, help="by default thirty of the data sets")
    options = parser.parse_args(arguments)
    reconstructor = FaceReconstructor.load()
    if options.occluders:
        print_occluder_errors(
            (path.stem, face)
            for path in options.photos or default_photos()
            for face in reconstructor(read_photo(path), max_faces=1)
        )
        return
    rows = []
    columns = ("cheek", "seam", "made", "beyond", "built", "compl.")
    print(f"{'photo':28}" + "".join(f"{name:>8}" for name in columns))
    for path in options.photos or default_photos():
        for face in reconstructor(read_photo(path), max_faces=1):
            face.geometry.visibility, face.geometry.depth_inside  # noqa: B018 - known to any scene
            began = time.process_time()
            built = face.texture(_SIZE)
            middle = time.process_time()
            completed = complete(face, _SIZE)
            took = [1000 * (middle - began), 1000 * (time.process_time() - middle)]
            rows.append([*steps(face, completed).values(), *took])
            print(f"{path.stem:28}" + "".join(f"{v:8.1f}" for v in rows[-1]), flush=True)
            if options.output:
                options.output.mkdir(parents=True, exist_ok=True)
                picture = sheet(face, built, completed, options.side)
                write_image(options.output / f"{path.stem}.png", picture)
    table = np.array(rows)
    print(f"{'median':28}" + "".join(f"{v:8.1f}" for v in np.nanmedian(table, axis=0)))
    for column, name in ((1, "seam"), (2, "made"), (3, "beyond")):
        quiet = int((table[:, column] <= table[:, 0]).sum())
        print(f"{name}: no larger than inside the cheek on {quiet} of {len(table)}")


if __name__ == "__main__":
    main()
