"""From the record of a face object to the `Face` it was built from, and back.

Blender's data may be read in its own thread only, and reading a photo takes long. So `recall` and
`recall_layout` take everything from Blender first, and return a function without it for another
thread.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import bpy
import numpy as np

from ...core.errors import ModelError, OptionError, PhotoError
from ...core.face.adjust import Pin
from ...core.face.face import MOMENTS, Face
from ...core.geometry.face_geometry import FaceGeometry
from ...core.geometry.layout_file import load_uv_layout
from ...core.geometry.uv_layout import UVLayout
from ...core.model.bundled import models_folder
from ...core.model.record import INDEX_FILE
from ...core.photo.crop import Crop
from ...core.photo.photo import Photo
from .face_record import FaceRecord, PhotoRecord
from .known_head import named_head
from .photo_reader import file_size, is_lost, name_of, photo_reader
from .storage import read_record

# Photo pixels: as much as a photo may measure, some times over.
_FARTHEST = 1e6


def position_image(name: str, face: Face) -> bpy.types.Image:
    """The position map as a packed float image: red x, green y, blue z, alpha the mask."""
    size = face.layout.size
    image = bpy.data.images.new(name, size, size, alpha=True, float_buffer=True, is_data=True)
    pixels = np.ones((size, size, 4), np.float32)
    pixels[..., :3] = np.where(face.layout.mask[..., None], face.position_map, 0)
    image.pixels.foreach_set(np.ascontiguousarray(pixels[::-1]).ravel())
    image.pack()
    return image


def record_of(face: Face, photo: bpy.types.Image, positions: bpy.types.Image) -> FaceRecord:
    """What the mesh of a face is to remember, for `face_of` to find.

    Parameters
    ----------
    face : Face
    photo : bpy.types.Image
        From `photo_image`.
    positions : bpy.types.Image
        From `position_image`.
    """
    path, layout, crop, head = face.photo.path, face.layout, face.crop, face.head_model
    x, y = crop.centre
    return FaceRecord(
        layout=layout.name,
        layout_path=_text(layout.path.absolute()) if layout.path else "",
        layout_sha256=layout.sha256,
        head_path=_text(head.path.absolute()) if head and head.path else None,
        head_sha256=head.sha256 if head and head.path else None,
        photos=(
            PhotoRecord(
                image=photo,
                path=_text(path.absolute()) if path else "",
                file_bytes=file_size(path),
                size=(face.photo.width, face.photo.height),
                position_map=positions,
                crop=(float(x), float(y), float(crop.size), float(crop.roll)),
                crop_resolution=crop.resolution,
                confidence=float(face.confidence),
                **told_of(face),
            ),
        ),
    )


def told_of(face: Face) -> dict[str, Any]:
    """`coefficients` and `expression` of a face's `PhotoRecord`."""
    return {
        "coefficients": {
            name: tuple(map(float, values))
            for name, values in face.coefficients.items()
            # What a foreign network could not say is not remembered.
            if np.isfinite(values).all()
        },
        "expression": {k: float(v) for k, v in face.expression.items() if np.isfinite(v)},
    }


def refreshed(record: FaceRecord, face: Face) -> FaceRecord:
    """A record, with the files that its face was recalled from: they may have moved."""
    photo = record.photo
    now = record_of(face, photo.image, photo.position_map)
    if now.photo.path:
        photo = replace(photo, path=now.photo.path, file_bytes=now.photo.file_bytes)
    return replace(record.with_chosen(photo), layout_path=now.layout_path)


def face_of(item: bpy.types.Object) -> Face:
    """The face that an object was built from, out of the data of the .blend file.

    Parameters
    ----------
    item : bpy.types.Object

    Returns
    -------
    Face
        Of the photo's own geometry, whatever was done to the mesh since.

    Raises
    ------
    PRNError
        The object is no face, or its photo, layout or position map is gone.
    """
    (face,) = recall([item])()
    return face


def recall(items: Sequence[bpy.types.Object]) -> Callable[[], list[Face]]:
    """As `face_of`, for another thread.

    Parameters
    ----------
    items : sequence of bpy.types.Object
        Of one photo.

    Returns
    -------
    callable
        Gives the faces. It reads the photo, which takes long, and needs nothing of Blender.

    Raises
    ------
    PRNError
        As `face_of`; some of it is raised when the callable is called.
    """
    records = [read_record(item) for item in items]
    photo = photo_reader(records[0].photo)
    makers = [_recall(record) for record in records]

    def faces() -> list[Face]:
        shared = photo()
        return [make(shared) for make in makers]

    return faces


def recall_all(item: bpy.types.Object, without: Collection[int] = ()) -> Callable[[], list[Face]]:
    """The face in each photo of a person, for another thread; see `recall`.

    Parameters
    ----------
    item : bpy.types.Object
    without : collection of int
        Photos that are not needed: they may be gone.
    """
    record = read_record(item)
    kept = [number for number in range(len(record.photos)) if number not in without]
    lost = [number for number in kept if is_lost(record.photos[number])]
    if lost and lost[0] > 0:  # of the first one, which has to stay, `photo_reader` says it
        raise PhotoError(
            "The photo {name} of this person is neither where it was nor in the .blend file; put "
            "it back, or take it away with Remove Lost Photos.",
            name=name_of(record.photos[lost[0]]) or str(lost[0] + 1),
        )
    photos = [photo_reader(record.photos[number]) for number in kept]
    makers = [_recall(replace(record, chosen=number)) for number in kept]
    return lambda: [make(read()) for make, read in zip(makers, photos, strict=True)]


def lost_photos(item: bpy.types.Object) -> tuple[int, ...]:
    """Which photos of a person are neither where they were nor in the .blend file, from 0."""
    photos = read_record(item).photos
    return tuple(number for number, photo in enumerate(photos) if is_lost(photo))


@dataclass(frozen=True, eq=False)
class Pinned:
    """A face as it is, and what it is without the pins that it has.

    Attributes
    ----------
    face, unpinned : Face
        The same where there are no pins.
    pins : tuple of Pin
    symmetric : bool
    """

    face: Face
    unpinned: Face
    pins: tuple[Pin, ...] = ()
    symmetric: bool = True


def recall_pinned(item: bpy.types.Object) -> Callable[[], Pinned]:
    """A face object's face and its pins, for another thread; see `recall` for errors.

    Where the map without pins was removed from the file the pins are none any more: the face stays
    as it is.
    """
    record = read_record(item)
    read, make, own = photo_reader(record.photo), _recall(record), record.photo
    numbers, symmetric = own.pins, own.pins_symmetric != 0
    if numbers is None or own.unpinned_map is None:
        return lambda: Pinned(face := make(read()), face)
    before = replace(
        own,
        position_map=own.unpinned_map,
        coefficients=own.unpinned_coefficients or {},
        expression=own.unpinned_expression or {},
    )
    unpinned = _recall(record.with_chosen(before))
    pins = tuple(
        Pin(int(texel), (x, y))
        for texel, x, y in zip(numbers[::3], numbers[1::3], numbers[2::3], strict=True)
    )

    def pinned() -> Pinned:
        photo = read()
        return Pinned(make(photo), unpinned(photo), pins, symmetric)

    return pinned


def geometry_of(item: bpy.types.Object) -> FaceGeometry:
    """The geometry of a face object in its photo, which need not be there for it.

    Raises
    ------
    PRNError
        The object is no face, or its layout or position map is gone.
    """
    record = read_record(item)
    layout, photo = _layout(record)(), record.photo
    positions = _positions(photo.position_map)
    if positions.shape[:2] != layout.mask.shape:
        raise _damaged()
    moments = photo.coefficients.get(MOMENTS)
    return FaceGeometry(
        layout, positions, photo.size, None if moments is None else np.array(moments, np.float32)
    )


def recall_photo(item: bpy.types.Object) -> Callable[[], Photo]:
    """The photo of a face object, for another thread, as `recall` reads it.

    Raises
    ------
    PRNError
        The object is no face, or its photo is gone; some of it is raised when the callable is
        called.
    """
    return photo_reader(read_record(item).photo)


def _recall(record: FaceRecord) -> Callable[[Photo], Face]:
    layout, own = _layout(record), record.photo
    head_path, digest = record.head_path or "", record.head_sha256
    positions = _positions(own.position_map)
    x, y, side, roll = own.crop
    crop = Crop(np.array([x, y]), side, roll, own.crop_resolution)
    coefficients = {k: np.array(v, np.float32) for k, v in own.coefficients.items()}

    def make(photo: Photo) -> Face:
        known = layout()
        if positions.shape[:2] != known.mask.shape:
            raise _damaged()
        head = named_head(head_path, digest) if digest else None
        return Face(
            photo, known, positions, crop, own.confidence, coefficients, own.expression, head
        )

    return make


def layout_of(item: bpy.types.Object) -> UVLayout:
    """The UV layout of a face object.

    Raises
    ------
    PRNError
        It is not on this machine, or what the object remembers is incomplete.
    """
    return recall_layout(item)()


def recall_layout(item: bpy.types.Object) -> Callable[[], UVLayout]:
    """As `layout_of`, for another thread."""
    return _layout(read_record(item))


def _text(path: Path) -> str:
    # A name that is not valid Unicode cannot be a property; the image keeps such a photo.
    text = str(path)
    return text if text == text.encode("utf-8", "ignore").decode() else ""


def _positions(image: bpy.types.Image | None) -> np.ndarray:
    if image is None or image.size[0] != image.size[1]:
        raise _damaged()
    if not image.is_float or image.channels != 4:
        raise _damaged()
    size = int(image.size[0])
    values = np.empty(size * size * 4, np.float32)
    image.pixels.foreach_get(values)
    positions = np.ascontiguousarray(values.reshape(size, size, 4)[::-1, :, :3])
    # Infinities fail the comparison too.
    if not bool((np.abs(positions) < _FARTHEST).all()):
        raise OptionError("The face's position map holds impossible values; build the face again.")
    return positions


def _damaged() -> OptionError:
    return OptionError("The face's position map is missing or damaged; build the face again.")


def _layout(record: FaceRecord) -> Callable[[], UVLayout]:
    def load() -> UVLayout:
        for path in _layout_files(record):
            try:
                layout = _load_layout(path, path.stat().st_mtime_ns)
            except (OSError, ValueError, ModelError):
                continue
            if layout.sha256 == record.layout_sha256:
                return layout
        raise ModelError(
            "The UV layout {layout!r} that this face was made with is not here; install "
            "its model again or build the face anew.",
            layout=record.layout,
        )

    return load


def _layout_files(record: FaceRecord) -> Iterator[Path]:
    """Where the layout can be: where it was, elsewhere among the user's models, among ours."""
    if record.layout_path:
        path = Path(record.layout_path)
        yield path
        store = path.parent.parent
        with contextlib.suppress(OSError, ValueError):
            if (store / INDEX_FILE).is_file():  # a model that was added again has another folder
                yield from sorted(store.glob("*/*.npz"))
    yield from sorted(models_folder().glob("*uv_layout.npz"))


@lru_cache(maxsize=4)
def _load_layout(path: Path, modified: int) -> UVLayout:
    return load_uv_layout(path)
