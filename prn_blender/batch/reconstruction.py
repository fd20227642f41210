"""One photo to all of its files: what `reconstruct` does for each photo, and a batch does too."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ..core.choices import CameraKind, Material, Topology
from ..core.face.annotations import landmark_box, read_annotation
from ..core.face.face import Face
from ..core.face.reconstruct import FaceReconstructor
from ..core.files.safe import shown
from ..core.geometry.camera import make_camera
from ..core.outputs.description import describe, write_json
from ..core.outputs.names import names_of_faces, result_name
from ..core.outputs.options import OutputOptions
from ..core.outputs.outputs import write_outputs
from ..core.person import Person
from ..core.photo.photo import Photo, read_photo

Box = tuple[float, float, float, float]
"""(x0, y0, x1, y1) from brows to chin, pixels of the file."""


@dataclass(frozen=True)
class Wanted:
    """What is made of a photo.

    Attributes
    ----------
    outputs : OutputOptions
        The files that need no Blender; texture size and stride hold for the others as well.
    blend, glb, render, json : bool
        Whether NAME.blend, NAME.glb, NAME_render.png, NAME.json are written.
    camera : {"ortho", "persp"}
    focal : float or None
        35 mm equivalent of the perspective camera; None: EXIF's, else 50.
    material : {"shadeless", "lit"}
    all_faces : bool
        Not only the largest face.
    mat_boxes : bool
        Faces are cropped by the landmarks in NAME.mat beside the photo, and looked at once.
    neutral : bool
        In .blend and .glb, a shape key that takes the expression off the face.
    topology : {"head", "lattice"} or None
        What the face is in .blend, .glb and the rendered picture, see `SceneOptions`.
    """

    outputs: OutputOptions
    blend: bool = False
    glb: bool = False
    render: bool = False
    json: bool = False
    camera: CameraKind = "ortho"
    focal: float | None = None
    material: Material = "shadeless"
    all_faces: bool = False
    mat_boxes: bool = False
    neutral: bool = False
    topology: Topology | None = None

    @property
    def needs_blender(self) -> bool:
        """Whether any of the files is written by Blender."""
        return self.blend or self.glb or self.render


@dataclass(frozen=True, eq=False)
class SceneFiles:
    """The files that Blender writes of a photo: all that it has to be told.

    Attributes
    ----------
    faces : list of Face
        Of one photo.
    name : str
        The photo's results'.
    names : list of str
        Each face's.
    folder : Path
    wanted : Wanted
    about : dict
        The photo's description, which .glb files carry; empty without them.
    person : Person or None
        Whose face is the first one, if that is known from several photos: its first photo is this.
    """

    faces: list[Face]
    name: str
    names: list[str]
    folder: Path
    wanted: Wanted
    about: dict[str, Any]
    person: Person | None = None


Say = Callable[[str], None]
"""Tells the user a sentence."""

WriteScene = Callable[[SceneFiles, Say], list[list[str]]]
"""Writes the files, returns their names for each face; `scene_files.write_scene_files` is one."""


@dataclass(frozen=True, eq=False)
class Reconstructed:
    """What came of a photo.

    Attributes
    ----------
    faces : list of Face
    files : list of list of str
        The names of the files that were written of each face.
    """

    faces: list[Face]
    files: list[list[str]]


def reconstruct_photo(
    reconstructor: FaceReconstructor,
    path: Path,
    name: str,
    folder: Path,
    wanted: Wanted,
    write_scene: WriteScene,
    say: Say,
    boxes: Sequence[Box] = (),
    taken: Collection[str] = (),
    passing: bool = False,
) -> Reconstructed:
    """Find the faces of a photo and write all that is wanted.

    Parameters
    ----------
    reconstructor : FaceReconstructor
    path : Path
        The photo.
    name : str
        What its results are called.
    folder : Path
        Where they go: an existing folder.
    wanted : Wanted
    write_scene : callable
        Called if anything needs Blender.
    say : callable
        Takes a sentence that the user should read.
    boxes : sequence of (x0, y0, x1, y1)
        The faces, brows to chin, pixels of the file; by default they are looked for.
    taken : collection of str
        Names of other photos that further faces must not have, see `names_of_faces`.
    passing : bool
        The file will be gone: what shows the photo keeps a copy of it.

    Raises
    ------
    PRNError
        The photo, or a file of it, cannot be read, reconstructed or written.
    """
    photo = read_photo(path, reduced=True)
    if passing:
        photo = replace(photo, as_stored=False)
    if photo.reduction > 1:
        size = f"{photo.width} x {photo.height}"
        say(f"{shown(path)} is large and was read at {size} pixels.")
    if wanted.mat_boxes:
        box = landmark_box(read_annotation(path)[0])
        faces = reconstructor(photo, boxes=_in_photo([box], photo), passes=1)
    else:
        limit = None if wanted.all_faces or boxes else 1
        given = _in_photo(boxes, photo) if boxes else None
        faces = reconstructor(photo, boxes=given, max_faces=limit)
    return write_faces(reconstructor, faces, name, folder, wanted, write_scene, say, taken)


def write_faces(
    reconstructor: FaceReconstructor,
    faces: list[Face],
    name: str,
    folder: Path,
    wanted: Wanted,
    write_scene: WriteScene,
    say: Say,
    taken: Collection[str] = (),
    more: Mapping[str, Any] | None = None,
    person: Person | None = None,
) -> Reconstructed:
    """Write all that is wanted of the faces of a photo.

    Parameters
    ----------
    reconstructor : FaceReconstructor
        What made the faces.
    faces : list of Face
        Of one photo.
    name, folder, wanted, write_scene, say, taken
        As in `reconstruct_photo`.
    more : mapping, optional
        Further keys of the JSON file.
    person : Person, optional
        Whose face is the only one: a .blend file has cameras of all photos.

    Raises
    ------
    PRNError
        A file cannot be written.
    """
    photo = faces[0].photo
    names = names_of_faces(name, len(faces), taken)
    camera = make_camera(photo, faces[0].geometry, wanted.camera, wanted.focal)
    files = [
        write_outputs(face, folder, of_face, wanted.outputs, camera)
        for face, of_face in zip(faces, names, strict=True)
    ]
    if wanted.needs_blender:
        about = describe(photo, faces, camera, reconstructor) if wanted.glb else {}
        scene = write_scene(SceneFiles(faces, name, names, folder, wanted, about, person), say)
        files = [mine + more for mine, more in zip(files, scene, strict=True)]
    if wanted.json:
        about = describe(photo, faces, camera, reconstructor, files) | dict(more or {})
        files[0].append(result_name(name, ".json"))
        write_json(folder / files[0][-1], about)
    return Reconstructed(faces, files)


def _in_photo(boxes: Sequence[Sequence[float]], photo: Photo) -> list[list[float]]:
    """Boxes in pixels of the file as boxes in pixels of the photo, which may be smaller."""
    # Pixel centres lie at integers.
    scale, shift = 1 / photo.reduction, (1 / photo.reduction - 1) / 2
    return [[v * scale + shift for v in box] for box in boxes]
