"""A file or a folder with a head becomes a topology that photos can be put on."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path

from ...errors import ModelError
from ...head.head_model import head_for
from ...head.other_heads.build import ImportedHead, import_head
from ...head.other_heads.given_head import read_given_head
from ..reconstruct import FaceReconstructor
from .clay import find_landmarks

_SEEN = 0.15
"""How far landmarks are trusted that were seen in a picture of clay: they lie some mm off."""


def bring_head(path: Path, reconstructor: FaceReconstructor) -> ImportedHead:
    """Import a head.

    Parameters
    ----------
    path : Path
        A folder of OBJ files or an `.npz`, see `core.head.other_heads.read_given_head`. Where it
        does not name its landmarks they are seen in pictures of it.
    reconstructor : FaceReconstructor
        Of a model that tells identity.

    Raises
    ------
    ModelError
        The head is damaged, no face is found on it, or the model knows no whole head.
    """
    ours = head_for(reconstructor.layout)
    if ours is None or reconstructor.shape is None:
        raise ModelError("This model knows no whole head; import with the one of the add-on.")
    given = read_given_head(path)
    if given.landmarks is not None:
        return import_head(given, given.points[given.landmarks], ours, reconstructor.layout)
    marks = find_landmarks(given, reconstructor)
    return import_head(given, marks, ours, reconstructor.layout, _SEEN)
