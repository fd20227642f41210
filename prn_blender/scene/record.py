"""What a face object remembers of its photo, so that it can be worked on in any session.

Everything lies in the .blend file: the mesh has one custom property `prn` (a group) that names
the photo, the layout and the crop and points to the photo's image and to the position map, which
is a packed 32-bit image. Duplicating, appending, undoing and reopening keep it, with no help.

The map is an image at every density of the mesh: coarse meshes lack texels, and a sculpted or
remeshed one no longer has them, while editing has to know where the *photo* shows the face.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

import bpy
import numpy as np

from ..core.errors import ModelError, OptionError, PhotoError, PRNError, Sentence
from ..core.face.face import Face
from ..core.files.safe import shown
from ..core.geometry.layout_file import load_uv_layout
from ..core.geometry.uv_layout import UVLayout
from ..core.model.bundled import models_folder
from ..core.photo.crop import Crop
from ..core.photo.photo import Photo, read_photo
from .images.image import photo_from_image
from .names import FACE, is_face


def position_image(name: str, face: Face) -> bpy.types.Image:
    """The position map as a packed float image: red x, green y, blue z, alpha the mask."""
    size = face.layout.size
    image = bpy.data.images.new(name, size, size, alpha=True, float_buffer=True, is_data=True)
    pixels = np.ones((size, size, 4), np.float32)
    pixels[..., :3] = np.where(face.layout.mask[..., None], face.position_map, 0)
    image.pixels.foreach_set(np.ascontiguousarray(pixels[::-1]).ravel())
    image.pack()
    return image


def store_face(
    mesh: bpy.types.Mesh, face: Face, photo: bpy.types.Image, positions: bpy.types.Image
) -> None:
    """Write what `face_of` needs into the mesh.

    Parameters
    ----------
    mesh : bpy.types.Mesh
    face : Face
    photo : bpy.types.Image
        From `photo_image`.
    positions : bpy.types.Image
        From `position_image`.
    """
    path = face.photo.path
    crop = face.crop
    mesh[FACE] = {
        "photo": photo,
        "photo_path": _text(path.absolute()) if path else "",
        "photo_bytes": _file_size(path),
        "photo_size": [face.photo.width, face.photo.height],
        "position_map": positions,
        "layout": face.layout.name,
        "layout_path": _text(face.layout.path.absolute()) if face.layout.path else "",
        "layout_sha256": face.layout.sha256,
        "crop": [*map(float, crop.centre), float(crop.size), float(crop.roll)],
        "crop_resolution": crop.resolution,
        "confidence": face.confidence,
        "coefficients": {k: [float(x) for x in v] for k, v in face.coefficients.items()},
        "expression": {k: float(v) for k, v in face.expression.items()},
    }


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
    for item in items:
        if item is None:
            raise OptionError("Nothing is selected; select a face built from a photo.")
        if not is_face(item):
            raise OptionError(
                "{name!r} is not a face built from a photo; select one.", name=item.name
            )
    with _complete(items[0]):
        photo = _photo(items[0].data[FACE])
    makers = [_recall(item) for item in items]

    def faces() -> list[Face]:
        shared = photo()
        return [make(shared) for make in makers]

    return faces


def _recall(item: bpy.types.Object) -> Callable[[Photo], Face]:
    record = item.data[FACE]
    with _complete(item):
        layout, positions = _layout(record), _positions(record)
        x, y, size, roll = (float(v) for v in record["crop"])
        crop = Crop(np.array([x, y]), size, roll, int(record["crop_resolution"]))
        confidence = float(record["confidence"])
        coefficients = {
            k: np.array(v[:], np.float32) for k, v in record["coefficients"].items() if len(v)
        }
        expression = {k: float(v) for k, v in record["expression"].items()}

    def make(photo: Photo) -> Face:
        known = layout()
        if positions.shape[:2] != known.mask.shape:
            raise _damaged()
        return Face(photo, known, positions, crop, confidence, coefficients, expression)

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
    with _complete(item):
        return _layout(item.data[FACE])


def photo_block(item: bpy.types.Object) -> bpy.types.Image:
    """The image data-block of a face object's photo.

    Raises
    ------
    PhotoError
        It was removed.
    """
    image = item.data[FACE].get("photo")
    if image is None:
        raise PhotoError(
            "The photo of {item!r} is no longer in the file; build the face again.",
            item=item.name,
        )
    return image


def camera_of(item: bpy.types.Object) -> bpy.types.Object:
    """The camera that matches a face object's photo.

    Raises
    ------
    OptionError
        It was deleted.
    """
    camera = item.data[FACE].get("camera")
    if camera is None:
        raise OptionError(
            "The camera of {item!r} was deleted; build the face again.", item=item.name
        )
    return camera


def bring_back(camera: bpy.types.Object, item: bpy.types.Object) -> None:
    """Put a face object's camera beside it where it is in no scene.

    Deleting it in the view takes it out of the scene only, for the face still names it; and it
    comes along with an appended face, but not into the scene.
    """
    if not camera.users_scene:
        item.users_collection[0].objects.link(camera)


def faces_of_photo(item: bpy.types.Object, scene: bpy.types.Scene) -> list[bpy.types.Object]:
    """The faces of a scene that come from the same photo, this one first, each once.

    Of one that was duplicated, this one or else the first counts; linked ones do not.
    """
    photo = photo_block(item)
    found = {item.data[FACE].get("position_map"): item}
    for other in scene.objects:
        if is_face(other) and other.data[FACE].get("photo") == photo:
            linked = any(b.library or b.override_library for b in (other, other.data))
            if not linked:
                found.setdefault(other.data[FACE].get("position_map"), other)
    return list(found.values())


@contextmanager
def _complete(item: bpy.types.Object) -> Iterator[None]:
    """One sentence for whatever a damaged record makes of itself."""
    try:
        yield
    except PRNError:
        raise
    except (KeyError, TypeError, ValueError, AttributeError) as e:
        raise OptionError(
            "What {item!r} remembers of its photo is incomplete; build the face again.",
            item=item.name,
        ) from e


def _text(path: Path) -> str:
    # A name that is not valid Unicode cannot be a property; the image keeps such a photo.
    text = str(path)
    return text if text == text.encode("utf-8", "ignore").decode() else ""


def _file_size(path: Path | None) -> int:
    try:
        # Properties hold 32 bits; larger photos are refused anyway.
        return min(path.stat().st_size, 2**31 - 1) if path else -1
    except OSError:
        return -1


def _photo(record: Mapping[str, Any]) -> Callable[[], Photo]:
    """The photo from its file where that is still the same one, else from the .blend file.

    The file comes first because a packed copy may have been a JPEG once more.
    """
    image = record.get("photo")
    width, height = (int(n) for n in record["photo_size"])
    paths = [Path(record["photo_path"])] if record["photo_path"] else []
    if image is not None and image.packed_file is None and image.filepath:
        paths.append(Path(bpy.path.abspath(image.filepath, library=image.library)))
    same = [path for path in paths if _file_size(path) == record["photo_bytes"]]
    if same:
        return lambda: _of_size(read_photo(same[0]), width, height, shown(same[0]))
    if image is None or (not image.has_data and tuple(image.size) == (0, 0)):
        name = shown(paths[0]) if paths else Sentence("of this face")
        raise PhotoError(
            "The photo {name} is neither where it was nor in the .blend file; put it back "
            "or point the camera's background image to it.",
            name=name,
        )
    # Its pixels are Blender's: they are taken now.
    photo = _of_size(photo_from_image(image), width, height, image.name)
    return lambda: photo


def _of_size(photo: Photo, width: int, height: int, name: str) -> Photo:
    if (photo.width, photo.height) == (width, height):
        return photo
    raise PhotoError(
        "The photo {image!r} is {now_width} x {now_height} pixels; the face was built from one "
        "of {width} x {height}.",
        image=name,
        now_width=photo.width,
        now_height=photo.height,
        width=width,
        height=height,
    )


def _positions(record: Mapping[str, Any]) -> np.ndarray:
    image = record["position_map"]
    if image is None or image.size[0] != image.size[1] or not image.is_float:
        raise _damaged()
    size = int(image.size[0])
    values = np.empty(size * size * 4, np.float32)
    image.pixels.foreach_get(values)
    positions = np.ascontiguousarray(values.reshape(size, size, 4)[::-1, :, :3])
    # As much as a photo may measure, some times over; infinities fail the comparison too.
    if not bool((np.abs(positions) < 1e6).all()):
        raise OptionError("The face's position map holds impossible values; build the face again.")
    return positions


def _damaged() -> OptionError:
    return OptionError("The face's position map is missing or damaged; build the face again.")


def _layout(record: Mapping[str, Any]) -> Callable[[], UVLayout]:
    digest, name = str(record["layout_sha256"]), str(record["layout"])
    candidates = [Path(record["layout_path"])] if record["layout_path"] else []

    def load() -> UVLayout:
        for path in (*candidates, *sorted(models_folder().glob("*uv_layout.npz"))):
            try:
                layout = _load_layout(path, path.stat().st_mtime_ns)
            except (OSError, ValueError):
                continue
            if layout.sha256 == digest:
                return layout
        raise ModelError(
            "The UV layout {layout!r} that this face was made with is not here; install "
            "its model again or build the face anew.",
            layout=name,
        )

    return load


@lru_cache(maxsize=4)
def _load_layout(path: Path, modified: int) -> UVLayout:
    return load_uv_layout(path)
