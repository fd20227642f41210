"""What commands share: lists of photos, whose face, names for results, progress, printed paths."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
import re
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ..core.choices import PHOTO_SUFFIXES, UNREAD_SUFFIXES
from ..core.errors import OptionError, PhotoError, PRNError, first_line
from ..core.face.face import Face
from ..core.files.safe import complaint, make_folder, reason, same_file, shown
from ..core.outputs.names import free_name, names_of_faces, results_among, taken_name
from .streams import complain

PICTURES = (".png", ".jpg", ".jpeg")
"""Suffixes of the pictures that commands write."""

_BAR = 24
"""Characters of the progress bar."""

_LIKE_A_FILE = re.compile(r"\.(?:[A-Za-z][A-Za-z0-9]{2,4}|[Jj][Pp]2)")
"""Suffixes of files: `.webp` and `.blend` are, `.5` and `.v2` of a folder's name are not."""

_RESULTS_NAMED = 3
"""Results of earlier runs whose names are said; there may be thousands."""

_LONGEST_NAME = 40
"""Characters of a photo's name beside the bar: they have to fit into one line."""

_PASSER_BY = 0.5
"""Faces smaller than this share of the largest are passers-by, of whom nobody has to speak."""


@dataclass
class PhotoJob:
    """One photo of many.

    Attributes
    ----------
    photo : Path
    name : str
        What its results are called.
    taken : set of str
        The names of all photos as `taken_name` compares them.
    problem : PRNError or None
        Why there is no photo, such as a folder that cannot be read.
    """

    photo: Path
    name: str
    taken: set[str] = field(default_factory=set)
    problem: PRNError | None = None

    def names(self, count: int) -> list[str]:
        """A name for each face: NAME, NAME_2, NAME_3, without those that other photos have."""
        return names_of_faces(self.name, count, self.taken)


def for_each(jobs: list[PhotoJob], work: Callable[[PhotoJob], None]) -> int:
    """Do the work for every photo, whatever happens to the others; returns how many failed."""
    failed = 0
    for number, job in enumerate(jobs):
        progress(number, len(jobs), job.photo)
        try:
            if job.problem:
                raise job.problem
            work(job)
        except (PRNError, OSError, MemoryError) as e:
            failed += 1
            progress_end(len(jobs))
            complain(complaint(e))
    progress(len(jobs), len(jobs), None)
    progress_end(len(jobs))
    if failed and len(jobs) > 1:
        complain(f"{failed} of {len(jobs)} photos failed.")
    return failed


def photo_jobs(paths: list[Path], output: Path | None = None) -> list[PhotoJob]:
    """Photos, folders opened, each with a name of its own.

    Of folders the results of earlier runs are left out, and it is said which. A file that is
    named itself is always taken.

    Parameters
    ----------
    paths : list of Path
    output : Path, optional
        The file that will be written: it is none of a folder's photos either.

    Raises
    ------
    OptionError
        The output is a photo that is named itself.
    """
    keep_inputs(output, paths)
    photos: list[tuple[Path, PRNError | None]] = []
    for path in paths:
        if not os.path.isdir(path):  # noqa: PTH112 - Path.is_dir raises on names too long
            photos.append((path, None))
            continue
        try:
            photos += [(photo, None) for photo in _photos_in(path, output)]
        except PhotoError as e:  # in its turn: the other photos are not to suffer
            photos.append((path, e))
    jobs: list[PhotoJob] = []
    taken: set[str] = set()
    for photo, problem in photos:
        name = free_name(photo, taken)
        taken.add(taken_name(name))
        jobs.append(PhotoJob(photo, name, taken, problem))
    return jobs


def keep_inputs(output: Path | None, inputs: Sequence[Path]) -> None:
    """Refuse to write a result over what it is made from.

    Raises
    ------
    OptionError
    """
    for path in inputs:
        if output is not None and same_file(path, output) and not path.is_dir():
            raise OptionError(
                f"{shown(path)} would be written over; choose another name for the result."
            )


def _photos_in(folder: Path, output: Path | None) -> list[Path]:
    """The photos in a folder, by name.

    Hidden files are left out: they are other programs' notes about photos. So is what we wrote
    beside them, and what is a picture that we cannot read; both are said.
    """
    try:
        inside = sorted(p for p in folder.iterdir() if not p.name.startswith("."))
    except (OSError, ValueError) as e:  # ValueError: a null byte
        why = reason(e) if isinstance(e, OSError) else first_line(e)
        raise PhotoError(f"The folder {shown(folder)} cannot be read: {why}.") from e
    visible = [path for path in inside if path.suffix.lower() in PHOTO_SUFFIXES]
    unread = [path for path in inside if path.suffix.lower() in UNREAD_SUFFIXES]
    # We write pictures of such kinds too: depth as OpenEXR.
    unread = sorted(set(unread) - results_among([*visible, *unread]))
    results = results_among(visible)
    results |= {photo for photo in visible if output and same_file(photo, output)}
    photos = [photo for photo in visible if photo not in results]
    if unread:
        counts = Counter(path.suffix.lower() for path in unread)
        kinds = ", ".join(f"{count} {suffix}" for suffix, count in sorted(counts.items()))
        complain(
            f"left out of the folder {shown(folder)}, as pictures of kinds that are not read: "
            f"{kinds}; save them as JPEG or PNG."
        )
    if not photos:
        raise PhotoError(f"There is no photo in the folder {shown(folder)}.")
    if results:
        names = [shown(photo) for photo in sorted(results)]
        if len(names) > _RESULTS_NAMED:
            names[_RESULTS_NAMED:] = [f"{len(names) - _RESULTS_NAMED} more"]
        complain(
            f"left out of the folder {shown(folder)}, as results of earlier runs: "
            f"{', '.join(names)}."
        )
    return photos


def pick_face(faces: list[Face], number: int | None, photo: Path, how: str) -> Face:
    """The face asked for, or the only one.

    Parameters
    ----------
    faces : list of Face
        The photo's, largest first.
    number : int or None
        1 is the largest; None where none was chosen.
    photo : Path
        For messages.
    how : str
        The arguments by which one is chosen, for messages.

    Raises
    ------
    OptionError
        There is no such face, or several where none was chosen.
    """
    if number is not None:
        if not 1 <= number <= len(faces):
            raise OptionError(
                f"{shown(photo)} shows {len(faces)} face{'s' * (len(faces) > 1)}; there is no "
                f"face {number}."
            )
        return faces[number - 1]
    large = [face for face in faces if face.size >= _PASSER_BY * faces[0].size]
    if len(large) > 1:
        raise OptionError(
            f"{shown(photo)} shows {len(large)} faces of about one size; choose with {how} "
            "(the largest is 1)."
        )
    return faces[0]


def output_folder(text: str) -> Path:
    """Make the folder that an argument names.

    Raises
    ------
    OptionError
        It is called like a file, as `out.webp` is, no such folder exists, and it does not end
        with a slash: whoever wrote it wants a file that is not written here.
    OutputError
        It cannot be made.
    """
    path = Path(text)
    slash = text.endswith(("/", os.sep))
    if _LIKE_A_FILE.fullmatch(path.suffix) and not slash and not path.exists():
        raise OptionError(
            f"Results go into a folder, and {shown(path)} is called like a file. If you mean a "
            'folder, end it with "/".'
        )
    return make_folder(path)


def say(path: Path) -> None:
    """Print a path, whatever characters the terminal knows."""
    encoding = sys.stdout.encoding or "utf-8"
    print(str(path).encode(encoding, "backslashreplace").decode(encoding))


def progress(done: int, total: int, photo: Path | None) -> None:
    """A bar on a terminal; nothing in a log."""
    if total < 2 or not sys.stderr.isatty():
        return
    filled = round(_BAR * done / total)
    name = shown(photo)[:_LONGEST_NAME] if photo else ""
    bar = "#" * filled + "-" * (_BAR - filled)
    print(f"\r\033[K[{bar}] {done}/{total} {name}", end="", file=sys.stderr, flush=True)


def progress_end(total: int) -> None:
    """Leave the line of the bar, before something else is printed."""
    if total > 1 and sys.stderr.isatty():
        print(file=sys.stderr)
