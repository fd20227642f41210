"""`python scripts/model_failures.py`: the model card's picture of where the model falls short.

Two public-domain portraits that Python packages carry, as they are and made difficult.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np

from prn_blender.core.errors import NoFaceError
from prn_blender.core.face.reconstruct import FaceReconstructor
from prn_blender.core.outputs.contact_sheet import face_row
from prn_blender.core.photo.photo import Photo, read_photo

OUTPUT = Path(__file__).resolve().parents[1] / "docs" / "images" / "model-failures.jpg"
PANEL = 176


def packaged(package: str, *place: str) -> Photo:
    """A picture inside an installed package."""
    spec = find_spec(package)
    assert spec is not None and spec.origin is not None, "run `make setup` first"
    return read_photo(Path(spec.origin).parent.joinpath(*place))


def covered(photo: Photo, box: tuple[float, float, float, float]) -> Photo:
    """Nose and mouth behind something plain."""
    x0, y0, x1, y1 = (int(v) for v in box)
    pixels = photo.pixels.copy()
    pixels[(y0 + y1) // 2 : y1 + 10, x0 - 10 : x1 + 10] = (170, 130, 110)
    return Photo(pixels)


def half_dark(photo: Photo, box: tuple[float, float, float, float]) -> Photo:
    """Light from one side, and none from the other."""
    x = (np.arange(photo.width) - (box[0] + box[2]) / 2) / (box[2] - box[0])
    light = 0.04 + 0.96 / (1 + np.exp(-25 * x))
    return Photo((photo.pixels * light[None, :, None]).astype(np.uint8))


def small(photo: Photo, box: tuple[float, float, float, float]) -> Photo:
    """A face 24 pixels wide."""
    k = 24 / (box[2] - box[0])
    return Photo(cv2.resize(photo.pixels, None, fx=k, fy=k, interpolation=cv2.INTER_AREA))


CASES: dict[str, Callable[[Photo, tuple[float, float, float, float]], Photo]] = {
    "as it is": lambda photo, box: photo,
    "mouth and nose covered": covered,
    "half of the face without light": half_dark,
    "24 pixels": small,
}


def main() -> None:
    """Write the picture."""
    reconstructor = FaceReconstructor.load()
    rows = []
    for photo in (
        packaged("skimage", "data", "astronaut.png"),
        packaged("matplotlib", "mpl-data", "sample_data", "grace_hopper.jpg"),
    ):
        box = reconstructor(photo, max_faces=1)[0].box
        for name, change in CASES.items():
            try:
                face = reconstructor(change(photo, box), max_faces=1)[0]
            except NoFaceError as e:
                print(f"{name}: {e}")
                continue
            rows.append(face_row(face, name, PANEL))
    cv2.imwrite(str(OUTPUT), np.vstack(rows)[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 85])
    print(OUTPUT)


if __name__ == "__main__":
    main()
