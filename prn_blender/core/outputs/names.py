"""What results are called: the photo's name and an ending of one table.

Everything that is written beside a photo takes its name from here, so that a second run over the
folder knows it again. Loads nothing heavy.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from ..files.safe import linkable, plain

ENDINGS = frozenset({
    ".obj", ".mtl", "_texture.png",
    "_front.obj", "_front.mtl", "_front_texture.png",
    "_colors.obj", "_colors.ply",
    "_landmarks.txt", "_kpt.txt", "_pose.txt", "_camera_matrix.txt",
    "_vertices.npy", "_mesh.mat",
    "_depth.png", "_depth.exr", "_depth.npy", "_depth.mat", "_depth.jpg", "_depth_view.png",
    "_show.png", "_albedo.png", "_lights.json",
    "_displacement.png", "_normal.png", "_detail.json",
    "_head.glb", "_unreal.fbx", "_unity.fbx", "_vrm.glb",
    ".blend", ".glb", ".json", "_render.png",
    "_swap.png", "_matte.png", "_left_out.png",
    "_result.png", "_result.jpg",
})  # fmt: skip
"""What follows the photo's name in the names of results.

The last line is what Blender's window proposes for a photo with a swap or edits.
"""

SHEET = "sheet.png"
"""What a contact sheet is called unless the user names it: it is of all photos of a folder."""

FAILURES = "failures.png"
"""The contact sheet of the photos of a batch that have no results."""

# me_swap.png, me_DONOR_swap.png, and what is written of them: me_DONOR_swap_texture_2.png.
_OF_SWAP = r"(?:texture|left_out)(?:_\d+)?|matte"
_SWAP = re.compile(rf"(?P<name>.+)_swap(?:_(?:{_OF_SWAP}))?\.png", re.IGNORECASE)
_ANY_ENDING = "|".join(re.escape(ending) for ending in sorted(ENDINGS - {"_swap.png"}))
_PLAIN = re.compile(rf"(?P<name>.+?)(?:{_ANY_ENDING})", re.IGNORECASE)
# What tells further faces (me_2), several textures of one swap and photos of one name (me.jpg-2)
# apart.
_NUMBER = re.compile(r"[_-]\d+$")


def result_name(name: str, ending: str) -> str:
    """What a result is called.

    Parameters
    ----------
    name : str
        The photo's, or another that the user chose.
    ending : str
        One of `ENDINGS`: a new kind of result has to be known there first.
    """
    if ending not in ENDINGS:
        raise ValueError(f"{ending!r} is not in ENDINGS")
    return f"{name}{ending}"


def taken_name(name: str) -> str:
    """What has to differ for the results of two names to be different files on every system.

    Windows knows no case, and an OBJ's name has "_" for spaces.
    """
    return linkable(name).lower()


def free_name(photo: Path, taken: Collection[str]) -> str:
    """What the results of a photo are called among those of others in one folder.

    x.jpg and x.png, or x.jpg of two folders, must not overwrite each other's results: the second is
    called x.png, a third x.png-2.

    Parameters
    ----------
    photo : Path
    taken : collection of str
        The `taken_name` of each name that is another photo's.
    """
    name, number = plain(photo.stem), 2
    while taken_name(name) in taken:
        name = plain(photo.name) if number == 2 else f"{plain(photo.name)}-{number - 1}"
        number += 1
    return name


def names_of_faces(name: str, count: int, taken: Collection[str]) -> list[str]:
    """A name for each face of a photo: NAME, NAME_2, NAME_3, without those of other photos.

    Parameters
    ----------
    name : str
        The photo's, see `free_name`.
    count : int
        Of faces, at least 1.
    taken : collection of str
        The `taken_name` of each name that is another photo's.
    """
    names, number = [name], 2
    while len(names) < count:
        if taken_name(f"{name}_{number}") not in taken:
            names.append(f"{name}_{number}")
        number += 1
    return names


def results_among(files: Iterable[Path]) -> set[Path]:
    """Which files of a folder are results of photos that lie in it too.

    So are `SHEET` and `FAILURES`. A picture that is called like a result, but without the photo it
    would be of, is a photo like any other: a folder of swapped photos can be looked at in its turn.

    Parameters
    ----------
    files : iterable of Path
        The pictures of one folder.
    """
    files = list(files)
    stems: dict[str, set[Path]] = {}
    for file in files:
        # x.png and x.jpg of one folder: the second one's results are named x.jpg.
        for name in (file.stem, file.name):
            for written in (plain(name), linkable(name)):
                stems.setdefault(written.lower(), set()).add(file)

    def is_result(file: Path) -> bool:
        if file.name.lower() in (SHEET, FAILURES):
            return len(files) > 1
        return any(stems.get(name.lower(), set()) - {file} for name in _photos_of(file.name))

    return {file for file in files if is_result(file)}


def _photos_of(result: str) -> Iterator[str]:
    """The names that a photo can have if a file of this name is made of it."""
    if found := _PLAIN.fullmatch(result):
        yield from _without_number(found["name"])
    # The second of several textures is called me_texture_2.png.
    stem, dot, suffix = result.rpartition(".")
    if (shorter := _NUMBER.sub("", stem)) != stem and (
        found := _PLAIN.fullmatch(f"{shorter}{dot}{suffix}")
    ):
        yield found["name"]
    if found := _SWAP.fullmatch(result):
        name = found["name"]
        yield from _without_number(name)
        for cut in re.finditer("_", name):  # any of them may stand before the donor's name
            yield from _without_number(name[: cut.start()])


def _without_number(name: str) -> Iterator[str]:
    yield name
    yield _NUMBER.sub("", name)
