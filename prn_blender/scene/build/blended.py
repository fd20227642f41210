"""The texture that a person's photos give a face object together, and whether it still has it."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import fields

import numpy as np

from ...core.face.face import Face
from ...core.person.blended_texture import texture_of_faces
from ...core.person.painted_face import PaintedFace
from ...core.typed import Texture
from ..images.texels import Texels


def painted_by(faces: Sequence[Face], side: int) -> PaintedFace:
    """The first of a person's faces, with the texture of all; takes long.

    Parameters
    ----------
    faces : sequence of Face
        In each photo, as the object has them.
    side : int
        Of the texture, texels.
    """
    values = {field.name: getattr(faces[0], field.name) for field in fields(Face)}
    return PaintedFace(**values, painted=texture_of_faces(faces, side))


def fingerprint_of(texture: Texture) -> str:
    """What `FaceRecord.blended` remembers of a texture."""
    return hashlib.sha256(np.ascontiguousarray(texture).tobytes()).hexdigest()


def is_blended(blended: str | None, texels: Texels) -> bool:
    """Whether a layer is the texture of that fingerprint, on which nobody has drawn."""
    return blended is not None and fingerprint_of(texels.eight_bits) == blended
